"""A `Watch` in a notebook: a widget over the kernel's own channel, so it needs no open port.

While a cell runs its loop, the kernel's main thread hears nobody. So the widget's messages go to a
subshell of the kernel (ipykernel 7), a thread beside it: layer, zoom and "hold" work meanwhile.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from cellscope.app.own.watch_server import numbers_script
from cellscope.app.text.texts import LANGUAGES, catalogue

SCRIPT = Path(__file__).with_name("watch_widget.mjs")
Message = dict[str, Any]


class Watched(Protocol):
    """What the widget shows."""

    def frame(self, after: int, layer: int) -> tuple[int, Message, bytes] | None: ...

    def start(self) -> Message: ...

    def hold(self, held: bool) -> None: ...

    def look(self, window: Any) -> None: ...

    @property
    def closed(self) -> bool: ...


def widget(watched: Watched) -> "Sending | None":
    """The widget; None without the package anywidget (`pip install cellscope[notebook]`)."""
    try:
        import anywidget
    except ImportError:
        return None
    known = catalogue(LANGUAGES[0])
    words = {
        name.removeprefix("watch."): said
        for name, said in known.items()
        if name.startswith("watch.")
    }
    script = numbers_script() + SCRIPT.read_text("utf-8")
    made: Any = type("WatchWidget", (anywidget.AnyWidget,), {"_esm": script})()
    sending = Sending(watched, made, words)
    made.on_msg(sending.hear)
    beside(made.comm)
    return sending


class Sending:
    """The widget that is `shown`, and a thread that sends a picture once the last one is drawn."""

    def __init__(self, watched: Watched, shown: Any, words: dict[str, str]) -> None:
        self.watched, self.shown, self.words = watched, shown, words
        self.send: Callable[..., None] = shown.send
        self.after = self.layer = 0
        self.wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cellscope-widget", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Leave no thread behind."""
        self.wanted.set()
        self._thread.join(timeout=5.0)

    def hear(self, _widget: object, message: Message, _buffers: object) -> None:
        """What the widget says."""
        kind = message.get("type")
        if kind == "start":
            self.after = 0
            self.send({"type": "start", "words": self.words} | self.watched.start())
        elif kind == "next":
            self.after, self.layer = int(message["after"]), int(message["layer"])
            self.wanted.set()
        elif kind == "hold":
            self.watched.hold(bool(message["held"]))
        elif kind == "look":
            self.watched.look(message["window"])

    def _run(self) -> None:
        while not self.watched.closed:
            if not self.wanted.wait(0.5):
                continue
            found = self.watched.frame(self.after, self.layer)
            if found is not None and not self.watched.closed:
                self.wanted.clear()
                number, about, image = found
                self.send({"type": "frame", "number": number, "about": about}, buffers=[image])
        self.send({"type": "ended"})


def beside(comm: Any) -> bool:
    """Have a comm's messages heard by a thread beside the kernel's main one, if it has such."""
    thread = getattr(getattr(comm, "kernel", None), "shell_channel_thread", None)
    if thread is None or not hasattr(comm, "_reply_subshell_for"):
        return False
    found: Future[str] = Future()

    def create() -> None:
        try:
            found.set_result(thread.manager._create_subshell())
        except Exception as error:  # of another version of ipykernel
            found.set_exception(error)

    thread.io_loop.add_callback(create)
    try:
        name = found.result(timeout=5.0)
    except Exception:
        return False

    def reply_in(_data: object, _default: object) -> Any:
        return name

    comm._reply_subshell_for = reply_in
    return True
