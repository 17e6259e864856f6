"""Questions a page asks now and then: breakpoints along a line, counts over many draws."""

from collections.abc import Callable
from typing import Any

from cellscope.app.stream.frames import of_layers
from cellscope.app.text.texts import text
from cellscope.model.cells.count.breakpoints import Breakpoints, breakpoints
from cellscope.model.cells.count.count_over_seeds import CountQuantiles, count_draws
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

DRAWS = (1, 200)
DRAW_FACES = 100_000  # what one drawn network may have
LONGEST_ANSWER = 5_000  # breakpoints that are marked; all are counted
Point = tuple[float, float]
Worded = Callable[[str], dict[str, Any]]  # language -> an answer


def line_answer(snapshot: Snapshot, view: View, p: Point, q: Point) -> Worded:
    """Where the joint pattern of layers 1…i changes between two points."""
    if snapshot.spec.graph is not None:
        return _line("opened.graph.line", [])
    if p == q:
        return _line("line.point", [])
    if not snapshot.spec.is_exact:
        return _line(f"line.none.{snapshot.spec.why_grid}", [])
    layer = min(view.layer, snapshot.spec.layers)
    found = breakpoints(snapshot.weights, p, q, layer=layer, activation=snapshot.spec.activation)
    points = found.points[:LONGEST_ANSWER].ravel().tolist()
    return lambda language: {
        "type": "line",
        "points": points,
        "text": _found_text(snapshot, found, layer, language),
    }


def _found_text(snapshot: Snapshot, found: Breakpoints, layer: int, language: str) -> str:
    """Breakpoints apart from where a linear layer's unit, or a logit, changes only its sign."""
    spec = snapshot.spec
    bends = [i for i, row in enumerate(spec.activations[:layer], start=1) if row.bends]
    folds = sum(any(number in bends for number, _ in units) for units in found.units)
    values = {
        "count": folds,
        "of_layers": of_layers(max(bends, default=1), language),
        "units": sum(spec.sizes[number] for number in bends),
        "step": snapshot.shown_step,
        "signs": len(found.units) - folds,
    }
    parts = [text("line.found" if bends else "line.linear", language, **values)]
    if bends and _has_typical(spec, bends):
        parts[0] += text("line.typical", language, **values)
    if values["signs"]:
        parts.append(text("line.signs", language, **values))
    return " · ".join(parts)


def _has_typical(spec: Spec, bends: list[int]) -> bool:
    """Whether N breakpoints are typical: of drawn weights, and of units that bend once.

    Hanin & Rolnick, "Complexity of Linear Regions in Deep Networks", 2019, arXiv:1901.09021; with
    hard tanh, which bends twice, 16 × 4 has 103 on a line through the window, and not 64.
    """
    return spec.opened is None and all(len(spec.activations[i - 1].kinks) == 1 for i in bends)


def line_through(snapshot: Snapshot, view: View, p: Point, q: Point) -> Worded:
    """The answer, of which line it is, and beside it the second network's where there is one."""
    first = line_answer(snapshot, view, p, q)
    ends = {"p": p, "q": q}
    if snapshot.other is None:
        return lambda language: first(language) | ends
    second = line_answer(snapshot.other, view, p, q)
    return lambda language: first(language) | ends | {"other": second(language)}


def _line(key: str, points: list[float], **values: object) -> Worded:
    return lambda language: {
        "type": "line",
        "points": points,
        "text": text(key, language, **values),
    }


def draws_answer(
    snapshot: Snapshot, view: View, draws: int, go_on: Callable[[int], bool]
) -> Worded | None:
    """Counts over the seeds from the experiment's own on; None if it was told to stop."""
    if not snapshot.spec.is_exact:
        return _draws(f"draws.none.{snapshot.spec.why_grid}")
    if snapshot.spec.opened is not None:
        return _draws("draws.opened")
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
        return _draws("draws.too_large")
    return None if found is None else _quantiles(found, view)


def _quantiles(found: CountQuantiles, view: View) -> Worded:
    values = found.linear_regions if view.shows.joint else found.patterns
    low, lower, median, upper, high = (round(value) for value in values)
    return _draws(
        "draws.found",
        draws=found.draws,
        median=median,
        lower=lower,
        upper=upper,
        low=low,
        high=high,
    )


def _draws(key: str, **values: object) -> Worded:
    return lambda language: {"type": "draws", "text": text(key, language, **values)}


def read_draws(raw: object) -> int:
    """How many draws were asked for."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not DRAWS[0] <= raw <= DRAWS[1]:
        raise SpecError("draws", "whole", raw, low=DRAWS[0], high=DRAWS[1])
    return raw
