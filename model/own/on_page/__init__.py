"""A graph from a file as an experiment of the page: what is drawn, counted and said of it."""
