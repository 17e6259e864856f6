"""What a link does with the experiment besides describing it.

`step=400` trains it so far, and `stop_at=400` has it pause there by itself.
"""

import re
from collections.abc import Mapping

from cellscope.model.spec import SpecError

LATEST_STEP = 2**53  # the largest whole number that a page can count to
FARTHEST_STEP = 50_000  # half a minute of 16 × 3 on one core; a pause ends it


def read_step(raw: Mapping[str, str]) -> tuple[int, list[SpecError]]:
    """The step that a link wants the experiment trained to, 0 for none; what was wrong with it."""
    given = raw.get("step", "0")
    if re.fullmatch(r"[0-9]{1,9}", given, re.ASCII) and int(given) <= FARTHEST_STEP:
        return int(given), []
    return 0, [SpecError("step", "whole", given, low=0, high=FARTHEST_STEP)]


def read_stop_at(raw: Mapping[str, str]) -> tuple[int | None, list[SpecError]]:
    """The step at which a link wants the experiment to pause, None for none; what was wrong."""
    given = raw.get("stop_at")
    if given is None:
        return None, []
    if re.fullmatch(r"[0-9]{1,16}", given, re.ASCII) and int(given) <= LATEST_STEP:
        return int(given), []
    return None, [SpecError("stop_at", "whole", given, low=0, high=LATEST_STEP)]
