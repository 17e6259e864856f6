"""Surveys as messages: the small pictures of all layers, and the funnel as rows of a table."""

from collections.abc import Iterator
from math import log10
from typing import Any

from cellscope.app.stream.frames import is_linear, message, of_layers
from cellscope.app.text.numbers import counted, grouped, percent
from cellscope.app.text.texts import text
from cellscope.model.cells.count.survey import Funnel, Survey
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot

LEAST_SHARE = 1e-5  # that is told as a number
MOST_UNITS = 6  # listed by number
LETTERS = {  # by which the shares name what they are of
    "sign_vectors": "A",
    "maximum": "B",
    "typical": "B′",
    "plane": "C∞",
    "plane_at_least": "C∞",
    "window": "C",
    "filled": "D",
}


def encode_survey(
    snapshot: Snapshot,
    survey: Survey,
    language: str,
    name: str = "",
    *,
    story: dict[str, str] | None = None,
) -> bytes:
    """Header and the small pictures, one after the other (`frames.message`).

    Of two networks, `name` says which one it is; `story` (`app.features.picture.story`) is told
    at the picture.
    """
    funnel = survey.funnel
    regions = snapshot.spec.is_exact and not is_linear(snapshot)
    title = _title(funnel, language, regions=regions)
    header = {
        "kind": "survey",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "exact": survey.exact,
        "side": len(survey.thumbs[0].indices),
        "thumbs": [
            {"layer": t.layer, "mode": t.mode, "count": grouped(t.count)} for t in survey.thumbs
        ],
        "title": f"{name}: {title}" if name else title,
        "caption": _caption(funnel, language),
        "idle": _idle(survey, snapshot.spec, language),
        "rows": list(funnel_rows(funnel, language)),
        "story": story or {},
    }
    return message(header, *(thumb.indices for thumb in survey.thumbs))


def _title(funnel: Funnel, language: str, *, regions: bool) -> str:
    """Where joint patterns are no linear `regions`, they are not called so."""
    what = "joint" if funnel.mode == "regions" and not regions else funnel.mode
    of = of_layers(funnel.layer, language)
    return text(f"funnel.title.{what}", language, layer=funnel.layer, of_layers=of)


def funnel_rows(funnel: Funnel, language: str) -> Iterator[dict[str, Any]]:
    """Label, count, length of the bar (log scale, 0…1) and the share of it that holds data."""
    filled = None if funnel.filled is None else _filled_count(funnel)
    counts: list[tuple[str, int | float | None]] = [
        ("sign_vectors", funnel.sign_vectors),
        ("maximum", funnel.maximum),
        ("typical", funnel.typical),
        ("plane" if funnel.plane_exact else "plane_at_least", funnel.plane),
        ("window", funnel.window),
        ("filled", filled),
    ]
    longest = log10(max(10, *(int(count) for _, count in counts if count)))
    for key, count in counts:
        if count is None and (key in ("typical", "maximum") or funnel.maximum is None):
            continue  # known for units of one kink, and the bounds of graphs are not
        letter = LETTERS[key]
        share = (
            "" if filled is None or not count else f"D/{letter} {_share(filled, count, language)}"
        )
        if key == "filled" and funnel.filled is not None:
            share = text("funnel.points", language, points=funnel.filled.points)
        yield {
            "key": key,
            "letter": letter,
            "label": _label(key, funnel, language),
            "help": text(f"funnel.{key}.help", language),
            "count": "–" if count is None else counted(count, language),
            "bar": log10(max(1, count)) / longest if count else 0.0,
            "share": share,
        }


def _label(key: str, funnel: Funnel, language: str) -> str:
    if key.startswith("plane") and funnel.plane_step is not None:
        return text("funnel.plane_earlier", language, step=funnel.plane_step)
    if key == "plane_at_least" and funnel.plane is None:
        return text("funnel.plane", language)  # of nothing it is no bound
    if key == "sign_vectors" and funnel.maximum is None:
        return text("funnel.vectors.graph", language)
    return text(f"funnel.{key}", language)


def _filled_count(funnel: Funnel) -> int:
    assert funnel.filled is not None
    return funnel.filled.linear_regions if funnel.mode == "regions" else funnel.filled.patterns


def _share(filled: int, count: int | float, language: str) -> str:
    share = 10.0 ** (log10(filled) - log10(count)) if filled else 0.0
    if filled and share < LEAST_SHARE:  # of 2^7936 it is 0 in float64
        return f"< {percent(LEAST_SHARE, language)}"
    return percent(share, language)


def _idle(survey: Survey, spec: Spec, language: str) -> str:
    """Dead and always active units of the layer, by number.

    Only a ReLU that never switches is dead: others have a slope there, or several pieces.
    """
    idle, layer = survey.idle, survey.funnel.layer
    if idle is None:
        return ""
    of_relu = spec.activations[layer - 1].name == "relu"
    if not (idle.dead or idle.always):
        return text("funnel.idle_none" if of_relu else "funnel.pieces_none", language, layer=layer)
    return text(
        "funnel.idle" if of_relu else "funnel.idle_pieces",
        language,
        layer=layer,
        dead=_numbers(idle.dead),
        always=_numbers(idle.always),
    )


def _numbers(units: tuple[int, ...]) -> str:
    """Their numbers, a few of them: 1, 5, 9."""
    some = ", ".join(map(str, units[:MOST_UNITS])) or "–"
    return some + (f" … ({len(units)})" if len(units) > MOST_UNITS else "")


def _caption(funnel: Funnel, language: str) -> str:
    if funnel.pieces is None:
        return ""
    key = "funnel.pieces.one" if funnel.pieces == 1 else "funnel.pieces"
    return text(key, language, pieces=funnel.pieces)
