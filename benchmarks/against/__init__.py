"""The code as it is against that of another commit, in turns."""
