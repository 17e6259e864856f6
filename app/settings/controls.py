"""CONTROLS, the one table of settings: page, links, help, command line and tests come from it.

A control's name is the field of `Spec` or `View` and the key in links; its element on the page
and its command line option write hyphens for underscores.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cellscope.app.text.numbers import with_point
from cellscope.model.own_data import OwnData
from cellscope.model.spec import CHOICES, FEATURES, LIMITS, MAX_SEED, OWN, Spec, SpecError
from cellscope.model.view import MODES, PIXELS, POINTS, View

Kind = Literal["slider", "log", "select", "segments", "checks", "number", "text", "hidden"]
Group = Literal["data", "network", "initialisation", "training", "view"]
SPEEDS = ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "max")
START_SPEED = "200"  # steps a second: slow enough to see the lines move
# Settings of links alone.
LINK_KEYS = ("sheet", "controls", "hide", "step", "stop_at", "line", "unit")


@dataclass(frozen=True, slots=True)
class Control:
    """One setting a user can change."""

    name: str
    group: Group
    kind: Kind
    read: Callable[[str, object], Any]  # (name, raw value) -> value, or a SpecError
    choices: tuple[str, ...] = ()
    step: float | None = None  # of a slider; a log slider has 40 steps a decade
    on_slider: tuple[float, float] | None = None  # where the slider shows less than the limits
    live: bool = False  # changes without starting the experiment anew
    first: bool = False  # shown at first sight; the others of its group are one click away
    brings: tuple[str, str] | None = None  # another setting with the value along with which it acts

    @property
    def element(self) -> str:
        """The id of its element on the page."""
        return self.name.replace("_", "-")


def read_whole(name: str, raw: object) -> int:
    """A whole number; text must be written in plain digits."""
    if isinstance(raw, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", raw, re.ASCII):
        return int(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool) and raw == raw // 1:
        return int(raw) if abs(raw) < 2**63 else _refuse(name, "range", raw)
    low, high = LIMITS.get(name, (PIXELS if name == "pixels" else (1, 32)))
    raise SpecError(name, "whole", raw, low=low, high=high)


def read_real(name: str, raw: object) -> float:
    """A number, also as text ("1e-3"); whether it is in range is the `Spec`'s to say."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw) if abs(raw) < 1e300 or raw != raw else _refuse(name, "range", raw)
    if isinstance(raw, str) and len(raw) < 40:
        try:
            return real_of(raw)
        except ValueError:
            pass
    low, high = LIMITS[name]
    raise SpecError(name, "number", raw, low=low, high=high)


def real_of(text: str) -> float:
    """A number in plain digits: Python alone reads 1_0, and the digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def read_choice(name: str, raw: object) -> str:
    """One of the control's choices."""
    choices = BY_NAME[name].choices
    if name == "dataset" and raw == OWN:
        return OWN  # there is such a value where there are such points
    if isinstance(raw, str) and raw in choices:
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and str(raw) in choices:
        return str(raw)
    raise SpecError(name, "choice", raw, choices=", ".join(choices))


def read_switch(name: str, raw: object) -> bool:
    """True or false, also as text."""
    if isinstance(raw, bool):
        return raw
    return read_choice(name, raw) == "true"


def read_widths(name: str, raw: object) -> tuple[int, ...] | None:
    """Hidden widths, "16,16" or [16, 16]; nothing or blank text: as width and depth say."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if isinstance(raw, str) and len(raw) < 400:
        parts: list[object] = [*raw.split(",")]
    elif isinstance(raw, list | tuple) and raw:
        parts = list(raw)  # pyright: ignore[reportUnknownArgumentType]
    else:
        raise SpecError(name, "widths", raw, low=1, high=int(LIMITS["width"][1]))
    return tuple(_width(name, part, raw) for part in parts)


def _width(name: str, part: object, raw: object) -> int:
    try:
        return read_whole(name, part)
    except SpecError:
        raise SpecError(name, "widths", raw, low=1, high=int(LIMITS["width"][1])) from None


def read_activation(name: str, raw: object) -> str:
    """One of the control's choices, or a comma list of them, one for each hidden layer."""
    if isinstance(raw, list | tuple) and all(isinstance(part, str) for part in raw):  # pyright: ignore[reportUnknownVariableType]
        raw = ",".join(raw)  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(raw, str) or len(raw) > 400:
        return read_choice(name, raw)
    return ",".join(read_choice(name, part.strip()) for part in raw.split(","))


