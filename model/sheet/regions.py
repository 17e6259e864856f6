"""What the pictures' counts mean: maps, cells, grids, centres. Exercises 2.1 to 2.8."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cellscope.model.batch_norm import drawn_network
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import filled_by
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.grid.dense import confidence_picture, pattern_ids
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float, unpack_signs
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.cells.picture.picture import workspace
from cellscope.model.cells.power.centres import centres, own_centre_inside
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inputs import train_inputs
from cellscope.model.linear_map import collapse
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, View, Window

COLLAPSE_SIDE = 201  # points a side, as of the pictures of 2.1
SAME_MAP = 1e-9  # of the largest entry: maps that differ by rounding are one
SAME_POINT = 1e-12  # squared distance
PLANE_FACES = 60_000  # what counting the whole plane may cost


@dataclass(frozen=True, slots=True)
class Maps:
    """The affine maps that a network is made of, in a window."""

    count: int  # different ones
    difference: float  # largest |logit| between the network and the one matrix of its layers
    largest: float  # |logit|, for comparison


def maps_in(snapshot: Snapshot, window: Window) -> Maps:
    """How many different affine maps the logits are, and how far from one matrix. Exercise 2.1"""
    layers = snapshot.spec.layers
    if layers == 1:
        count = 1
    else:
        complex = complex_of(snapshot, window, layers - 1, REST_FACES)
        A, d = affine_maps(complex)
        maps = np.concatenate([A.reshape(len(A), -1), d], axis=1)
        step = max(float(np.abs(maps).max()), 1e-300) * SAME_MAP
        count = len(np.unique(np.round(maps / step), axis=0))
    apart = collapse(snapshot, View(layer=1, mode="classes", window=window), COLLAPSE_SIDE)
    return Maps(count, apart.difference, apart.largest)


def _logits(snapshot: Snapshot, x: Float) -> Float:
    """Of inputs as the network itself takes them, not of points of the picture's plane."""
    h = x
    for (W, b), row in zip(snapshot.full_weights, snapshot.spec.activations, strict=False):
        h = row.value(h @ W.T.astype(np.float64) + b)
    W, b = snapshot.full_weights[-1]
    return h @ W.T.astype(np.float64) + b


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a network is, and how often it is right."""

    sure: float  # share of the picture's points whose largest probability is ≥ 0.99
    sure_and_wrong: float  # of the training points, among those on which it is that sure
    sure_points: int  # how many of them these are


def sureness(snapshot: Snapshot, window: Window) -> Sureness:
    """Shares at a confidence of 0.99. Exercise 2.3"""
    grid = Grid(window, SHEET_PIXELS, SHEET_PIXELS, snapshot.spec.features)
    _, confidence = confidence_picture(snapshot.weights, snapshot.spec.activation, grid)
    data = make_data(snapshot.spec)
    logits = _logits(snapshot, train_inputs(snapshot.spec, data))
    with np.errstate(over="ignore"):
        top = 1.0 / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)
    sure = top >= 0.99
    wrong = logits.argmax(axis=1) != data.train_y
    share = float(wrong[sure].mean()) if sure.any() else 0.0
    return Sureness(float((confidence >= 0.99).mean()), share, int(sure.sum()))


@dataclass(frozen=True, slots=True)
class Mixed:
    """Cells of one layer, and what lies inside them. Exercise 2.5"""

    cells: int
    mixed: int  # cells with more than one linear region
    most: int  # linear regions in one cell
    linear_regions: int


def mixed_cells(snapshot: Snapshot, window: Window, layer: int) -> Mixed:
    """How many cells of layer i hold several linear regions of layers 1…i."""
    cells = layer_cells(complex_of(snapshot, window, layer, REST_FACES), layer)
    inside = np.bincount(cells.pattern)
    return Mixed(cells.patterns, int((inside > 1).sum()), int(inside.max()), cells.linear_regions)


@dataclass(frozen=True, slots=True)
class Change:
    """The cells of layer 1 under a weight variance and under 16 times as much. Exercise 2.8"""

    window: tuple[int, int]
    plane: tuple[int, int]
    same_picture: bool  # every point of the sheet's grid has the pattern that it had


@lru_cache(maxsize=64)
def change_of(spec: Spec, window: Window) -> Change:
    """What 16 times the spec's weight variance does to layer 1; the random numbers stay."""
    specs = (spec, spec.but(weight_variance=16.0 * spec.weight_variance))
    first, second = (layer_1_cells(each, window) for each in specs)
    grid = Grid(window, SHEET_PIXELS, SHEET_PIXELS, spec.features)
    data = make_data(spec)
    pictures = [pattern_ids(drawn_network(s, data), s.activation, grid, 1) for s in specs]
    same = bool((pictures[0] == pictures[1]).all())
    return Change((first.window, second.window), (first.plane, second.plane), same)


@dataclass(frozen=True, slots=True)
class Layer1:
    """Cells of layer 1 at the start."""

    window: int
    plane: int


@lru_cache(maxsize=64)
def layer_1_cells(spec: Spec, window: Window) -> Layer1:
    """Counted exactly in a window and in the whole plane."""
    weights = drawn_network(spec, make_data(spec))
    kind = spec.activation
    complex = build(weights, window, layer=1, activation=kind, workspace=workspace())
    plane = plane_counts(weights, layer=1, activation=kind, budget=PLANE_FACES)
    return Layer1(layer_cells(complex, 1).patterns, plane.counts.patterns)


@dataclass(frozen=True, slots=True)
class Folded:
    """A window at the start: cells of layer 1, linear regions of all hidden layers."""

    cells: int
    regions: int


@lru_cache(maxsize=64)
def regions_and_cells(spec: Spec, window: Window) -> Folded:
    """Counted exactly; `BudgetExceeded` or `BelowReach` where they cannot be. Exercise 2.8"""
    weights = drawn_network(spec, make_data(spec))
    counts: list[int] = []
    for layer in (1, spec.layers - 1):
        complex = build(
            weights,
            window,
            layer=layer,
            activation=spec.activation,
            budget=REST_FACES,
            workspace=workspace(),
        )
        counts.append(complex.faces)
    return Folded(*counts)


@dataclass(frozen=True, slots=True)
class Centred:
    """Cells of layer 1 in the window, and where their centres lie. Exercise 2.6"""

    cells: int
    inside: int  # those whose centre has the cell's own pattern
    on_data: int  # those whose centre is a training point
    filled: int  # those that hold a training point


def centred_cells(snapshot: Snapshot, window: Window) -> Centred:
    """Cells of layer 1 that contain their own centre, and those that hold data."""
    complex = complex_of(snapshot, window, 1, REST_FACES)
    W, b = complex.network.layers[0]
    active = unpack_signs(complex.bits, len(b))  # (F, n): the faces of layer 1 are its cells
    at = centres(W, b, active).at
    points = seen_data(snapshot.spec).train_x
    nearest = np.square(at[:, None, :] - points[None, :, :]).sum(axis=2).min(axis=1, initial=np.inf)
    filled = filled_by(
        snapshot.weights, points, window, layer=1, activation=snapshot.spec.activation
    )
    return Centred(
        cells=len(active),
        inside=int(own_centre_inside(W, b, active, at).sum()),
        on_data=int((nearest < SAME_POINT).sum()),
        filled=filled.patterns,
    )
