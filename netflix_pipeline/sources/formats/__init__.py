"""The foreign formats, one module each: the header it recognises, and the mapping."""
