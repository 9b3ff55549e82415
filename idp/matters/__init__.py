"""Coded government matters: least level, capacities, claims."""
