"""The pages of the officers' address."""
