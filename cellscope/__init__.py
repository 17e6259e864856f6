"""See how a network of your own cuts a plane of its inputs into cells.

>>> import cellscope
>>> cellscope.cells([([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])]).patterns
4

Everything is installed below this one name, so that nobody's own `app.py` or `model.py` is in the
way. A checkout keeps `app/` and `model/` beside this folder; there they are found all the same.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if not Path(__file__).with_name("app").is_dir():
    __path__.append(str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from cellscope.app.own.cells import Cells, cells
    from cellscope.app.own.watch import Watch, watch
    from cellscope.model.counting.count import count
    from cellscope.model.own.errors import BudgetExceeded, UnsupportedLayer
    from cellscope.model.own.moments import layer_moments as moments
    from cellscope.model.own.plane import plane_of_inputs, plane_pca, plane_through

__all__ = [
    "BudgetExceeded",
    "Cells",
    "UnsupportedLayer",
    "Watch",
    "cells",
    "count",
    "moments",
    "plane_of_inputs",
    "plane_pca",
    "plane_through",
    "watch",
]


def __getattr__(name: str) -> Any:
    """What is offered, once it is asked for: the command line and the page load what they need."""
    if name not in __all__:
        raise AttributeError(f"module 'cellscope' has no attribute {name!r}")
    import cellscope.face as face

    return getattr(face, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
