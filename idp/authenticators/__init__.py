"""Ways of signing in and their credentials."""
