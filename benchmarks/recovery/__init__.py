"""`make bench-recovery`: what is killed, has no room on its disk or no power, and comes back."""
