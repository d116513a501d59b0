"""Every question, by what it is about: its answer's models, its SQL, an example, a declaration."""
