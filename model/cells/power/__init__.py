"""The power (Laguerre) diagram that the sign patterns of one layer are: exercise 2.6."""
