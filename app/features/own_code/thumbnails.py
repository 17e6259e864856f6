"""Three small pictures of a comparison: the page's, the one handed in, and where they differ."""

import base64

import numpy as np
from numpy.typing import NDArray

from cellscope.app.figures.colours import THEME_COLOURS, palettes
from cellscope.model.cells.export.files import png
from cellscope.model.cells.picture.render import draw
from cellscope.model.own_code.pictures import PictureVerdict
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

Indices = NDArray[np.uint8]
LARGE = 300  # pixels: from twice as many on a mark of one pixel is widened, or nobody would see it


def thumbnails(verdict: PictureVerdict, snapshot: Snapshot, view: View, theme: str) -> list[str]:
    """PNG pictures as data addresses; theirs has the colours of what it was recognised as."""
    colours = palettes()[theme]["cells"]
    none = len(colours)  # the label belongs to nothing
    ours = _drawn(verdict, snapshot, view, "pattern")
    if verdict.readings:
        reading = verdict.readings[0]
        kind, layer = reading.content.kind, reading.content.layer
        seen = ours if kind == "pattern" and layer == view.layer else None
        if seen is None:
            seen = _drawn(verdict, snapshot, _layer(view, layer), kind)
        theirs = _majority(verdict.theirs, reading.symmetry.lay(seen))
    else:
        lost = verdict.plain.partner[verdict.theirs] < 0
        theirs = np.where(lost, none, _majority(verdict.theirs, ours)).astype(np.uint8)
    grey = "#9AA1AC" if theme == "light" else "#5B6472"
    marks = [THEME_COLOURS[theme]["line"], THEME_COLOURS[theme]["danger"]]
    return [
        _address(ours, colours),
        _address(theirs, [*colours, grey]),
        _address(_widened(verdict.plain.differs), marks),
    ]


def _layer(view: View, layer: int) -> View:
    return View(layer=layer, window=view.window, pixels=view.pixels)


def _drawn(verdict: PictureVerdict, snapshot: Snapshot, view: View, kind: str) -> Indices:
    """What the page shows, at the points that were compared."""
    mode = {"regions": "regions", "classes": "classes"}.get(kind, "cells")
    size = View(layer=view.layer, mode=mode, window=view.window, pixels=verdict.pixels)
    return draw(snapshot, size).indices[np.ix_(verdict.kept, verdict.kept)]


def _majority(labels: NDArray[np.int64], indices: NDArray[np.integer]) -> Indices:
    """For every label the colour that most of its pixels have in another picture."""
    pair, count = np.unique(labels.ravel() * 256 + indices.ravel(), return_counts=True)
    order = np.argsort(count, kind="stable")  # of several assignments to one place the last stays
    colour: Indices = np.zeros(int(labels.max()) + 1, np.uint8)
    colour[pair[order] // 256] = pair[order] % 256
    return colour[labels]


def _widened(marked: NDArray[np.bool_]) -> Indices:
    """Blocks of pixels as one where there are too many: marked if one of them is."""
    step = max(1, len(marked) // LARGE)
    size = -(-len(marked) // step) * step
    padded = np.zeros((size, size), np.bool_)
    padded[: len(marked), : len(marked)] = marked
    blocks = padded.reshape(size // step, step, size // step, step)
    return np.asarray(blocks.any(axis=(1, 3)), np.uint8)


def _address(indices: Indices, colours: list[str]) -> str:
    return "data:image/png;base64," + base64.b64encode(png(indices, colours)).decode()
