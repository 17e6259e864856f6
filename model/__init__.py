"""Networks, training, geometry and theory; knows nothing of the page."""
