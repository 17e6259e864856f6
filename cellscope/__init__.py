"""See how a network of your own cuts a plane of its inputs into cells.

>>> import cellscope
>>> cellscope.cells([([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])]).patterns
4
"""

from cellscope.app.own.cells import Cells, cells
from cellscope.model.own.errors import BudgetExceeded, UnsupportedLayer
from cellscope.model.own.plane import plane_of_inputs, plane_pca, plane_through

__all__ = [
    "BudgetExceeded",
    "Cells",
    "UnsupportedLayer",
    "cells",
    "plane_of_inputs",
    "plane_pca",
    "plane_through",
]
