"""The exact complex of a snapshot's network, in the calling thread's own arrays."""

from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.picture.picture import workspace
from cellscope.model.own.on_page.scene import Scene
from cellscope.model.training.snapshot import Snapshot


def complex_of(snapshot: Snapshot, window: Window, layer: int, budget: int) -> Complex:
    """Of layers 1…i; `BudgetExceeded` or `BelowReach` where there is none."""
    if snapshot.spec.graph is not None:
        return Scene.of(snapshot.spec, window).cells(layer, budget).complex
    return build(
        snapshot.weights,
        window,
        layer=layer,
        activation=snapshot.spec.activation,
        budget=budget,
        workspace=workspace(),
    )
