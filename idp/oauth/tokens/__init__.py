"""Codes, access, refresh, ID and logout tokens, and the families that tie them."""
