"""The address under which phones find a room: never this machine's name for itself."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import segno

from cellscope.app.server.nearby import own_address
from cellscope.app.server.reach import name_of
from cellscope.app.server.safety import LOOPBACK

LONGEST = 300  # characters of an address that a page says it is at
ANYWHERE = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Found:
    """Where the page is for others, with a slash at its end, and whether they can reach it."""

    address: str
    reachable: bool


def find_address(at: object, public_url: str, host: str) -> Found:
    """Of what the server was told, and the address at which the presenter's page says it is.

    `host` is what the server listens on.
    """
    if public_url:
        return Found(_folder(public_url), True)
    page = at if isinstance(at, str) and len(at) <= LONGEST and at.isprintable() else ""
    try:
        parts = urlsplit(page)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    name = name_of(parts.netloc) if parts.scheme in ("http", "https") else None
    if name is not None and not is_own_machine(name):
        return Found(_folder(f"{parts.scheme}://{parts.netloc}{parts.path}"), True)
    own = own_address(host if host in (ANYWHERE, "::") else ANYWHERE)
    shown = f"[{own}]" if ":" in own else own
    reachable = host not in (*LOOPBACK, "") and not is_own_machine(own)
    return Found(f"http://{shown}:{port or 8050}/", reachable)


def is_own_machine(name: str) -> bool:
    """Whether a host's name leads every machine to itself.

    >>> [is_own_machine(name) for name in ("localhost", "127.0.0.2", "::1", "192.0.2.7")]
    [True, True, True, False]
    """
    return name in LOOPBACK or name.startswith("127.") or name.rpartition(".")[2] == "localhost"


def qr(address: str) -> dict[str, object]:
    """A QR code: its side in modules, and the dark ones as the path of an SVG picture."""
    rows = list(segno.make(address, error="m", micro=False).matrix)
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return {"side": len(rows), "path": path}


def _folder(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"
