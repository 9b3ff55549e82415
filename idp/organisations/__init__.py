"""Organisations: rows, register facts, identifiers old and new, conversion and publication."""
