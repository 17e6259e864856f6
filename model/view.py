"""`View`: everything that defines a picture of an experiment. It never disturbs training."""

from dataclasses import dataclass
from typing import Any

from cellscope.model.spec import SpecError


@dataclass(frozen=True, slots=True)
class Mode:
    """What a picture shows; how it is drawn is a row of `model.cells.picture.painters`.

    Attributes
    ----------
    name : str
    palette : str
        Whose colours its indices are (`app.figures.colours.palettes`).
    of_layer : bool
        Whether it shows cells of layer i, and colour means a cell; else what the network says.
    joint : bool
        Of layers 1…i together: linear regions.
    graded : bool
        Whether its indices are shades: no line parts one from the next.
    task : str
        The one whose networks have it; "": those of both.
    """

    name: str
    palette: str
    of_layer: bool = False
    joint: bool = False
    graded: bool = False
    task: str = ""

    @property
    def counted(self) -> str:
        """Which counts go with it: those of linear "regions", or of "cells"."""
        return "regions" if self.joint else "cells"


_MODES = (
    Mode("cells", palette="cells", of_layer=True),
    Mode("regions", palette="cells", of_layer=True, joint=True),
    Mode("classes", palette="classes", task="classes"),
    Mode("confidence", palette="confidence", graded=True, task="classes"),
    Mode("value", palette="value", graded=True, task="regression"),  # its output
)
MODES: dict[str, Mode] = {mode.name: mode for mode in _MODES}
# Chosen in the drawing of the network, not in a menu.
UNIT = Mode("unit", palette="unit", graded=True)


def mode_of(picture: str) -> Mode:
    """What a picture of this mode is, a unit's own included."""
    return UNIT if picture == UNIT.name else MODES[picture]


def mode_for(mode: str, task: str) -> str:
    """The mode in which a picture is drawn: of what the output is.

    >>> mode_for("confidence", "regression"), mode_for("value", "classes")
    ('value', 'confidence')
    """
    if MODES[mode].task in ("", task):
        return mode
    return "value" if task == "regression" else "confidence"


POINTS = ("train", "all", "none")  # which data points lie over the picture
Window = tuple[float, float, float, float]  # x0, x1, y0, y1 in data units
START_WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)
PIXELS = (11, 1001)  # per side
FARTHEST = 1e6  # data units
NARROWEST = 1e-9  # a side of the window, as a share of its distance from the origin
SHEET_PIXELS = 101  # the sheet's grid {-5, -4.9, …, 5}² of exercise 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is looked at: layer i (1-based), mode, window and the points per side of its grid.

    The grid's points are the pixels' centres and include the window's ends, so that 101 points
    of -5…5 are the sheet's -5, -4.9, …, 5.
    """

    layer: int = 2
    mode: str = "cells"
    window: Window = START_WINDOW
    pixels: int = 401
    lines: bool = True  # boundaries on top
    points: str = "train"
    unit: tuple[int, int] | None = None  # (layer, unit): its output instead of what the mode shows

    def __post_init__(self) -> None:
        if not _whole(self.layer) or not 1 <= self.layer <= 32:
            raise SpecError("layer", "range", self.layer, low=1, high=32)
        if not isinstance(self.mode, str) or self.mode not in MODES:
            raise SpecError("mode", "choice", self.mode, choices=", ".join(MODES))
        if not _whole(self.pixels) or not PIXELS[0] <= self.pixels <= PIXELS[1]:
            raise SpecError("pixels", "range", self.pixels, low=PIXELS[0], high=PIXELS[1])
        if not isinstance(self.lines, bool):
            raise SpecError("lines", "choice", self.lines, choices="true, false")
        if not isinstance(self.points, str) or self.points not in POINTS:
            raise SpecError("points", "choice", self.points, choices=", ".join(POINTS))
        if self.unit is not None and not all(map(_whole, self.unit)):
            raise SpecError("unit", "two_numbers", self.unit)
        object.__setattr__(self, "window", _check_window(self.window))

    @property
    def shows(self) -> Mode:
        """The row of its mode."""
        return MODES[self.mode]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_window(value: Any) -> Window:
    """Four finite numbers, x0 < x1 and y0 < y1, not narrower than float64 can tell apart."""
    if not isinstance(value, tuple | list) or len(value) != 4:
        raise SpecError("window", "four_numbers", value)
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        raise SpecError("window", "four_numbers", value)
    if not all(abs(v) <= FARTHEST for v in value):  # also catches nan, and ints beyond float64
        raise SpecError("window", "within", value, high=FARTHEST)
    x0, x1, y0, y1 = (float(v) for v in value)
    if not (x0 < x1 and y0 < y1):
        raise SpecError("window", "ordered", value)
    for low, high in ((x0, x1), (y0, y1)):
        if high - low < NARROWEST * max(1.0, abs(low), abs(high)):
            raise SpecError("window", "too_narrow", value, low=NARROWEST)
    return x0, x1, y0, y1
