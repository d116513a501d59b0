"""Every question: a module each, with its answer's models, its SQL, an example, a declaration."""
