"""What task 2 asks, measured: maps, cells and what they hold, of the network at hand."""

from cellscope.app.features.sheet.parts import Facts
from cellscope.app.features.sheet.unmeasured import Unmeasured
from cellscope.app.features.sheet.wording import percent_of
from cellscope.model.cells.count.bounds import arrangement_cells, sign_vectors
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.counts import filled_by
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.grid.sheet_grid import patterns_seen
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import measure
from cellscope.model.sheet.filling import STEPS, filled_while_training
from cellscope.model.sheet.regions import (
    PLANE_FACES,
    centred_cells,
    change_of,
    layer_1_cells,
    maps_in,
    mixed_cells,
    regions_and_cells,
    sureness,
)
from cellscope.model.spec import LIMITS, Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, Window

GRID_LAYER = 2  # of 2.2
DEEP_LAYER = 3  # of 2.5
LARGE_VARIANCE = 16.0  # times, of 2.8
BIAS_VARIANCE = 0.25  # where the experiment has none


def collapse(snapshot: Snapshot, window: Window) -> Facts:
    """2.1: how many affine maps the network is, and how far from one matrix."""
    _polygons(snapshot)
    if snapshot.spec.graph is not None:  # no matrix by layer to multiply
        raise Unmeasured
    maps = maps_in(snapshot, window)
    return {
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
    cells = layer_cells(complex_of(snapshot, window, layer, REST_FACES), layer)
    ids, points = patterns_seen(snapshot.weights, snapshot.spec.activation, window, layer)
    seen = len(set(ids.tolist()) & set(cells.ids.tolist()))
    return {
        "step": snapshot.shown_step,
        "layer": layer,
        "cells": cells.patterns,
        "seen": seen,
        "missed": cells.patterns - seen,
        "points": points,
        "side": SHEET_PIXELS,
    }


def confidence(snapshot: Snapshot, window: Window) -> Facts:
    """2.3: how sure the network is, and how often it is right."""
    spec, data = snapshot.spec, make_data(snapshot.spec)
    if not spec.labelled:  # nothing is right or wrong
        raise Unmeasured
    if snapshot.own_status == "diverged":  # beyond float32 no class is said to be right or wrong
        raise Unmeasured
    weights, x = snapshot.full_weights, train_inputs(spec, data)
    signal = measure(weights, spec.activation, x, data.train_y, backward=False)
    found, points = sureness(snapshot, window), SHEET_PIXELS**2
    return {
        "judged": f"sheet.seen.2.3.{'wrong' if found.sure_points else 'unsure'}",
        "step": snapshot.shown_step,
        "classes": spec.classes,
        "guess": 1.0 / spec.classes,
        "points": points,
        "sure": round(found.sure * points),  # in full: 100 % would hide the boundary
        "wrong": percent_of(found.sure_and_wrong),
        "saturated": percent_of(signal.saturated_share or 0.0),
        "accuracy": signal.accuracy,
        "logit": signal.max_logit,
        "layers": spec.layers,
    }


def arrangement(snapshot: Snapshot, window: Window) -> Facts:
    """2.4: cells of layer 1 in the plane and in the window."""
    _polygons(snapshot)
    n, plane = snapshot.spec.sizes[1], _plane(snapshot)
    return {
        "step": snapshot.shown_step,
        "n": n,
        "plane": plane,
        "window": layer_cells(complex_of(snapshot, window, 1, REST_FACES), 1).patterns,
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
    points = seen_data(snapshot.spec).train_x
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
    """2.7: cells of layer 1 in the plane, and those that hold data, also during training."""
    _polygons(snapshot)
    if not snapshot.spec.trains:
        raise Unmeasured
    n, plane = snapshot.spec.sizes[1], _plane(snapshot)
    run = filled_while_training(snapshot.spec, window)
    if len(run) < len(STEPS):  # it diverged
        raise Unmeasured
    points = seen_data(snapshot.spec).train_x
    activation = snapshot.spec.activation
    filled = filled_by(snapshot.weights, points, window, layer=1, activation=activation)
    vectors = float(sign_vectors(min(n, 1000)))
    return {
        "step": snapshot.shown_step,
        "n": n,
        "plane": plane,
        "window": layer_cells(complex_of(snapshot, window, 1, REST_FACES), 1).patterns,
        "maximum": arrangement_cells(n),
        "vectors": sign_vectors(n) if n <= 53 else vectors,
        "filled": filled.patterns,
        "points": filled.points,
        "share": percent_of(filled.patterns / vectors),
        "share_maximum": percent_of(filled.patterns / arrangement_cells(n)),
        "most": percent_of(min(1.0, filled.points / vectors)),
        "change": _change([moment.filled for moment in run]),
        **{f"step_{k}": moment.step for k, moment in enumerate(run)},
        **{f"plane_{k}": moment.plane for k, moment in enumerate(run)},
        **{f"filled_{k}": moment.filled for k, moment in enumerate(run)},
        **{f"share_{k}": percent_of(moment.filled / vectors) for k, moment in enumerate(run)},
        **{
            f"maximum_{k}": percent_of(moment.filled / arrangement_cells(n))
            for k, moment in enumerate(run)
        },
        **{f"accuracy_{k}": moment.accuracy for k, moment in enumerate(run)},
    }


def _change(filled: list[int]) -> str:
    """What training does to the number of filled cells: less than a quarter is hardly a change."""
    ratio = filled[-1] / max(filled[0], 1)
    return "fewer" if ratio < 0.75 else "more" if ratio > 1.25 else "hardly"


def larger_weights(snapshot: Snapshot, window: Window) -> Facts:
    """2.8: layer 1 under s and 16 s for three kinds of biases, and wider and deeper networks."""
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
    return {**facts, **_wider(start, window), **_deeper(start, window)}


def cells_and_regions(snapshot: Snapshot, window: Window) -> Facts:
    """2.8, of one network: cells of layer 1, and linear regions of all hidden layers."""
    _polygons(snapshot)
    hidden = snapshot.spec.layers - 1
    if hidden < 1:
        raise Unmeasured
    return {
        "step": snapshot.shown_step,
        "n": snapshot.spec.sizes[1],
        "cells": layer_cells(complex_of(snapshot, window, 1, REST_FACES), 1).patterns,
        "plane": _plane(snapshot),
        "hidden": hidden,
        "regions": complex_of(snapshot, window, hidden, REST_FACES).faces,
    }


def _wider(start: Spec, window: Window) -> Facts:
    """Layer 1 of twice the width, and of half of it."""
    n = start.sizes[1]
    if 2 * n > LIMITS["width"][1]:
        raise Unmeasured
    cells = {n: layer_1_cells(start.but(hidden=None, width=n), window)}
    for width in (max(n // 2, 1), 2 * n):
        cells[width] = layer_1_cells(start.but(hidden=None, width=width), window)
    ratio = cells[2 * n].plane / cells[n].plane
    return {
        "wide": 2 * n,
        "narrow": max(n // 2, 1),
        "cells": cells[n].plane,
        "wide_plane": cells[2 * n].plane,
        "narrow_plane": cells[max(n // 2, 1)].plane,
        "wider": "same" if ratio < 1.5 else "twice" if ratio < 2.8 else "four",
    }


def _deeper(start: Spec, window: Window) -> Facts:
    """Twice the hidden layers: cells of layer 1, and linear regions of all of them together."""
    hidden, n = start.layers - 1, start.sizes[1]
    if hidden < 1 or 2 * hidden + 1 > LIMITS["depth"][1]:
        raise Unmeasured
    flat = start.but(hidden=None, width=n)
    few, many = (regions_and_cells(flat.but(depth=k + 1), window) for k in (hidden, 2 * hidden))
    kept = few.cells == many.cells
    return {
        "hidden": hidden,
        "hidden_after": 2 * hidden,
        "layers_after": 2 * hidden + 1,
        "deep_cells": few.cells,
        "deep_cells_after": many.cells,
        "deep_regions": few.regions,
        "deep_regions_after": many.regions,
        "deeper": "both" if not kept else "same" if few.regions == many.regions else "more",
    }


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
    if not snapshot.spec.is_exact:
        raise Unmeasured
