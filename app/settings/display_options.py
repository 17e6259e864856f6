"""LOOKS: what a viewer chooses to see beside the `View`; keys of links and of the socket.

The first choice of each is the one that a visitor without a link finds; the page itself follows
the system's theme and the browser's languages.
"""

from collections.abc import Mapping
from typing import get_args

from cellscope.app.settings.tabs import TABS
from cellscope.app.text.texts import LANGUAGES
from cellscope.model.inside import QUANTITIES
from cellscope.model.precision import PRECISIONS
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Which

THEMES = ("light", "dark")
SIDES = ("pre", "post")  # of the activation
SWITCH = ("0", "1")
WHICH: tuple[Which, ...] = get_args(Which)  # of two networks has its layers and counts shown
LOOKS: dict[str, tuple[str, ...]] = {
    "lang": LANGUAGES,
    "theme": THEMES,
    "side": SIDES,
    "precision": PRECISIONS,
    "tab": TABS,
    "which": WHICH,
    "histogram": QUANTITIES,
    "loss_x": ("linear", "log"),
    "loss_y": ("auto", "log"),
    "lecture": SWITCH,  # full screen, large text, colours and boundaries for a hall
}
START_LOOKS = {name: choices[0] for name, choices in LOOKS.items()}


def read_which(raw: object) -> Which:
    """Which of two networks is meant; the first where it is not said."""
    for which in WHICH:
        if raw == which:
            return which
    if raw is None:
        return WHICH[0]
    raise SpecError("which", "choice", raw, choices=", ".join(WHICH))


def read_looks(raw: Mapping[str, object]) -> tuple[dict[str, str], list[SpecError]]:
    """Those that are there and are one of their choices, and what was wrong with the others."""
    looks: dict[str, str] = {}
    problems: list[SpecError] = []
    for name, choices in LOOKS.items():
        value = raw.get(name)
        if isinstance(value, str) and value in choices:
            looks[name] = value
        elif name in raw:
            problems.append(SpecError(name, "choice", value, choices=", ".join(choices)))
    return looks, problems


def read_language(raw: object) -> str:
    """A language; the first where none is named."""
    if raw is None:
        return LANGUAGES[0]
    if isinstance(raw, str) and raw in LANGUAGES:
        return raw
    raise SpecError("lang", "choice", raw, choices=", ".join(LANGUAGES))
