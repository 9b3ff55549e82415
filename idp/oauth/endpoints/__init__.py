"""Endpoints as functions from a request to an answer; no web framework here."""
