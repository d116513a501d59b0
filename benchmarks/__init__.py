"""What the platform costs on this machine: every claim of the README has a command here."""