def read_names(name: str, raw: object) -> tuple[str, ...]:
    """Some of the control's choices, "x2,xy" or ["x2", "xy"]; nothing, blank or "none": none."""
    if raw is None or (isinstance(raw, str) and raw.strip() in ("", "none")):
        return ()
    parts: object = raw.split(",") if isinstance(raw, str) and len(raw) < 200 else raw
    choices = BY_NAME[name].choices
    if isinstance(parts, list | tuple) and len(parts) < 50:  # pyright: ignore[reportUnknownArgumentType]
        given = [part.strip() for part in parts if isinstance(part, str)]  # pyright: ignore[reportUnknownVariableType]
        if len(given) == len(parts) and all(part in choices for part in given):  # pyright: ignore[reportUnknownArgumentType]
            return tuple(given)
    raise SpecError(name, "features", raw, choices=", ".join(choices))


def read_window(name: str, raw: object) -> tuple[float, ...]:
    """Four numbers "x0,x1,y0,y1"; the `View` checks their order."""
    parts = raw.split(",") if isinstance(raw, str) and len(raw) < 200 else raw
    if not isinstance(parts, list | tuple) or len(parts) != 4:  # pyright: ignore[reportUnknownArgumentType]
        raise SpecError(name, "four_numbers", raw)
    try:
        return tuple(_finite(part) for part in parts)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    except (TypeError, ValueError, OverflowError):
        raise SpecError(name, "four_numbers", raw) from None


def _finite(part: Any) -> float:
    if isinstance(part, bool):
        raise ValueError
    return real_of(part) if isinstance(part, str) else float(part)


def _refuse(name: str, rule: str, raw: object) -> Any:
    low, high = LIMITS.get(name, (1, 32))
    raise SpecError(name, rule, raw, low=low, high=high)


