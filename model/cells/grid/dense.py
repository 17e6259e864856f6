"""Pixel pictures of a network: its class, patterns and confidence at every point of a grid.

A picture is computed in tiles of 512 points that stay in the cache, units × points, so that
every loop runs along the points and vectorises. The sign pattern of a point is folded into a
64-bit id while the pre-activations are still in the cache; patterns are never stored or sorted.
Whole pictures are one call without the GIL.

Conventions: layers are 1-based, a unit is active iff y > 0, the last layer has no activation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation, activation_of, between_layers
from cellscope.model.cells.grid import any_activation
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.palette import STEPS
from cellscope.model.jit import njit

Weights = Sequence[tuple[NDArray[Any], NDArray[Any]]]
Float = NDArray[np.floating]
Ids = NDArray[np.uint64]
Labels = NDArray[np.int32]

MAX_WIDTH = 256
MAX_DEPTH = 32
TILE = 512  # points; 64 units are then 128 kB, an L2 cache has 1 MB
SHORTEST_BORDER = 4  # pixel edges
SAMPLES = 9  # per side, to learn the size of every unit
FLOAT32_STEP = 1e-5  # grid step / coordinate below which float32 would blur the pixels
_HUGE = 1e30  # far from float32's 3e38, so that sums of 256 such terms stay finite

# --- ids -----------------------------------------------------------------------------------


def zobrist(layer: int, unit: int) -> int:
    """The 64-bit constant of unit `unit` (0-based) in layer `layer` (1-based).

    A pattern's id is the XOR of the constants of its active units (Zobrist hashing), so it
    depends on nothing but the pattern: the same in every frame, run and process.

    The upper 58 bits are splitmix64's output for the state layer · 2³² + unit (Steele, Lea,
    Flood: "Fast splittable pseudorandom number generators", 2014): two different patterns
    share an id with probability 2⁻⁵⁸. The lower 6 bits are one of the palette's STEPS, so that
    the lower 6 bits of an id are a palette index, and crossing a unit's line moves it by that
    unit's step, to a colour that is clearly different.

    >>> hex(zobrist(1, 0))
    '0xc42c5a1aa3820138'
    """
    mask = (1 << 64) - 1
    z = ((layer << 32) + unit + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    z ^= z >> 31
    # Units in turn, not at random: then units of one layer seldom share a step.
    return z & ~63 | STEPS[(unit + 7 * layer) % len(STEPS)]


@lru_cache(maxsize=4 * MAX_DEPTH)
def unit_constants(layer: int, width: int) -> Ids:
    """`zobrist` of the units 0 … width − 1 of a layer, read-only. (width,)"""
    constants = np.array([zobrist(layer, unit) for unit in range(width)], dtype=np.uint64)
    constants.flags.writeable = False
    return constants


@lru_cache(maxsize=4 * MAX_DEPTH)
def _byte_table(layer: int, width: int) -> Ids:
    """XOR of the constants of the units in every possible byte. (ceil(width / 8), 256)"""
    return _table_of(unit_constants(layer, width))


def _table_of(constants: Ids) -> Ids:
    table = np.zeros((-(-len(constants) // 8), 256), dtype=np.uint64)
    values = np.arange(256)
    for unit, constant in enumerate(constants):
        active = values >> (unit % 8) & 1 == 1
        table[unit // 8, active] ^= constant
    return table


def xor_of_set(words: Ids, constants: Ids) -> Ids:
    """The XOR of the constants of the bits that are set. (n, words), (bits,) → (n,)"""
    ids = np.empty(len(words), dtype=np.uint64)
    _xor_bytes(np.ascontiguousarray(words), _table_of(constants), ids)
    return ids


def pattern_id_from_bits(words: Ids, layer: int, width: int) -> Ids:
    """Ids of patterns of one layer, given as packed bits.

    Parameters
    ----------
    words : (n, ceil(width / 64)) uint64
        Unit j is active iff bit j % 64 of word j // 64 is set; bits from `width` on are ignored.
    layer, width : int
        The layer (1-based) and its number of units.

    Returns
    -------
    (n,) uint64
        Equal to `pattern_ids` of the same patterns. The id of the joint pattern of layers 1 … i
        is the XOR of the layers' ids.

    Examples
    --------
    >>> one_and_three = pattern_id_from_bits(np.array([[0b1010]], np.uint64), 2, 4)
    >>> int(one_and_three[0]) == zobrist(2, 1) ^ zobrist(2, 3)
    True
    """
    ids = np.empty(len(words), dtype=np.uint64)
    _xor_bytes(np.ascontiguousarray(words), _byte_table(layer, width), ids)
    return ids


@njit(nogil=True, cache=True)
def _xor_bytes(words: Ids, table: Ids, ids: Ids) -> None:
    for row in range(len(words)):
        total = np.uint64(0)
        for byte in range(len(table)):
            value = words[row, byte >> 3] >> np.uint64(8 * (byte & 7)) & np.uint64(255)
            total ^= table[byte, value]
        ids[row] = total


# --- the network, scaled and packed ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Packed:
    """A network ready for the kernels, units padded to a multiple of 4 with zeros.

    `first_x` (units, width) + `first_y` (units, height) are the first layer's pre-activations:
    it is affine, so they split into a part per column and a part per row. `W` (L − 1, units,
    units) and `b` (L − 1, units) are the layers 2 … L, `units` (L,) their padded widths.
    Stored pre-activations are 2^(their unit's exponent) times the true ones; `logit_scale`
    turns the last layer's stored values into true ones.
    """

    first_x: Float
    first_y: Float
    W: Float
    b: Float
    units: NDArray[np.int64]
    slope: float
    is_tanh: bool
    classes: int
    logit_scale: float


def check_network(weights: Weights, activation: str, fan_in: int = 2) -> list[tuple[Float, Float]]:
    """The layers as float64 arrays.

    Raises
    ------
    ValueError
        An unknown activation or a list that does not fit, no layer or more than 32, a layer wider
        than 256, an input that has not `fan_in` numbers, shapes that do not follow each other, or
        a weight that is not finite.
    """
    between_layers(activation, max(0, len(weights) - 1))
    if not 1 <= len(weights) <= MAX_DEPTH:
        raise ValueError(f"a network has 1 to {MAX_DEPTH} layers, not {len(weights)}")
    layers: list[tuple[Float, Float]] = []
    for number, (W, b) in enumerate(weights, start=1):
        W, b = np.asarray(W, dtype=np.float64), np.asarray(b, dtype=np.float64)
        fan_out = len(b) if b.ndim == 1 else -1
        if W.shape != (fan_out, fan_in) or not 1 <= fan_out <= MAX_WIDTH:
            raise ValueError(
                f"layer {number} takes {fan_in} inputs to at most {MAX_WIDTH} units: "
                f"W {W.shape} and b {b.shape} do not fit"
            )
        if not (np.isfinite(W).all() and np.isfinite(b).all()):
            raise ValueError(f"layer {number} has a weight or bias that is not finite")
        layers.append((W, b))
        fan_in = fan_out
    return layers


def _pack(weights: Weights, activation: str, grid: Grid, *, layer: int | None = None) -> _Packed:
    """The layers 1 … `layer` (default: all, with one scale for all logits), packed.

    relu, identity and leaky relu satisfy a(c·y) = c·a(y) for c > 0, so every unit may be
    scaled on its own and the next layer's weights undo it: signs and arg max stay as they are,
    and float32 neither overflows nor underflows, whatever the weights.
    """
    layers = check_network(weights, activation)
    count = len(layers) if layer is None else layer
    if not 1 <= count <= len(layers):
        raise ValueError(f"layer must be 1 to {len(layers)}, not {layer}")
    scaled, exponent = _rescale(layers[:count], activation, grid, common=layer is None)
    return _pad(scaled, activation, grid, exponent)


def _rescale(
    layers: list[tuple[Float, Float]], activation: str, grid: Grid, *, common: bool
) -> tuple[list[tuple[Float, Float]], int]:
    """The layers with every unit scaled to about 1 in the window; the last layer's exponent.

    The scaled first layer takes points relative to the window's centre: near a line, W·x + b
    is a small difference of large numbers when the window is small. How large a unit gets is
    read from a coarse grid in float64: bounds from norms are loose by √n per layer, 2¹²⁸ after
    32 layers of 256 units. All scales are powers of two, so that nothing is rounded.

    true y = 2^exponent · stored y, with one exponent per unit (`common`: for the last layer).
    """
    h = _centred(grid, SAMPLES, SAMPLES).points().T  # (fan_in, n), stored values
    exponents = np.zeros(2, dtype=np.int64)
    scaled: list[tuple[Float, Float]] = []
    for number, (W, b) in enumerate(layers, start=1):
        last = number == len(layers)
        shift = _row_exponents(W, b, exponents, common=common and last)
        W, b = _ldexp(W, exponents[None, :] - shift[:, None]), _ldexp(b, -shift)
        if number == 1:
            b = b + W @ _centre(grid)
        y = W @ h + b[:, None]
        size = np.frexp(np.abs(y).max(axis=1))[1].astype(np.int64)  # 0 where y is all 0
        if common and last:
            size = np.full_like(size, size.max())
        exponents = shift + size
        if activation == "tanh" and not last:
            # tanh is not homogeneous, but it bounds its output: true scale, extremes cut.
            size, exponents = -shift, np.zeros_like(exponents)
        W, b, y = _ldexp(W, -size[:, None]), _ldexp(b, -size), _ldexp(y, -size[:, None])
        scaled.append((np.clip(W, -_HUGE, _HUGE), np.clip(b, -_HUGE, _HUGE)))
        h = activation_of(activation).value(y)
    return scaled, int(exponents[0])


def _row_exponents(W: Float, b: Float, exponents: NDArray[np.int64], *, common: bool) -> Any:
    """Per row, the exponent of its largest term W_jk · 2^exponents_k or b_j. (fan_out,) int64"""
    none = np.int64(-(1 << 40))  # a plain number would silently become 0 in frexp's int32
    terms = np.where(W != 0, np.frexp(W)[1] + exponents, none).max(axis=1)
    terms = np.maximum(terms, np.where(b != 0, np.frexp(b)[1], none))
    if common:
        terms = np.full_like(terms, terms.max())
    return np.where(terms == none, 0, terms)


def _ldexp(x: Float, exponent: NDArray[np.int64]) -> Float:
    """x · 2^exponent; the exponent's limits leave 0, subnormals and inf as they must be."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(x, np.clip(exponent, -3000, 3000).astype(np.int32))


def _centre(grid: Grid) -> Float:
    x0, x1, y0, y1 = grid.window
    return np.array([x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2])


def _centred(grid: Grid, width: int, height: int) -> Grid:
    """A grid over the same window, measured from its centre."""
    x0, x1, y0, y1 = grid.window
    cx, cy = _centre(grid)
    return Grid((x0 - cx, x1 - cx, y0 - cy, y1 - cy), width, height)


def _dtype(grid: Grid) -> Any:
    """float32, or float64 where neighbouring points are too close for float32."""
    x0, x1, y0, y1 = grid.window
    step = min((x1 - x0) / (grid.width - 1), (y1 - y0) / (grid.height - 1))
    fine = step < FLOAT32_STEP * max(abs(x0), abs(x1), abs(y0), abs(y1))
    return np.float64 if fine else np.float32


def _pad(scaled: list[tuple[Float, Float]], activation: str, grid: Grid, exponent: int) -> _Packed:
    dtype = _dtype(grid)
    widths = [len(b) for _, b in scaled]
    most = _padded(max(widths))
    W_all = np.zeros((max(len(scaled) - 1, 1), most, most), dtype=dtype)
    b_all = np.zeros((max(len(scaled) - 1, 1), most), dtype=dtype)
    for i, (W, b) in enumerate(scaled[1:]):
        W_all[i, : W.shape[0], : W.shape[1]] = W
        b_all[i, : len(b)] = b
    local = _centred(grid, grid.width, grid.height)
    first_x, first_y = np.zeros((most, grid.width)), np.zeros((most, grid.height))
    W, b = scaled[0]
    first_x[: len(b)] = W[:, :1] * local.x_axis() + b[:, None]
    first_y[: len(b)] = W[:, 1:] * local.y_axis()
    return _Packed(
        first_x=np.clip(first_x, -_HUGE, _HUGE).astype(dtype),
        first_y=np.clip(first_y, -_HUGE, _HUGE).astype(dtype),
        W=W_all,
        b=b_all,
        units=np.array([_padded(width) for width in widths], dtype=np.int64),
        slope=dtype(activation_of(activation).below or 0.0),
        is_tanh=activation == "tanh",
        classes=widths[-1],
        logit_scale=float(np.ldexp(1.0, max(-1000, min(exponent, 1000)))),
    )


def _padded(width: int) -> int:
    return -(-width // 4) * 4


# --- kernels ---------------------------------------------------------------------------------
# `contract` lets the compiler fuse multiply and add; nothing else is relaxed. Loops stand where
# numpy has a word (a slice filled, `flatnonzero`): they run as fast and compile in half the time.


@njit(nogil=True, cache=True)
def _first(x: Float, y: Float, start: int, units: int, out: Float) -> None:
    """Pre-activations of layer 1 at the points start … start + TILE of the flat picture."""
    width, total = x.shape[1], x.shape[1] * y.shape[1]
    p = 0
    while p < TILE:
        row, column = divmod(min(start + p, total - 1), width)  # past the end: any point
        count = min(width - column, TILE - p)
        for j in range(units):
            offset = y[j, row]
            source, target = x[j, column : column + count], out[j, p : p + count]
            for i in range(count):  # over slices: with x[j, column + i] it does not vectorise
                target[i] = source[i] + offset
        p += count


@njit(nogil=True, cache=True, fastmath={"contract"})
def _layer(W: Float, b: Float, fan_in: int, fan_out: int, h: Float, y: Float) -> None:
    """y = W h + b for one tile, in blocks of 4 × 4 weights."""
    for j in range(0, fan_out, 4):
        y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
        b0, b1, b2, b3 = b[j], b[j + 1], b[j + 2], b[j + 3]
        for p in range(TILE):
            y0[p], y1[p], y2[p], y3[p] = b0, b1, b2, b3
        for k in range(0, fan_in, 4):
            h0, h1, h2, h3 = h[k], h[k + 1], h[k + 2], h[k + 3]
            w00, w01, w02, w03 = W[j, k], W[j, k + 1], W[j, k + 2], W[j, k + 3]
            w10, w11, w12, w13 = W[j + 1, k], W[j + 1, k + 1], W[j + 1, k + 2], W[j + 1, k + 3]
            w20, w21, w22, w23 = W[j + 2, k], W[j + 2, k + 1], W[j + 2, k + 2], W[j + 2, k + 3]
            w30, w31, w32, w33 = W[j + 3, k], W[j + 3, k + 1], W[j + 3, k + 2], W[j + 3, k + 3]
            for p in range(TILE):
                g0, g1, g2, g3 = h0[p], h1[p], h2[p], h3[p]
                y0[p] += w00 * g0 + w01 * g1 + w02 * g2 + w03 * g3
                y1[p] += w10 * g0 + w11 * g1 + w12 * g2 + w13 * g3
                y2[p] += w20 * g0 + w21 * g1 + w22 * g2 + w23 * g3
                y3[p] += w30 * g0 + w31 * g1 + w32 * g2 + w33 * g3


@njit(nogil=True, cache=True, fastmath={"contract"})
def _activate(y: Float, units: int, slope: float, is_tanh: bool) -> None:
    for j in range(units):
        row = y[j]
        if not is_tanh:
            for p in range(TILE):
                row[p] = max(row[p], slope * row[p])
        elif y.itemsize == 8:
            for p in range(TILE):
                row[p] = np.tanh(row[p])
        else:
            for p in range(TILE):
                row[p] = _tanh(row[p])


# The [13/6] rational approximation of Eigen's `ptanh`; from ±7.9 on it is ±1 in float32.
_SATURATED = np.float32(7.90531110763549805)
_P1, _P3, _P5, _P7, _P9, _P11, _P13 = (
    np.float32(c)
    for c in (
        4.89352455891786e-03,
        6.37261928875436e-04,
        1.48572235717979e-05,
        5.12229709037114e-08,
        -8.60467152213735e-11,
        2.00018790482477e-13,
        -2.76076847742355e-16,
    )
)
_Q0, _Q2, _Q4, _Q6 = (
    np.float32(c)
    for c in (
        4.89352518554385e-03,
        2.26843463243900e-03,
        1.18534705686654e-04,
        1.19825839466702e-06,
    )
)


# error_model: python's own looks for a division by 0, one point at a time.
@njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
def _tanh(x: Any) -> Any:
    """tanh to 1e-6 in float32, without a branch, so that it vectorises."""
    t = min(max(x, -_SATURATED), _SATURATED)
    s = t * t
    p = (((((_P13 * s + _P11) * s + _P9) * s + _P7) * s + _P5) * s + _P3) * s + _P1
    return t * p / (((_Q6 * s + _Q4) * s + _Q2) * s + _Q0)


@njit(nogil=True, cache=True)
def _add_ids(y: Float, constants: Ids, units: int, ids: Ids) -> None:
    """XOR the constants of the active units into the ids of a tile."""
    for j in range(0, units, 4):
        y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
        z0, z1, z2, z3 = constants[j], constants[j + 1], constants[j + 2], constants[j + 3]
        none = np.uint64(0)
        for p in range(TILE):
            left = (z0 if y0[p] > 0 else none) ^ (z1 if y1[p] > 0 else none)
            right = (z2 if y2[p] > 0 else none) ^ (z3 if y3[p] > 0 else none)
            ids[p] ^= left ^ right


@njit(nogil=True, cache=True)
def _ids_kernel(
    x: Float,
    y: Float,
    W: Float,
    b: Float,
    units: NDArray[np.int64],
    slope: float,
    is_tanh: bool,
    constants: Ids,
    from_layer: int,
    out: Ids,
) -> None:
    """Ids of the layers from_layer (0-based) … last, at every point; `out` is flat."""
    h = np.empty((W.shape[1], TILE), W.dtype)
    z = np.empty((W.shape[1], TILE), W.dtype)
    ids = np.empty(TILE, np.uint64)
    for start in range(0, len(out), TILE):
        for p in range(TILE):
            ids[p] = np.uint64(0)
        _first(x, y, start, units[0], h)
        for i in range(len(units)):
            if i > 0:
                _activate(h, units[i - 1], slope, is_tanh)
                _layer(W[i - 1], b[i - 1], units[i - 1], units[i], h, z)
                h, z = z, h
            if i >= from_layer:
                _add_ids(h, constants[i], units[i], ids)
        for p in range(min(TILE, len(out) - start)):
            out[start + p] = ids[p]


@njit(nogil=True, cache=True)
def _logits_kernel(
    x: Float,
    y: Float,
    W: Float,
    b: Float,
    units: NDArray[np.int64],
    slope: float,
    is_tanh: bool,
    classes: int,
    scale: float,
    best: NDArray[np.uint8],
    confidence: Float,
) -> None:
    """Arg max at every point, and the softmax there unless `confidence` is empty."""
    h = np.empty((W.shape[1], TILE), W.dtype)
    z = np.empty((W.shape[1], TILE), W.dtype)
    for start in range(0, len(best), TILE):
        _first(x, y, start, units[0], h)
        for i in range(1, len(units)):
            _activate(h, units[i - 1], slope, is_tanh)
            _layer(W[i - 1], b[i - 1], units[i - 1], units[i], h, z)
            h, z = z, h
        for p in range(min(TILE, len(best) - start)):
            top = 0
            for c in range(1, classes):
                if h[c, p] > h[top, p]:
                    top = c
            best[start + p] = top
            if len(confidence) > 0:
                total = 0.0
                for c in range(classes):
                    total += np.exp(scale * (np.float64(h[c, p]) - np.float64(h[top, p])))
                confidence[start + p] = 1.0 / total


# --- pictures --------------------------------------------------------------------------------


def class_picture(weights: Weights, activation: str, grid: Grid) -> NDArray[np.uint8]:
    """The arg max of the logits at every point; the first one where several are equal.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
        The layers 1 … L, any float type; at most 32 layers of at most 256 units, 2 inputs.
    activation : str
        After every layer but the last: a name, or a comma list with one for each.
    grid : Grid
        The points.

    Returns
    -------
    (height, width) uint8

    Raises
    ------
    ValueError
        As `check_network`.
    """
    return _logits(weights, activation, grid, with_confidence=False)[0]


def confidence_picture(
    weights: Weights, activation: str, grid: Grid
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """`class_picture`, and the softmax probability of that class at every point.

    Returns
    -------
    classes, confidence : (height, width) uint8 and float32
        The confidence lies in [1 / number of classes, 1].
    """
    return _logits(weights, activation, grid, with_confidence=True)


def pattern_ids(weights: Weights, activation: str, grid: Grid, layer: int) -> Ids:
    """Id of sign(y_i) of layer i = `layer` ALONE at every point (exercise 2.4).

    Layer L is the signs of the logits. Equal ids mean equal patterns, in this and every other
    picture; `pattern_id_from_bits` gives the same ids.

    Returns
    -------
    (height, width) uint64

    Raises
    ------
    ValueError
        As `check_network`, or a layer outside 1 … L.
    """
    return _ids(weights, activation, grid, layer, layer)


def joint_pattern_ids(weights: Weights, activation: str, grid: Grid, layer: int) -> Ids:
    """Id of the signs of the layers 1 … `layer` jointly: linear regions. As `pattern_ids`."""
    return _ids(weights, activation, grid, 1, layer)


def _beyond_the_kernels(
    weights: Weights, activation: str, grid: Grid
) -> tuple[Activation, ...] | None:
    """The activations after the layers, None where the kernels know them and the inputs."""
    rows = between_layers(activation, max(0, len(weights) - 1))
    known = all(row.below is not None or row.name == "tanh" for row in rows)
    return None if known and len(set(rows)) <= 1 and not grid.features else rows


def _ids(weights: Weights, activation: str, grid: Grid, first: int, last: int) -> Ids:
    rows = _beyond_the_kernels(weights, activation, grid)
    if rows is not None:
        return _ids_of(rows, check_network(weights, activation, grid.fan_in), grid, first, last)
    activation = activation.partition(",")[0]
    net = _pack(weights, activation, grid, layer=last)
    constants = np.zeros((last, net.W.shape[1]), dtype=np.uint64)
    for i, (_, b) in enumerate(weights[:last]):
        constants[i, : len(b)] = unit_constants(i + 1, len(b))
    out = np.empty(grid.width * grid.height, dtype=np.uint64)
    _ids_kernel(*_network(net), constants, first - 1, out)
    return out.reshape(grid.shape)


def _ids_of(
    rows: tuple[Activation, ...],
    layers: list[tuple[Float, Float]],
    grid: Grid,
    first: int,
    last: int,
) -> Ids:
    if not 1 <= last <= len(layers):
        raise ValueError(f"layer must be 1 to {len(layers)}, not {last}")
    parts: list[Ids] = []
    for tile in any_activation.sign_words(layers, rows, grid, first=first, last=last):
        ids = [pattern_id_from_bits(words, layer, width) for layer, words, width in tile]
        parts.append(np.bitwise_xor.reduce(ids))
    return np.concatenate(parts).reshape(grid.shape)


def _logits(
    weights: Weights, activation: str, grid: Grid, *, with_confidence: bool
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    rows = _beyond_the_kernels(weights, activation, grid)
    if rows is not None:
        return _logits_of(rows, check_network(weights, activation, grid.fan_in), grid)
    net = _pack(weights, activation.partition(",")[0], grid)
    points = grid.width * grid.height
    best = np.empty(points, dtype=np.uint8)
    confidence = np.empty(points if with_confidence else 0, dtype=np.float32)
    _logits_kernel(*_network(net), net.classes, net.logit_scale, best, confidence)
    shape = grid.shape if with_confidence else (0, 0)
    return best.reshape(grid.shape), confidence.reshape(shape)


def _logits_of(
    rows: tuple[Activation, ...], layers: list[tuple[Float, Float]], grid: Grid
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    y = np.concatenate(list(any_activation.logits(layers, rows, grid)))
    confidence = 1.0 / np.exp(y - y.max(axis=1, keepdims=True)).sum(axis=1)
    best = y.argmax(axis=1).astype(np.uint8)
    return best.reshape(grid.shape), confidence.astype(np.float32).reshape(grid.shape)


def _network(
    net: _Packed,
) -> tuple[Float, Float, Float, Float, NDArray[np.int64], float, bool]:
    """What all kernels take first."""
    return net.first_x, net.first_y, net.W, net.b, net.units, net.slope, net.is_tanh


# --- labels ----------------------------------------------------------------------------------


def compact(ids: Ids) -> tuple[Labels, Ids]:
    """Labels 0 … K − 1 instead of ids, numbered as they first appear, row by row.

    Returns
    -------
    labels, distinct : (height, width) int32 and (K,) uint64
        ``distinct[labels]`` is `ids`. A hash table, not a sort: about 1 ms for 401².
    """
    flat = np.ascontiguousarray(ids).reshape(-1)
    labels = np.empty(len(flat), dtype=np.int32)
    width = ids.shape[-1]
    return labels.reshape(ids.shape), _label(flat, width, labels)


@njit(nogil=True, cache=True)
def _label(ids: Ids, width: int, labels: Labels) -> Ids:
    """Open addressing with linear probing, at most half full. Ids are hashes already."""
    size = 1 << 12
    slots = np.full(size, -1, np.int32)  # label of the id in this slot
    distinct = np.empty(size // 2, np.uint64)
    count = 0
    for p in range(len(ids)):
        key = ids[p]
        if p > 0 and ids[p - 1] == key:  # nine of ten points equal their neighbour
            labels[p] = labels[p - 1]
            continue
        if p >= width and ids[p - width] == key:
            labels[p] = labels[p - width]
            continue
        slot = np.int64(key >> np.uint64(6) & np.uint64(size - 1))
        while slots[slot] >= 0 and distinct[slots[slot]] != key:
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            if count == len(distinct):
                size *= 2
                slots, distinct = _grow(distinct, size)
                slot = np.int64(key >> np.uint64(6) & np.uint64(size - 1))
                while slots[slot] >= 0:
                    slot = (slot + 1) & (size - 1)
            slots[slot] = count
            distinct[count] = key
            count += 1
        labels[p] = slots[slot]
    return distinct[:count].copy()


@njit(nogil=True, cache=True)
def _grow(distinct: Ids, size: int) -> tuple[Labels, Ids]:
    slots = np.full(size, -1, np.int32)
    larger = np.empty(size // 2, np.uint64)
    for label in range(len(distinct)):
        key = distinct[label]
        larger[label] = key
        slot = np.int64(key >> np.uint64(6) & np.uint64(size - 1))
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = label
    return slots, larger


def neighbour_pairs(labels: Labels, shortest: int = SHORTEST_BORDER) -> Labels:
    """Pairs of different labels that touch: right and lower neighbours on the grid.

    Parameters
    ----------
    labels : (height, width) int32
        Not negative, as from `compact`.
    shortest : int
        Pairs that meet at fewer than so many pixel edges are left out. Most of them only
        meet at a corner, where two lines cross and the grid decides by chance which two of
        four cells touch: to look at these would make colours flicker.

    Returns
    -------
    (E, 2) int32
        Each pair once, the smaller label first; the order is that of the picture.
    """
    return _pairs(np.ascontiguousarray(labels), shortest)


@njit(nogil=True, cache=True)
def _pairs(labels: Labels, shortest: int) -> Labels:
    """Count the pixel edges of every pair in a hash table that is at most half full."""
    height, width = labels.shape
    size = 1 << 13
    slots = np.full(size, -1, np.int32)
    keys, edges = np.empty(size // 2, np.int64), np.empty(size // 2, np.int32)
    count = 0
    for row in range(height):
        for column in range(width):
            here = np.int64(labels[row, column])
            for down in range(2):
                r, c = row + down, column + 1 - down
                if r == height or c == width or labels[r, c] == here:
                    continue
                there = np.int64(labels[r, c])
                key = (min(here, there) << 32) | max(here, there)
                slot = _find(key, slots, keys)
                if slots[slot] >= 0:
                    edges[slots[slot]] += 1
                    continue
                if count == len(keys):
                    slots, keys, edges = _double(keys, edges)
                    slot = _find(key, slots, keys)
                slots[slot] = count
                keys[count], edges[count] = key, 1
                count += 1
    long = 0
    for i in range(count):
        long += edges[i] >= shortest
    pairs = np.empty((long, 2), np.int32)
    k = 0
    for i in range(count):
        if edges[i] >= shortest:
            pairs[k, 0], pairs[k, 1] = keys[i] >> 32, keys[i] & 0xFFFFFFFF
            k += 1
    return pairs


@njit(nogil=True, cache=True)
def _find(key: Any, slots: Labels, keys: NDArray[np.int64]) -> Any:
    """The slot of the key, or the empty one where it belongs."""
    last = len(slots) - 1
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    slot = np.int64(mixed >> np.uint64(32)) & last
    while slots[slot] >= 0 and keys[slots[slot]] != key:
        slot = (slot + 1) & last
    return slot


@njit(nogil=True, cache=True)
def _double(keys: NDArray[np.int64], edges: Labels) -> tuple[Labels, NDArray[np.int64], Labels]:
    """The same table with twice the room."""
    count = len(keys)
    slots = np.full(4 * count, -1, np.int32)
    more_keys, more_edges = np.empty(2 * count, np.int64), np.empty(2 * count, np.int32)
    for i in range(count):
        more_keys[i], more_edges[i] = keys[i], edges[i]
        slots[_find(keys[i], slots, more_keys)] = i
    return slots, more_keys, more_edges


def warm() -> None:
    """Compile every kernel (or load it from the cache) on a picture of a few points."""
    weights = [(np.eye(2), np.zeros(2)), (np.eye(2), np.zeros(2))]
    for window in ((-1.0, 1.0, -1.0, 1.0), (1.0, 1.0 + 1e-7, 1.0, 1.0 + 1e-7)):
        grid = Grid(window, 3, 3)  # the second one is for the float64 kernels
        confidence_picture(weights, "relu", grid)
        labels, _ = compact(joint_pattern_ids(weights, "relu", grid, 2))
        neighbour_pairs(labels)
    pattern_id_from_bits(np.zeros((1, 1), dtype=np.uint64), 1, 2)
