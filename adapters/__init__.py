"""Towards applications that do not speak OpenID Connect, and towards directories. Each part is a plugin."""
