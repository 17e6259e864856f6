"""The hall: an experiment that a lecturer shows, and all who follow it on their own screens."""
