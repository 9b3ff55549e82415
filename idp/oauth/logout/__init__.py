"""Telling OAuth clients that a session ended."""
