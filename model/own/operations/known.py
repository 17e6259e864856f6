"""All operations that are known, and where their maps are made."""

from cellscope.model.own.operations import assigning, order, products, steps, sums
from cellscope.model.own.operations.registry import HANDLERS

PARTS = (assigning, order, sums, products, steps)  # where maps are made
__all__ = ["HANDLERS", "PARTS"]
