"""The least that work of each kind takes: what the figures of the platform are ratios to."""
