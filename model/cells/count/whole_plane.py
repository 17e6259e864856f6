"""Counts in the whole plane: a window grown until nothing more can happen outside it.

Outside a square window, a face that touches its border goes on between rays: the fold lines that
leave the window there. If these rays never meet, and no unit changes sign along them or between
them, then no vertex and no line lies outside, and the window has all cells of the plane.

Between two neighbouring points a, b of the border with rays u_a, u_b that do not meet, the outside
is {α a + (1 − α) b + s u_a + t u_b; s, t ≥ 0}. A unit of sign σ with gradient g keeps its sign
there if σ g·u_a ≥ 0 and σ g·u_b ≥ 0. Window corners count as points with a ray of their own, so
that neighbouring rays are less than a half turn apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact import kernels as k
from cellscope.model.cells.exact.affine import line_maps
from cellscope.model.cells.exact.complex import MAX_FACES, BudgetExceeded, Complex, build_from
from cellscope.model.cells.exact.counts import Counts
from cellscope.model.cells.exact.merge import distinct_rows, layer_cells
from cellscope.model.cells.exact.origin import Window, origin_of
from cellscope.model.cells.exact.split import Split, split
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import Float, Weights, unpack_signs

FIRST_SIDE = 16.0  # half the side of the first window, in data units
GROWTH = 16.0
LARGEST_SIDE = 16.0**6
GUIDE_STEP = 0.137  # no power of 2: guides should not coincide with lines of simple numbers
PARALLEL = 1e-12  # sine of an angle that counts as 0


@dataclass(frozen=True, slots=True)
class PlaneCounts:
    """Counts of a layer's cells in the whole plane.

    Attributes
    ----------
    counts : Counts
        Exact, or of the largest window that was tried ("≥").
    exact : bool
        Whether no vertex and no line lies outside the window.
    window : (x0, x1, y0, y1)
        The window that was counted, in data units.
    """

    counts: Counts
    exact: bool
    window: Window

    def of(self, mode: str) -> int:
        """Linear regions in the mode "regions", else patterns."""
        return self.counts.linear_regions if mode == "regions" else self.counts.patterns


def plane_counts(
    weights: Weights,
    *,
    layer: int,
    activation: str = "relu",
    budget: int = MAX_FACES,
    workspace: Workspace | None = None,
    between: Callable[[], None] = lambda: None,
) -> PlaneCounts:
    """Patterns, connected and linear regions of layer `layer` in the whole plane.

    A handful of builds, in windows from ±16 on. Parameters as `model.cells.exact.complex.build`;
    `between` is called before each of them, and may raise to end the search.

    Raises
    ------
    BudgetExceeded
        If not even the first window stays within the budget; later, it ends the search.
    """
    closed, complex = _search(weights, layer, activation, budget, workspace, between)
    return PlaneCounts(_counts(complex, layer), closed, complex.window)


def plane_counts_by_layer(
    weights: Weights,
    *,
    layer: int,
    activation: str = "relu",
    budget: int = MAX_FACES,
    workspace: Workspace | None = None,
) -> tuple[PlaneCounts, ...]:
    """`plane_counts` of the layers 1 … `layer`, all from the window that the last one needs.

    Exact all at once: where nothing of layer `layer` lies outside, nothing of the others does.
    """
    closed, complex = _search(weights, layer, activation, budget, workspace, lambda: None)
    return tuple(
        PlaneCounts(_counts(complex, i), closed, complex.window) for i in range(1, layer + 1)
    )


def _search(
    weights: Weights,
    layer: int,
    activation: str,
    budget: int,
    workspace: Workspace | None,
    between: Callable[[], None],
) -> tuple[bool, Complex]:
    """(whether nothing lies outside, the complex of the largest window that was tried)."""
    network, ws = split(weights, activation), workspace or Workspace()
    if not 1 <= layer <= len(network.layers):
        raise ValueError(f"layer: must be 1 to {len(network.layers)}, not {layer}")
    best: tuple[bool, Complex] | None = None
    side = FIRST_SIDE
    while side <= LARGEST_SIDE:
        between()
        # Not quite square, so that lines of simple slopes miss the corners.
        window = (-side, side, -0.96875 * side, 0.96875 * side)
        try:
            complex = _guided(network, window, layer, budget, ws)
        except BudgetExceeded:
            if best is None:
                raise
            break
        best = nothing_outside(complex), complex
        if best[0]:
            break
        side *= GROWTH
    assert best is not None  # the first window was counted, or has raised
    return best


def _guided(
    network: Split,
    window: Window,
    layer: int,
    budget: int,
    ws: Workspace,
) -> Complex:
    """The complex of a large window, first cut by guides that get denser towards the middle.

    A vertex is right to 12 digits of the edge it is found on. Guides keep the edges near the
    middle short, so that details there stay sharp in a window a million times as large.
    """
    steps = int(np.log(window[1]) / -np.log(GUIDE_STEP)) + 1
    at = window[1] * GUIDE_STEP ** np.arange(1, steps + 1)
    offsets = np.concatenate([at, -at]).astype(np.float64)
    W = np.repeat(np.eye(2), len(offsets), axis=0)  # x = ±…, then y = ±…
    origin = origin_of(network, window, layer=layer)
    guides = (W, np.tile(offsets, 2))
    return build_from(network, origin, window, budget, ws, guides)


def _counts(complex: Complex, layer: int) -> Counts:
    cells = layer_cells(complex, layer)
    joint = np.ascontiguousarray(complex.bits[:, : complex.word_offsets[layer]])
    linear = len(distinct_rows(joint)[1])  # guides cut regions into several faces
    return Counts(layer, cells.patterns, cells.regions, linear)


def nothing_outside(complex: Complex) -> bool:
    """Whether the plane outside the window holds neither a vertex nor a line of its own.

    O(border · units). False negatives are possible in windows that only just suffice.
    """
    if (complex.label == k.ON_BORDER).any():
        return False
    edges = _border(complex)
    rays = _rays(complex, edges)
    if rays is None:
        return False
    u_a, u_b = rays, np.roll(rays, -1, axis=0)
    # The outer loop runs clockwise, so rays that do not meet turn clockwise, too.
    if (u_a[:, 0] * u_b[:, 1] - u_a[:, 1] * u_b[:, 0] > PARALLEL).any():
        return False
    inner = complex.half[complex.half[edges, k.TWIN], k.FACE]
    return all(
        _keeps_signs(complex, inner, layer, u_a, u_b) for layer in range(1, complex.layer + 1)
    )


def _border(complex: Complex) -> NDArray[np.int64]:
    """The outside's half-edges, in order, that start in a corner or where a unit's line leaves.

    Guides end in between, and change nothing.
    """
    half, edges = complex.half, [1]
    while (after := int(half[edges[-1], k.NEXT])) != 1:
        edges.append(after)
    order = np.array(edges)
    middle = half[half[order, k.TWIN], k.NEXT]
    return order[complex.edge_layer[middle] != k.GUIDE]


def _rays(complex: Complex, edges: NDArray[np.int64]) -> Float | None:
    """Unit vector by which the plane goes on at each border edge's first point. (B, 2)

    None where two lines leave by one point.
    """
    half, local = complex.half, complex.local
    points = local[half[edges, k.ORIGIN]]
    rays = points / np.hypot(points[:, 0], points[:, 1])[:, None]  # corners: away from the middle
    middle = half[half[edges, k.TWIN], k.NEXT]  # leaves the point into the window, or at corners…
    on_fold = half[half[middle, k.TWIN], k.FACE] >= 0  # … runs along the border
    second = half[half[middle, k.TWIN], k.NEXT]
    if (half[half[second, k.TWIN], k.FACE][on_fold] >= 0).any():
        return None
    rays[on_fold] = _outward(complex, middle[on_fold], points[on_fold])
    return rays


def _outward(complex: Complex, edges: NDArray[np.int32], points: Float) -> Float:
    """Directions of fold lines away from the window; from their units' gradients, not their ends.

    One for each half-edge that leaves one of the points into the window. (K, 2)
    """
    half, label = complex.half, complex.label[edges]
    layers, units = label >> k.UNIT_BITS, label & ((1 << k.UNIT_BITS) - 1)
    g = np.empty_like(points)
    for layer in np.unique(layers):
        own = np.flatnonzero(layers == layer)
        A, _ = line_maps(complex, half[edges[own], k.FACE], layer=int(layer))
        g[own] = A[np.arange(len(own)), units[own]]
    along = np.stack([-g[:, 1], g[:, 0]], axis=1) / np.hypot(g[:, 0], g[:, 1])[:, None]
    ends = complex.local[half[half[edges, k.TWIN], k.ORIGIN]]
    inwards = np.einsum("ij,ij->i", along, points - ends) <= 0
    return np.where(inwards[:, None], -along, along)


def _keeps_signs(
    complex: Complex, faces: NDArray[np.int32], layer: int, u_a: Float, u_b: Float
) -> bool:
    A, _ = line_maps(complex, faces, layer=layer)  # (B, lines, 2)
    active = unpack_signs(complex.layer_bits(layer)[faces], A.shape[1])
    outward = np.where(active, 1.0, -1.0)
    allowed = -PARALLEL * np.hypot(A[:, :, 0], A[:, :, 1])
    return all(bool((outward * np.einsum("buj,bj->bu", A, u) >= allowed).all()) for u in (u_a, u_b))
