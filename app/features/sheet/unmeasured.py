"""`Unmeasured`: the experiment at hand is not one on which a question can be measured."""


class Unmeasured(Exception):
    """Another activation, too few layers, too many cells: the question's own start has it all."""
