"""docs/theory.md in a dialog."""
