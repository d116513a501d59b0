"""Pure transforms: frames in, frames out, no files and no clock."""
