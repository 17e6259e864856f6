"""The page of a `Watch`, over plain HTTP on this machine alone.

No framework: it lives in a user's process and is gone when that is done. Only requests that name
this machine are answered, so that no other site's page can ask (DNS rebinding), and only those of
the page itself may hold the loop.
"""

import json
import os
import threading
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from cellscope.app.text.texts import LANGUAGES, catalogue

HOSTS = ("127.0.0.1", "localhost")
POSTS = ("/hold", "/go", "/look")
PAGE = Path(__file__).with_name("watch.html")
SCRIPT = Path(__file__).with_name("watch_page.mjs")
NUMBERS = (  # what the page's script and the notebook's stand behind
    Path(__file__).parents[2] / "assets" / "modules" / "core" / "numbers.mjs",
    Path(__file__).with_name("watch_numbers.mjs"),
)
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src 'self' blob: data:; connect-src 'self'"
)


class Watched(Protocol):
    """What the page shows."""

    def frame(
        self, after: int, layer: int, *, curve: bool = True
    ) -> tuple[int, dict[str, Any], bytes] | None: ...

    def start(self) -> dict[str, Any]: ...

    def hold(self, held: bool) -> None: ...

    def look(self, window: Any) -> None: ...

    def beside(self, after: int) -> dict[str, Any] | None: ...


class Server:
    """Listens until it is closed."""

    def __init__(self, watched: Watched, port: int) -> None:
        """Raise ValueError naming `port` where that is taken or none."""

        class Handler(_Handler):
            source = watched

        if isinstance(port, bool):
            raise ValueError(f"port: must be a whole number from 0 to 65535, not {port}")
        try:
            self._http = _Http(("127.0.0.1", port), Handler)
        except (OSError, OverflowError, TypeError) as error:
            raise ValueError(f"port: {port!r}: {error}") from None
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.1,), name="cellscope-watch-page", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.stop_listening()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # Windows would let two loops have the same port

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self._open: set[socket] = set()  # a browser keeps its connections for later

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def stop_listening(self) -> None:
        """Also where a process forked meanwhile, such as one that loads data, has the socket."""
        with suppress(OSError):  # not every system knows it of a socket that listens
            self.socket.shutdown(SHUT_RDWR)

    def hang_up(self) -> None:
        """Nobody keeps a connection to what is gone; the threads that read them end."""
        for request in list(self._open):
            with suppress(OSError):
                request.shutdown(SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is nothing to write into the user's terminal."""


class _Handler(BaseHTTPRequestHandler):
    source: Watched
    protocol_version = "HTTP/1.1"
    # Else a picture waits 40 ms for the word that its headers have come: 19 a second for 34.
    disable_nagle_algorithm = True
    timeout = 30

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        place = urlsplit(self.path)
        asked = parse_qs(place.query)
        if place.path == "/":
            self._send(200, "text/html; charset=utf-8", page(self._language()))
        elif place.path == "/start":
            self._send(200, "application/json", json.dumps(self.source.start()).encode())
        elif place.path == "/beside":
            found = self.source.beside(_whole(asked.get("after")))
            if found is None:
                self._send(204, "text/plain", b"")
            else:
                self._send(200, "application/json", json.dumps(found).encode())
        elif place.path == "/frame":
            self._frame(asked)
        else:
            self._send(404, "text/plain", b"")

    def _frame(self, asked: dict[str, list[str]]) -> None:
        after, layer = _whole(asked.get("after")), _whole(asked.get("layer"))
        found = self.source.frame(after, layer, curve=asked.get("curve") != ["0"])
        if found is None:
            self._send(204, "text/plain", b"")
            return
        number, about, image = found
        # JSON is ASCII here, line ends escaped. A header may not be long (256 KB in Chromium).
        head = {"X-Frame": str(number), "X-About": json.dumps(about, allow_nan=False)}
        self._send(200, "image/png", image, head)

    def do_POST(self) -> None:
        length = _whole([self.headers.get("Content-Length", "0")])
        body = self.rfile.read(min(length, 1000))
        if not self._is_ours():
            return
        if self.headers.get("X-Cellscope") != "1" or self.path not in POSTS:
            self._send(403, "text/plain", b"")
            return
        if self.path == "/look":
            try:
                self.source.look(json.loads(body))
            except ValueError:  # no JSON, or no window
                self._send(422, "text/plain", b"")
                return
        else:
            self.source.hold(self.path == "/hold")
        self._send(204, "text/plain", b"")

    def _is_ours(self) -> bool:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in HOSTS:
            self._send(403, "text/plain", b"")
            return False
        return True

    def _language(self) -> str:
        asked = self.headers.get("Accept-Language", "").lower()
        found = [(asked.find(each), each) for each in LANGUAGES if each in asked]
        return min(found)[1] if found else LANGUAGES[0]

    def _send(
        self, status: int, kind: str, body: bytes, head: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        for name, value in (head or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing goes into the user's terminal."""


def _whole(values: list[str] | None) -> int:
    value = (values or ["0"])[-1]
    return int(value) if value.isdecimal() and len(value) < 16 else 0


def numbers_script() -> str:
    """How numbers are written, for the scripts that show them."""
    return "\n".join(path.read_text(encoding="utf-8") for path in NUMBERS)


@cache
def page(language: str) -> bytes:
    """The page in a language."""
    raw = PAGE.read_text(encoding="utf-8")
    known = catalogue(language)
    own = {name.removeprefix("watch."): t for name, t in known.items() if name.startswith("watch.")}
    words = json.dumps(own).replace("<", "\\u003c")
    numbers = numbers_script().replace("\nexport ", "\n")
    script = SCRIPT.read_text(encoding="utf-8")
    parts = {"LANGUAGE": language, "TEXTS": words, "NUMBERS": numbers, "SCRIPT": script}
    for name, given in parts.items():
        raw = raw.replace(name, given, 1)
    return raw.encode()
