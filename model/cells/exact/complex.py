"""The exact planar complex of a network's cells in a window.

`build` cuts the window by the lines of layer 1, each piece by the lines of layer 2, which are
straight inside it, and so on up to the layer asked for. Faces are convex polygons on which the
signs of all these layers are constant. Edges are shared, so the pieces fit without gaps:
V − E + F = 1, and their areas sum to the window's.

Public interface of the engine, kept stable (all in `model.cells`):

- `complex.build(weights, window, *, layer, activation, budget, workspace) -> Complex`
- `merge.layer_cells(complex, layer) -> LayerCells`: patterns, connected regions, neighbours, ids;
  `merge.face_pairs` and `merge.joint_ids`: the same for linear regions
- `raster.rasterise(complex, face_values, width, height) -> (height, width) uint8`
- `boundaries.boundary_segments(complex, layer)`, `boundaries.segments_between(complex, values)`
- `classes.build_classes(weights, window) -> Classes`: faces cut by the arg max
- `affine.affine_maps(complex, faces, layer=…) -> A, d`
- `counts.count_cells`, `counts.filled_by`; `bounds`; `plane.plane_counts`; `line.breakpoints`
- `tiles.TilePool(executor, threads).build(…, k=…) -> Tiles`, `.rasterise`; `tiles.tile_cells`
- `warm_exact.warm()`: compiles all kernels
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact import kernels as k
from cellscope.model.cells.exact.measures import face_loops, face_measures
from cellscope.model.cells.exact.origin import Origin, Window, origin_of
from cellscope.model.cells.exact.split import Bend, Split, split
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import Float, Weights, Words, word_offsets

MAX_FACES = 2_000_000  # about 3 GB at 64 units: what a build may reach unless told otherwise


class BudgetExceeded(RuntimeError):
    """A complex with more faces than allowed; the build stopped there.

    Attributes
    ----------
    faces : int
        Faces reached: the complex has more than that.
    layer : int
        The layer that was being cut, 1-based.
    """

    def __init__(self, faces: int, layer: int) -> None:
        super().__init__(f"faces: more than {faces}, reached while cutting by layer {layer}")
        self.faces = faces
        self.layer = layer

    def __reduce__(self) -> tuple[type["BudgetExceeded"], tuple[int, int]]:
        """So that another process can raise it."""
        return type(self), (self.faces, self.layer)


@dataclass(frozen=True)
class Complex:
    """Vertices, half-edges and faces of the cells of layers 1 … `layer` in a window.

    With V vertices, H = 2 E half-edges, F faces and the layers' `word_offsets`:

    Attributes
    ----------
    network, window, layer
        What it was built from; `window` is (x0, x1, y0, y1) in data units.
    widths : tuple of int
        Lines of the layers 1 … `layer`: a unit has one for each kink (`model.cells.exact.split`).
    origin : (2,) float64
        The point that `local` is measured from.
    local : (V, 2) float64
        Vertices relative to the origin; right to 16 digits of the window, however small it is.
    half : (H, 4) int32
        Per half-edge: origin vertex, twin, next half-edge of the same face, face to the left
        (counter-clockwise around it). Face −1 is the outside.
    label : (H,) int32
        layer << 20 | line (0-based) that cut here first; 0 is the window's border,
        1 the border where it lies on a line.
    start : (F,) int32
        One half-edge of each face.
    bits : (F, words) uint64
        Joint pattern of layers 1 … `layer`, packed as in `model.cells.grid.patterns`; words
        ``word_offsets[l - 1] : word_offsets[l]`` are layer l.
    """

    network: Split
    window: Window
    layer: int
    widths: tuple[int, ...]
    origin: Float
    local: Float
    half: NDArray[np.int32]
    label: NDArray[np.int32]
    start: NDArray[np.int32]
    bits: Words
    word_offsets: NDArray[np.int64] = field(repr=False)

    @property
    def weights(self) -> tuple[tuple[Float, Float], ...]:
        """The network's own layers."""
        return self.network.weights

    @property
    def activation(self) -> str:
        """What stands between them."""
        return self.network.activation

    @property
    def faces(self) -> int:
        """F, the number of distinct joint sign patterns with an open set of points."""
        return len(self.start)

    @property
    def edges(self) -> int:
        """E, the window's border included."""
        return len(self.half) // 2

    @cached_property
    def vertices(self) -> Float:
        """Vertices in data units. (V, 2)"""
        return self.local + self.origin

    @property
    def edge_layer(self) -> NDArray[np.int32]:
        """Layer of the line of each half-edge; 0 on the window's border. (H,)"""
        return self.label >> k.UNIT_BITS

    @property
    def edge_unit(self) -> NDArray[np.int32]:
        """Unit (0-based) of the line of each half-edge; −1 on the window's border. (H,)"""
        layers, lines = self.edge_layer, self.label & ((1 << k.UNIT_BITS) - 1)
        if max(self.network.kinks, default=1) > 1:
            a_unit = np.array([1, *self.network.kinks])
            lines = lines // a_unit[np.where(layers < len(a_unit), layers, 0)]
        return np.where(layers > 0, lines, -1).astype(np.int32)

    @cached_property
    def loops(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """``(offsets (F + 1,), vertices)``: face f's are vertices[offsets[f] : offsets[f + 1]].

        Counter-clockwise. Neighbours' vertices inside a straight side are among them.
        """
        inside = int(np.count_nonzero(self.half[:, k.FACE] >= 0))
        return face_loops(self.half, self.start, inside)

    @cached_property
    def measures(self) -> Float:
        """Area and centroid of every face: ``(area, x, y)`` in data units. (F, 3) float64"""
        return face_measures(*self.loops, self.local, self.origin)

    @property
    def areas(self) -> Float:
        """(F,) float64, data units squared."""
        return self.measures[:, 0]

    @property
    def centroids(self) -> Float:
        """(F, 2) float64, data units."""
        return self.measures[:, 1:]

    def layer_bits(self, layer: int) -> Words:
        """Pattern of one layer per face. (F, words of the layer)"""
        if not 1 <= layer <= self.layer:
            raise ValueError(f"layer: must be 1 to {self.layer}, not {layer}")
        return self.bits[:, self.word_offsets[layer - 1] : self.word_offsets[layer]]


def build(
    weights: Weights,
    window: Window,
    *,
    layer: int,
    activation: str = "relu",
    budget: int = MAX_FACES,
    workspace: Workspace | None = None,
) -> Complex:
    """The complex of layers 1 … `layer`, its own lines included.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
        The layers, first to last; the first fan-in is 2. Computed in float64.
    window : (x0, x1, y0, y1)
        In data units.
    layer : int
        1-based. The last layer's lines are those where a logit changes sign.
    activation : str
        Between the layers: one whose pieces are known, or a comma list, one each
        (`model.activations`). With the identity the faces are the joint *sign* patterns: the
        network is a single affine map all the same.
    budget : int
        Faces at which to give up.
    workspace : Workspace, optional
        Reused from build to build by one thread: spares the allocations.

    Raises
    ------
    ValueError
        Weights, window, layer or activation that do not fit (the message names it).
    BelowReach
        A window too small for float64.
    BudgetExceeded
        More faces than the budget.

    Notes
    -----
    A unit is active iff y > 0. A value within 2^-44 (6e-14) of its terms' size counts as 0: three
    lines through a point then meet in one vertex, and what is thinner than that is not seen.
    Time is that of one matrix product (V, fan_in) × (fan_in, fan_out) per layer, plus O(units)
    per vertex and per cut.
    """
    network = split(weights, activation)
    if not 1 <= layer <= len(network.layers):
        raise ValueError(f"layer: must be 1 to {len(network.layers)}, not {layer}")
    origin = origin_of(network, window, layer=layer)
    ws = workspace if workspace is not None else Workspace()
    return build_from(network, origin, window, budget, ws)


def build_from(
    network: Split,
    origin: Origin,
    window: Window,
    budget: int,
    workspace: Workspace,
    guides: tuple[Float, Float] | None = None,
) -> Complex:
    """`build` for a split network and an origin, which may be that of a larger window.

    `guides` are lines W x = kink that cut first and belong to no layer: their edges have the
    label of layer `kernels.GUIDE`, and they leave regions in pieces.
    """
    widths = tuple(len(kink) for _, kink in origin.layers)
    offsets = word_offsets(widths)
    counts = _cut_by_layers(origin, window, network.bends, offsets, budget, workspace, guides)
    vertices, halves = counts[k.VERTICES], counts[k.HALF_EDGES]
    spare = int(offsets[-1]) - (0 if guides is None else -len(guides[1]) // 64)
    faces, words = counts[k.FACES], int(offsets[-1])
    built = Complex(
        network=network,
        window=window,
        layer=len(widths),
        widths=widths,
        origin=origin.point,
        local=workspace.xy[:vertices].copy(),
        half=workspace.half[:halves].copy(),
        label=workspace.label[:halves].copy(),
        start=workspace.start[:faces].copy(),
        bits=workspace.bits(spare)[:faces, :words].copy(),
        word_offsets=offsets,
    )
    workspace.settle(int(vertices), max(widths))
    return built


def _cut_by_layers(
    origin: Origin,
    window: Window,
    bends: tuple[Bend, ...],
    offsets: NDArray[np.int64],
    budget: int,
    ws: Workspace,
    guides: tuple[Float, Float] | None,
) -> NDArray[np.int64]:
    """Fill the workspace layer by layer; returns its counts."""
    words = int(offsets[-1])
    spare = words if guides is None else words - (-len(guides[1]) // 64)
    counts = np.zeros(7, np.int64)
    counts[: k.FACES + 1] = 4, 8, 1
    counts[k.FACE_LIMIT] = budget
    x, y = origin.point
    local = np.array([window[0] - x, window[1] - x, window[2] - y, window[3] - y])
    k.start_square(ws.xy, local, ws.half, ws.label, ws.start, ws.bits(spare))
    if guides is not None:
        ws.size[:4] = np.abs(ws.xy[:4]).max(axis=1)
        _cut(k.GUIDE, ws.xy, *guides, (words, spare), spare, counts, ws)
    vertices = int(counts[k.VERTICES])
    before = ws.xy[:vertices] * origin.axes
    ws.size[:vertices] = np.abs(before).max(axis=1)
    for number, (W, kink) in enumerate(origin.layers, start=1):
        place = int(offsets[number - 1]), int(offsets[number])
        zero = _cut(number, before, W, kink, place, spare, counts, ws)
        before = ws.rows(number % 2, len(kink))
        if number < len(origin.layers):
            vertices, bend = int(counts[k.VERTICES]), bends[number - 1]
            how = bend.factor, bend.left, bend.right
            k.activate(before, kink, origin.relative, *how, zero[0], ws.size, vertices)
    return counts


def _cut(
    number: int,
    before: Float,
    W: Float,
    kink: Float,
    place: tuple[int, int],
    words: int,
    counts: NDArray[np.int64],
    ws: Workspace,
) -> tuple[Float, Float]:
    """Cut all faces by the lines of one layer, growing the workspace as needed.

    `before` are the vertices' inputs to the layer, `place` the first and last of its words in the
    joint patterns. Returns what counts as 0, see `kernels.row_sums`.
    """
    units, which, vertices = len(kink), number % 2, int(counts[k.VERTICES])
    first_word, mark_words = place[0], place[1] - place[0]
    delta, marks = ws.rows(which, units), ws.marks(mark_words)
    np.matmul(before[:vertices], W.T, out=delta[:vertices])
    zero = k.row_sums(W, kink, k.RELATIVE_ZERO)
    k.mark_signs(delta, kink, *zero, ws.size, vertices, marks)
    counts[k.NEXT_FACE] = counts[k.WAITING] = 0
    counts[k.FACES_BEFORE] = counts[k.FACES]
    while True:
        bits = ws.bits(words)
        status = k.cut_faces(
            number, first_word, delta, kink, *zero, ws.size, marks,
            ws.xy, ws.half.view(np.uint32), ws.label, ws.start.view(np.uint32), bits,
            ws.work.view(np.uint32), ws.ring.view(np.uint32), counts,
        )  # fmt: skip
        if status == k.DONE:
            k.mark_border(marks, ws.half, ws.label, ws.start, bits, first_word)
            return zero
        if status == k.OVER_BUDGET:
            raise BudgetExceeded(int(counts[k.FACES]), number)
        ws.grow(words=words, mark_words=mark_words, which=which, units=units)
        delta, marks = ws.rows(which, units), ws.marks(mark_words)
