"""Experiments that live on the server, and the work done for them."""
