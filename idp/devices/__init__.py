"""Browsers and phones from which a person signed in before, and those that the person trusts."""
