"""`cellscope.watch`: a page on the network that one's own loop trains, from the same process.

The loop goes first. `step()` copies the weights only if somebody looks and the last picture is
done; a thread draws the newest copy, older ones are never drawn. All threads are daemons and all is
ours alone: nothing global is set, no signal handled. Without `close()` a watch is closed as the
program ends: a thread that still computes then would abort the whole process.
"""

import atexit
import base64
import math
import os
import threading
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cellscope.app.own.notebook import widget
from cellscope.app.own.watch_server import Server
from cellscope.app.own.watched_data import checked_data, fitting, plane_of, read_number, sample_of
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.export.files import png
from cellscope.model.cells.picture.palette import LIGHT
from cellscope.model.own.cells import checked_window
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.files import picture
from cellscope.model.own.live import Follower, NotFinite
from cellscope.model.own.sources import module_of

PIXELS = 401
MOST_POINTS = 2000  # of the data that are drawn
KEPT = 4000  # values of the loss that are kept
CURVE = 300  # … and that the page is sent with each picture
PAUSE = 1 / 32  # seconds from picture to picture: more would only take time from the loop
PATIENCE = 3.0  # seconds after which who has not asked for a picture no longer looks


@dataclass(frozen=True, slots=True)
class State:
    """The network after a step, and what the loop had said until then."""

    numbers: Any
    step: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])


