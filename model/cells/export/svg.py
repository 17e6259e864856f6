"""A complex as SVG: one path of true vector polygons per piece, boundaries, points and axes.

Coordinates are pixels, y pointing down; they are measured in the complex's own frame, so that a
window of 1e-6 is as sharp as any. Every vertex is written once in the same digits for all pieces
that share it: there are no gaps, and the signed areas of the paths sum to the window's.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.classes import Classes
from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import LayerCells, face_pairs, joint_ids, merge_faces
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.outlines import outlines
from cellscope.model.cells.picture.palette import CALM, LIGHT

PLOT = 800.0  # pixels of the longer side of the window
NARROWEST = 160.0  # of the shorter side: beyond 1 : 5 the axes' units differ
TOP, RIGHT, BOTTOM = 16.0, 20.0, 56.0
FONT, LETTER = 14.0, 8.0  # pixels: height, and the width of a digit
THICKEST, THINNER, THINNEST, FOLD = 1.6, 0.75, 0.4, 0.3  # pixels; × 0.75 from layer to layer


@dataclass(frozen=True, slots=True)
class Paint:
    """How the F faces of a complex are drawn.

    Attributes
    ----------
    piece : (F,) int32
        Faces with the same value make one path.
    value : (F,) int32
        Edges between different values are boundaries, the others faint folds.
    colour : (F,) uint8
        Index into the palette.
    """

    piece: NDArray[np.int32]
    value: NDArray[np.int32]
    colour: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Style:
    """Colours as "#RRGGBB": the palette that `Paint.colour` points into, and those around it."""

    colours: Sequence[str] = tuple(LIGHT)
    ink: str = "#14171D"
    surface: str = "#FFFFFF"
    line: str = ""  # of boundaries; "" is the ink


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the window lies in the SVG: pixels of its sides, and the margin left of it."""

    left: float
    width: float
    height: float


def cells_paint(complex: Complex, cells: LayerCells) -> Paint:
    """Cells of one layer, in the colours of the live picture: a path per connected region."""
    colours = assign_colours(cells.ids, cells.neighbours)
    return Paint(cells.region, cells.pattern, colours[cells.pattern])


def regions_paint(complex: Complex) -> Paint:
    """Linear regions, in the colours of the live picture: a path per face."""
    faces = np.arange(complex.faces, dtype=np.int32)
    return Paint(faces, faces, assign_colours(joint_ids(complex), face_pairs(complex)))


def one_region_paint(complex: Complex) -> Paint:
    """The single linear region of an affine map, whatever its signs: one path."""
    one = np.zeros(complex.faces, np.int32)
    return Paint(one, one, np.full(complex.faces, CALM, np.uint8))


def classes_paint(classes: Classes) -> Paint:
    """Predicted classes: a path per connected set of faces; the colour's index is the class."""
    value = classes.of_face.astype(np.int32)
    return Paint(merge_faces(classes.complex.half, value)[0], value, classes.of_face)


def svg(
    complex: Complex,
    paint: Paint,
    *,
    title: str,
    about: str = "",
    style: Style | None = None,
    points: Iterable[tuple[Float, str]] = (),
    lines: bool = True,
    folding: int | None = None,
) -> str:
    """An SVG document of the complex, without references to anything outside it.

    Parameters
    ----------
    complex : Complex
    paint : Paint
        `cells_paint`, `regions_paint` or `classes_paint`.
    title, about : str
        For ``<title>`` and ``<desc>``, plain text.
    style : Style, optional
        Default: the light theme.
    points : iterable of ((n, 2) array, "#RRGGBB")
        Data points in data units, group by group; those outside the window are left out.
    lines : bool
        Whether boundaries and folds are drawn.
    folding : int, optional
        The last layer whose lines are folds; 0 for an affine map. Default: all are.

    Returns
    -------
    str
        Groups ``cells``, ``lines`` (a path per layer: boundaries, and folds fainter), ``points``
        and ``axes``. Paths of ``cells`` are ``piece-0``, …; ``data-value`` is `Paint.value`.
        The window is `PLOT` pixels wide or high, whichever is more.
    """
    style = style or Style()
    frame = _frame(complex)
    width = frame.left + frame.width + RIGHT
    height = TOP + frame.height + BOTTOM
    at = _pixels(complex, frame)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="about">{escape(about)}</desc>',
        f'<rect width="{width:g}" height="{height:g}" fill="{style.surface}"/>',
        *_pieces(complex, paint, style, at, lines),
        *(_lines(complex, paint, style, at, folding) if lines else ()),
        *_points(complex, frame, style, points),
        *_axes(complex, frame, style),
        "</svg>\n",
    ]
    return "\n".join(body)


def _frame(complex: Complex) -> Frame:
    x0, x1, y0, y1 = complex.window
    scale = PLOT / max(x1 - x0, y1 - y0)
    longest = max(len(label) for _, label in ticks(y0, y1))
    return Frame(
        left=round(LETTER * longest + FONT + 24),
        width=max(NARROWEST, (x1 - x0) * scale),
        height=max(NARROWEST, (y1 - y0) * scale),
    )


def _pixels(complex: Complex, frame: Frame) -> list[str]:
    """Every vertex as "x,y" in pixels, to a millionth of one."""
    xy = np.round(_to_pixels(complex, frame, complex.local), 6) + 0.0
    return [f"{x:.10g},{y:.10g}" for x, y in xy.tolist()]


