"""Linear regions of networks beyond any memory, counted tile by tile; docs/counting.md."""
