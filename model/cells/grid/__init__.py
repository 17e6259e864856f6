"""Pictures on a grid of points."""
