"""Acting for another: the capacity of a session, switching, what both sides see of it."""
