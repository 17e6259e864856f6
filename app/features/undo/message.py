"""What can be undone and done again, in words; what was edited, edit by edit."""

from typing import Any

import numpy as np

from cellscope.app.session.deeds import Deed, Deeds
from cellscope.app.text.texts import field_name, text
from cellscope.model.spec import OF_FILES, Spec
from cellscope.model.theory.prediction import has_theory
from cellscope.model.training.edits import Edit, Places, Unit
from cellscope.model.training.snapshot import Snapshot

MOST_LINES = 12  # of edits that are told one by one: the newest
MOST_NAMES = 3  # of settings


def hands_message(deeds: Deeds, shown: Snapshot, language: str) -> dict[str, Any]:
    """The two buttons, and the mark: empty where nothing was edited."""
    undo, redo = (_deed(stack, language) for stack in (deeds.done, deeds.undone))
    hands = _edited(shown, language)
    told = {"edited": [*hands, *_otherwise(shown, language)], "byHand": bool(hands)}
    return {"type": "hands", "undo": undo, "redo": redo} | told


def _deed(stack: list[Deed], language: str) -> str:
    """The newest of them in words; nothing where there is none."""
    if not stack:
        return ""
    deed = stack[-1]
    if deed.kind != "settings":
        return text(f"undo.{deed.kind}", language)
    names = deed.names
    if names and names[0] in OF_FILES:  # the others come with it
        return text(f"undo.{names[0]}", language)
    if len(names) > MOST_NAMES:
        return text("undo.settings", language, count=len(names))
    return ", ".join(field_name(name, language) for name in names)


def _edited(shown: Snapshot, language: str) -> list[str]:
    lines: list[str] = []
    for letter, one in (("A", shown), ("B", shown.other)):
        if one is None or not one.edits or (letter == "B" and shown.paired):
            continue
        lines += [
            ("" if shown.other is None or shown.paired else f"{letter}: ")
            + text("edited.at", language, step=step, what=what)
            for step, edit in reversed(one.edits[-MOST_LINES:])
            for what in [_what(edit, one.spec, language)]
        ]
        more = len(one.edits) - MOST_LINES
        if more > 0:
            lines.append(text("edited.more", language, count=more))
    return [*lines, text(_means(shown.spec), language)] if lines else []


def _means(spec: Spec) -> str:
    """What is not that of the edited network: theory where there is one, and the link."""
    if spec.opened is not None:
        return "edited.means.opened"
    return "edited.means" if has_theory(spec) else "edited.means.drawn"


def _otherwise(shown: Snapshot, language: str) -> list[str]:
    """What else is not just a drawn network on a drawn data set."""
    specs = [one.spec for one in (shown, shown.other) if one is not None]
    own = any(spec.own is not None for spec in specs)
    normalised = any(spec.normalised for spec in specs)
    lines = [text("edited.own", language)] if own else []
    return [*lines, text("edited.normalised", language)] if normalised else lines


def _what(edit: Edit, spec: Spec, language: str) -> str:
    units = (edit.holds.frozen | edit.holds.off) | (edit.before.frozen | edit.before.off)
    held = [unit for unit in sorted(units) if edit.holds.of(unit) != edit.before.of(unit)]
    if held:
        return ", ".join(_held(edit, unit, language) for unit in held)
    places = Places(spec)
    if len(edit.values) == 1:
        place, was, now = edit.values[0]
        unit, k = places.unit_of(place)
        key = "edited.bias" if k is None else "edited.weight"
        ends = {"was": _short(was), "now": _short(now)}
        return text(key, language, **_unit(unit), source=(k or 0) + 1, **ends)
    of = {places.unit_of(place)[0] for place, _, _ in edit.values}
    if len(of) == 1:
        return text("edited.unit", language, **_unit(of.pop()), count=len(edit.values))
    return text("edited.values", language, count=len(edit.values))


def _held(edit: Edit, unit: Unit, language: str) -> str:
    return text(f"edited.{edit.holds.of(unit)}", language, **_unit(unit))


def _unit(unit: Unit) -> dict[str, int]:
    return {"layer": unit[0], "unit": unit[1] + 1}


def _short(value: float) -> float:
    return float(np.float32(value))
