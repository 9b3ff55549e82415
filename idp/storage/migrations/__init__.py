"""The straight line of migrations."""
