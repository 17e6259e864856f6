"""What waits behind what is shown, as it is stored.

Points of one's own, and the experiment that there was before a network from a file.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from cellscope.app.settings.comparison import Differences, read_differences
from cellscope.model.own_data import OwnData, unpacked
from cellscope.model.spec import Spec
from cellscope.model.training.held import read_settings, written_settings

Before = tuple[Spec, Differences]


def written(own: OwnData | None, before: Before | None, shown: Spec) -> dict[str, Any]:
    """What the experiment that is shown does not hold itself."""
    found: dict[str, Any] = {}
    if own is not None and own != shown.own:
        found["own"] = _packed(own)
    if before is not None:
        spec, differences = before
        found["before"] = [
            written_settings(spec),
            differences.written(),
            None if spec.own is None else _packed(spec.own),
        ]
    return found


def read(settings: Mapping[str, Any]) -> tuple[OwnData | None, Before | None]:
    """Both, as far as they can be read: what is damaged keeps no experiment from coming back."""
    own: OwnData | None = None
    before: Before | None = None
    with suppress(ValueError, KeyError, TypeError):
        if "own" in settings:
            own = unpacked(settings["own"])
        if "before" in settings:
            values, differences, packed = settings["before"]
            points = None if packed is None else unpacked(packed)
            known = {} if points is None else {points.digest: points}
            before = read_settings(values, None, known), read_differences(differences)
    return own, before


@lru_cache(16)
def _packed(own: OwnData) -> dict[str, Any]:
    return dict(own.packed())
