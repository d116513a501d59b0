"""What a person may watch next: what they are in the midst of, and what others like them chose."""
