"""A sandbox twin of the registers: real HTTP, the documented interface, synthetic people. Never part of a production system."""
