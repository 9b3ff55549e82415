"""OAuth clients: their rows, how one is found, how one proves itself."""
