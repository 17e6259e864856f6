"""`StudyRequest`: what a study, the server's part of a tab, is made of beside the snapshot."""

from dataclasses import dataclass

from cellscope.model.view import View


@dataclass(frozen=True, slots=True)
class StudyRequest:
    """Who looks, and at what. `key` names the experiment in caches."""

    view: View
    anchor: tuple[float, float] | None  # the point of the plane that was looked at last
    language: str
    key: int
