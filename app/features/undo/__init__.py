"""Undo and redo, and the mark that says what was edited."""
