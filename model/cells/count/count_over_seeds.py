"""Counts over many initialisations: one network is one draw, and another seed has other cells."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cellscope.model.batch_norm import drawn_network
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.datasets import make_data
from cellscope.model.spec import MAX_SEED, Spec
from cellscope.model.view import Window

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class CountQuantiles:
    """The `QUANTILES` of three counts over `draws` initialisations, in the window."""

    draws: int
    layer: int
    patterns: tuple[float, ...]
    regions: tuple[float, ...]  # connected regions
    linear_regions: tuple[float, ...]


def count_draws(
    spec: Spec,
    window: Window,
    *,
    layer: int,
    draws: int,
    budget: int,
    go_on: Callable[[int], bool] = lambda _done: True,
) -> CountQuantiles | None:
    """Counts of layer `layer` at initialisation for the seeds spec.seed, spec.seed + 1, …

    Parameters
    ----------
    budget : int
        Faces one network may have; `BudgetExceeded` beyond.
    go_on : function of the draws done
        Called before each draw; False ends the work, and the answer is None.
    """
    data = make_data(spec)
    workspace = Workspace()
    rows: list[tuple[int, int, int]] = []
    for k in range(draws):
        if not go_on(k):
            return None
        drawn = spec.but(seed=(spec.seed + k) % (MAX_SEED + 1))
        complex = build(
            drawn_network(drawn, data),
            window,
            layer=layer,
            activation=spec.activation,
            budget=budget,
            workspace=workspace,
        )
        counts = count_cells(complex)
        rows.append((counts.patterns, counts.regions, counts.linear_regions))
    patterns, regions, linear = np.quantile(np.array(rows), QUANTILES, axis=0).T.tolist()
    return CountQuantiles(draws, layer, tuple(patterns), tuple(regions), tuple(linear))
