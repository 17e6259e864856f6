"""Exercise 2.1 as a message: the one map that the layers are without activation functions."""

from typing import Any

from cellscope.app.stream.frames import message
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.linear_map import Collapse, collapse
from cellscope.model.training.snapshot import Snapshot

SIDE = 201  # points per side
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SAME = 1e-9  # difference, relative to the largest logit, that is rounding


def collapse_study(snapshot: Snapshot, looking: StudyRequest) -> bytes:
    """The message for one snapshot, or why there is none."""
    if snapshot.spec.features or snapshot.spec.graph is not None:
        why = "features" if snapshot.spec.features else "graph"
        return _nothing(snapshot, why, looking.language)
    try:
        found = collapse(snapshot, looking.view, SIDE)
    except BelowReach:
        return _nothing(snapshot, "reach", looking.language)
    except OverflowError:
        return _nothing(snapshot, "overflow", looking.language)
    return encode_collapse(snapshot, found, looking.language)


def encode_collapse(snapshot: Snapshot, found: Collapse, language: str) -> bytes:
    """Header, then the network's picture and the one map's."""
    linear, same = snapshot.spec.folding_layers == 0, _same(found)
    header = {
        "kind": "collapse",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "side": len(found.network),
        "mode": found.mode,
        "linear": linear,
        "rows": _rows(found, language),
        "texts": {
            "collapse-step": text("collapse.step", language, step=snapshot.shown_step),
            "collapse-why": _why(snapshot, linear, same, language),
            "collapse-difference": _difference(found, language),
            "collapse-signs": text(
                _signs(found) if linear else f"collapse.other_network{'.same' if same else ''}",
                language,
                layer=found.layer,
                cells=found.cells,
            ),
        },
    }
    return message(header, found.network, found.single)


def _signs(found: Collapse) -> str:
    """That signs draw lines is said where there is one to be seen."""
    return "collapse.signs.one" if found.cells == 1 else "collapse.signs"


def _same(found: Collapse) -> bool:
    """Whether both have the same outputs in this window, but for rounding."""
    return found.difference <= SAME * found.largest


def _why(snapshot: Snapshot, linear: bool, same: bool, language: str) -> str:
    spec = snapshot.spec
    if spec.layers == 1:
        return text("collapse.one_layer", language)
    if linear:
        last = str(spec.layers).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
        return text("collapse.linear", language, layers=spec.layers, last=last)
    if same:
        return text("collapse.agree", language)
    bends = "pieces" if spec.is_exact else "smooth"
    rows = [row for row in spec.activations if (row.bends if spec.is_exact else not row.exact)]
    names = list(dict.fromkeys(text(f"activation.{row.name}", language) for row in rows))
    activation, kinds = ", ".join(names), len(names)
    return text(f"collapse.{bends}", language, activation=activation, kinds=kinds)


def _difference(found: Collapse, language: str) -> str:
    return text(
        "collapse.same" if _same(found) else "collapse.apart",
        language,
        difference=number(found.difference, language, 2),
        largest=found.largest,
        points=found.points,
    )


def _rows(found: Collapse, language: str) -> list[list[str]]:
    """A (two columns) and d as numbers, one row a class."""
    return [[_entry(v, language) for v in (*a, b)] for a, b in zip(found.A, found.d, strict=True)]


def _entry(value: float, language: str) -> str:
    """Six digits; four where a power of ten takes the room of the others."""
    full = number(value, language, 6)
    return number(value, language, 4) if "10" in full and full[-1] in SUPERSCRIPTS else full


def _nothing(snapshot: Snapshot, why: str, language: str) -> bytes:
    texts = {"collapse-step": "", "collapse-why": text(f"collapse.none.{why}", language)}
    return message(_empty(snapshot) | {"texts": texts})


def _empty(snapshot: Snapshot) -> dict[str, Any]:
    return {"kind": "collapse", "version": snapshot.version, "side": 0, "rows": []}
