"""A logit or a unit as a surface over the plane."""
