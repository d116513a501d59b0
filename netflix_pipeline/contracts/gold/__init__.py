"""Contracts of the gold tables, one module a table."""
