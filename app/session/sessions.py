"""Sessions: unguessable id -> one experiment, shared by those who watch it.

An experiment that nobody watches stands still after a grace period. One to which no socket is open
is dropped after a longer one; that of a hidden tab waits, unless its place is needed. At most a
configured number live; one more is refused with `Full`.

No address takes all places: a few are left for others, and short visits and sockets that never said
a thing give way as soon as a place is needed.
"""

import asyncio
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from cellscope.app.session.keeping import Keeping, Living
from cellscope.app.session.memory import resident
from cellscope.app.session.session import Session, steps_per_second, trainer_of
from cellscope.app.session.store import Store
from cellscope.app.settings.comparison import (
    NONE,
    Differences,
    read_differences,
)
from cellscope.model.recording.room import DEFAULT_MB, MIB, Room
from cellscope.model.spec import Spec
from cellscope.model.threads import is_exhausted
from cellscope.model.training.course import Courses
from cellscope.model.training.held import Held
from cellscope.model.training.trainer import Trainer

Ending = Literal["idle", "place"]  # why an experiment ended: nobody looked, or it made room
MOST_ENDED = 1000  # experiments of which it is still known why they ended
MOST_EXPERIMENTS = 40
MOST_UPLOAD_MB = 32
LEFT_FOR_OTHERS = 16  # of so many places an address leaves one free: of 40 it takes 38
ROOM_WITHIN_S = 3.0  # as long as one who comes waits for a place that is about to be free


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
    """No more experiments can begin; `limit` is how many there may be, MiB, or threads."""

    def __init__(self, limit: int, why: Literal["places", "memory", "threads"] = "places") -> None:
        super().__init__(f"at most {limit} of {why}")
        self.limit, self.why = limit, why


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
        except RuntimeError as error:
            if not is_exhausted(error):
                raise
            self._drop_longest_unwatched("")  # and its threads
            raise Full(threading.active_count(), "threads") from None
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
        session.id = session_id
        session.comes_back(settings)
        return self._begin(session)

    async def copy(self, session: Session, owner: str = "") -> Session:
        """Another experiment that stands where this one does, and goes its own way."""
        held = await asyncio.to_thread(session.trainer.hold)
        if held.status == "training":
            held = replace(held, status="paused")
        held = replace(held, playing=False, until=None, run=None, parent=None)
        settings = session.as_kept().settings
        await self._find_room(None, owner)
        trainer = await self._made(owner, lambda: self._trainer_again(settings, held))
        spec, differences = session.spec, session.differences
        made = Session(spec, session.speed, differences, self.courses, trainer=trainer, owner=owner)
        made.come_from(session)
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
            await asyncio.to_thread(self.keeping.rename, before, session.id)

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
