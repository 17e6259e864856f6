"""What `cellscope` offers, loaded when it is first asked for."""

from cellscope.app.own.cells import Cells, cells
from cellscope.model.own.errors import BudgetExceeded, UnsupportedLayer
from cellscope.model.own.moments import layer_moments as moments
from cellscope.model.own.plane import plane_of_inputs, plane_pca, plane_through

__all__ = [
    "BudgetExceeded",
    "Cells",
    "UnsupportedLayer",
    "cells",
    "moments",
    "plane_of_inputs",
    "plane_pca",
    "plane_through",
]
