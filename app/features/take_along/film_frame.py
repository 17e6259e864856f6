"""One frame of a film: the picture, or both, with boundaries, points and the step below."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from cellscope.app.figures.colours import THEME_COLOURS, class_colour, palettes
from cellscope.app.settings.comparison import headings
from cellscope.app.text.texts import text
from cellscope.model.cells.grid.values import value_indices
from cellscope.model.cells.picture.boundary_segments import BOUNDARY, SCALE
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import Data, seen_data
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, mode_of

GAP = 12  # pixels between two pictures
OPACITIES = (0.9, 0.7, 0.5, 0.2)  # of the lines' styles, about as on the page
TEST_SIZE = 0.7  # of a test point, beside a training point's


@dataclass(frozen=True, slots=True)
class Look:
    """How frames are drawn."""

    view: View  # its pixels are those of a picture's side
    theme: str
    language: str


def frame_of(snapshot: Snapshot, look: Look, share: float) -> Image.Image:
    """A palette image; `share` of the film's way is behind it."""
    side, colours = look.view.pixels, THEME_COLOURS[look.theme]
    shown = [snapshot] if snapshot.other is None else [snapshot, snapshot.other]
    strip = max(28, side // 10)
    width = len(shown) * side + (len(shown) - 1) * GAP
    image = Image.new("RGB", (width, side + strip), colours["surface"])
    pen = ImageDraw.Draw(image)
    for k, (one, said) in enumerate(zip(shown, _captions(snapshot, look.language), strict=True)):
        left = k * (side + GAP)
        image.paste(_picture(one, look), (left, 0))
        place = (left + side // 2, side + strip // 2)
        pen.text(place, said, fill=colours["ink"], font=_font(strip // 2), anchor="mm")
    pen.rectangle((0, side, round(share * (width - 1)), side + 2), fill=colours["bar"])
    return image.quantize(256)


def _captions(snapshot: Snapshot, language: str) -> list[str]:
    step = text("time.heading", language, step=snapshot.shown_step)
    if snapshot.other is None:
        return [step]
    second = text("time.heading", language, step=snapshot.other.shown_step)
    if snapshot.paired:
        return [step, second]
    names = headings(snapshot.spec, snapshot.other.spec, language)
    return [f"{name} · {at}" for name, at in zip(names, (step, second), strict=True)]


def _picture(snapshot: Snapshot, look: Look) -> Image.Image:
    picture, side = draw(snapshot, look.view), look.view.pixels
    mode = mode_of(picture.mode)
    image = Image.fromarray(_colours(look.theme, mode.palette)[picture.indices])
    pen = ImageDraw.Draw(image, "RGBA")  # lines let through what lies below
    _lines(pen, picture, THEME_COLOURS[look.theme]["edge" if mode.of_layer else "ink"], side)
    if look.view.points != "none":
        _points(pen, snapshot, look)
    return image


def _lines(pen: ImageDraw.ImageDraw, picture: Picture, ink: str, side: int) -> None:
    """Boundaries, and below them, faintly, the folds."""
    ends = picture.lines.ends.astype(float) * ((side - 1) / SCALE)
    for style, opacity in reversed(list(enumerate(OPACITIES))):
        fill = (*ImageColor.getrgb(ink), round(255 * opacity))
        width = 1 + (side // 600 if style == BOUNDARY else 0)
        for x0, y0, x1, y1 in ends[picture.lines.style == style].tolist():
            pen.line((x0, side - 1 - y0, x1, side - 1 - y1), fill=fill, width=width)


@cache
def _colours(theme: str, palette: str) -> np.ndarray:
    """Palette index -> red, green, blue."""
    table = [bytes.fromhex(colour[1:7]) for colour in palettes()[theme][palette]]
    return np.frombuffer(b"".join(table), np.uint8).reshape(-1, 3)


def _ranks(y: NDArray[np.generic], data: Data, spec: Spec) -> list[int]:
    """The points' classes, or the levels of their targets."""
    return (value_indices(y, data.reach) if spec.is_regression else y).tolist()


def _points(pen: ImageDraw.ImageDraw, snapshot: Snapshot, look: Look) -> None:
    """The points that the page shows, smaller those of the test."""
    data, r = seen_data(snapshot.spec), max(2.5, look.view.pixels / 170)
    sets = [(data.train_x, data.train_y, r), (data.test_x, data.test_y, TEST_SIZE * r)]
    for x, y, size in sets if look.view.points == "all" else sets[:1]:
        for point, rank in zip(x.tolist(), _ranks(y, data, snapshot.spec), strict=True):
            _point(pen, snapshot.spec, look, point, rank, size)


def _point(
    pen: ImageDraw.ImageDraw, spec: Spec, look: Look, point: list[float], k: int, r: float
) -> None:
    """Without a hue where colour means a cell, told apart by shape."""
    (x, y), (x0, x1, y0, y1) = point, look.view.window
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return
    side, plain = look.view.pixels, look.view.shows.of_layer
    u, v = (x - x0) / (x1 - x0) * (side - 1), (y1 - y) / (y1 - y0) * (side - 1)
    if spec.is_regression:
        fill, k = ("#FFFFFF" if plain else palettes()[look.theme]["value"][k]), 0
    else:
        fill = ("#FFFFFF" if k % 2 == 0 else "#000000") if plain else class_colour(k)
    ring = "#000000" if fill == "#FFFFFF" else "#FFFFFF"
    box = (u - r, v - r, u + r, v + r)
    if k % 3 == 0:
        pen.ellipse(box, fill=fill, outline=ring)
    elif k % 3 == 1:
        pen.rectangle(box, fill=fill, outline=ring)
    else:
        pen.polygon([(u, v - r), (u + r, v + r), (u - r, v + r)], fill=fill, outline=ring)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
