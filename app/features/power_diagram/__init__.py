"""The cells of one layer as a power diagram (exercise 2.6)."""
