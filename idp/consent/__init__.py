"""Asking a person before anything leaves."""