CONTROLS: tuple[Control, ...] = (
    Control("dataset", "data", "select", read_choice, tuple(CHOICES["dataset"]), first=True),
    Control("task", "data", "segments", read_choice, tuple(CHOICES["task"])),
    Control("noise", "data", "slider", read_real, step=0.01),
    Control("samples", "data", "log", read_whole, on_slider=(50, 5000)),
    Control("classes", "data", "slider", read_whole, step=1),
    Control("balance", "data", "slider", read_real, step=0.05),
    Control("test_share", "data", "slider", read_real, step=0.05),
    Control("data_seed", "data", "number", read_whole),
    Control("width", "network", "log", read_whole, first=True, brings=("hidden", "")),
    Control(
        *("depth", "network", "slider", read_whole),
        step=1,
        on_slider=(1, 16),
        first=True,
        brings=("hidden", ""),
    ),
    Control("hidden", "network", "text", read_widths),
    Control("features", "network", "checks", read_names, FEATURES),
    Control("batch_norm", "network", "segments", read_switch, ("false", "true")),
    Control("activation", "network", "segments", read_activation, tuple(CHOICES["activation"])),
    Control("init", "initialisation", "select", read_choice, tuple(CHOICES["init"])),
    Control(
        *("weight_variance", "initialisation", "log", read_real),
        on_slider=(1e-3, 4.0),
        first=True,
        brings=("init", "normal"),
    ),
    Control("bias", "initialisation", "select", read_choice, tuple(CHOICES["bias"])),
    Control(
        *("bias_variance", "initialisation", "slider", read_real),
        step=0.01,
        on_slider=(0.0, 2.0),
        brings=("bias", "fixed"),
    ),
    Control("seed", "initialisation", "number", read_whole),
    Control("optimizer", "training", "segments", read_choice, tuple(CHOICES["optimizer"])),
    Control("learning_rate", "training", "log", read_real, on_slider=(1e-4, 10.0), live=True),
    Control("batch_size", "training", "log", read_whole, on_slider=(1, 1000), live=True),
    Control(
        *("momentum", "training", "slider", read_real),
        step=0.01,
        on_slider=(0.0, 0.99),
        live=True,
        brings=("optimizer", "momentum"),
    ),
    Control("l1", "training", "slider", read_real, step=0.0005, on_slider=(0.0, 0.1), live=True),
    Control("l2", "training", "slider", read_real, step=0.0005, on_slider=(0.0, 0.1), live=True),
    Control("speed", "view", "select", read_choice, SPEEDS, live=True),
    Control("layer", "view", "hidden", read_whole, live=True),
    Control("mode", "view", "segments", read_choice, tuple(MODES), live=True),
    Control("window", "view", "hidden", read_window, live=True),
    Control("pixels", "view", "hidden", read_whole, live=True),
    Control("lines", "view", "hidden", read_switch, ("true", "false"), live=True),
    Control("points", "view", "hidden", read_choice, POINTS, live=True),
)
BY_NAME: dict[str, Control] = {control.name: control for control in CONTROLS}
SPEC_NAMES = tuple(control.name for control in CONTROLS if control.group != "view")
REAL_NAMES = frozenset(control.name for control in CONTROLS if control.read is read_real)
VIEW_NAMES = ("layer", "mode", "window", "pixels", "lines", "points")
SEEDS = (0, MAX_SEED)


def read_settings(
    raw: Mapping[str, object], start: Spec, own: OwnData | None = None
) -> tuple[Spec, list[SpecError]]:
    """The spec that raw values ask for, and what was wrong with them; `own` data may be meant.

    What is wrong keeps the value of `start`; so does everything that `raw` leaves out.
    """
    changes, problems = _read_each(raw, SPEC_NAMES)
    if changes.get("dataset") == OWN and start.own is None and own is not None:
        changes["own"] = own
    while True:
        try:
            return start.but(**changes), problems
        except SpecError as error:
            problems.append(error)
            _drop(changes, error)


def read_view(raw: Mapping[str, object], start: View) -> tuple[View, list[SpecError]]:
    """The view that raw values ask for, and what was wrong with them, as `read_settings`."""
    changes, problems = _read_each(raw, VIEW_NAMES)
    while True:
        try:
            return replace(start, **changes), problems
        except SpecError as error:
            problems.append(error)
            _drop(changes, error)


def with_points(raw: Mapping[str, object], language: str) -> dict[str, object]:
    """The values with decimal points, where a page in this language may have another mark.

    Only where a number is read: widths and windows have commas between their numbers.
    """
    return {
        name: with_point(value, language) if name in REAL_NAMES else value
        for name, value in raw.items()
    }


def _read_each(
    raw: Mapping[str, object], names: tuple[str, ...]
) -> tuple[dict[str, Any], list[SpecError]]:
    changes: dict[str, Any] = {}
    problems: list[SpecError] = []
    for name in names:
        if name in raw:
            try:
                changes[name] = BY_NAME[name].read(name, raw[name])
            except SpecError as error:
                problems.append(error)
    return changes, problems


def _drop(changes: dict[str, Any], error: SpecError) -> None:
    """Take back what caused the error: the field itself, or else what it hangs together with."""
    if error.field in changes:
        del changes[error.field]
        return
    related = {
        "classes": ("dataset",),
        "width": ("depth", "classes", "batch_norm", "features"),
        "hidden": ("classes", "batch_norm", "features"),
        "batch_size": ("batch_norm",),
    }
    for name in related.get(error.field, ()):
        if name in changes:
            del changes[name]
            return
    changes.clear()
