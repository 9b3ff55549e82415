"""Signing in with a USB key: the challenge, what the key's helper answers, and whom its certificate names."""
