"""A mark by which a page tells whether a picture is of the settings that it shows."""

from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot


def mark_of(spec: Spec, other: Spec | None) -> str:
    """The same for equal settings, of the second network too, as long as the server runs.

    >>> mark_of(Spec(), None) == mark_of(Spec(), None) != mark_of(Spec(width=9), None)
    True
    """
    return f"{hash((spec, other)) & 0xFFFFFFFFFFFF:x}"


def mark_of_shown(snapshot: Snapshot) -> str:
    """Of the settings that a state is of; an earlier step beside it is no second network."""
    other = None if snapshot.paired or snapshot.other is None else snapshot.other.spec
    return mark_of(snapshot.spec, other)
