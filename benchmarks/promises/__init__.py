"""`make bench-promises`: each figure that the project began with, measured here and now."""
