"""Contracts of the silver tables, one module a table."""
