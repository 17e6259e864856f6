"""What every single step of a stretch of a run changed in a layer: replayed, counted, compared."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from cellscope.model.cells.count.change import Stretch, Trace, change, traces
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.datasets import seen_data
from cellscope.model.own_data import OwnData
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

MOST_STEPS = 400  # of a stretch: about a second of a core at 16 x 5
At = Callable[[int], Snapshot | None]  # the network at a step; None: it is not wanted any more


def step_by_step(stretch: Stretch, at: At) -> Iterator[Stretch]:
    """What is known after each step; it ends early where there are too many cells.

    A step at which other points were drawn has nothing to be compared with.
    """
    before: tuple[Trace, OwnData | None] | None = None
    for step in range(stretch.first, stretch.last + 1):
        snapshot = at(step)
        if snapshot is None:
            return
        try:
            now = _trace(snapshot, stretch.window, stretch.layer)
        except (BudgetExceeded, BelowReach):
            yield replace(stretch, whole=False)
            return
        own = snapshot.spec.own
        if before is not None and before[1] == own:
            one = change(stretch.layer, step - 1, before[0], step, now)
            stretch = replace(stretch, changes=(*stretch.changes, one))
        before = now, own
        yield stretch


def _trace(snapshot: Snapshot, window: Window, layer: int) -> Trace:
    complex = complex_of(snapshot, window, layer, REST_FACES)
    cells = [layer_cells(complex, i) for i in range(1, layer + 1)]
    points, activation = seen_data(snapshot.spec).train_x, snapshot.spec.activation
    return traces(snapshot.weights, points, activation, cells)[layer - 1]
