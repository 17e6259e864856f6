"""The written-out training step, its snapshots, and the live thread that owns the weights."""
