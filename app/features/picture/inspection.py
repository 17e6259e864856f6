"""Inspections as messages: the card's text and the shapes to light up, for one point."""

from typing import Any

from cellscope.app.stream.frames import is_linear, of_layers
from cellscope.app.text.formulas import affine, pieces, signs
from cellscope.app.text.numbers import grouped, number
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.inspection import CellFacts, Inspection, RegionFacts
from cellscope.model.training.snapshot import Snapshot

Row = tuple[str, str]  # name, value
Block = dict[str, Any]  # title, rows
MOST_SIDES = 12


def inspection_message(found: Inspection, snapshot: Snapshot, language: str) -> dict[str, Any]:
    """What the page shows of an inspection; coordinates in data units."""
    cell, region, linear = found.cell, found.region, is_linear(snapshot)
    return {
        "type": "inspection",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "at": [found.x, found.y],
        "outline": _rounded(cell.outline.ravel()),
        "polygons": [_rounded(polygon.ravel()) for polygon in cell.polygons],
        "corners": [] if linear else _rounded(region.corners.ravel()),
        "blocks": [
            {
                "title": text("inspect.cell", language, layer=cell.layer),
                "signs": signs(cell.signs) if cell.kinks == 1 else pieces(cell.units),
                "rows": list(_cell_rows(cell, language, linear=linear)),
            },
            _one_map(region, language) if linear else _region(region, language),
        ],
        "point": text("inspect.point", language, x=found.x, y=found.y),
    }


def _region(region: RegionFacts, language: str) -> Block:
    of = of_layers(region.layers, language)
    return {
        "title": text("inspect.region", language, of_layers=of),
        "rows": [*_region_rows(region, language), *_maps(region, language)],
    }


def _one_map(region: RegionFacts, language: str) -> Block:
    """A network without kinks: there is no smaller region on which it would be something else."""
    return {"title": text("inspect.one_affine", language), "rows": _maps(region, language)}


def _cell_rows(cell: CellFacts, language: str, *, linear: bool) -> list[Row]:
    one = "inspect.one_map" if cell.one_map else "inspect.many_maps"
    regions = [] if linear else [(text("inspect.linear", language), grouped(cell.linear_regions))]
    return [
        *_active_units(cell, language),
        (text("inspect.pieces", language), grouped(cell.pieces)),
        (text("inspect.area", language), number(cell.area, language)),
        (text("inspect.points", language), _by_class(cell.points)),
        *regions,
        *([] if cell.one_map is None else [(text("inspect.map", language), text(one, language))]),
    ]


def _active_units(cell: CellFacts, language: str) -> list[Row]:
    """Of several kinks, how many units have passed how many: y > 0 may be between any of them."""
    if cell.kinks == 1:
        active = f"{int(cell.signs.sum())} / {len(cell.signs)}"
        return [(text("inspect.active", language), active)]
    if not cell.kinks:
        return []
    passed = " · ".join(str(kinks) for kinks in range(cell.kinks + 1))
    counts = " · ".join(str(count) for count in cell.on_each_piece)
    return [(text("inspect.past_kinks", language, kinks=passed), counts)]


def _region_rows(region: RegionFacts, language: str) -> list[Row]:
    layer, unit = region.nearest
    side = (
        text("inspect.side", language, layer=layer, unit=unit, distance=region.distance)
        if layer
        else text("inspect.border", language)
    )
    counted = any(count is not None for count in region.active)
    return [
        *([(text("inspect.active_layers", language), _active(region))] if counted else []),
        (text("inspect.area", language), number(region.area, language)),
        (text("inspect.points", language), _by_class(region.points)),
        (text("inspect.sides", language), _sides(region)),
        (text("inspect.nearest", language), side),
    ]


def _active(region: RegionFacts) -> str:
    return " · ".join("–" if count is None else str(count) for count in region.active)


def _maps(region: RegionFacts, language: str) -> list[Row]:
    return [
        (f"f{_sub(k)}(x)", affine(a[0], a[1], d, language))
        for k, (a, d) in enumerate(zip(region.A, region.d, strict=True))
    ]


def _sides(region: RegionFacts) -> str:
    """Layer and unit of each side, as 1:5 2:12 …; the window's border is left out."""
    seen = dict.fromkeys(f"{layer}:{unit}" for layer, unit in region.edges if layer)
    names = list(seen)[:MOST_SIDES]
    return " ".join(names) + (" …" if len(seen) > MOST_SIDES else "")


def _by_class(points: Any) -> str:
    total = int(points.sum())
    parts = " + ".join(grouped(int(p)) for p in points)
    return f"{grouped(total)} ({parts})" if total and len(points) > 1 else grouped(total)


def _sub(k: int) -> str:
    return str(k + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _rounded(values: Any) -> list[float]:
    """Enough digits for any zoom, few enough for the wire."""
    return [float(f"{v:.16g}") for v in values]
