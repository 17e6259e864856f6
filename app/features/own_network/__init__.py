"""A network of one's own from a file, seen in a plane, trained on from there."""
