"""One frame of a film: the picture, or both, with boundaries, points and the step below."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cellscope.app.figures.colours import THEME_COLOURS, class_colour, palettes
from cellscope.app.settings.comparison import headings
from cellscope.app.text.texts import text
from cellscope.model.cells.grid.values import value_indices
from cellscope.model.cells.picture.boundary_segments import FOLD, SCALE
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import Data, seen_data
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, mode_of

GAP = 12  # pixels between two pictures


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
    pen = ImageDraw.Draw(image)
    colours = THEME_COLOURS[look.theme]
    ink = colours["edge" if mode.of_layer else "ink"]
    ends = picture.lines.ends.astype(float) * ((side - 1) / SCALE)
    heavy = picture.lines.style != FOLD
    for x0, y0, x1, y1 in ends[heavy].tolist():
        pen.line((x0, side - 1 - y0, x1, side - 1 - y1), fill=ink, width=1 + side // 600)
    if look.view.points != "none":
        _points(pen, snapshot, look)
    return image


@cache
def _colours(theme: str, palette: str) -> np.ndarray:
    """Palette index -> red, green, blue."""
    table = [bytes.fromhex(colour[1:7]) for colour in palettes()[theme][palette]]
    return np.frombuffer(b"".join(table), np.uint8).reshape(-1, 3)


def _ranks(data: Data, spec: Spec) -> list[int]:
    """The points' classes, or the levels of their targets."""
    y = value_indices(data.train_y, data.reach) if spec.is_regression else data.train_y
    return y.tolist()


def _points(pen: ImageDraw.ImageDraw, snapshot: Snapshot, look: Look) -> None:
    """Training points; without a hue where colour means a cell, told apart by shape."""
    data, (x0, x1, y0, y1) = seen_data(snapshot.spec), look.view.window
    side, plain = look.view.pixels, look.view.shows.of_layer
    r = max(2.5, side / 170)
    ranks = _ranks(data, snapshot.spec)
    for (x, y), k in zip(data.train_x.tolist(), ranks, strict=True):
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            continue
        u, v = (x - x0) / (x1 - x0) * (side - 1), (y1 - y) / (y1 - y0) * (side - 1)
        if snapshot.spec.is_regression:
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
