"""What a link leaves of the page: `controls=s,layer` names its controls, `hide=rail,points` parts.

Both are the page's own business (folds.mjs) but for `lines` and `points`, which the view
has anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cellscope.app.settings.controls import CONTROLS
from cellscope.model.spec import SpecError

ALIASES = {"s": "weight_variance"}
FOLDABLE = (*(control.name for control in CONTROLS), "compare")
PARTS = (
    "top",  # the bar with the transport
    "counters",
    "sheet",  # the menu of presets
    "rail",
    "strip",  # the layers' small pictures
    "points",
    "lines",
    "foot",  # what stands below the picture
    "right",
    "tabs",
)


@dataclass(frozen=True, slots=True)
class Fold:
    """What is shown; `controls` None is all of them, an empty tuple none."""

    controls: tuple[str, ...] | None = None
    hide: tuple[str, ...] = ()


EVERYTHING = Fold()


def read_fold(raw: Mapping[str, str]) -> tuple[Fold, list[SpecError]]:
    """The fold that a link asks for; names that there are not are a problem and left out.

    Where none of the names is one, nothing is folded.
    """
    problems: list[SpecError] = []
    controls = _names(raw, "controls", (*ALIASES, *FOLDABLE), problems)
    hide = _names(raw, "hide", PARTS, problems)
    if controls is not None:
        controls = tuple(dict.fromkeys(ALIASES.get(name, name) for name in controls))
    return Fold(controls, hide or ()), problems


def _names(
    raw: Mapping[str, str], key: str, choices: tuple[str, ...], problems: list[SpecError]
) -> tuple[str, ...] | None:
    if key not in raw:
        return None
    given = [name.strip() for name in raw[key].split(",")] if raw[key].strip() else []
    unknown = [name for name in given if name not in choices]
    if unknown:
        problems.append(SpecError(key, "choice", ",".join(unknown), choices=", ".join(choices)))
    known = tuple(dict.fromkeys(name for name in given if name in choices))
    return None if unknown and not known else known
