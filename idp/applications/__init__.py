"""Relying applications of every protocol."""
