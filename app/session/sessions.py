"""Sessions: unguessable id -> one experiment, shared by those who watch it.

An experiment that nobody watches stands still after a grace period. One to which no socket is open
is dropped after a longer one; that of a hidden tab waits, unless its place is needed. At most a
configured number live; one more is refused with `Full`.

No address takes all places: a few are left for others, and short visits and sockets that never said
a thing give way as soon as a place is needed.
"""

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from cellscope.app.session.deeds import Deeds, Settings
from cellscope.app.session.jobs import Jobs
from cellscope.app.session.keeping import Keeping, Living
from cellscope.app.session.memory import resident
from cellscope.app.session.store import Store
from cellscope.app.settings.comparison import (
    NONE,
    Differences,
    differences_of,
    read_differences,
)
from cellscope.app.settings.mark import mark_of
from cellscope.model import warm
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.opened import Cut
from cellscope.model.own_data import OwnData
from cellscope.model.recording.room import DEFAULT_MB, MIB, Room
from cellscope.model.spec import OWN, Spec
from cellscope.model.training.course import Courses
from cellscope.model.training.held import Held
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.training.trainer import Keep, Trainer
from cellscope.model.view import View

T = TypeVar("T")
Ending = Literal["idle", "place"]  # why an experiment ended: nobody looked, or it made room
IN_HAND_S = 0.5  # between two moves of a hand
MOST_ENDED = 1000  # experiments of which it is still known why they ended
MOST_PAGES = 64  # of one experiment, whose intents are told apart
MOST_EXPERIMENTS = 40
MOST_UPLOAD_MB = 32
LEFT_FOR_OTHERS = 16  # of so many places an address leaves one free: of 40 it takes 38
SHORT_VISIT_S = 10.0
FORGOTTEN_S = 2.0  # a short visit is over; a reload is quicker
SILENT_S = 5.0  # a page speaks at once
ROOM_WITHIN_S = 3.0  # as long as one who comes waits for a place that is about to be free
KEPT_RESULTS = 8  # frames and panels, for viewers who ask for the same


@dataclass(frozen=True, slots=True)
class Limits:
    """How many experiments live, and how long without a viewer (seconds)."""

    sessions: int = MOST_EXPERIMENTS
    stand_still_after: float = 10.0
    drop_after: float = 900.0
    recording_mb: int = DEFAULT_MB  # MiB for what all of them have recorded
    memory_mb: int = 0  # MiB of the whole process, above which none begins; 0: as much as there is
    steps_per_second: float | None = None  # of each, whatever its speed is set to
    upload_mb: int = MOST_UPLOAD_MB  # MiB of a file that is handed in


class Full(RuntimeError):
    """No more experiments can begin; `limit` is how many there may be, or MiB of memory."""

    def __init__(self, limit: int, why: Literal["places", "memory"] = "places") -> None:
        super().__init__(f"at most {limit} {'experiments' if why == 'places' else 'MiB'}")
        self.limit, self.why = limit, why


class Shared(Generic[T]):
    """Results made once per key, however many viewers ask for them; the newest few are kept."""

    def __init__(self, kept: int = KEPT_RESULTS) -> None:
        self.kept = kept
        self._made: OrderedDict[object, asyncio.Future[T]] = OrderedDict()

    async def get(self, key: object, pool: Executor, work: Callable[[], T]) -> T:
        """What `work` gives, made in the pool unless somebody asked for this key before."""
        future = self._made.get(key)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(pool, work)
            self._made[key] = future
            future.add_done_callback(lambda done: self._drop_failed(key, done))
            while len(self._made) > self.kept:
                self._made.popitem(last=False)
        return await asyncio.shield(future)

    def _drop_failed(self, key: object, done: asyncio.Future[T]) -> None:
        """Whoever asks again has it tried again."""
        failed = done.cancelled() or done.exception() is not None
        if failed and self._made.get(key) is done:
            del self._made[key]


