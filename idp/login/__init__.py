"""Signing in: transaction, pure policy, service, pages."""
