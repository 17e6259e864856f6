"""Links: all settings in the query of the page's address, and back."""

from dataclasses import dataclass, field, replace
from typing import Any

from cellscope.app.settings.comparison import NONE, Differences, read_differences
from cellscope.app.settings.controls import (
    BY_NAME,
    LINK_KEYS,
    START_SPEED,
    VIEW_NAMES,
    read_settings,
    read_view,
)
from cellscope.app.settings.display_options import LOOKS, read_looks
from cellscope.app.settings.link_line import Line, read_line
from cellscope.app.settings.link_step import read_step, read_stop_at
from cellscope.app.settings.link_unit import read_shown_unit
from cellscope.app.settings.mangled_links import pairs_of
from cellscope.app.settings.presets import PRESETS
from cellscope.app.settings.visible_parts import EVERYTHING, Fold, read_fold
from cellscope.model.spec import FIELD_NAMES, Spec, SpecError, shorten
from cellscope.model.view import MODES, View, mode_for

LONGEST_QUERY = 8_000  # characters; a link with every setting has about 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks for."""

    spec: Spec
    view: View
    speed: str = START_SPEED
    differences: Differences = NONE  # of a second network
    looks: dict[str, str] = field(default_factory=dict[str, str])
    fold: Fold = EVERYTHING
    step: int = 0  # to train to, at once
    stop_at: int | None = None  # the step at which to pause
    line: Line | None = None  # over the picture
    sheet: str | None = None
    problems: tuple[SpecError, ...] = ()
    names: frozenset[str] = frozenset()  # the keys that were there


def read_link(
    query: str, spec: Spec, view: View, differences: Differences = NONE, *, resumed: bool = False
) -> Asked:
    """The settings of a query; what is unknown or invalid is a problem and keeps its default.

    Of an address that is `resumed`, a page loaded again say, the experiment lives: it has the
    given spec and differences, and the address only says how to look at them.
    """
    if len(query) > LONGEST_QUERY:
        too_long = SpecError("link", "too_long", query)
        return Asked(spec, view, differences=differences, problems=(too_long,))
    raw, problems = _each_once([(_as_ours(key), value) for key, value in pairs_of(query)])
    problems += [
        SpecError(shorten(key), "unknown_key", value)
        for key, value in raw.items()
        if not _known(key)
    ]
    names = frozenset(raw)
    if "hidden" not in raw and raw.keys() & {"width", "depth"}:
        raw["hidden"] = ""  # what a server was started with is not to override the link
    sheet = _choice(raw, "sheet", tuple(PRESETS), problems)
    if sheet is not None:
        view = PRESETS[sheet].view
    wrong_settings: list[SpecError] = []
    if not resumed:
        if sheet is not None:
            spec, differences = PRESETS[sheet].spec, PRESETS[sheet].differences
        spec, wrong_settings = read_settings(raw, spec)
        differences = _compared(raw, spec, differences, problems)
    view, wrong_view = read_view(raw, view)
    view = _shown_as(raw, view, spec, problems)
    unit, wrong_unit = read_shown_unit(raw, spec)
    view = replace(view, unit=unit)
    fold, wrong_fold = read_fold(raw)
    if sheet is not None and PRESETS[sheet].step:
        raw.setdefault("step", str(PRESETS[sheet].step))
    step, wrong_step = read_step(raw)
    stop_at, wrong_stop = read_stop_at(raw)
    line, wrong_line = read_line(raw)
    if "lines" in fold.hide:
        view = replace(view, lines=False)
    if "points" in fold.hide:
        view = replace(view, points="none")
    looks, wrong_looks = read_looks(raw)
    if sheet is not None and PRESETS[sheet].tab:
        looks = {"tab": str(PRESETS[sheet].tab)} | looks
    return Asked(
        spec=spec,
        view=view,
        speed=_choice(raw, "speed", BY_NAME["speed"].choices, problems) or START_SPEED,
        differences=differences,
        looks=looks,
        fold=fold,
        step=step,
        stop_at=stop_at,
        line=line,
        sheet=sheet,
        problems=(
            *(*problems, *wrong_settings, *wrong_view, *wrong_fold),
            *(*wrong_step, *wrong_stop, *wrong_line, *wrong_unit, *wrong_looks),
        ),
        names=names,
    )


