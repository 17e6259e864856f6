"""Compile all kernels ahead of the first picture: seconds on a cold cache, else nothing.

Until that is `done`, pictures are drawn in plain numpy, so that the first one need not wait.
"""

from threading import Event

from model.cells import dense, warm_exact
from model.cells.power import labels
from model.datasets import make_data
from model.spec import Spec
from model.theory.prediction import predict

_done = Event()


def done() -> bool:
    """Whether every kernel of the live page is there."""
    return _done.is_set()


def warm() -> None:
    """Run every kernel once, on tiny inputs. Meant for a background thread."""
    dense.warm()
    warm_exact.warm()
    tiny = Spec(samples=10, width=2, depth=3)
    predict(tiny, make_data(tiny))
    _done.set()
    labels.warm()  # only the tab "voronoi" needs them: no picture waits
