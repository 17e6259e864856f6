"""Counts: bounds, over seeds, over a run, along a line, in the whole plane, of all layers."""
