"""Vendors of short messages behind `idp/notify`."""