def _shown_as(raw: dict[str, str], view: View, spec: Spec, problems: list[SpecError]) -> View:
    """The view in a mode that the task has: a link may name another task's."""
    mode = mode_for(view.mode, spec.task)
    if mode != view.mode and raw.get("mode") == view.mode:
        choices = ", ".join(name for name in MODES if mode_for(name, spec.task) == name)
        problems.append(SpecError("mode", "choice", view.mode, choices=choices))
    return replace(view, mode=mode)


def with_layer_there(asked: Asked, view: View) -> Asked:
    """The same, told where its network, or either of two, has no layer that the link names.

    The layer of the view that the link began from is shown then.
    """
    networks = (asked.spec, asked.differences.second(asked.spec))
    most = max(spec.layers for spec in networks if spec is not None)
    if "layer" not in asked.names or asked.view.layer <= most:
        return asked
    problem = SpecError("layer", "whole", asked.view.layer, low=1, high=most)
    began = PRESETS[asked.sheet].view if asked.sheet else view
    shown = replace(asked.view, layer=min(began.layer, most))
    return replace(asked, view=shown, problems=(*asked.problems, problem))


LOOKING = ("lang", "theme", "lecture")  # what a page keeps when it starts again


def asks_for_something(query: object) -> bool:
    """Whether a link says more than how the page is to look: "/" and "?lang=de" do not."""
    if not isinstance(query, str) or len(query) > LONGEST_QUERY:
        return bool(query)
    return any(key not in LOOKING for key, _ in pairs_of(query))


def _each_once(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], list[SpecError]]:
    """The values by key, less those that a link gives in two ways: it is not for us to choose."""
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    raw = {key: given[0] for key, given in values.items() if len(set(given)) == 1}
    twice = values.keys() - raw.keys()
    return raw, [SpecError(shorten(key), "twice", " / ".join(values[key])) for key in twice]


def settings_of(spec: Spec, view: View, speed: str) -> dict[str, str | float | int]:
    """Every setting as controls and links hold it: name -> plain value."""
    values: dict[str, str | float | int] = {}
    for name, value in spec.values().items():
        values[name] = written(name, value)
    values["speed"] = speed
    values |= view_values(view)
    values["lines"] = "true" if view.lines else "false"
    values["window"] = ",".join(f"{v:.17g}" for v in view.window)
    return values


def written(name: str, value: Any) -> str | float | int:
    """A setting's value as controls and links hold it. No features are "none": links say it."""
    if name == "hidden":
        return ",".join(map(str, value or ()))
    if name == "features":
        return ",".join(value) or "none"
    return str(value).lower() if isinstance(value, bool) else value


def view_values(view: View) -> dict[str, Any]:
    """Name -> value of what the view holds."""
    return {name: getattr(view, name) for name in VIEW_NAMES}


def view_in_link(view: View) -> dict[str, str]:
    """The same as a link has it, so that another page looks at just this.

    >>> view_in_link(View(layer=3))["layer"], view_in_link(View())["window"]
    ('3', '-5.0,5.0,-5.0,5.0')
    """
    shown = view_values(view) | ({"unit": view.unit} if view.unit else {})
    return {name: _in_link(value) for name, value in shown.items()}


def _in_link(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_ours(key: str) -> str:
    """A setting's name may have come in capitals."""
    return key.lower() if not _known(key) and _known(key.lower()) else key


def _known(key: str) -> bool:
    return key in (*FIELD_NAMES, *VIEW_NAMES, *LOOKS, "speed", "compare", *LINK_KEYS)


def _compared(
    raw: dict[str, str], spec: Spec, start: Differences, problems: list[SpecError]
) -> Differences:
    """The second network's differences, as far as there can be such a network."""
    try:
        found = read_differences(raw["compare"]) if "compare" in raw else start
        found.second(spec)
    except SpecError as error:
        problems.append(error)
        return NONE
    return found


def _choice(
    raw: dict[str, str], key: str, choices: tuple[str, ...], problems: list[SpecError]
) -> str | None:
    value = raw.get(key)
    if value is None or value in choices:
        return value
    problems.append(SpecError(key, "choice", value, choices=", ".join(choices)))
    return None
