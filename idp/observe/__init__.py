"""Log, metrics, health: what operators see, without persons."""
