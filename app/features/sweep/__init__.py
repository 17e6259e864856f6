"""Sweeps: one or two settings take several values (exercise 2.8)."""
