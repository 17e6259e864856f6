"""A picture or a complex as a file."""
