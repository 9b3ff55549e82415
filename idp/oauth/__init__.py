"""OAuth 2.0 and OpenID Connect: checks, endpoints, grants, clients, tokens, logout."""
