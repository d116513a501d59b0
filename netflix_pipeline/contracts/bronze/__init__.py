"""Contracts of the bronze tables, one module a table."""
