"""Surveys as messages: the small pictures of all layers, and the funnel as rows of a table."""

from collections.abc import Iterator
from math import log10
from typing import Any

from app.frames import grouped, is_linear, message, of_layers
from app.texts import text
from model.cells.survey import THUMB, Funnel, Survey
from model.training.snapshot import Snapshot

MOST_UNITS = 6  # listed by number
EXPONENT_FROM = 10**7  # counts are written out below this
LETTERS = {  # by which the shares name what they are of
    "sign_vectors": "A",
    "maximum": "B",
    "typical": "B′",
    "plane": "C∞",
    "plane_at_least": "C∞",
    "window": "C",
    "filled": "D",
}


def encode_survey(snapshot: Snapshot, survey: Survey, language: str, name: str = "") -> bytes:
    """Header and the small pictures, one after the other (`frames.message`).

    Of two networks, `name` says which one it is.
    """
    funnel = survey.funnel
    title = _title(funnel, language, linear=is_linear(snapshot))
    header = {
        "kind": "survey",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "exact": survey.exact,
        "side": THUMB,
        "thumbs": [
            {"layer": t.layer, "mode": t.mode, "count": grouped(t.count)} for t in survey.thumbs
        ],
        "title": f"{name}: {title}" if name else title,
        "caption": _caption(funnel, snapshot, language),
        "idle": _idle(survey, language),
        "rows": list(funnel_rows(funnel, language)),
    }
    return message(header, *(thumb.indices for thumb in survey.thumbs))


def _title(funnel: Funnel, language: str, *, linear: bool) -> str:
    what = "joint" if linear and funnel.mode == "regions" else funnel.mode
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
        letter = LETTERS[key]
        share = "" if filled is None or not count else f"D/{letter} {_share(filled, count)}"
        if key == "filled" and funnel.filled is not None:
            share = text("funnel.points", language, points=funnel.filled.points)
        yield {
            "key": key,
            "letter": letter,
            "label": _label(key, funnel, language),
            "help": text(f"funnel.{key}.help", language),
            "count": "–" if count is None else big(count),
            "bar": log10(max(1, count)) / longest if count else 0.0,
            "share": share,
        }


def _label(key: str, funnel: Funnel, language: str) -> str:
    if key.startswith("plane") and funnel.plane_step is not None:
        return text("funnel.plane_earlier", language, step=grouped(funnel.plane_step))
    return text(f"funnel.{key}", language)


def big(count: int | float) -> str:
    """A count in full, or as 2.8·10¹⁴ where it would not fit."""
    if count < EXPONENT_FROM:
        return grouped(round(count))
    exponent = int(log10(count))
    mantissa = 10 ** (log10(count) - exponent)
    if mantissa >= 9.95:  # would be written as 10.0
        mantissa, exponent = 1.0, exponent + 1
    return f"{mantissa:.1f}·10{str(exponent).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _filled_count(funnel: Funnel) -> int:
    assert funnel.filled is not None
    return funnel.filled.linear_regions if funnel.mode == "regions" else funnel.filled.patterns


def _share(filled: int, count: int | float) -> str:
    percent = 10.0 ** (log10(filled) - log10(count) + 2) if filled else 0.0
    if filled and percent < 1e-3:  # of 2^7936 it is 0 in float64
        return "< 0.001 %"
    return f"{percent:.2g} %" if percent < 99.5 else f"{percent:.0f} %"


def _idle(survey: Survey, language: str) -> str:
    """Dead and always active units of the layer, by number."""
    idle, layer = survey.idle, survey.funnel.layer
    if idle is None:
        return ""
    if not (idle.dead or idle.always):
        return text("funnel.idle_none", language, layer=layer)
    return text(
        "funnel.idle",
        language,
        layer=layer,
        dead=_numbers(idle.dead),
        always=_numbers(idle.always),
    )


def _numbers(units: tuple[int, ...]) -> str:
    """Their numbers, a few of them: 1, 5, 9."""
    some = ", ".join(map(str, units[:MOST_UNITS])) or "–"
    return some + (f" … ({len(units)})" if len(units) > MOST_UNITS else "")


def _caption(funnel: Funnel, snapshot: Snapshot, language: str) -> str:
    step = text("funnel.step", language, step=grouped(snapshot.shown_step))
    if funnel.pieces is None:
        return step
    key = "funnel.pieces.one" if funnel.pieces == 1 else "funnel.pieces"
    return text(key, language, pieces=grouped(funnel.pieces)) + " · " + step
