"""The surface as a binary message."""

from typing import Any

import numpy as np

from cellscope.app.figures.axes import axis_names
from cellscope.app.stream.frames import message
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.surface import surface
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.cells.picture.unit_picture import has_unit
from cellscope.model.training.snapshot import Snapshot


def surface_study(snapshot: Snapshot, looking: StudyRequest) -> bytes:
    """Of the unit that the picture shows, else of the first logit."""
    sizes, shown = snapshot.spec.sizes, looking.view.unit
    last = len(sizes) - 1
    drawn = shown is not None and has_unit(sizes, shown) and snapshot.spec.graph is None
    layer, unit = shown if drawn and shown is not None else (last, 1)
    header: dict[str, Any] = {
        "kind": "surface",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "window": looking.view.window,
        "axes": axis_names(snapshot.spec.cut),
    }
    key = of_task("network.logit", snapshot.spec) if layer == last else "network.unit"
    title = text(key, looking.language, layer=layer, unit=unit)
    try:
        found = surface(snapshot, looking.view.window, (layer, unit - 1))
    except (BudgetExceeded, NoPolygons):
        said = text("surface.none", looking.language)
        return message(header | {"points": 0, "title": title, "text": said})
    with np.errstate(over="ignore"):
        points = np.ascontiguousarray(found.points.T, dtype=np.float32)
    if not np.isfinite(points).all():  # of the browser's numbers, which end before ours
        said = text("surface.none", looking.language)
        return message(header | {"points": 0, "title": title, "text": said})
    exact = "surface.facets.one" if found.facets == 1 else "surface.facets"
    said = text(
        exact if found.exact else "surface.grid",
        looking.language,
        facets=found.facets,
        step=snapshot.shown_step,
    )
    header |= {
        "points": len(found.points),
        "triangles": len(found.triangles),
        "edges": len(found.edges),
        "title": title,
        "text": said,
    }
    return message(header, points, found.triangles, found.edges)
