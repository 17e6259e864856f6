"""Theory of the signal: one function per statement, each with its paper and its assumptions.

`prediction.predict` puts them together for an experiment; what is plotted is what is tested.
"""
