"""From where the page may be reached: pages of other sites may not open the socket.

A browser names the page's origin, and the request the host that it was sent to: they must agree. A
proxy in between may have changed the host, which is then said in the log, once for each pair.

The host must be one that is known. A page of another site can have its own name lead to this
machine (rebinding); origin and host agree then, and only the name tells.
"""

import logging
import socket
import threading
from collections.abc import Set
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from cellscope.app.text.texts import text
from cellscope.model.spec import SpecError
from cellscope.model.spec_error import printable

LOG = logging.getLogger("cellscope")  # without a handler of its own: a line on stderr
DEFAULT_PORTS = (80, 443)  # a proxy may speak another of the two than the browser
MOST_SAID = 20  # pairs of origin and host that are named in the log
LONGEST_SHOWN = 100  # characters
# Set by proxies, which look at the host themselves. No page can set them when it opens a socket.
PROXIES_SAY = (
    *("x-forwarded-host", "x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip"),
    *("x-forwarded-prefix", "x-forwarded-context"),  # all that Jupyter's says
)


class Reach:
    """Decides, and remembers what it has already complained of."""

    def __init__(self, public_url: str = "", names: Set[str] = frozenset()) -> None:
        self.public = urlsplit(public_url)
        self.names = names  # in lower case; more may be found out meanwhile
        self._said: set[tuple[str, ...]] = set()

    @property
    def prefix(self) -> str:
        """The path below which the page is seen, without a slash at its end."""
        return self.public.path.rstrip("/")

    def allows(self, connection: HTTPConnection) -> bool:
        """Whether the page that asks came from this server; programs send no Origin."""
        origin = connection.headers.get("origin")
        if origin is None:  # no page but a very old one
            return connection.headers.get("sec-fetch-site", "") not in ("cross-site", "same-site")
        theirs = origin_of(origin)
        return theirs is not None and theirs in self._ours(connection)

    def knows_host(self, connection: HTTPConnection) -> bool:
        """Whether this server may be asked as that host: as an address, or a name of its own.

        With `--public-url`, or what proxies say, the host is the proxy's to look at.
        """
        if self.public.netloc or any(name in connection.headers for name in PROXIES_SAY):
            return True
        return self._is_own(connection.headers.get("host", ""))

    def _is_own(self, host: str) -> bool:
        name = name_of(host)
        if name is None:
            return False
        return name in self.names or name.rpartition(".")[2] == "localhost" or _is_address(name)

    def unknown_host(self, connection: HTTPConnection) -> None:
        """Say in the log as what this server was asked."""
        origin = connection.headers.get("origin", "")
        self._say("server.unknown_host", origin, connection.headers.get("host", ""))

    @staticmethod
    def shown_host(connection: HTTPConnection) -> str:
        """The host as it was asked for, in one line."""
        return _shown(connection.headers.get("host", ""))

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
        ports = connection.headers.get("x-forwarded-port", "").split(",")
        host = connection.headers.get("host", "")
        proxied = any(name in connection.headers for name in PROXIES_SAY)
        asked = [host] if proxied or self._is_own(host) else []
        theirs = [host.strip() for host in (*asked, *forwarded)]
        with_port = [f"{host}:{port.strip()}" for host in theirs for port in ports]
        return [origin_of(f"//{host}") for host in (*theirs, *with_port, self.public.netloc)]

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


def name_of(host: str) -> str | None:
    """A host's name as it is compared, without the port; None if it is no host.

    >>> name_of("Lab.example:8050"), name_of("[::1]:8050"), name_of("a@b"), name_of("x/y")
    ('lab.example', '::1', None, None)
    """
    if not host or any(c in host for c in "@/?#\\") or not host.isprintable():
        return None
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").rstrip(".") or None if parts.port != 0 else None
    except ValueError:
        return None


def own_names(host: str) -> set[str]:
    """What this machine is called, and what it was told to listen as; asked for in a thread."""
    own = socket.gethostname().lower()
    names = {host.lower().rstrip("."), own, f"{own}.local"} - {""}

    def ask() -> None:  # may wait for a name server
        names.add(socket.getfqdn().lower())

    threading.Thread(target=ask, name="names", daemon=True).start()
    return names


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


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
    return printable(value[:LONGEST_SHOWN])
