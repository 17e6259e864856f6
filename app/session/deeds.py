"""`Deeds`: what was done to an experiment, each with what undoes it and what does it again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cellscope.app.settings.comparison import Differences
from cellscope.app.settings.controls import CONTROLS
from cellscope.model.spec import FIELD_NAMES, OF_FILES, Spec, SpecError
from cellscope.model.training.edits import Edit
from cellscope.model.training.held import Held
from cellscope.model.training.trainer import Keep, Told, Trainer

MOST = 100  # deeds that can be undone
MOST_BYTES = 64 * 2**20  # of the networks that they bring back
TOGETHER_S = 1.2  # the same setting, moved again within so long: one deed
Kind = Literal["settings", "edit", "rewind", "recording", "branch"]
# What a hand moves: a slider, a number, a pen. What is chosen or opened is a deed by itself.
MOVED = frozenset({"own", *(c.name for c in CONTROLS if c.kind in ("slider", "log", "number"))})


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is set."""

    spec: Spec
    differences: Differences
    speed: str

    def changed(self, other: "Settings") -> tuple[str, ...]:
        """The names of what differs."""
        every = (*OF_FILES, *FIELD_NAMES)
        names = [n for n in every if getattr(self.spec, n) != getattr(other.spec, n)]
        names += ["speed"] if self.speed != other.speed else []
        return (*names, *(["compare"] if self.differences != other.differences else []))


class Owner(Protocol):
    """The experiment that deeds are done to."""

    trainer: Trainer

    def put(self, settings: Settings, keep: Keep | None = None) -> None:
        """Have these settings; it is no deed. A network that is left is handed to `keep`."""
        ...


@dataclass
class Ends:
    """The networks before and after, where a deed leaves the one for the other."""

    before: Held | None = None
    after: Held | None = None

    def keep_before(self, held: Held) -> None:
        """From the trainer's thread; the first one counts."""
        self.before = self.before or held

    def keep_after(self, held: Held) -> None:
        self.after = held


@dataclass
class Deed:
    """One deed. `gesture` is what further ones of the same kind add to it."""

    kind: Kind
    gesture: object = None
    moved: tuple[str, ...] = ()  # the settings that a hand moved
    at: float = field(default_factory=time.monotonic)
    before: Settings | None = None
    after: Settings | None = None
    network: int = 0
    edit: Edit | None = None
    taken_back: Edit | None = None  # what undoing it did: it may have trained on meanwhile
    ends: Ends = field(default_factory=Ends)

    @property
    def nbytes(self) -> int:
        held = (self.ends.before, self.ends.after)
        return sum(n.state.nbytes for one in held if one is not None for n in one.networks)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the settings that it changed, also where they are as before: another run began."""
        return (self.before.changed(self.after) if self.before and self.after else ()) or self.moved

    def goes_on(self, network: int, gesture: str) -> bool:
        """Whether a further edit belongs to the same drag."""
        return gesture != "" and (self.network, self.gesture) == (network, gesture)

    def undo(self, owner: Owner, told: Told | None = None) -> None:
        if self.edit is not None:
            owner.trainer.edit(self.edit.back(), self.network, self._hearing("taken_back", told))
        elif self.before is not None:
            ends = self.ends
            _go(owner, self.before, lambda: ends.before, ends.keep_after)

    def redo(self, owner: Owner, told: Told | None = None) -> None:
        if self.edit is not None:
            back = self.taken_back
            wish = self.edit.again() if back is None else back.back()
            owner.trainer.edit(wish, self.network, self._hearing("edit", told))
        elif self.after is not None:
            ends = self.ends = Ends(after=self.ends.after)  # it may have trained on meanwhile
            _go(owner, self.after, lambda: ends.after, ends.keep_before)

    def _hearing(self, name: Literal["edit", "taken_back"], told: Told | None) -> Told:
        """Keeps what is done, in the trainer's thread; `told` hears of it, too."""

        def heard(done: Edit | SpecError) -> None:
            if isinstance(done, Edit):
                setattr(self, name, done)
            if told is not None:
                told(done)

        return heard


def _go(owner: Owner, settings: Settings, left: Callable[[], Held | None], keep: Keep) -> None:
    """To settings, and where a network was left for others, to that network as it was.

    It may be left only now: the trainer may still be at the step in which it was told to.
    """
    specs = [settings.spec, *filter(None, [settings.differences.second(settings.spec)])]

    def found() -> Held | None:
        held = left()
        # Live settings may differ: of a run that had ended, they were changed in vain.
        fits = held is not None and _same_start([network.spec for network in held.networks], specs)
        return held if fits else None

    owner.trainer.take_back_what(found, keep)
    owner.put(settings, keep)


def _same_start(specs: Sequence[Spec], others: Sequence[Spec]) -> bool:
    return len(specs) == len(others) and all(map(Spec.same_start, specs, others))


class Deeds:
    """Of one experiment. **Threads**: the event loop's."""

    def __init__(self) -> None:
        self.done: list[Deed] = []
        self.undone: list[Deed] = []
        self.revision = 0

    def set(self, before: Settings, after: Settings, gesture: str = "") -> Deed:
        """Settings were changed; a hand that moves the same one within a moment goes on.

        So does one in the same gesture, however long a busy server takes from message to message.
        """
        names = before.changed(after)
        moved = tuple(name for name in names if name in MOVED)
        last = self.done[-1] if self.done and not self.undone else None
        soon = (
            last is not None
            and moved == names == last.moved
            and len(names) == 1  # a hand moves one thing at a time
            and time.monotonic() - last.at < TOGETHER_S
        )
        same = last is not None and gesture != "" and last.gesture == gesture
        if last is not None and last.after == before and (soon or same):
            last.after, last.at = after, time.monotonic()
            self.revision += 1
            return last
        return self._add(Deed("settings", gesture, moved=moved, before=before, after=after))

    def edited(self, network: int, edit: Edit, gesture: str) -> None:
        """Hands changed a network."""
        if edit.nothing:
            return
        last = self.done[-1] if self.done and not self.undone else None
        if last is not None and last.edit is not None and last.goes_on(network, gesture):
            last.edit = last.edit.then(edit)
            if last.edit.nothing:  # dragged to and fro: nothing is left to take back
                self.done.pop()
            self.revision += 1
            return
        self._add(Deed("edit", gesture, network=network, edit=edit))

    def rewound(self, settings: Settings) -> Deed:
        """The run was left for a new one from the start."""
        return self._add(Deed("rewind", before=settings, after=settings))

    def branched(self, settings: Settings) -> Deed:
        """The run was left for a branch from an earlier step."""
        return self._add(Deed("branch", before=settings, after=settings))

    def reopened(self, before: Settings, after: Settings) -> Deed:
        """The run was left for one from a file."""
        return self._add(Deed("recording", before=before, after=after))

    def _add(self, deed: Deed) -> Deed:
        self.undone.clear()
        self.done.append(deed)
        while len(self.done) > MOST or (
            len(self.done) > 1 and sum(one.nbytes for one in self.done) > MOST_BYTES
        ):
            self.done.pop(0)
        self.revision += 1
        return deed

    def undo(self, owner: Owner, told: Told | None = None) -> None:
        """Take the newest deed back; `told` hears what became of an edit."""
        if self.done:
            deed = self.done.pop()
            self.undone.append(deed)
            self.revision += 1
            deed.undo(owner, told)

    def redo(self, owner: Owner, told: Told | None = None) -> None:
        """Do again what was taken back last."""
        if self.undone:
            deed = self.undone.pop()
            self.done.append(deed)
            self.revision += 1
            deed.redo(owner, told)
