"""Where the pages of the registry are, for tests that look at each of them."""
