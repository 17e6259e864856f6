"""`Viewer`: one socket, what it looks at and what it was last sent."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cellscope.app.features.network.focus import Focus
from cellscope.app.features.panels import PARTS
from cellscope.app.features.sheet.dialogue import Lesson
from cellscope.app.features.sheet.parts import Facts
from cellscope.app.features.signal.measured import Look
from cellscope.app.hall.halls import Hall, Halls
from cellscope.app.server.rates import Rates
from cellscope.app.server.tokens import Tokens
from cellscope.app.session.looking_back import Time
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Limits, Sessions
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.settings.display_options import START_LOOKS, read_which
from cellscope.app.settings.links import Asked
from cellscope.app.stream.pace import Pace
from cellscope.app.stream.patience import Patience
from cellscope.app.stream.wire import Socket
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.count.film_strip import THUMB
from cellscope.model.datasets import data_settings
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot, Status, Which
from cellscope.model.view import View

PAIR_PIXELS = 301  # a side, of each of two pictures that move
Worded = Callable[[str], dict[str, Any]]  # language -> a message


class Viewer:
    """One socket: what it looks at, and what it was last sent.

    **Threads**: the event loop's only; pictures and charts are made in the pool.
    """

    def __init__(
        self,
        socket: Socket,
        session: Session,
        asked: Asked,
        language: str,
        answers: Answers = DEFAULT,
        rates: Rates | None = None,
        halls: Halls | None = None,
        sessions: Sessions | None = None,
    ) -> None:
        self.socket = socket
        self.patience = Patience(rates or Rates())
        self.halls = halls or Halls(Tokens(""), Rates())
        self.sessions = Sessions(Limits()) if sessions is None else sessions
        self.hall: Hall | None = None  # the room in which it presents
        self.right: tuple[str, Facts | None] = "", None  # a question's facts, with its answer
        self.session = session
        self.time = Time(session)  # which state is shown
        self.view = asked.view
        self.looks = START_LOOKS | asked.looks | {"lang": language}
        self.answers: Answers = answers  # when worked answers may be sent
        self.lesson: Lesson | None = None  # the question of the sheet that is open
        self.told_lesson: object = None  # of what its own numbers were last sent
        self.measuring: asyncio.Task[None] | None = None  # them, ahead of the prediction
        self.told_now: object = None  # and those of what is on screen
        self.focus = Focus()  # of the drawing of the network
        self.refusals = asyncio.Queue[SpecError]()  # that the trainer's thread found
        self.welcomed = session.revision  # of the settings that the welcome has
        self.line: tuple[tuple[float, float], tuple[float, float]] | None = None  # the ruler's
        self.open: frozenset[str] = frozenset()  # the folds that are
        self.visible = True
        self.ready = False  # whether it asked for a frame
        self.wake = asyncio.Event()
        self.question = 0  # the newest that was asked in the background
        self.asking: asyncio.Task[None] | None = None
        self.anchor: tuple[float, float] | None = None  # the point that was looked at last
        self.strip = THUMB  # points per side of its screen that a small picture has
        self.sharp: tuple[int, int] | None = None  # version at rest, points per side of its screen
        self.sent_frame: object = None
        self.sent_of: object = None  # the run and the view of that picture
        self.pace = Pace()  # of the pictures
        self.sent_charts: dict[str, object] = {**dict.fromkeys(PARTS)}  # oldest first
        self.sent_counters: object = None
        self.sent_look: object = None
        self.sweep_form: dict[str, object] | None = None  # of the sweep's tab, as it was typed
        self.sent_points: tuple[object, ...] | None = None
        self.told: dict[str, Worded] = {}  # kind of answer -> the newest, to be worded again

    @property
    def language(self) -> str:
        return self.looks["lang"]

    @property
    def theme(self) -> str:
        return self.looks["theme"]

    @property
    def side(self) -> str:
        return self.looks["side"]

    @property
    def tab(self) -> str:
        return self.looks["tab"]

    @property
    def which(self) -> Which:
        """Of two networks, the one whose layers and counts are shown; one alone is "a"."""
        return "a" if self.shown.other is None else read_which(self.looks["which"])

    @property
    def shown(self) -> Snapshot:
        """The state that everything on the page is of: now, or an earlier one."""
        return self.time.shown

    @property
    def looking_back(self) -> bool:
        return self.time.looking_back

    @property
    def standing(self) -> Status | None:
        """What the run does while an earlier step of it is shown; None: its now is shown."""
        return self.session.latest.status if self.time.looking_back else None

    @property
    def record(self) -> CountRecord:
        """Of the counts over the run of the network that is looked at."""
        return self.session.counts["a" if self.time.paired else self.which]

    @property
    def look(self) -> Look:
        """How charts and texts are to be made for it."""
        names = ("theme", "side", "precision", "tab", "histogram", "loss_x", "loss_y")
        return Look(
            language=self.language,
            which=self.which,
            line=self.line if self.tab == "line" else None,
            **{name: self.looks[name] for name in names},
        )

    async def tell(self, kind: str, worded: Worded) -> None:
        """Send an answer, and remember it for when the language changes."""
        self.told[kind] = worded
        await self.socket.send_text(json.dumps(worded(self.language)))

    def view_of(self, snapshot: Snapshot) -> View:
        """The view, with a point for each of the screen's pixels where nothing moves.

        Two pictures in motion have fewer points, unless their number was chosen.
        """
        moving_pair = snapshot.other is not None and snapshot.status == "training"
        if moving_pair and self.view.pixels == View().pixels:
            return replace(self.view, pixels=PAIR_PIXELS)
        if self.sharp is None or self.sharp[0] != snapshot.version:
            return self.view
        return replace(self.view, pixels=max(self.sharp[1], self.view.pixels))

    def points_of(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What the drawing of the data points depends on."""
        specs = (snapshot.spec,) if snapshot.other is None else (snapshot.spec, snapshot.other.spec)
        data = {data_settings(spec): None for spec in specs}  # of two steps it can be two
        return tuple(data), self.theme, self.language, self.coloured

    def stale_charts(self, state: object) -> tuple[str, ...]:
        """The charts of the tab that show another state, those that waited longest first."""
        return tuple(
            chart
            for chart, sent in self.sent_charts.items()
            if sent != state
            and self.tab in PARTS[chart].tabs
            and PARTS[chart].fold in (*self.open, "")
        )

    def show_charts(self, charts: tuple[str, ...], state: object) -> None:
        """Note what they were sent of."""
        self.sent_counters = state
        for chart in charts:
            del self.sent_charts[chart]
            self.sent_charts[chart] = state

    @property
    def coloured(self) -> bool:
        """Whether data points carry their class's colour: not where colour means a cell."""
        return not self.view.shows.of_layer

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be woken by every publication, from the trainer's thread."""

        def woken() -> None:
            loop.call_soon_threadsafe(self.wake.set)

        self.stop_listening = self.session.trainer.subscribe(woken)
