"""What a viewer looks at: the run as it is now, an earlier step, or two steps side by side."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from cellscope.app.session.session import Session
from cellscope.app.settings.link_step import LATEST_STEP
from cellscope.model.cells.count.step_by_step import MOST_STEPS, At
from cellscope.model.recording.pair import beside
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.replay import Replayer, next_version
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot, Which


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of a run."""

    run: int
    step: int


class Time:
    """Which state of an experiment a viewer is shown.

    **Threads**: the event loop's; replays are made in a pool, and read `wish`.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.wish: Moment | None = None  # the newest; None: now
        self.pairing = False  # whether step 0 is to stand beside what is shown
        self.asked = asyncio.Event()  # something of this has changed
        self.progress: tuple[int, int] | None = None  # of a replay: steps done, steps to do
        self.waits = True  # whether training stands still while somebody looks back
        self._resume = False  # it was training then
        self._goal: int | None = None  # to a step that a link names
        self._past: Snapshot | None = None
        self._left = -1  # the run of now when it was left
        self.leaving = False  # whether a branch is being made from what is shown
        self._start: Snapshot | None = None  # step 0 of the run that is shown
        self._pair: Snapshot | None = None
        self._pair_of: tuple[int, int] | None = None
        self._replayer = Replayer()

    @property
    def looking_back(self) -> bool:
        return self.past is not None

    @property
    def past(self) -> Snapshot | None:
        """The earlier state that is shown; a new run ends it."""
        if self._past is not None and self.session.latest.run != self._left:
            self._past = self.wish = None
            self._resume = self.leaving = False
        if self._past is not None and self._past.spec.cut != self.session.spec.cut:
            self._past = _as_of_now(self._past, self.session)
        return self._past

    @property
    def shown(self) -> Snapshot:
        """What the picture, the charts and everything else is of."""
        one = self.past or self.session.latest
        start = self._start
        if not self.pairing or start is None or start.run != one.run or one.other is not None:
            return one
        if self._pair is None or self._pair_of != (start.version, one.version):
            self._pair, self._pair_of = beside(one, start), (start.version, one.version)
        return self._pair

    @property
    def paired(self) -> bool:
        """Whether two steps of one network are shown."""
        return self.shown is self._pair

    def look_at(self, moment: Moment) -> None:
        """Go back; training waits for that, if it is to."""
        if self.wish is None:
            self._left = self.session.latest.run
            if self.waits:
                self._hold()
        self.wish, self.leaving = moment, False
        self.asked.set()

    def now(self, resume: bool = True) -> None:
        """Back to the run as it is; it goes on if it waited, unless a button says what it does."""
        self.wish, self._past, self.leaving = None, None, False
        if resume:
            self._go_on()
        self._resume = False
        self.asked.set()

    def leave(self, *, branches: bool) -> None:
        """Forget what was shown: the run goes on there, on a branch as soon as that is made."""
        self._resume = False
        past = self._past
        if branches and past is not None:  # shown until then: the run of now is another state
            self.wish, self.leaving = Moment(past.run, past.experiment_step), True
        else:
            self.wish = self._past = None

    def wait(self, waits: bool) -> None:
        """Whether training stands still while an earlier step is shown."""
        self.waits = waits
        if self.wish is None:
            return
        if waits:
            self._hold()
        else:
            self._go_on()

    def _hold(self) -> None:
        """Training stands still, to go on later as it did."""
        latest = self.session.latest
        if latest.status == "training":
            self._resume, self._goal = True, latest.goal
            self.session.trainer.pause()

    def _go_on(self) -> None:
        """It goes on if it was held."""
        if not self._resume or self.session.closed:
            return
        self._resume = False
        if self._goal is None:
            self.session.trainer.play()
        else:
            self.session.run_to(self._goal)

    def work(self) -> Callable[[], Snapshot | None] | None:
        """The replay that is wanted now, for a pool's thread; None: there is nothing to do."""
        wanted, wish = self._wanted(), self.wish
        if wanted is None:
            return None
        recording, step, _ = wanted

        def go_on(done: int, total: int) -> bool:
            self.progress = done, total
            return self.wish is wish

        return lambda: self._replayer.snapshot(recording, min(step, recording.last), go_on)

    def show(self, found: Snapshot | None) -> None:
        """What a replay has found, unless something else is wanted by now."""
        self.progress = None
        wanted = self._wanted()
        if found is None or wanted is None:
            return
        recording, step, is_start = wanted
        if (recording.run, step) != (found.run, found.experiment_step):
            return
        if is_start:
            self._start = found
        else:
            self._past = _as_of_now(found, self.session)

    def _wanted(self) -> tuple[Recording, int, bool] | None:
        """Recording and step; whether it is the start beside which another one is to stand."""
        find = self.session.trainer.recorder.find
        wish = self.wish
        if wish is not None and (recording := find(wish.run)) is not None:
            past, step = self._past, min(wish.step, recording.last)
            if past is None or (past.run, past.experiment_step) != (wish.run, step):
                return recording, step, False
        shown = self.past or self.session.latest
        if self.pairing and shown.other is None:
            recording = find(shown.run)
            if recording is not None and (self._start is None or self._start.run != shown.run):
                return recording, 0, True
        return None


