"""Export of what is on screen: the picture as PNG or SVG, the complex as JSON or arrays."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.app.figures.colours import THEME_COLOURS, class_colour, palettes
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.classes import build_classes
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.export.files import complex_json, complex_npz, png
from cellscope.model.cells.export.svg import (
    Paint,
    Style,
    cells_paint,
    classes_paint,
    one_region_paint,
    regions_paint,
    svg,
)
from cellscope.model.cells.grid.values import value_indices
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import Data, make_data, seen_data
from cellscope.model.own.on_page.export import graph_file, graph_paint
from cellscope.model.own.on_page.scene import Scene
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.view import View, mode_for

JSON_FACES = 100_000  # 64 × 5 has 60,000, which make 33 MB; npz takes a sixth
KINDS = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "json": "application/json",
    "npz": "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file to save."""

    data: bytes
    media_type: str
    name: str


def export(
    kind: str,
    snapshot: Snapshot,
    view: View,
    theme: str,
    language: str,
    *,
    which: Which | None = None,
) -> Download:
    """The download of one kind; errors of `build` where there is no exact complex.

    `theme` names a palette, "lecture" among them; `which` of two networks it is, for the name.
    """
    view = replace(view, mode=mode_for(view.mode, snapshot.spec.task))
    layer = min(view.layer, snapshot.spec.layers)
    of_two = f"{which}-" if which else ""
    name = f"cellscope-{of_two}{view.mode}-layer-{layer}-step-{snapshot.shown_step}.{kind}"
    if kind == "png":
        return Download(_png(snapshot, view, theme, language), KINDS[kind], name)
    if kind == "svg":
        return Download(_svg(snapshot, view, theme, language).encode(), KINDS[kind], name)
    if snapshot.spec.graph is not None:
        scene = Scene.of(snapshot.spec, view.window)
        return Download(graph_file(scene, layer, kind), KINDS[kind], name)
    budget = min(REST_FACES, JSON_FACES) if kind == "json" else REST_FACES
    complex = _complex(snapshot, view, layer, budget)
    cells = layer_cells(complex, layer)
    data = complex_npz(complex, cells) if kind == "npz" else complex_json(complex, cells).encode()
    return Download(data, KINDS[kind], name)


def _complex(snapshot: Snapshot, view: View, layer: int, budget: int = REST_FACES) -> Complex:
    return build(
        snapshot.weights,
        view.window,
        layer=layer,
        activation=snapshot.spec.activation,
        budget=budget,
    )


def _png(snapshot: Snapshot, view: View, theme: str, language: str) -> bytes:
    picture = draw(snapshot, view)
    title = _title(snapshot, view, language)
    return png(picture.indices, palettes()[theme][view.shows.palette], title=title)


def _title(snapshot: Snapshot, view: View, language: str) -> str:
    mode = text(f"choice.mode.{view.mode}", language)
    return text("export.picture", language, mode=mode, step=snapshot.shown_step)


def _svg(snapshot: Snapshot, view: View, theme: str, language: str) -> str:
    """True polygons; confidence has none, so its classes are drawn.

    An output slopes on each of its polygons: they have the colour of their centroids.
    """
    complex, paint, colours = _painted(snapshot, view, theme)
    around = THEME_COLOURS["light" if theme == "lecture" else theme]
    ink, surface = around["ink"], around["surface"]
    line = around["edge"] if view.shows.of_layer else ink
    data = seen_data(snapshot.spec)
    return svg(
        complex,
        paint,
        title=_title(snapshot, view, language),
        style=Style(colours, ink, surface, line),
        points=_points(data, snapshot.spec, theme),
        lines=view.lines,
        folding=snapshot.spec.folding_layers,
    )


def _points(data: Data, spec: Spec, theme: str) -> list[tuple[NDArray[Any], str]]:
    """The training points by their colours."""
    if not spec.is_regression:
        return [(data.train_x[data.train_y == k], class_colour(k)) for k in range(spec.classes)]
    colours, level = palettes()[theme]["value"], value_indices(data.train_y, data.reach)
    return [(data.train_x[level == k], colours[k]) for k in np.unique(level)]


def _value_paint(snapshot: Snapshot, complex: Complex) -> Paint:
    """Each linear region with the output at its centroid."""
    A, d = affine_maps(complex, np.arange(complex.faces))
    values = (A[:, 0] * complex.centroids).sum(axis=1) + d[:, 0]
    face, alike = np.arange(complex.faces, dtype=np.int32), np.zeros(complex.faces, np.int32)
    return Paint(face, alike, value_indices(values, make_data(snapshot.spec).reach))


def _class_colours(snapshot: Snapshot) -> list[str]:
    return [class_colour(k) for k in range(snapshot.spec.classes)]


def _painted(snapshot: Snapshot, view: View, theme: str) -> tuple[Complex, Paint, list[str]]:
    cell_colours = palettes()[theme]["cells"]
    if snapshot.spec.graph is not None:
        scene, layer = Scene.of(snapshot.spec, view.window), min(view.layer, snapshot.spec.layers)
        complex, paint = graph_paint(scene, view.shows, layer)
        return complex, paint, cell_colours if view.shows.of_layer else _class_colours(snapshot)
    if view.mode == "value":
        complex = _complex(snapshot, view, max(1, snapshot.spec.layers - 1))
        return complex, _value_paint(snapshot, complex), palettes()[theme]["value"]
    if not view.shows.of_layer:
        classes = build_classes(
            snapshot.weights,
            view.window,
            activation=snapshot.spec.activation,
            budget=REST_FACES,
        )
        return classes.complex, classes_paint(classes), _class_colours(snapshot)
    layer = min(view.layer, snapshot.spec.layers)
    complex = _complex(snapshot, view, layer, REST_FACES)
    if view.shows.joint:
        paint = regions_paint if snapshot.spec.folding_layers else one_region_paint
        return complex, paint(complex), cell_colours
    return complex, cells_paint(complex, layer_cells(complex, layer)), cell_colours
