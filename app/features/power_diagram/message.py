"""Exercise 2.6 as messages: the two pictures of a power diagram, and a pair of its cells."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cellscope.app.stream.frames import message
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.formulas import affine, signs
from cellscope.app.text.numbers import fixed, number
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.cells.power.diagram import Diagram, diagram_at
from cellscope.model.cells.power.pair import Member, Pair, pair_at
from cellscope.model.cells.power.pictures import PowerPictures, power_pictures
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot

MOST_NAMED = 6  # units of a line, by number
MOST_SIGNS = 16  # units whose signs fit twice beside each other
SIDE, SIDE_CROWDED = 201, 101  # points per side; of very many cells, in motion
CROWDED = 3_000  # cells: at 256 units there are 30,000, whose comparison takes most of a second


def voronoi_study(snapshot: Snapshot, looking: StudyRequest) -> bytes:
    """The message for one snapshot, or why there is no diagram."""
    if snapshot.spec.graph is not None:
        return no_diagram(snapshot, "graph", looking.language)
    try:
        diagram = diagram_at(snapshot, looking.view, looking.anchor, key=looking.key)
    except BudgetExceeded:
        return no_diagram(snapshot, "budget", looking.language)
    except BelowReach:
        return no_diagram(snapshot, "reach", looking.language)
    except OverflowError:
        return no_diagram(snapshot, "overflow", looking.language)
    except NoPolygons:
        return no_diagram(snapshot, snapshot.spec.why_grid, looking.language)
    crowded = snapshot.status == "training" and diagram.cells > CROWDED
    pictures = power_pictures(diagram, SIDE_CROWDED if crowded else SIDE)
    return encode_voronoi(snapshot, diagram, pictures, looking.language)


def pair_study(snapshot: Snapshot, looking: StudyRequest) -> dict[str, Any]:
    """The message for the pair of cells at the point that is looked at."""
    at = looking.anchor
    try:
        diagram = diagram_at(snapshot, looking.view, at, key=looking.key)
    except (BudgetExceeded, OverflowError, NoPolygons):
        return pair_message(None, at, snapshot, looking.language)
    inside = at is not None and diagram.shows(*at)
    found = pair_at(diagram, *at) if at is not None and inside else None
    return pair_message(found, at, snapshot, looking.language, layer=diagram.scene.layer)


def encode_voronoi(
    snapshot: Snapshot, diagram: Diagram, pictures: PowerPictures, language: str
) -> bytes:
    """Header, then the picture by pattern and the one by Laguerre-nearest centre."""
    where = "plane" if diagram.scene.whole else "region"
    layer, kinks = diagram.scene.layer, kinks_of(snapshot.spec, diagram.scene.layer)
    own, negative = diagram.with_own_centre.sum(), (diagram.centres.radius_squared < 0).sum()
    header = {
        "kind": "voronoi",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "layer": layer,
        "side": len(pictures.by_pattern),
        "window": diagram.window,
        "names": [_name(row, kinks) for row in range(len(diagram.b))],
        "lines": _numbers(np.column_stack([diagram.W, diagram.b])),
        "region": [] if diagram.scene.whole else _numbers(diagram.corners),
        "differing": _numbers(pictures.differing),
        "agrees": pictures.agreeing == pictures.compared,
        "texts": {
            "voronoi-step": text("voronoi.step", language, step=snapshot.shown_step),
            "voronoi-lines": text(
                f"voronoi.lines.{_said_of(where, layer, kinks)}",
                language,
                layer=layer,
                units=len(diagram.b) // kinks,
                kinks=kinks,
                before=layer - 1,
            ),
            "voronoi-cells": _polygons(diagram, where, snapshot, language),
            "voronoi-agreement": agreement(pictures, language),
            "voronoi-centres": text(
                "voronoi.centres",
                language,
                own=int(own),
                cells=diagram.cells,
                negative=int(negative),
            ),
        },
    }
    return message(header, pictures.by_pattern, pictures.by_power)


def kinks_of(spec: Spec, layer: int) -> int:
    """How many lines a unit of the layer draws: one a kink, and a logit one."""
    return 1 if layer == spec.layers else max(1, len(spec.activations[layer - 1].kinks))


def _said_of(where: str, layer: int, kinks: int) -> str:
    if kinks > 1:
        return f"{where}.kinks"
    return f"{where}.first" if where == "region" and layer == 2 else where


def _name(row: int, kinks: int) -> str:
    """A unit's number, and of several lines of it which one: 3.2 is the second of unit 3."""
    unit, kink = divmod(row, kinks)
    return f"{unit + 1}.{kink + 1}" if kinks > 1 else f"{unit + 1}"


