"""A graph's cells as files: the polygons in a page's colours, and the arrays that Python writes."""

import numpy as np

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.merge import face_pairs, merge_faces
from cellscope.model.cells.export.svg import Paint
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.own.cells import Shown
from cellscope.model.own.files import json_text, npz
from cellscope.model.own.on_page.pattern_ids import joint_ids, layer_ids
from cellscope.model.own.on_page.scene import Scene, weights_hash
from cellscope.model.view import Mode


def graph_paint(scene: Scene, mode: Mode, layer: int) -> tuple[Complex, Paint]:
    """What an SVG draws; `BudgetExceeded` where there is none."""
    if not mode.of_layer:
        found = scene.classes()
        value = found.of_face.astype(np.int32)
        complex = found.cells.complex
        return complex, Paint(merge_faces(complex.half, value)[0], value, found.of_face)
    cells = scene.cells(layer)
    complex = cells.complex
    if mode.joint:
        faces = np.arange(complex.faces, dtype=np.int32)
        return complex, Paint(faces, faces, assign_colours(joint_ids(cells), face_pairs(complex)))
    found = cells.cells
    colours = assign_colours(layer_ids(cells, found.bits, layer), found.neighbours)
    return complex, Paint(found.region, found.pattern, colours[found.pattern])


def graph_file(scene: Scene, layer: int, kind: str) -> bytes:
    """As `Cells.save` writes it (docs/own-networks.md), "json" or "npz"."""
    shown = Shown(
        graph=scene.graph,
        plane=scene.plane,
        window=scene.window,
        result=scene.cells(layer),
        data=None,
        distances=None,
        filled=None,
        weights_hash=weights_hash(scene.network),
        cut_off=(),
    )
    return npz(shown) if kind == "npz" else json_text(shown).encode()
