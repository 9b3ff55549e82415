"""Persons: rows, registering, importing, states."""
