"""What leaves the page: the experiment as a script, its weights, its recording."""
