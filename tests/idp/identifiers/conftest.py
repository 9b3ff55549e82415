"""Hypothesis without a time limit per example: the machine is shared, and slowness is no finding here."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
