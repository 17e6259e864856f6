"""Snapshots of networks that tests choose, as a trainer would publish them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import activate
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot, Status
from cellscope.model.view import View

Net = Sequence[tuple[NDArray[Any], NDArray[Any]]]


def started(spec: Spec, status: Status = "paused", *, version: int = 1) -> Snapshot:
    """The spec's own network before its first step."""
    return holding(initial_weights(spec, make_data(spec)), spec, status, version=version)


def chosen(
    weights: Net, status: Status = "paused", *, activation: str = "relu", version: int = 1
) -> Snapshot:
    """A network given by its weights, on blobs."""
    widths = tuple(len(b) for _, b in weights)
    shape = Spec(hidden=widths[:-1], activation=activation, dataset="blobs", classes=widths[-1])
    return holding(weights, shape, status, version=version)


def holding(weights: Net, spec: Spec, status: Status = "paused", *, version: int = 1) -> Snapshot:
    """A snapshot of a spec with any weights, rounded to float32 as a trainer's are."""
    blocks = [np.concatenate([W, b[:, None]], axis=1).ravel() for W, b in weights]
    return Snapshot(
        version=version,
        run=1,
        spec=spec,
        step=0,
        status=status,
        theta=np.concatenate(blocks).astype(np.float32),
        shown_step=0,
        optimizer_state=(),
        history=(),
        nonfinite_layer=None,
        steps_per_second=0.0,
        published=0.0,
    )


def layers_at(snapshot: Snapshot, points: Float) -> list[Float]:
    """y_1 … y_L at points, by a plain float64 forward pass. (n, units) each"""
    h, found = np.asarray(points, np.float64), list[Float]()
    for W, b in snapshot.weights:
        y = h @ W.astype(np.float64).T + b.astype(np.float64)
        found.append(y)
        h = activate(y, snapshot.spec.activation)
    return found


def patterns_on_grid(snapshot: Snapshot, view: View, *, joint: bool = False) -> NDArray[np.int64]:
    """A number for the pattern of the view's layer at every grid point. (pixels, pixels)"""
    grid = Grid(view.window, view.pixels, view.pixels)
    y = layers_at(snapshot, np.asarray(grid.points(), np.float64))
    rows = np.concatenate(y[: view.layer], axis=1) if joint else y[view.layer - 1]
    _, numbers = np.unique(np.packbits(rows > 0, axis=1), axis=0, return_inverse=True)
    return numbers.reshape(grid.shape)
