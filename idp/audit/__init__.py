"""The audit log: typed events, appended and never changed."""