class Watch:
    """A live page for a training loop.

    Attributes
    ----------
    url : str
        Of the page, on this machine only.
    """

    def __init__(
        self, network: Any, X: Any, y: Any, *, every: int, plane: Any, window: Any, port: int
    ) -> None:
        if not isinstance(every, int | np.integer) or isinstance(every, bool) or every < 1:
            raise ValueError(f"every: must be a whole number from 1, not {every!r}")
        data, self._labels = checked_data(X, y)
        self._x, self._y = sample_of(data, y)
        seen = plane_of(plane, data)
        points = None if data is None else seen.project(data)[0]
        bounds = fitting(points) if window is None else checked_window(window)
        given = "X" if plane is None and data is not None else "plane"
        self._follower = Follower(module_of(network), seen, bounds, given)
        self._start = self._window = bounds  # at first, and that looked at now
        self._every, self._step = int(every), 0
        self._points = [] if points is None else points[:MOST_POINTS].round(6).tolist()
        self._loss: list[tuple[int, float]] = []
        self._metrics: dict[str, float] = {}  # never changed, only replaced: a state keeps its own
        self._state = threading.Condition()
        self._drawn = State(self._follower.numbers())
        self._waiting: State | None = self._drawn  # to be drawn
        self._beside: dict[str, Any] = {"number": 0, "step": -1}
        self._beside_due = 0.0
        self._frame: tuple[int, State, dict[str, Any], bytes] = (0, self._drawn, {}, b"")
        self._layer = self._follower.layer
        self._asked = 0.0
        self._held = self._closed = False
        self._widget: Any = None
        self._server = Server(self, port)
        self.url = self._server.url
        self._thread = threading.Thread(target=self._draw, name="cellscope-watch", daemon=True)
        self._thread.start()
        self._process = os.getpid()
        atexit.register(self.close)

    def step(self, /, loss: Any = None, **metrics: Any) -> None:
        """Say that the loop has taken a step, with its loss and what else is to be seen.

        Waits while the page says "hold".
        """
        self._step += 1
        if loss is not None:
            self._note(read_number("loss", loss))
        if metrics:
            said = {name: read_number(name, value) for name, value in metrics.items()}
            self._metrics = self._metrics | said
        if self._held:
            self._wait()
        if self._step % self._every == 0 and self._waiting is None and self._is_watched():
            self._have_drawn()

    def _have_drawn(self) -> None:
        now = State(self._follower.numbers(), self._step, self._metrics)
        with self._state:
            self._waiting = now
            self._state.notify_all()

    def _wait(self) -> None:
        """At "hold", with the picture of this very step."""
        self._have_drawn()
        with self._state:
            while self._held and not self._closed:
                self._state.wait(0.2)  # short, so that Ctrl-C is heard on every system

    def _note(self, loss: float) -> None:
        self._loss.append((self._step, loss))
        if len(self._loss) > 2 * KEPT:  # every second one: the curve stays whole
            self._loss = self._loss[::2]

    def _is_watched(self) -> bool:
        return time.monotonic() - self._asked < PATIENCE

    def close(self) -> None:
        """End the page and its threads.

        A forked process, such as one that loads data, has none of them and ends nothing here.
        """
        if os.getpid() != self._process:
            return
        with self._state:
            if self._closed:
                return
            self._closed = True
            self._state.notify_all()
        self._follower.end()
        atexit.unregister(self.close)
        self._server.close()
        if self._widget is not None:
            self._widget.end()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Watch({self.url!r}{', closed' if self._closed else ''})"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """For notebooks: a widget, or a frame where the browser reaches this machine."""
        if self._widget is None and not self._closed:
            self._widget = widget(self)
        if self._widget is not None:
            return self._widget.shown._repr_mimebundle_(**options)
        frame = f'<iframe src="{self.url}" width="100%" height="640" style="border:0"></iframe>'
        return {"text/html": frame, "text/plain": repr(self)}

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    # --- what the page asks for, in the server's threads -----------------------------------------

    def frame(
        self, after: int, layer: int, *, curve: bool = True
    ) -> tuple[int, dict[str, Any], bytes] | None:
        """The newest picture after another one, None if there is none within a while.

        Without the curve, its last value comes alone.
        """
        layer = min(max(1, layer), len(self._follower.layers)) if layer else self._layer
        with self._state:
            self._asked = time.monotonic()
            if layer != self._layer:
                self._layer = layer
                self._redraw()
            self._state.notify_all()
            self._state.wait_for(lambda: self._closed or self._frame[0] > after, PATIENCE / 2)
            self._asked = time.monotonic()
            number, state, about, image = self._frame
        return (number, self._told(state, about, curve), image) if number > after else None

    def _redraw(self) -> None:
        """The same state once more, where none is waiting."""
        if self._waiting is None:
            self._waiting = self._drawn

    def _told(self, state: State, about: dict[str, Any], curve: bool) -> dict[str, Any]:
        """The curve is of all the loop, the numbers of the step drawn: it may be past that."""
        losses = self._loss
        of_step = losses[: bisect_right(losses, state.step, key=lambda each: each[0])][-1:]
        return about | {
            "loss": [[step, _sent(value)] for step, value in (thinned(losses) if curve else ())],
            "last": [_sent(value) for _, value in of_step],
            "metrics": {
                name: value if math.isfinite(value) else None
                for name, value in state.metrics.items()
            },
            "held": self._held,
        }

    def start(self) -> dict[str, Any]:
        """What does not change: layers, window, data."""
        return {
            "layers": self._follower.layers,
            "layer": self._layer,
            "window": list(self._start),
            "points": self._points,
            "labels": self._labels[: len(self._points)],
        }

    def beside(self, after: int) -> dict[str, Any] | None:
        """Signal and small pictures, if there are newer ones than the page has."""
        found = self._beside
        shown = {name: value for name, value in found.items() if name != "key"}
        return shown if found["number"] > after else None

    def look(self, window: Any) -> None:
        """Show another window."""
        bounds = checked_window(window)
        with self._state:
            if bounds != self._window:
                self._window = bounds
                self._redraw()
                self._state.notify_all()

    def hold(self, held: bool) -> None:
        """Stop the loop at its next step, or let it go on."""
        with self._state:
            self._held = held
            self._state.notify_all()

    # --- the drawing thread ----------------------------------------------------------------------

    def _draw(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._closed or self._is_wanted(), 0.5)
                if self._closed:
                    return
                wanted, layer, window = self._is_wanted(), self._layer, self._window
                if wanted and self._waiting is not None:
                    self._drawn = self._waiting
                state = self._drawn
            if not wanted:
                self._look_beside(state, window)
                continue
            due = time.monotonic() + PAUSE
            about, image = self._picture(state, layer, window)
            with self._state:
                same = layer == self._layer and window == self._window
                if self._waiting is state and same:
                    self._waiting = None
                self._frame = self._frame[0] + 1, state, about, image
                self._state.notify_all()
            self._look_beside(state, window)
            time.sleep(max(0.0, due - time.monotonic()))

    def _look_beside(self, state: State, window: Window) -> None:
        """Signal and small pictures, now and then: a twentieth of the time at most."""
        key = state.step, window
        begun = time.monotonic()
        same = self._beside.get("key") == key
        if begun < self._beside_due or same or not self._is_watched():
            return
        try:
            found = self._follower.beside(state.numbers, self._x, self._y, window)
            strip = [png(part, list(LIGHT)) for part in found.strip]
            self._beside = {
                "key": key,
                "number": self._beside["number"] + 1,
                "step": state.step,
                "strip": [base64.b64encode(part).decode() for part in strip],
                "signal": [
                    {
                        "variance": row["pre"]["variance"],
                        "delta": row["delta_mean_square"],
                    }
                    for row in found.rows
                ],
            }
        except Exception:  # the picture says what is wrong; the loop is not to end
            self._beside = self._beside | {"key": key}
        self._beside_due = time.monotonic() + max(1.0, 20 * (time.monotonic() - begun))

    def _is_wanted(self) -> bool:
        return self._waiting is not None and self._is_watched()

    def _picture(self, state: State, layer: int, window: Window) -> tuple[dict[str, Any], bytes]:
        about: dict[str, Any] = {"step": state.step, "layer": layer, "window": list(window)}
        try:
            shown = self._follower.cells(state.numbers, layer, window)
            counts = shown.result.counts
            about |= {
                "exact": shown.result.exact,
                "patterns": counts.patterns,
                "connected_regions": counts.regions,
                "linear_regions": counts.linear_regions,
            }
            return about, picture(shown, PIXELS)
        except NotFinite:
            return about | {"trouble": "diverged"}, b""
        except BudgetExceeded as error:
            return about | {"trouble": "many", "faces": error.faces}, b""
        except Exception as error:  # the loop is not to end because a picture failed
            return about | {"trouble": "failed", "why": f"{type(error).__name__}: {error}"}, b""


def _sent(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def thinned(loss: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """As many as a curve shows, the last one among them."""
    stride = -(-len(loss) // CURVE) or 1
    return loss[::-1][::stride][::-1]


def watch(
    network: Any,
    X: Any = None,
    y: Any = None,
    *,
    every: int = 1,
    plane: Any = None,
    window: Sequence[float] | None = None,
    port: int = 0,
) -> Watch:
    """A live page on a network that a loop in this process trains.

    Parameters
    ----------
    network : nn.Module
        Which the loop changes; read as `cellscope.cells` reads it.
    X, y : arrays, optional
        Inputs (n, *shape) and their classes: drawn, and the window fits them.
    every : int
        Steps between pictures, at least.
    plane, window
        As of `cellscope.cells`. Default plane of other than two inputs: the two principal
        components of X.
    port : int
        0: any that is free.

    Raises
    ------
    UnsupportedLayer
        An operation without exact cells.
    ValueError
        Naming the argument.

    Examples
    --------
    A loop of one's own::

        with cellscope.watch(model, X, y) as live:
            print(live.url)
            for x, target in batches:
                live.step(train_step(x, target))
    """
    return Watch(network, X, y, every=every, plane=plane, window=window, port=port)
