"""Sweeps: one or two settings take several values, and every network is drawn and measured."""
