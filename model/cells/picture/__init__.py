"""Pictures as they are shown: colours, lines, tiles."""
