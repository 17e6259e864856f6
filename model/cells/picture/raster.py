"""Pictures of a complex: one value per face, exact in every pixel's centre.

Pixel centres are the points of ``np.linspace(x0, x1, width)`` × ``np.linspace(y0, y1, height)``,
both ends included; row 0 is the top, y1 (`model.cells.grid.grid.Grid`). Faces are filled row by
row. A pixel whose centre lies on a line, or so near that rounding decides, gets what a plain
float64 forward pass says: active iff y > 0. Such a point can have a pattern that no face has (three
lines through a point; the window's border on a line): see `LinePixels`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import NEXT, ON_BORDER, ORIGIN, Indices, Ints
from cellscope.model.cells.exact.merge import distinct_rows
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.jit import njit

NEAR = 1e-7  # pixels; vertices are right to 1e-12, and one pixel in 1e5 is looked at twice

Bytes = NDArray[np.uint8]
Stray = Callable[[Words], Bytes]


@dataclass(frozen=True, slots=True)
class LinePixels:
    """The pixels whose centres lie on lines, K of them.

    Attributes
    ----------
    row, column : (K,) int32
        Row 0 is the top.
    face : (K,) int32
        The face that has the point's pattern, −1 where none in the window has.
    bits : (K, words) uint64
        The point's joint pattern, by a float64 forward pass.
    """

    row: Ints
    column: Ints
    face: Ints
    bits: Words


def rasterise(
    complex: Complex,
    face_values: Bytes,
    width: int,
    height: int,
    *,
    stray: Stray | None = None,
    out: Bytes | None = None,
) -> Bytes:
    """Picture of a value per face. (height, width) uint8, row 0 at the top

    Parameters
    ----------
    complex : Complex
    face_values : (F,) uint8
    width, height : int
        Pixels, at least 2 each.
    stray : function (K, words) uint64 → (K,) uint8, optional
        Values of points on lines whose joint pattern no face has, from that pattern. Without
        it they get the value of the face whose pattern differs in the fewest units.
    out : (height, width) uint8, optional
        Written to and returned.

    Raises
    ------
    ValueError
        Sizes that do not fit.

    Notes
    -----
    O(pixels + Σ rows each face spans); one forward pass for the few pixels on lines.
    """
    if width < 2 or height < 2:
        raise ValueError(f"a picture has 2 or more pixels a side, not {width}x{height}")
    if face_values.shape != (complex.faces,):
        raise ValueError(f"face_values: {complex.faces} are needed, not {face_values.shape}")
    values = np.ascontiguousarray(face_values, dtype=np.uint8)
    picture = np.empty((height, width), np.uint8) if out is None else out
    doubtful = fill_part(complex, complex.window, values, picture)
    if len(doubtful):
        pixels = _on_lines(complex, doubtful, width, height)
        lost = pixels.face < 0
        face = pixels.face.copy()
        face[lost] = _nearest(complex, pixels.bits[lost])
        picture[pixels.row, pixels.column] = values[face]
        if stray is not None and lost.any():
            picture[pixels.row[lost], pixels.column[lost]] = stray(pixels.bits[lost])
    return picture


def line_pixels(complex: Complex, width: int, height: int) -> LinePixels:
    """The pixels of a picture whose centres lie on lines of the complex, each once."""
    picture = np.empty((height, width), np.uint8)
    doubtful = fill_part(complex, complex.window, np.zeros(complex.faces, np.uint8), picture)
    return _on_lines(complex, doubtful, width, height)


def faces_with(complex: Complex, bits: Words) -> Ints:
    """The face of each joint pattern, −1 if there is none. (K, words) → (K,)"""
    index, first = distinct_rows(bits)
    faces = np.full(len(first), -1, np.int32)
    for i, row in enumerate(bits[first]):
        candidates = np.flatnonzero(complex.bits[:, -1] == row[-1])
        equal = (complex.bits[candidates] == row).all(axis=1)
        if equal.any():
            faces[i] = candidates[int(equal.argmax())]
    return faces[index]


def _nearest(complex: Complex, bits: Words) -> Ints:
    """The face whose joint pattern differs in the fewest units. (K, words) → (K,)"""
    index, first = distinct_rows(bits)
    faces = [int(np.bitwise_count(complex.bits ^ row).sum(axis=1).argmin()) for row in bits[first]]
    return np.array(faces, np.int32)[index]


def fill_part(complex: Complex, window: Window, values: Bytes, picture: Bytes) -> NDArray[np.int64]:
    """Fill the part of a picture of `window` that a complex covers, all of it or a tile.

    Returns the doubtful pixels as row · width + column, each once: those are on lines.
    """
    height, width = picture.shape
    x0, x1, y0, y1 = window
    x, y = complex.origin
    low, high = np.array([x0 - x, y0 - y]), np.array([x1 - x, y1 - y])
    last = np.array([width - 1.0, height - 1.0])
    # linspace rounds the points themselves: in a small window that is what limits a picture.
    rounding = np.spacing(np.abs([[x0, x1], [y0, y1]]).max(axis=1)) * last / (high - low)
    near = NEAR + 4 * float(rounding.max())
    pixel = _to_pixels(complex.local, low, high, last)
    room = 4 * (width + height)
    while True:
        doubtful = np.empty(room, np.int64)
        count = _fill(
            complex.half.view(np.uint32),
            complex.label,
            complex.start.view(np.uint32),
            pixel,
            values,
            near,
            picture,
            doubtful,
        )
        if count <= room:
            return np.unique(doubtful[:count])
        room = count


def patterns_at(
    complex: Complex, window: Window, pixels: NDArray[np.int64], width: int, height: int
) -> Words:
    """Joint patterns of pixels (row · width + column) by a float64 forward pass. (K, words)"""
    x0, x1, y0, y1 = window
    row, column = np.divmod(pixels, width)
    x, y = np.linspace(x0, x1, width)[column], np.linspace(y0, y1, height)[height - 1 - row]
    points = np.stack([x, y], axis=1)
    return forward_patterns(complex.network, points, layer=complex.layer)


def _on_lines(complex: Complex, doubtful: NDArray[np.int64], width: int, height: int) -> LinePixels:
    bits = patterns_at(complex, complex.window, doubtful, width, height)
    row, column = (part.astype(np.int32) for part in np.divmod(doubtful, width))
    return LinePixels(row, column, faces_with(complex, bits), bits)


@njit(nogil=True, cache=True)
def _to_pixels(local: Float, low: Float, high: Float, last: Float) -> Float:
    """Vertices in units of pixels from the lower left point of the grid. (V, 2)"""
    out = np.empty_like(local)
    for axis in range(2):
        start, end, limit = low[axis], high[axis], last[axis]
        scale = limit / (end - start)
        for v in range(len(local)):
            value = local[v, axis]  # the window's own ends are met exactly
            out[v, axis] = limit if value >= end else (value - start) * scale
    return out


@njit(nogil=True, cache=True)
def _fill(
    half: Indices,
    label: Ints,
    start: Indices,
    pixel: Float,
    values: Bytes,
    near: float,
    picture: Bytes,
    doubtful: NDArray[np.int64],
) -> int:
    """Fill all faces; returns how many doubtful pixels there are (more than fit, perhaps).

    Going round a face, edges that lead down bound it on the left, edges that lead up on the
    right. An edge has the rows with low ≤ row < high, and a pixel on an edge goes to the face
    on its right, so that every pixel is filled once; the window's own top and right are taken in.
    """
    height, width = picture.shape
    left, right = np.empty(height, np.int32), np.empty(height, np.int32)
    on_row = np.empty(len(pixel), np.bool_)
    for v in range(len(pixel)):
        on_row[v] = abs(pixel[v, 1] - np.round(pixel[v, 1])) <= near
    count = 0
    for face in range(len(start)):
        first = np.uint64(start[face])
        h = first
        bottom, top = height, -1
        a = np.uint64(half[h, ORIGIN])
        ax, ay = pixel[a, 0], pixel[a, 1]
        row_a = np.int64(np.ceil(ay))
        while True:
            after = np.uint64(half[h, NEXT])
            b = np.uint64(half[after, ORIGIN])
            bx, by = pixel[b, 0], pixel[b, 1]
            row_b = np.int64(np.ceil(by))
            up = by > ay
            lx, ly, hx, hy = (ax, ay, bx, by) if up else (bx, by, ax, ay)
            low, high = (row_a, row_b) if up else (row_b, row_a)
            if hy >= height - 1:
                high = height
            # Both faces of an edge come by here: one of them is enough to find its pixels.
            looks = label[h] != 0 and (up or hy <= ly or label[h] == ON_BORDER)
            if low < high and hy > ly:
                slope = (hx - lx) / (hy - ly)
                doubt = near * (1.0 + abs(slope))
                least, most = min(lx, hx), max(lx, hx)
                bottom, top = min(bottom, low), max(top, high - 1)
                for row in range(low, high):
                    x = min(max(lx + slope * (row - ly), least), most)
                    column = np.int64(np.ceil(x))
                    if looks and (column - x <= doubt or column - x >= 1.0 - doubt):
                        count = _doubt(row, x, doubt, width, height, doubtful, count)
                    if up:
                        right[row] = width if x >= width - 1 else column
                    else:
                        left[row] = column
            if looks and (on_row[a] or on_row[b]):  # nearly along a row of pixels, perhaps
                for y in (ly, hy):
                    row = np.int64(np.round(y))
                    if abs(y - row) <= near:
                        count = _doubt_end(
                            row, lx, ly, hx, hy, near, width, height, doubtful, count
                        )
            a, h, ax, ay, row_a = b, after, bx, by, row_b
            if h == first:
                break
        value = values[face]
        for row in range(bottom, top + 1):
            for column in range(left[row], right[row]):
                picture[height - 1 - row, column] = value
    return count


@njit(nogil=True, cache=True)
def _doubt_end(
    row: int | np.signedinteger,
    lx: float,
    ly: float,
    hx: float,
    hy: float,
    near: float,
    width: int,
    height: int,
    doubtful: NDArray[np.int64],
    count: int,
) -> int:
    """Note the pixels of a row that the edge comes within `near` of; returns the new count."""
    low, high = min(lx, hx), max(lx, hx)
    if hy - ly > 2.0 * near:
        slope = (hx - lx) / (hy - ly)
        p, q = lx + slope * (row - near - ly), lx + slope * (row + near - ly)
        low, high = max(low, min(p, q)), min(high, max(p, q))
    middle = 0.5 * (low + high)
    return _doubt(row, middle, middle - low + near, width, height, doubtful, count)


@njit(nogil=True, cache=True)
def _doubt(
    row: int | np.signedinteger,
    x: float | np.floating,
    reach: float,
    width: int,
    height: int,
    doubtful: NDArray[np.int64],
    count: int,
) -> int:
    """Note the pixels of a row within `reach` of x; returns the new count."""
    low, high = np.int64(np.ceil(x - reach)), np.int64(np.floor(x + reach))
    for column in range(max(low, 0), min(high, width - 1) + 1):
        if count < len(doubtful):
            doubtful[count] = (height - 1 - row) * width + column
        count += 1
    return count
