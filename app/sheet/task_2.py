"""What task 2 asks, measured: maps, cells and what they hold, of the network at hand."""

from app.sheet.parts import Facts
from app.sheet.unmeasured import Unmeasured
from app.sheet.wording import percent_of
from model.cells.bounds import arrangement_cells, sign_vectors
from model.cells.counts import filled_by
from model.cells.dense import compact, pattern_ids
from model.cells.grid import Grid
from model.cells.merge import layer_cells
from model.cells.picture import EXACT
from model.cells.plane import plane_counts
from model.datasets import make_data
from model.moments import measure
from model.sheet.regions import (
    PLANE_FACES,
    centred_cells,
    change_of,
    complex_of,
    maps_in,
    mixed_cells,
    sureness,
)
from model.spec import Spec
from model.training.snapshot import Snapshot
from model.view import SHEET_PIXELS, Window

GRID_LAYER = 2  # of 2.2
DEEP_LAYER = 3  # of 2.5
LARGE_VARIANCE = 16.0  # times, of 2.8
BIAS_VARIANCE = 0.25  # where the experiment has none


def collapse(snapshot: Snapshot, window: Window) -> Facts:
    """2.1: how many affine maps the network is, and how far from one matrix."""
    _polygons(snapshot)
    maps = maps_in(snapshot, window)
    return {
        "holds": snapshot.spec.activation == "identity",
        "step": snapshot.shown_step,
        "layers": snapshot.spec.layers,
        "maps": maps.count,
        "difference": float(f"{maps.difference:.2g}"),  # as the tab has it
        "largest": maps.largest,
        "patterns": arrangement_cells(snapshot.spec.sizes[1]),
    }


def grid_misses(snapshot: Snapshot, window: Window) -> Facts:
    """2.2: cells of layer 2 in the window, exact, and those that the sheet's grid finds."""
    _polygons(snapshot)
    layer = min(GRID_LAYER, snapshot.spec.layers)
    cells = layer_cells(complex_of(snapshot, window, layer), layer)
    grid = Grid(window, SHEET_PIXELS, SHEET_PIXELS)
    ids = compact(pattern_ids(snapshot.weights, snapshot.spec.activation, grid, layer))[1]
    seen = len(set(ids.tolist()) & set(cells.ids.tolist()))
    return {
        "step": snapshot.shown_step,
        "layer": layer,
        "cells": cells.patterns,
        "seen": seen,
        "missed": cells.patterns - seen,
        "points": SHEET_PIXELS**2,
        "side": SHEET_PIXELS,
    }


def confidence(snapshot: Snapshot, window: Window) -> Facts:
    """2.3: how sure the network is, and how often it is right."""
    spec, data = snapshot.spec, make_data(snapshot.spec)
    signal = measure(snapshot.weights, spec.activation, data.train_x, data.train_y, backward=False)
    found = sureness(snapshot, window)
    return {
        "holds": found.sure > 0.9,
        "step": snapshot.shown_step,
        "classes": spec.classes,
        "guess": 1.0 / spec.classes,
        "sure": percent_of(found.sure),
        "wrong": percent_of(found.sure_and_wrong),
        "saturated": percent_of(signal.saturated_share),
        "accuracy": signal.accuracy,
        "logit": signal.max_logit,
        "layers": spec.layers,
    }


def arrangement(snapshot: Snapshot, window: Window) -> Facts:
    """2.4: cells of layer 1 in the plane and in the window."""
    _polygons(snapshot)
    n, plane = snapshot.spec.sizes[1], _plane(snapshot)
    return {
        "holds": plane == arrangement_cells(n),
        "step": snapshot.shown_step,
        "n": n,
        "plane": plane,
        "window": layer_cells(complex_of(snapshot, window, 1), 1).patterns,
        "maximum": arrangement_cells(n),
        "pairs": n * (n - 1) // 2,
        "vectors": sign_vectors(n) if n <= 53 else float(sign_vectors(min(n, 1000))),
    }


