"""Links that lead to a room."""

from urllib.parse import parse_qs

from starlette.types import Scope

ENTRY = "/room"  # where a code is typed


def is_for_room(scope: Scope) -> bool:
    """Whether somebody asks for a room's page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    if scope["path"] in (ENTRY, f"{ENTRY}/"):
        return True
    query = scope["query_string"].decode("latin-1")
    return scope["path"] == "/" and "room" in parse_qs(query, keep_blank_values=True)