def _as_of_now(past: Snapshot, session: Session) -> Snapshot:
    """A link has the settings of now: they lead to it only if they were the same then."""
    cut = session.spec.cut  # a plane that was chosen later shows what was before, too
    if past.spec.cut != cut:
        past = replace(past, spec=past.spec.but(cut=cut), version=next_version())
    same = past.spec == session.spec
    since = past.reproducible and not same
    return replace(past, reproducible=past.reproducible and same, changed_since=since)


def read_moment(run: object, step: object) -> Moment:
    """A step of a run as a page names it."""
    return Moment(_whole("run", run), _whole("step", step))


def read_stop(raw: object) -> int | None:
    """The step at which to pause; None, or nothing written: at none."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _whole("stop_at", raw.strip() if isinstance(raw, str) else raw)


def read_stretch(first: object, last: object, end: int) -> tuple[int, int]:
    """Two steps of a run that came to step `end`, the second after the first."""
    name = "change_steps"
    if end == 0:
        raise SpecError(name, "change_untrained", last)
    begin, until = (
        _whole(name, each.strip() if isinstance(each, str) else each) for each in (first, last)
    )
    if begin >= end:
        raise SpecError(name, "whole", begin, low=0, high=end - 1)
    if not begin < until <= min(begin + MOST_STEPS, end):
        raise SpecError(name, "whole", until, low=begin + 1, high=min(begin + MOST_STEPS, end))
    return begin, until


def _whole(name: str, raw: object) -> int:
    value = int(raw) if isinstance(raw, str) and raw.isdecimal() and len(raw) < 16 else raw
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LATEST_STEP:
        raise SpecError(name, "whole", raw, low=0, high=LATEST_STEP)
    return value


def at_rest(session: Session, which: Which, recording: Recording) -> At:
    """One of a run's networks at the steps that are asked for, until training goes on."""
    replayer = Replayer()

    def rests() -> bool:
        return session.latest.status != "training" and not session.in_hand and not session.closed

    def at(step: int) -> Snapshot | None:
        found = replayer.snapshot(recording, step, lambda _done, _all: rests()) if rests() else None
        return None if found is None else _as_of_now(found, session).of(which)

    return at


def recalled(session: Session, run: object, step: object) -> Snapshot | None:
    """A step of one of the experiment's runs; None if that is not there any more.

    It takes as long as the replay: for a worker's thread.
    """
    moment = read_moment(run, step)
    recording = session.trainer.recorder.find(moment.run)
    if recording is None:
        return None
    found = Replayer().snapshot(recording, min(moment.step, recording.last))
    return None if found is None else _as_of_now(found, session)
