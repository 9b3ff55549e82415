"""Pages of organisations: signing in for one, agents, handover, closing."""