class Session:
    """One experiment and its viewers.

    **Threads**: everything but `trainer` belongs to the event loop's thread.
    """

    def __init__(
        self,
        spec: Spec,
        speed: str,
        differences: Differences = NONE,
        courses: Courses | None = None,
        *,
        trainer: Trainer | None = None,
        owner: str = "",
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.spec = spec
        self.differences = differences  # of a second network beside the first
        self.own = spec.own  # the data of one's own that were there last
        self.speed = speed
        # Of the newest intent taken from a page that does not say which it is.
        self.order: float = 0
        self.revision = 0  # counts the changes of settings and speed: what is newer wins on a page
        self._heard: OrderedDict[str, float] = OrderedDict()  # page -> its newest intent
        self.owner = owner  # the address that opened it
        self.opened = time.monotonic()
        self.spoke = False  # whether a page has said more than who it is
        self.sent_away = asyncio.Event()  # its silent sockets are to close
        self.sockets = 0  # open ones, also those of hidden tabs
        self.viewers: set[object] = set()  # those who look
        self.standing = False  # whether it stands still because nobody looks
        self.held = warm.preparing()  # or because the kernels need the cores first
        self.closed = False
        self.last_watched = time.monotonic()
        self._touched = float("-inf")  # when a hand changed it last
        self.courses = courses  # of all sessions: what links name is trained once
        self.trainer = trainer or trainer_of(spec, speed, differences)
        if self.held:
            self.trainer.suspend(True)
        self.frames: Shared[bytes] = Shared()
        self.panels: Shared[str] = Shared()
        self.jobs = Jobs(lambda: bool(self.viewers))
        self.deeds = Deeds()
        self.taken: tuple[Snapshot, View] | None = None  # downloaded last: uploads belong to it
        # Of cells, over the run, of each network; a page that is loaded again finds it.
        self.counts: dict[Which, CountRecord] = {"a": CountRecord(), "b": CountRecord()}
        self.fits = 0  # counts when the window is to fit the points of a network from a file
        self._before: tuple[Spec, Differences] | None = None  # what there was before the file

    def as_kept(self) -> Living:
        """What of it is to be written down."""
        latest = self.latest
        day = int(time.monotonic() // 86_400) if self.viewers else 0  # it is in use
        edited = hash((latest.edits, latest.other and latest.other.edits))
        moving = latest.status == "training" and not self.standing and not self.held
        return Living(
            self.id,
            (self.revision, latest.run, latest.experiment_step, latest.status, day, edited),
            {
                "speed": self.speed,
                "differences": self.differences.written(),
                "revision": self.revision,
            },
            self.trainer,
            moving,
        )

    def take(
        self, spec: Spec, differences: Differences | None = None, *, playing: bool | None = None
    ) -> None:
        """New settings for the experiment; it starts anew unless only live ones differ.

        The second network's follow; a `SpecError` if it cannot be, and nothing changes.
        """
        differences = self.differences if differences is None else differences
        other = differences.second(spec)
        before = self.settings
        changed = (spec, differences) != (self.spec, self.differences)
        self.revision += changed
        self.spec, self.differences = spec, differences
        keep = self.deeds.set(before, self.settings).ends.keep_before if changed else None
        if changed or playing is not None:
            self.trainer.rebuild(spec, other=other, playing=playing, keep=keep)

    @property
    def mark(self) -> str:
        """Of these settings: pictures of them have the same one."""
        return mark_of(self.spec, self.differences.second(self.spec))

    @property
    def settings(self) -> Settings:
        """All that is set."""
        return Settings(self.spec, self.differences, self.speed)

    def put(self, settings: Settings, keep: Keep | None = None) -> None:
        """Have these settings, as when something is undone."""
        self.revision += 1
        before = self.spec
        self.fits += (settings.spec.opened, settings.spec.cut) != (before.opened, before.cut)
        self.spec, self.differences = settings.spec, settings.differences
        other = settings.differences.second(settings.spec)
        self.trainer.rebuild(settings.spec, other=other, keep=keep)
        if settings.speed != self.speed:
            self.speed = settings.speed
            self.trainer.set_speed(steps_per_second(settings.speed))

    def rewind(self) -> None:
        """Back to step 0 of the same initialisation; the run that is left can be had again."""
        latest = self.latest
        moved = latest.experiment_step or latest.edits or (latest.other and latest.other.edits)
        keep = self.deeds.rewound(self.settings).ends.keep_before if moved else None
        self.trainer.rewind(keep)

    def branch(self, run: int, step: int, *, playing: bool) -> bool:
        """Be at a step of a run, on a branch of its own; the run that is left can be had again.

        False if it is there already, or nobody knows that run: then there is no branch.
        """
        latest = self.latest
        leaves = (run, step) != (latest.run, latest.experiment_step) or latest.status == "training"
        known = self.trainer.recorder.find(run) is not None
        branches = leaves and known
        keep = self.deeds.branched(self.settings).ends.keep_before if branches else None
        (self.trainer.train_on_from if playing else self.trainer.stand_at)(run, step, keep)
        return branches

    def open_network(self, spec: Spec) -> None:
        """Begin with a network from a file."""
        if self.spec.opened is None:
            self._before = self.spec, self.differences
        self.fits += 1
        self.take(spec, NONE, playing=False)

    def open_experiment(self, spec: Spec) -> None:
        """Begin with one that was saved, alone and paused; its points are then one's own."""
        self.own = spec.own or self.own
        if spec.opened is None:
            self.take(spec, NONE, playing=False)
        else:
            self.open_network(spec)

    def open_recording(self, held: Held) -> None:
        """Be where a recording ends, paused; any step of it can be seen again.

        A `SpecError` if its second network is none beside the first, and nothing changes.
        """
        first, *rest = [network.spec for network in held.networks]
        differences = differences_of(first, rest[0] if rest else None)
        after = Settings(first, differences, self.speed)
        deed = self.deeds.reopened(self.settings, after)
        self.fits += first.opened is not None or self.spec.opened is not None
        self.own = first.own or self.own
        self.trainer.pause()
        self.trainer.take_back(held, deed.ends.keep_before)
        self.put(after)

    def see_in(self, cut: Cut) -> None:
        """Show a network from a file in another plane; it trains on as it did."""
        self.fits += 1
        self.take(self.spec.but(cut=cut))

    def close_network(self) -> None:
        """Go back to what there was before the file; the presets do the same."""
        if self.spec.opened is not None:
            before = self._before or (self.spec.but(opened=None, cut=None, hidden=None), NONE)
            self.fits += 1
            self.take(*before, playing=False)

    def touch(self) -> None:
        """A hand changes it: drags a weight or a line, draws points."""
        self._touched = time.monotonic()

    @property
    def in_hand(self) -> bool:
        """Whether a hand is changing it; then pictures come first, as in training."""
        return time.monotonic() - self._touched < IN_HAND_S

    def take_own(self, own: OwnData, task: str | None = None) -> None:
        """Train on points of one's own; drawn ones while it goes on."""
        if own.kind == "drawn":
            self.touch()
        changes = {} if task is None else {"task": task}
        self.take(self.spec.but(dataset=OWN, own=own, **changes))
        self.own = own

    def is_late(self, page: str, order: float) -> bool:
        """Whether a newer intent of this page was taken; of two pages the last to arrive counts.

        No clock decides: a page counts its own intents, and the server sees them come.
        """
        late = order <= (self._heard.get(page, 0) if page else self.order)
        if late:
            return True
        if page:
            self._heard[page] = order
            self._heard.move_to_end(page)
            if len(self._heard) > MOST_PAGES:
                self._heard.popitem(last=False)
        else:
            self.order = order
        return False

    def run_to(self, step: int) -> None:
        """Train as far as a link says, together with all who opened it."""
        self.trainer.run_to(step, self.courses)

    def set_speed(self, speed: str) -> None:
        """Steps per second, or "max"."""
        if speed != self.speed:
            before = self.settings
            self.revision += 1
            self.speed = speed
            self.deeds.set(before, self.settings)
            self.trainer.set_speed(steps_per_second(speed))

    def watch(self, viewer: object, watching: bool) -> None:
        """A viewer looks, or looks away (its tab is hidden, its socket closed)."""
        (self.viewers.add if watching else self.viewers.discard)(viewer)
        self.last_watched = time.monotonic()
        if watching:
            self.stand_still(False)

    def connect(self, opened: bool) -> None:
        """A socket opened or closed."""
        self.sockets += 1 if opened else -1
        self.last_watched = time.monotonic()

    def passing(self, now: float) -> bool:
        """Whether it was a short visit that is over, or its sockets never said a thing."""
        if self.sockets:
            return not self.spoke and now - self.opened > SILENT_S
        short = self.last_watched - self.opened < SHORT_VISIT_S
        return short and now - self.last_watched > FORGOTTEN_S

    def may_pass(self) -> bool:
        """Whether it will be, if nothing happens."""
        short = self.last_watched - self.opened < SHORT_VISIT_S
        return not self.spoke if self.sockets else short

    def stand_still(self, still: bool) -> None:
        """Train on, or wait until somebody looks; the status stays what it is."""
        if still != self.standing:
            self.standing = still
            self.trainer.suspend(still or self.held)

    def release(self) -> None:
        """The kernels are there."""
        if self.held:
            self.held = False
            self.trainer.suspend(self.standing)

    def close(self) -> None:
        """End the experiment. Whoever comes back to it finds it `closed`."""
        self.leave()
        self.trainer.close()

    def leave(self) -> None:
        """The same, without waiting for the step in progress: a large one takes seconds."""
        self.closed = True
        self.jobs.close()
        self.trainer.leave()

    @property
    def latest(self) -> Snapshot:
        """The newest published state."""
        return self.trainer.latest


class Sessions:
    """All live experiments. **Threads**: for the event loop's thread only."""

    def __init__(self, limits: Limits, store: Store | None = None) -> None:
        self.limits = limits
        self.keeping = Keeping(store, self.kept_now) if store else None
        self.loop: asyncio.AbstractEventLoop | None = None  # that all of this belongs to
        self.server = secrets.token_urlsafe(8)  # this run of the server, for pages that outlive it
        self.courses = Courses(limits.steps_per_second)
        self.room = Room(limits.recording_mb * MIB)
        self._live: dict[str, Session] = {}
        self._opening = Counter[str]()  # by address: experiments whose networks are being made
        self._ended: OrderedDict[str, Ending] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def create(
        self,
        spec: Spec,
        speed: str,
        differences: Differences = NONE,
        *,
        instead: Session | None = None,
        owner: str = "",
    ) -> Session:
        """A new experiment; `Full` when there are too many that somebody watches.

        Where there is no other place it takes that of `instead`, which its own tab has left.
        """
        self._make_room(instead, owner)
        trainer = self._trainer(spec, speed, differences)
        session = Session(spec, speed, differences, self.courses, trainer=trainer, owner=owner)
        return self._begin(session)

    async def open(
        self,
        spec: Spec,
        speed: str,
        differences: Differences = NONE,
        *,
        instead: Session | None = None,
        owner: str = "",
    ) -> Session:
        """The same, its network made in a thread: a large one takes seconds."""
        await self._find_room(instead, owner)
        trainer = await self._made(owner, lambda: self._trainer(spec, speed, differences))
        session = Session(spec, speed, differences, self.courses, trainer=trainer, owner=owner)
        return self._begin(session)

    async def _made(self, owner: str, make: Callable[[], Trainer]) -> Trainer:
        """A trainer, made in a thread; meanwhile its place counts as taken."""
        self._opening[owner] += 1
        try:
            return await asyncio.to_thread(make)
        finally:
            self._opening[owner] -= 1
            self._opening += Counter()  # forget those that open none

    async def back(self, session_id: object, owner: str = "") -> Session | None:
        """The experiment with this id, brought back from where it was written down if need be."""
        if self.keeping is None or self.get(session_id) or not isinstance(session_id, str):
            return self.get(session_id)
        found = await asyncio.to_thread(self.keeping.back, session_id)
        if found is None:
            return self.get(session_id)
        settings, held = found
        await self._find_room(None, owner)
        trainer = await self._made(owner, lambda: self._trainer_again(settings, held))
        if session_id in self._live:  # another socket was quicker
            trainer.leave()
            return self._live[session_id]
        session = Session(
            held.networks[0].spec,
            settings["speed"],
            read_differences(settings["differences"]),
            self.courses,
            trainer=trainer,
            owner=owner,
        )
        session.id, session.revision = session_id, settings["revision"]
        return self._begin(session)

    async def copy(self, session: Session, owner: str = "") -> Session:
        """Another experiment that stands where this one does, and goes its own way."""
        held = await asyncio.to_thread(session.trainer.hold)
        if held.status == "training":
            held = replace(held, status="paused")
        held = replace(held, playing=False, until=None)
        settings = session.as_kept().settings
        await self._find_room(None, owner)
        trainer = await self._made(owner, lambda: self._trainer_again(settings, held))
        spec, differences = session.spec, session.differences
        made = Session(spec, session.speed, differences, self.courses, trainer=trainer, owner=owner)
        return self._begin(made)

    async def hand_on(self, session: Session) -> None:
        """Give it another id: who knew the old one has lost it, and its sockets are closed."""
        before = session.id
        del self._live[before]
        session.id = secrets.token_urlsafe(16)
        self._live[session.id] = session
        session.sent_away.set()
        session.sent_away = asyncio.Event()  # those to come stay
        if self.keeping is not None:
            await asyncio.to_thread(self.keeping.forget, before)

    async def delete(self, session: Session) -> None:
        """End an experiment, and forget what was stored of it."""
        if session.id in self._live:
            self._drop(session, "place")
            self._ended.pop(session.id, None)
        if self.keeping is not None:
            await asyncio.to_thread(self.keeping.forget, session.id)

    def kept_now(self) -> list[Living]:
        """What is to be written down, asked by the thread that does it."""
        loop = self.loop
        if loop is None:
            raise RuntimeError("no event loop")

        async def collect() -> list[Living]:
            return [session.as_kept() for session in self._live.values()]

        return asyncio.run_coroutine_threadsafe(collect(), loop).result(timeout=5.0)

    async def _find_room(self, instead: Session | None, owner: str) -> None:
        """Make room, or wait for a visit that is about to be over."""
        end = time.monotonic() + ROOM_WITHIN_S
        while True:
            try:
                return self._make_room(instead, owner)
            except Full as full:
                soon = any(session.may_pass() for session in self._of(owner))
                if full.why == "memory" or not soon or time.monotonic() > end:
                    raise
            await asyncio.sleep(0.25)

    def _make_room(self, instead: Session | None, owner: str) -> None:
        if self.limits.memory_mb and resident() > self.limits.memory_mb * MIB:
            self._drop_longest_unwatched("")
            raise Full(self.limits.memory_mb, "memory")
        taken = len(self._live) + self._opening.total()
        if taken < self.limits.sessions and not self._has_its_share(owner):
            return
        if not self._drop_longest_unwatched(owner) and not self._drop_passing(owner):
            if instead is None or instead.viewers or instead.id not in self._live:
                raise Full(self.limits.sessions)
            self._drop(instead, "place")

    def _has_its_share(self, owner: str) -> bool:
        left = self.limits.sessions // LEFT_FOR_OTHERS
        own = sum(session.owner == owner for session in self._live.values())
        return owner != "" and own + self._opening[owner] >= self.limits.sessions - left

    def _of(self, owner: str) -> list[Session]:
        """Those that may make room for one of this address: its own, once it has its share."""
        mine = self._has_its_share(owner)
        return [s for s in self._live.values() if not mine or s.owner == owner]

    def _drop_passing(self, owner: str) -> bool:
        now = time.monotonic()
        passing = [session for session in self._of(owner) if session.passing(now)]
        if passing:
            self._drop(min(passing, key=lambda session: session.last_watched), "place")
        return bool(passing)

    def _trainer(self, spec: Spec, speed: str, differences: Differences) -> Trainer:
        return trainer_of(spec, speed, differences, self.room, self.limits.steps_per_second)

    def _trainer_again(self, settings: dict[str, Any], held: Held) -> Trainer:
        """One that goes on from what was written down."""
        speed, most = steps_per_second(settings["speed"]), self.limits.steps_per_second
        spec = held.specs_at_start[0]
        return Trainer(spec, speed=speed, most=most, room=self.room, held=held)

    def _begin(self, session: Session) -> Session:
        self._live[session.id] = session
        return session

    def get(self, session_id: object) -> Session | None:
        """The experiment with this id, if it lives."""
        return self._live.get(session_id) if isinstance(session_id, str) else None

    def living(self) -> list[Session]:
        """All of them; for this server's own eyes."""
        return list(self._live.values())

    def tidy(self) -> None:
        """Stand still or drop what nobody watches; called about once a second."""
        now = time.monotonic()
        for session in list(self._live.values()):
            if session.viewers:
                continue
            unwatched = now - session.last_watched
            if unwatched > self.limits.drop_after and not session.sockets:
                self._drop(session, "idle")
            elif unwatched > self.limits.stand_still_after:
                session.stand_still(True)

    def release(self) -> None:
        """Let those train that were held while kernels were compiled."""
        for session in self._live.values():
            session.release()

    def close(self) -> None:
        """End all experiments."""
        ending = list(self._live.values())
        for session in ending:
            self._drop(session, "idle")
        for session in ending:
            session.trainer.close()

    def _drop_longest_unwatched(self, owner: str) -> bool:
        grace = time.monotonic() - self.limits.stand_still_after
        idle = [s for s in self._of(owner) if not s.viewers and s.last_watched < grace]
        if idle:
            self._drop(min(idle, key=lambda session: session.last_watched), "place")
        return bool(idle)

    def ending(self, session_id: str) -> Ending | None:
        """Why an experiment is not there any more, as far as this run of the server knows it."""
        return self._ended.get(session_id)

    def _drop(self, session: Session, why: Ending) -> None:
        del self._live[session.id]
        self._ended[session.id] = why
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        if not session.spoke:
            session.sent_away.set()
        session.leave()


def trainer_of(
    spec: Spec,
    speed: str,
    differences: Differences,
    room: Room | None = None,
    most: float | None = None,
) -> Trainer:
    """The experiment's trainer; large networks take seconds to be made."""
    other = differences.second(spec)
    return Trainer(spec, other=other, speed=steps_per_second(speed), most=most, room=room)


def steps_per_second(speed: str) -> float | None:
    """The trainer's speed for a control's value."""
    return None if speed == "max" else float(speed)
