"""Organisations: rows, register facts, identifiers old and new."""
