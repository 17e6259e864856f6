"""What the page shows, a folder each: its message, its figure, its panel. None imports another."""
