"""Self-registration: from document type to a signed-in person."""
