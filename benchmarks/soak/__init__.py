"""`make soak`: services under a steady load for long, which must neither grow nor become slower."""