def _polygons(diagram: Diagram, where: str, snapshot: Snapshot, language: str) -> str:
    said = text(f"voronoi.cells.{where}", language, cells=diagram.cells)
    linear = snapshot.spec.activation == "identity"
    return f"{said} {text('voronoi.linear', language)}" if linear else said


def agreement(pictures: PowerPictures, language: str) -> str:
    """In per cent of the compared points; 100 % is said of all of them only."""
    share = percent(pictures.agreeing, pictures.compared, language)
    key = "all" if pictures.agreeing == pictures.compared else "some"
    return text(
        f"voronoi.agreement.{key}",
        language,
        percent=share,
        points=pictures.compared,
        differing=pictures.compared - pictures.agreeing,
    )


def percent(part: int, whole: int, language: str) -> str:
    """Rounded down, so that 100 means all.

    >>> percent(40401, 40401, "en"), percent(40400, 40401, "en"), percent(1, 3, "de")
    ('100', '99.99', '33,33')
    """
    hundredths = 10_000 * part // max(whole, 1)
    return "100" if part == whole else fixed(hundredths / 100, language, 2)


def no_diagram(snapshot: Snapshot, why: str, language: str) -> bytes:
    """What is said where there is none: another activation, too many cells, too small a window."""
    header = {
        "kind": "voronoi",
        "version": snapshot.version,
        "side": 0,
        "texts": {"voronoi-step": "", "voronoi-none": text(f"voronoi.none.{why}", language)},
    }
    return message(header)


def pair_message(
    pair: Pair | None,
    at: tuple[float, float] | None,
    snapshot: Snapshot,
    language: str,
    *,
    layer: int = 1,
) -> dict[str, Any]:
    """Two neighbouring cells: what to draw, in data units, and what to say."""
    if pair is None or at is None:
        return {"type": "pair", "at": at, "members": []}
    kinks = kinks_of(snapshot.spec, min(layer, snapshot.spec.layers))
    members = [pair.first] if pair.second is None else [pair.first, pair.second]
    return {
        "type": "pair",
        "version": snapshot.version,
        "at": list(at),
        "members": [
            {
                "corners": _numbers(member.corners),
                "centre": list(member.centre),
                "radiusSquared": member.radius_squared,
            }
            for member in members
        ],
        "line": None if pair.line is None else list(pair.line),
        "edge": None if pair.edge is None else _numbers(pair.edge),
        "table": list(_table(members, language, kinks)),
        "text": _line_text(pair, language, kinks),
    }


def _table(members: list[Member], language: str, kinks: int) -> Iterator[list[str]]:
    """One row a property, the first the heads: its name, then each member's."""
    yield ["", *(text(f"voronoi.cell_{k + 1}", language) for k in range(len(members)))]
    if len(members[0].signs) <= MOST_SIGNS:
        yield [text("voronoi.signs", language), *(signs(member.signs) for member in members)]
    elif kinks > 1:
        yield [text("voronoi.passed", language), *(_share(member) for member in members)]
    else:
        yield [text("voronoi.active", language), *(_share(member) for member in members)]
    yield [text("voronoi.centre", language), *(_centre(member, language) for member in members)]
    yield [
        text("voronoi.radius_squared", language),
        *(_radius(member, language) for member in members),
    ]
    own = (text(f"voronoi.{'own' if m.has_centre else 'not_own'}", language) for m in members)
    yield [text("voronoi.holds_centre", language), *own]


def _share(member: Member) -> str:
    return f"{member.signs.sum()} / {len(member.signs)}"


def _centre(member: Member, language: str) -> str:
    x, y = (number(value, language) for value in member.centre)
    return f"({x} | {y})"


def _radius(member: Member, language: str) -> str:
    squared = member.radius_squared
    if squared < 0:
        return f"{number(squared, language)}, {text('voronoi.no_circle', language)}"
    return number(squared, language)


def _line_text(pair: Pair, language: str, kinks: int) -> str:
    if pair.line is None:
        return text("voronoi.no_neighbour", language)
    some = ", ".join(_name(unit - 1, kinks) for unit in pair.units[:MOST_NAMED])
    more = " …" if len(pair.units) > MOST_NAMED else ""
    key = "voronoi.line" if len(pair.units) == 1 else "voronoi.line.several"
    return text(key, language, units=some + more, line=affine(*pair.line, language))


def _numbers(values: Any) -> list[float]:
    return np.asarray(values, np.float64).ravel().tolist()