def _to_pixels(complex: Complex, frame: Frame, local: Float) -> Float:
    """Points relative to the complex's origin in pixels. (n, 2)"""
    x0, x1, y0, y1 = complex.window
    corner = np.array([x0, y1]) - complex.origin
    scale = np.array([frame.width / (x1 - x0), -frame.height / (y1 - y0)])
    return (local - corner) * scale + np.array([frame.left, TOP])


def _pieces(
    complex: Complex, paint: Paint, style: Style, at: list[str], lines: bool
) -> Iterable[str]:
    first = np.zeros(int(paint.piece.max()) + 1, np.int64)
    first[paint.piece[::-1]] = np.arange(complex.faces)[::-1]
    values, colours = paint.value[first].tolist(), paint.colour[first].tolist()
    # Without lines a seam of half covered pixels would show the surface between two cells.
    yield '<g id="cells">' if lines else '<g id="cells" stroke-width="0.5" stroke-linejoin="round">'
    for piece, loops in enumerate(outlines(complex, paint.piece).loops):
        d = "".join(f"M{' '.join([at[v] for v in loop.tolist()])}Z" for loop in loops)
        colour = style.colours[colours[piece]]
        look = f'fill="{colour}"' if lines else f'fill="{colour}" stroke="{colour}"'
        yield f'<path id="piece-{piece}" data-value="{values[piece]}" {look} d="{d}"/>'
    yield "</g>"


def _lines(
    complex: Complex, paint: Paint, style: Style, at: list[str], folding: int | None
) -> Iterable[str]:
    half = complex.half
    face, other = half[:, FACE], half[half[:, TWIN], FACE]
    edges = np.flatnonzero((face > other) & (other >= 0))
    strong = paint.value[face[edges]] != paint.value[other[edges]]
    layer = complex.edge_layer[edges]
    yield f'<g id="lines" fill="none" stroke="{style.line or style.ink}" stroke-linecap="round">'
    folds = layer[~strong] if folding is None else layer[~strong & (layer <= folding)]
    for number in np.unique(folds).tolist():
        d = _segments(half, edges[~strong & (layer == number)], at)
        yield f'<path id="folds-layer-{number}" stroke-width="{FOLD}" opacity="0.5" d="{d}"/>'
    for rank, number in enumerate(np.unique(layer[strong]).tolist()):
        d = _segments(half, edges[strong & (layer == number)], at)
        width = max(THINNEST, THICKEST * THINNER**rank)
        yield f'<path id="boundaries-layer-{number}" stroke-width="{width:.2f}" d="{d}"/>'
    yield "</g>"


def _segments(half: NDArray[np.int32], edges: NDArray[np.intp], at: list[str]) -> str:
    start, end = half[edges, ORIGIN].tolist(), half[half[edges, TWIN], ORIGIN].tolist()
    return "".join(f"M{at[a]} {at[b]}" for a, b in zip(start, end, strict=True))


def _points(
    complex: Complex, frame: Frame, style: Style, groups: Iterable[tuple[Float, str]]
) -> Iterable[str]:
    x0, x1, y0, y1 = complex.window
    yield f'<g id="points" stroke="{style.surface}" stroke-width="1">'
    for points, colour in groups:
        x, y = points[:, 0], points[:, 1]
        inside = points[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1), :2]
        for px, py in _to_pixels(complex, frame, inside - complex.origin).tolist():
            yield f'<circle cx="{px:.2f}" cy="{py:.2f}" r="3" fill="{colour}"/>'
    yield "</g>"


def _axes(complex: Complex, frame: Frame, style: Style) -> Iterable[str]:
    x0, x1, y0, y1 = complex.window
    left, bottom = frame.left, TOP + frame.height
    font = f'font-family="system-ui, sans-serif" font-size="{FONT:g}"'
    yield f'<g id="axes" fill="{style.ink}" {font}>'
    box = f'x="{left:g}" y="{TOP:g}" width="{frame.width:g}" height="{frame.height:g}"'
    yield f'<rect {box} fill="none" stroke="{style.ink}"/>'
    for share, label in ticks(x0, x1):
        x = left + share * frame.width
        yield f'<path d="M{x:.2f},{bottom:g}v6" stroke="{style.ink}"/>'
        yield f'<text x="{x:.2f}" y="{bottom + 22:g}" text-anchor="middle">{label}</text>'
    for share, label in ticks(y0, y1):
        y = bottom - share * frame.height
        yield f'<path d="M{left:g},{y:.2f}h-6" stroke="{style.ink}"/>'
        yield f'<text x="{left - 10:g}" y="{y + 5:.2f}" text-anchor="end">{label}</text>'
    middle = TOP + frame.height / 2
    across = left + frame.width / 2
    yield f'<text x="{across:g}" y="{bottom + 44:g}" text-anchor="middle">x₁</text>'
    yield f'<text x="14" y="{middle:g}" text-anchor="middle">x₂</text>'
    yield "</g>"


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers in [low, high], about six: the share of the way to high, and the label.

    >>> ticks(-5, 5)
    [(0.1, '−4'), (0.3, '−2'), (0.5, '0'), (0.7, '2'), (0.9, '4')]
    """
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = next(f * power for f in (1, 2, 5, 10) if span / (f * power) <= 6)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [
        (min(1.0, max(0.0, (n * step - low) / span)), _label(n * step, decimals)) for n in numbers
    ]


def _label(value: float, decimals: int) -> str:
    if decimals > 15 or abs(value) >= 1e6:  # a tiny window about 0, where no digits are shared
        return f"{value:.6g}".replace("-", "−")
    return f"{value + 0.0:.{decimals}f}".replace("-", "−")
