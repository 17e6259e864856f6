"""What a server in the open is told: by whom it may be opened, and within what."""

import os
import secrets
from dataclasses import dataclass, field

from cellscope.model.spec import SpecError

LONGEST_PASSWORD = 200  # characters
SHORTEST_SECRET, LONGEST_SECRET = 16, 1000
SHORTEST_TOKEN = 8
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SOURCE_CHARACTERS = set("abcdefghijklmnopqrstuvwxyz0123456789-.:/*' ")


def new_secret() -> str:
    """With which tokens end when the server does."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Safety:
    """Options of `serve` and the environment; the defaults are those of one's own machine."""

    host: str = ""  # that it listens on: a name here is one that it is asked as
    password: str = ""
    frame_ancestors: str = ""  # pages that may show this one within them; "": all, nothing is said
    secret: str = field(default_factory=new_secret)  # signs tokens
    teacher: str = ""  # the token that opens /lab; "": it is closed
    impressum: str = ""  # addresses of the operator's own pages
    datenschutz: str = ""
    contact: str = ""  # to whom barriers are told
    may_eval: bool = False  # whether tools that drive a browser may evaluate strings in the page


def read_password(raw: str) -> str:
    """A password that can be typed into a browser's box; "" is none."""
    if len(raw) > LONGEST_PASSWORD or not raw.isprintable() or raw != raw.strip():
        raise SpecError("password", "password", "…", high=LONGEST_PASSWORD)
    return raw


def read_frame_ancestors(raw: str) -> str:
    """The sources of a policy's `frame-ancestors`, separated by spaces; "" says nothing."""
    if not set(raw.lower()) <= SOURCE_CHARACTERS:
        raise SpecError("frame_ancestors", "sources", raw)
    return " ".join(raw.split())


def read_page(name: str) -> str:
    """An address of the web from a variable, or nothing."""
    raw = os.environ.get(name, "")
    if raw and not (raw.startswith(("https://", "http://")) and raw.isprintable()):
        raise SpecError(name, "url", raw)
    return raw


def read_policy(raw: str, host: str, *, in_the_open: bool) -> bool:
    """`CELLSCOPE_POLICY`, strict or local; whether the page may evaluate strings.

    On one's own machine teachers' scripts drive the page, and what drives browsers waits for a
    condition by evaluating it there. Whatever others can reach gets the strict policy.
    """
    if raw not in ("", "strict", "local"):
        raise SpecError("CELLSCOPE_POLICY", "choice", raw, choices="strict, local")
    own = host in LOOPBACK and not in_the_open
    return raw == "local" or (raw == "" and own)


def teacher_from_environment() -> str:
    """`CELLSCOPE_TEACHER`; "" where there is none."""
    return _secret("CELLSCOPE_TEACHER", SHORTEST_TOKEN)


def secret_from_environment() -> str:
    """`CELLSCOPE_SECRET`; "" where there is none."""
    return _secret("CELLSCOPE_SECRET", SHORTEST_SECRET)


def _secret(name: str, shortest: int) -> str:
    """What nobody is to guess, as text: bytes that are none could be neither typed nor signed."""
    secret = os.environ.get(name, "")
    if secret and len(secret) < shortest:
        raise SpecError(name, "short_secret", "…", low=shortest)
    if len(secret) > LONGEST_SECRET or not secret.isprintable() or secret != secret.strip():
        raise SpecError(name, "password", "…", high=LONGEST_SECRET)
    return secret