def cell_and_region(snapshot: Snapshot, window: Window) -> Facts:
    """2.5: cells of layer 3, and the linear regions inside them."""
    _polygons(snapshot)
    layer = min(DEEP_LAYER, snapshot.spec.layers)
    found = mixed_cells(snapshot, window, layer)
    return {
        "holds": found.mixed > 0,
        "step": snapshot.shown_step,
        "layer": layer,
        "before": layer - 1,
        "cells": found.cells,
        "mixed": found.mixed,
        "most": found.most,
        "regions": found.linear_regions,
    }


def power_diagram(snapshot: Snapshot, window: Window) -> Facts:
    """2.6: where the centres of layer 1's cells lie."""
    _polygons(snapshot)
    found = centred_cells(snapshot, window)
    points = make_data(snapshot.spec).train_x
    return {
        "step": snapshot.shown_step,
        "cells": found.cells,
        "inside": found.inside,
        "share": percent_of(found.inside / found.cells),
        "on_data": found.on_data,
        "filled": found.filled,
        "points": len(points),
    }


def filling(snapshot: Snapshot, window: Window) -> Facts:
    """2.7: cells of layer 1 in the plane at every step, and those that hold data."""
    _polygons(snapshot)
    n, plane = snapshot.spec.sizes[1], _plane(snapshot)
    points = make_data(snapshot.spec).train_x
    activation = snapshot.spec.activation
    filled = filled_by(snapshot.weights, points, window, layer=1, activation=activation)
    vectors = float(sign_vectors(min(n, 1000)))
    return {
        "holds": plane == arrangement_cells(n),
        "step": snapshot.shown_step,
        "n": n,
        "plane": plane,
        "window": layer_cells(complex_of(snapshot, window, 1), 1).patterns,
        "maximum": arrangement_cells(n),
        "vectors": sign_vectors(n) if n <= 53 else vectors,
        "filled": filled.patterns,
        "points": filled.points,
        "share": percent_of(filled.patterns / vectors),
        "share_maximum": percent_of(filled.patterns / arrangement_cells(n)),
        "most": percent_of(min(1.0, filled.points / vectors)),
    }


def larger_weights(snapshot: Snapshot, window: Window) -> Facts:
    """2.8: layer 1 under s and under 16 s, for three kinds of biases."""
    _polygons(snapshot)
    spec = snapshot.spec
    start = spec.but(
        init="normal",
        weight_variance=_smaller(spec),
        bias_variance=spec.bias_variance or BIAS_VARIANCE,
    )
    facts: dict[str, float | int | str] = {
        "s": start.weight_variance,
        "large": LARGE_VARIANCE * start.weight_variance,
        "bias_variance": start.bias_variance,
        "n": start.sizes[1],
    }
    for name, bias in (("zero", "zero"), ("fixed", "fixed"), ("like", "like-weights")):
        change = change_of(start.but(bias=bias), window)
        facts[f"{name}_before"], facts[f"{name}_after"] = change.window
        facts[f"{name}_plane"], facts[f"{name}_plane_after"] = change.plane
        same_plane = change.plane[0] == change.plane[1]
        facts[name] = "same" if change.same_picture else "zoom" if same_plane else "more"
    facts["holds"] = (facts["zero"], facts["fixed"], facts["like"]) == ("same", "zoom", "same")
    return facts


def _smaller(spec: Spec) -> float:
    """The smaller of the two weight variances, so that 16 times as much is within reach, too."""
    s = spec.weight_variance
    return s / LARGE_VARIANCE if s >= 0.5 else s


def _plane(snapshot: Snapshot) -> int:
    """Patterns of layer 1 in the whole plane."""
    activation = snapshot.spec.activation
    found = plane_counts(snapshot.weights, layer=1, activation=activation, budget=PLANE_FACES)
    return found.counts.patterns


def _polygons(snapshot: Snapshot) -> None:
    if snapshot.spec.activation not in EXACT:
        raise Unmeasured
