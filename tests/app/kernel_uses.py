"""A program: warms, then goes every way that the page does, and prints what that compiled.

As JSON: the kernels that warming left without machine code, and [kernel, signature] of those that
were first called afterwards.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from cellscope.app.features.linear_map.message import collapse_study
from cellscope.app.features.panels import PARTS, panel
from cellscope.app.features.picture.exports import KINDS, export
from cellscope.app.features.picture.line_queries import draws_answer, line_through
from cellscope.app.features.power_diagram.message import pair_study, voronoi_study
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.features.sheet.unmeasured import Unmeasured
from cellscope.app.features.signal.measured import Look, measured_networks
from cellscope.app.settings.presets import PRESETS
from cellscope.app.stream.study_request import StudyRequest
from cellscope.model import jit, warm
from cellscope.model.activations import ACTIVATIONS
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.cells.count.report import cells_report, measure
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.inspection import inspect
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.render import draw, grid_picture
from cellscope.model.own_code.code_file import code_npz
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import MODES, SHEET_PIXELS, View
from tests.snapshots import chosen, started

FAR_IN = tuple((1.0, 1.0 + side, 1.0, 1.0 + side) for side in (1e-5, 2e-9))


def compiled() -> set[tuple[str, str]]:
    """All kernels and signatures that have machine code here."""
    return {
        (f"{k.py_func.__module__}.{k.py_func.__name__}", str(s))
        for k in jit.KERNELS
        for s in k.signatures
    }


def shown() -> Iterator[Snapshot]:
    """Networks of every kind: wide, deep, of any activation, and two that are degenerate."""
    for activation in ACTIVATIONS:
        yield started(Spec(width=7, depth=4, activation=activation))
    yield started(Spec(width=7, depth=4, bias="zero"))
    yield started(Spec(width=70, depth=3))
    yield started(Spec(width=3, depth=2, init="zeros"))
    yield started(Spec(width=6, depth=3, init="lsuv", dataset="blobs", classes=4))
    yield chosen([(np.eye(2), np.zeros(2)), (np.zeros((2, 2)), np.ones(2))])


def views() -> Iterator[View]:
    for mode in MODES:
        for layer in (1, 2):
            view = View(mode=mode, layer=layer, pixels=SHEET_PIXELS)
            yield view
            yield from (replace(view, window=window) for window in FAR_IN)


def look_at(snapshot: Snapshot, view: View) -> None:
    """All that one picture and what is beside it take."""
    draw(snapshot, view)
    grid_picture(snapshot, view, view.layer, "budget")
    recorded_survey(snapshot, view, CountRecord(), 96)
    with suppress(BudgetExceeded, BelowReach, ValueError):
        inspect(snapshot, view, view.window[0], view.window[2], key=1)
    middle = (view.window[0] + view.window[1]) / 2, (view.window[2] + view.window[3]) / 2
    line_through(snapshot, view, (view.window[0], view.window[2]), middle)
    looking = StudyRequest(view, middle, "en", 1)
    voronoi_study(snapshot, looking)
    pair_study(snapshot, looking)
    collapse_study(snapshot, looking)
    for kind in KINDS:
        with suppress(BudgetExceeded, BelowReach, ValueError):
            export(kind, snapshot, view, "light", "en")


def go_every_way() -> None:
    for snapshot in shown():
        for view in views():
            look_at(snapshot, view)
        draws_answer(snapshot, View(layer=1), 2, lambda _done: True)
        panel(
            measured_networks(snapshot, backward=True),
            Look(),
            tuple(PARTS),
            coloured=True,
            points=True,
        )
        code_npz(snapshot, View())
        with suppress(BudgetExceeded, ValueError):
            weights, activation = snapshot.weights, snapshot.spec.activation
            measured = measure(weights, View().window, layer=1, activation=activation)
            cells_report(measured, np.zeros((1, 2)))
    for question in QUESTIONS.values():
        small = PRESETS[question.name].spec.but(width=6, depth=3)
        with suppress(Unmeasured, BudgetExceeded, BelowReach, OverflowError, AttributeError):
            question.measure(started(small), View().window)


if __name__ == "__main__":
    warm.warm()
    before = compiled()
    go_every_way()
    print(json.dumps({"missing": jit.missing(), "unwarmed": sorted(compiled() - before)}))  # noqa: T201
