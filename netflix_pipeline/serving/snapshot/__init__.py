"""The snapshot as a file: its layout, how it is written and published, and how it is read."""
