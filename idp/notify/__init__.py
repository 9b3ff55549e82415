"""Messages to persons: an outbox, kinds, and the port to gateways."""
