"""What a viewer sees of the drawing, and what it asked for, as the page names it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from cellscope.model.spec import LIMITS, Spec, SpecError
from cellscope.model.training.edits import Unit

SHOWN = 40  # units of a layer that are drawn at a time
DEEPEST, WIDEST = int(LIMITS["depth"][1]), int(LIMITS["width"][1])


@dataclass
class Focus:
    """**Threads**: the event loop's."""

    unit: Unit | None = None  # that is pointed at or chosen
    first: int = 0  # the uppermost unit that is seen
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def unit_in(self, spec: Spec) -> Unit | None:
        """The unit, if this network has it."""
        return self.unit if self.unit is not None and exists(self.unit, spec) else None


def exists(unit: Unit, spec: Spec) -> bool:
    layer, row = unit
    return 1 <= layer <= spec.layers and 0 <= row < spec.sizes[layer]


def read_unit(message: Mapping[str, object]) -> Unit:
    """A unit as a message names it, both numbers from 1."""
    layer = _whole("layer", message.get("layer"), DEEPEST)
    return layer, _whole("unit", message.get("unit"), WIDEST) - 1


def read_first(raw: object) -> int:
    return _whole("first", raw, WIDEST) - 1


def _whole(name: str, raw: object, most: int) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 1 <= raw <= most:
        raise SpecError(name, "whole", raw, low=1, high=most)
    return raw
