"""`serve`: the application behind a socket, from its first answer to its last."""

import atexit
import errno
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any, cast

import uvicorn

from cellscope.app.server.create_app import create_app
from cellscope.app.server.dash_page import Start
from cellscope.app.server.logs import LOG, uvicorn_logging
from cellscope.app.server.nearby import network_note
from cellscope.app.server.protocol import PatientProtocol
from cellscope.app.server.safety import Safety
from cellscope.app.session.sessions import Limits
from cellscope.app.session.store import Store
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.text.texts import text
from cellscope.model import warm
from cellscope.model.own import warm_own
from cellscope.model.spec import SpecError

LEAVE_WITHIN_S = 4.5
COMPILED_WITHIN_S = 600.0  # the page's own kernels, on the slowest of machines
HTTP: dict[str, Any] = {  # what uvicorn is told
    "ws_per_message_deflate": False,  # see app.stream.packing for who is far away
    "ws_max_size": 64 * 1024,
    "timeout_graceful_shutdown": 2,
    "http": PatientProtocol,
}


def serve(
    start: Start,
    limits: Limits,
    host: str,
    port: int,
    answers: Answers = DEFAULT,
    public_url: str = "",
    safety: Safety | None = None,
    store: Store | None = None,
    cluster: str = "",
) -> None:
    """Serve until SIGTERM or SIGINT; prints one line when the page answers."""
    # uvicorn raises the signal again once it has shut down: then, too, it is a wish, no failure.
    signal.signal(signal.SIGTERM, _leave)
    listening = listen(host, port)
    config = uvicorn.Config(
        create_app(start, limits, answers, public_url, safety, store, cluster),
        log_level="warning",
        log_config=uvicorn_logging(),
        **HTTP,
    )
    bound, used = listening.getsockname()[:2]
    note = network_note(bound, used, password=safety is not None and safety.password != "")
    _Server(config, address(host, used), note).run(sockets=[listening])


def _leave(_signal: int, _frame: object) -> None:
    """All is stored and closed: end here. To unload torch and numba takes 2 s, or 6 when busy."""
    cast(Any, atexit)._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a closed pipe
            stream.flush()
    os._exit(0)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or a `SpecError` that says what is wrong with the host or the port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if host else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise SpecError("host", "no_address", host)
    # IPv4 first: of two addresses of "localhost" it is the one that the page's address shows.
    family, kind, protocol, _, where = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    listening = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # Windows would let a second server have the same port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)  # here, and not later: until then a second server could bind, too
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise SpecError("port", "in_use", port) from None
        if error.errno == errno.EACCES:
            raise SpecError("port", "privileged", port) from None
        raise SpecError("host", "no_address", host) from None
    return listening


def address(host: str, port: int) -> str:
    """The page's address as a browser on this machine opens it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


class _Server(uvicorn.Server):
    """uvicorn, saying in its own words when it is ready."""

    def __init__(self, config: uvicorn.Config, url: str, note: str) -> None:
        super().__init__(config)
        self.url = url
        self.note = note

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave, and soon: work in a thread, a large export say, can't be broken off otherwise."""
        super().handle_exit(sig, frame)
        LOG.info("stopping: sockets are told, and pages go on with the next server")
        leaving = threading.Timer(LEAVE_WITHIN_S, os._exit, [130 if sig == signal.SIGINT else 0])
        leaving.daemon = True
        with suppress(RuntimeError):  # no thread is to be had: it leaves once its work lets it
            leaving.start()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            LOG.info("started")
            print(text("server.running", url=self.url), flush=True)  # noqa: T201
            if self.note:
                print(self.note, flush=True)  # noqa: T201
            try:
                threading.Thread(target=_prepare_graphs, name="warm-graphs", daemon=True).start()
            except RuntimeError as error:
                _say_later(error)


def _prepare_graphs() -> None:
    """Nobody who opens a network from a file is to wait for what can be compiled before."""
    try:
        if warm.wait(COMPILED_WITHIN_S):
            warm_own.prepare_ahead()
    except OSError as error:
        _say_later(error)


def _say_later(error: Exception) -> None:
    """No thread or process can be started for it."""
    LOG.warning("the kernels of graphs are compiled once one is opened: %s", error)
