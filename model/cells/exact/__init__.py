"""The exact planar complex of a network in a window, and what is read from it."""
