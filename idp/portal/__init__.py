"""The account home."""
