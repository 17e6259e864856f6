"""How large a step's units are in a window: of what is small beside it, a number counts as 0.

Units of one layer, or of layers that are joined, may be 10^12 apart, and the next layer's weights
make up for it: then the largest of them says nothing of the others' rounding.
"""

import numpy as np
import torch
from torch import Tensor

from cellscope.model.cells.exact.origin import Window
from cellscope.model.own.graph import Choice, Graph, Step, bend
from cellscope.model.own.plane import Plane

UNEVEN = 2.0**8  # units that are apart by less are measured by one size
POINTS = 8  # at which units are looked at: the corners and random ones
SHARE = 2.0**-6  # of its terms that a unit's size is at least: what is cancelled leaves rounding


def largest_outputs(graph: Graph, plane: Plane, window: Window, layer: int) -> dict[int, Tensor]:
    """The largest |h| of every unit of the steps before a layer, by node. (1, *shape)"""
    with torch.no_grad():
        return _largest(graph, _points(plane, window), graph.steps[: layer - 1])


def _points(plane: Plane, window: Window) -> Tensor:
    x0, x1, y0, y1 = window
    corners = np.array([[x, y] for x in (x0, x1) for y in (y0, y1)])
    inside = np.random.default_rng(2).uniform([x0, y0], [x1, y1], (POINTS - 4, 2))
    return plane.points(torch.from_numpy(np.concatenate([corners, inside])))


def _largest(graph: Graph, x: Tensor, steps: tuple[int, ...]) -> dict[int, Tensor]:
    if not steps:
        return {}
    nodes = graph.nodes[: steps[-1] + 1]
    last = {j: i for i, node in enumerate(nodes) for j in node.inputs}
    values, found = {0: x}, dict[int, Tensor]()
    for i, node in enumerate(nodes[1:], start=1):
        parts = [values[j] for j in node.inputs]
        if node.map is not None:
            values[i] = node.map(parts, False, True)
        else:
            assert node.step is not None
            values[i] = bend(node.step, parts[0]).reshape(-1, *node.shape)
            found[i] = values[i].abs().amax(dim=0, keepdim=True)
        for j in node.inputs:
            if last[j] == i:
                values.pop(j, None)
    return found


def are_uneven(largest: dict[int, Tensor]) -> bool:
    """Whether some of the units that are not 0 are far from others."""
    sizes = torch.cat([found[found > 0] for found in largest.values()] or [torch.ones(1)])
    return bool(len(sizes) and sizes.max() > UNEVEN * sizes.min())


def of_outputs(step: Step, alpha: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """α and β of what each unit of a step is made of: of several candidates, the largest."""
    if not isinstance(step, Choice):
        return alpha.flatten(), beta.flatten()
    index = torch.from_numpy(step.candidates)
    none, place = index < 0, index.clamp(min=0)
    parts = (part.flatten()[place].masked_fill(none, 0.0).amax(dim=1) for part in (alpha, beta))
    return next(parts), next(parts)


def own_sizes(largest: Tensor, terms: Tensor) -> Tensor:
    """A size for every unit of a step, of about how large it is.

    Those that are 0 wherever one has looked are as the least of the others.
    """
    seen = largest > 0
    if not bool(seen.any()):
        return torch.ones_like(largest)
    sizes = torch.maximum(largest, SHARE * terms.reshape(largest.shape))
    return torch.where(seen, sizes, sizes[seen].min())
