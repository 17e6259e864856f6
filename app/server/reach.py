"""From where the page may be reached: pages of other sites may not open the socket.

A browser names the page's origin, and the request the host that it was sent to: they must agree. A
proxy in between may have changed the host, which is then said in the log, once for each pair.
"""

import logging
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from cellscope.app.text.texts import text
from cellscope.model.spec import SpecError

LOG = logging.getLogger("cellscope")  # without a handler of its own: a line on stderr
DEFAULT_PORTS = (80, 443)  # a proxy may speak another of the two than the browser
MOST_SAID = 20  # pairs of origin and host that are named in the log
LONGEST_SHOWN = 100  # characters


class Reach:
    """Decides, and remembers what it has already complained of."""

    def __init__(self, public_url: str = "") -> None:
        self.public = urlsplit(public_url)
        self._said: set[tuple[str, ...]] = set()

    @property
    def prefix(self) -> str:
        """The path below which the page is seen, without a slash at its end."""
        return self.public.path.rstrip("/")

    def allows(self, connection: HTTPConnection) -> bool:
        """Whether the page that asks came from this server; programs send no Origin."""
        origin = connection.headers.get("origin")
        if origin is None:
            return True
        theirs = origin_of(origin)
        return theirs is not None and theirs in self._ours(connection)

    def refuse(self, connection: HTTPConnection) -> None:
        """Say why in the log."""
        origin, host = (connection.headers.get(name, "") for name in ("origin", "host"))
        self._say("server.other_host", origin, host)

    def no_upgrade(self, connection: HTTPConnection) -> None:
        """Something took the upgrade away: the socket's address was asked for like a page."""
        host = connection.headers.get("host", "")
        self._say("server.no_upgrade", connection.headers.get("origin", ""), host)

    def _ours(self, connection: HTTPConnection) -> list[str | None]:
        """Pages cannot set these headers: a proxy that names the host it was asked for is right."""
        forwarded = connection.headers.get("x-forwarded-host", "").split(",")
        hosts = [connection.headers.get("host", ""), *forwarded, self.public.netloc]
        return [origin_of(f"//{host.strip()}") for host in hosts]

    def _say(self, key: str, origin: str, host: str) -> None:
        if (key, origin, host) in self._said or len(self._said) >= MOST_SAID:
            return
        self._said.add((key, origin, host))
        LOG.warning("%s", text(key, "en", origin=_shown(origin), host=_shown(host)))


def origin_of(address: str) -> str | None:
    """Host and port as they are compared: in lower case, without a port that is the default.

    >>> origin_of("https://Cells.example"), origin_of("//cells.example:443"), origin_of("null")
    ('cells.example', 'cells.example', None)
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # no address at all, such as http://[
        return None
    if not host:
        return None
    return host if port is None or port in DEFAULT_PORTS else f"{host}:{port}"


def read_public_url(raw: str) -> str:
    """An address of the web, or nothing; a `SpecError` for anything else."""
    if not raw:
        return raw
    try:
        parts = urlsplit(raw)
        whole = parts.scheme in ("http", "https") and origin_of(raw) is not None
    except ValueError:
        whole = False
    if not whole or not raw.isprintable() or "?" in raw or "#" in raw:
        raise SpecError("public_url", "url", raw)
    return raw


def _shown(value: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in value[:LONGEST_SHOWN])
