"""Real-name proofing: the port to registers, evidence, levels and their mapping."""
