"""`Session`: one experiment: its trainer, its settings and deeds, and who watches it."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from cellscope.app.session import waiting
from cellscope.app.session.deeds import Deeds, Settings
from cellscope.app.session.jobs import Jobs
from cellscope.app.session.keeping import Living
from cellscope.app.session.shared import Shared
from cellscope.app.settings.comparison import (
    NONE,
    Differences,
    differences_of,
)
from cellscope.app.settings.mark import mark_of
from cellscope.model import warm
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.opened import Cut
from cellscope.model.own.opening import closed
from cellscope.model.own_data import OwnData
from cellscope.model.recording.room import Room
from cellscope.model.spec import OWN, Spec
from cellscope.model.training.course import Courses
from cellscope.model.training.held import Held
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.training.trainer import Keep, Trainer
from cellscope.model.view import View

IN_HAND_S = 0.5  # between two moves of a hand
MOST_PAGES = 64  # of one experiment, whose intents are told apart
SHORT_VISIT_S = 10.0
FORGOTTEN_S = 2.0  # a short visit is over; a reload is quicker
SILENT_S = 5.0  # a page speaks at once


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
        self.stored = False  # whether it was brought back from where it is stored
        self.said_so = False  # whether a page was told
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
                **waiting.written(self.own, self._before, self.spec),
            },
            self.trainer,
            moving,
        )

    def take(
        self,
        spec: Spec,
        differences: Differences | None = None,
        *,
        playing: bool | None = None,
        gesture: str = "",
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
        keep = None
        if changed:
            keep = self.deeds.set(before, self.settings, gesture).ends.keep_before
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
            self.fits += self.spec.opened is not None
            self.take(spec, NONE, playing=False)
        else:
            self.open_network(spec)

    def open_recording(self, held: Held) -> None:
        """Be where a recording ends, paused; any step of it can be seen again.

        A `SpecError` if its second network is none beside the first, and nothing changes.
        """
        first, *rest = [network.spec for network in held.networks]
        differences = differences_of(first, rest[0] if rest else None)
        if self.spec.opened is None:
            self._before = self.spec, self.differences
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
            before = self._before or (closed(self.spec), NONE)
            self.fits += 1
            self.take(*before, playing=False)

    def comes_back(self, settings: Mapping[str, Any]) -> None:
        """It was stored, and is there again."""
        own, self._before = waiting.read(settings)
        self.own = own or self.own
        self.revision, self.stored = settings["revision"], True

    def come_from(self, other: "Session") -> None:
        """Have the points and the experiment to go back to that another one has."""
        self.own, self._before = other.own, other._before

    def touch(self) -> None:
        """A hand changes it: drags a weight or a line, draws points."""
        self._touched = time.monotonic()

    @property
    def in_hand(self) -> bool:
        """Whether a hand is changing it; then pictures come first, as in training."""
        return time.monotonic() - self._touched < IN_HAND_S

    def take_own(self, own: OwnData, task: str | None = None, gesture: str = "") -> None:
        """Train on points of one's own; drawn ones while it goes on, a stroke as one deed."""
        if own.kind == "drawn":
            self.touch()
        changes = {} if task is None else {"task": task}
        self.take(self.spec.but(dataset=OWN, own=own, **changes), gesture=gesture)
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
