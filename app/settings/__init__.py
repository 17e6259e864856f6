"""What can be set: the one table of controls, links, presets, comparison, display."""
