"""Points of one's own: drawn, by a formula, from a file."""
