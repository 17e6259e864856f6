"""All operations that are known."""

from cellscope.model.own.onnx import numbers, places, pooling
from cellscope.model.own.onnx.registry import OPERATIONS

PARTS = (numbers, places, pooling)  # where they are
__all__ = ["OPERATIONS", "PARTS"]
