"""`line=x0,y0,x1,y1` in a link: the line that lies over the picture, from one end to the other."""

from collections.abc import Mapping
from math import isfinite

from cellscope.app.settings.controls import read_window
from cellscope.model.spec import SpecError

Line = tuple[float, float, float, float]  # x0, y0, x1, y1


def read_line(raw: Mapping[str, str]) -> tuple[Line | None, list[SpecError]]:
    """The line of a link, None for none; what was wrong with it."""
    given = raw.get("line")
    if given is None:
        return None, []
    wrong = SpecError("line", "line_ends", given)
    try:
        x0, y0, x1, y1 = read_window("line", given)
    except SpecError:
        return None, [wrong]
    if (x0, y0) == (x1, y1) or not all(map(isfinite, (x0, y0, x1, y1))):
        return None, [wrong]
    return (x0, y0, x1, y1), []
