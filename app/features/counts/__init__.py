"""Counts of cells over the run, and the funnel of all layers (exercise 2.7)."""
