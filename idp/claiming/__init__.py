"""Claiming an organisation: its legal representative comes for the first time (E02)."""
