"""`unit=2,5` in a link: the picture shows the output of unit 5 of layer 2."""

import re
from collections.abc import Mapping

from cellscope.model.cells.picture.unit_picture import has_unit
from cellscope.model.spec import Spec, SpecError

Unit = tuple[int, int]  # layer and unit, from 1


def read_shown_unit(raw: Mapping[str, str], spec: Spec) -> tuple[Unit | None, list[SpecError]]:
    """The unit that a link has shown, None for none; what was wrong with it."""
    given = raw.get("unit")
    if given is None:
        return None, []
    found = re.fullmatch(r"([0-9]{1,4}),([0-9]{1,4})", given, re.ASCII)
    unit = (int(found[1]), int(found[2])) if found else (0, 0)
    if has_unit(spec.sizes, unit):
        return unit, []
    return None, [SpecError("unit", "shown_unit", given)]
