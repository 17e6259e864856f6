"""What a run was, at any of its steps: a log of changes, states on the way, and replay."""
