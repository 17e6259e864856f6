"""What a link does with the experiment besides describing it: `step=400` trains it so far."""

import re
from collections.abc import Mapping

from cellscope.model.spec import SpecError

FARTHEST_STEP = 50_000  # half a minute of 16 × 3 on one core; a pause ends it


def read_step(raw: Mapping[str, str]) -> tuple[int, list[SpecError]]:
    """The step that a link wants the experiment trained to, 0 for none; what was wrong with it."""
    given = raw.get("step", "0")
    if re.fullmatch(r"[0-9]{1,9}", given, re.ASCII) and int(given) <= FARTHEST_STEP:
        return int(given), []
    return 0, [SpecError("step", "whole", given, low=0, high=FARTHEST_STEP)]
