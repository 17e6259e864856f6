"""The sections of the right column, one module each."""
