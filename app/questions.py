"""Questions a page asks now and then: breakpoints along a line, counts over many draws."""

from collections.abc import Callable
from typing import Any

from app.frames import grouped
from app.texts import text
from model.cells.complex import BudgetExceeded
from model.cells.draws import CountQuantiles, count_draws
from model.cells.line import breakpoints
from model.cells.origin import BelowReach
from model.cells.picture import EXACT
from model.spec import SpecError
from model.training.snapshot import Snapshot
from model.view import View

DRAWS = (1, 200)
DRAW_FACES = 100_000  # what one drawn network may have
LONGEST_ANSWER = 5_000  # breakpoints that are marked; all are counted
Point = tuple[float, float]


def line_answer(
    snapshot: Snapshot, view: View, p: Point, q: Point, language: str
) -> dict[str, Any]:
    """Where the joint pattern of layers 1…i changes between two points."""
    if snapshot.spec.activation not in EXACT or p == q:
        return {"type": "line", "points": [], "text": text("line.none", language)}
    layer = min(view.layer, snapshot.spec.layers)
    found = breakpoints(snapshot.weights, p, q, layer=layer, activation=snapshot.spec.activation)
    units = sum(snapshot.spec.sizes[1 : layer + 1])
    return {
        "type": "line",
        "points": found.points[:LONGEST_ANSWER].ravel().tolist(),
        "text": text(
            "line.found",
            language,
            count=grouped(len(found.t)),
            layer=layer,
            units=grouped(units),
            step=snapshot.shown_step,
        ),
    }


def draws_answer(
    snapshot: Snapshot, view: View, draws: int, go_on: Callable[[int], bool], language: str
) -> dict[str, Any] | None:
    """Counts over the seeds from the experiment's own on; None if it was told to stop."""
    if snapshot.spec.activation not in EXACT:
        return {"type": "draws", "text": text("draws.none", language)}
    layer = min(view.layer, snapshot.spec.layers)
    try:
        found = count_draws(
            snapshot.spec,
            view.window,
            layer=layer,
            draws=draws,
            budget=DRAW_FACES,
            go_on=go_on,
        )
    except (BudgetExceeded, BelowReach):
        return {"type": "draws", "text": text("draws.too_large", language)}
    return None if found is None else {"type": "draws", "text": _quantiles(found, view, language)}


def _quantiles(found: CountQuantiles, view: View, language: str) -> str:
    values = found.linear_regions if view.mode == "regions" else found.patterns
    low, lower, median, upper, high = (grouped(round(value)) for value in values)
    return text(
        "draws.found",
        language,
        draws=found.draws,
        median=median,
        lower=lower,
        upper=upper,
        low=low,
        high=high,
    )


def read_draws(raw: object) -> int:
    """How many draws were asked for."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not DRAWS[0] <= raw <= DRAWS[1]:
        raise SpecError("draws", "whole", raw, low=DRAWS[0], high=DRAWS[1])
    return raw
