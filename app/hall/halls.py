"""`Hall`: a room with a short code, in which an experiment is shown to whoever has the code.

The code gives seeing and voting, nothing else. Who presents is proven by a signed token that only
the presenter's browser has. A room is gone with its experiment, or when it is ended.
"""

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict
from hashlib import blake2b
from typing import Any, Protocol

from cellscope.app.features.sheet.parts import Question
from cellscope.app.hall.sample import Sample
from cellscope.app.hall.votes import Stage, Votes
from cellscope.app.server.rates import CODES, CODES_IN_ALL, Rates
from cellscope.app.server.tokens import Tokens
from cellscope.app.session.session import Session
from cellscope.app.session.shared import Shared
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.view import View

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what looks alike
LENGTH = 6  # 10⁹ codes, of which an address may guess 60 wrong ones a minute
PERIOD_S = 1 / 15  # from one state that a room shows to the next
MOST_HALLS = 100
MOST_FOLLOWERS = 1000  # of one room
ABSENT_S = 3600.0  # as long as a room waits for a presenter who has left
TOKEN_S = 24 * 3600
HAND_OVER_S = 120.0  # in which a one-time code is good
KEPT_FRAMES = 64  # one for each setting of view that somebody has
SAME_GUESS_S = 60.0  # in which a wrong code, tried again from one address, is one guess
MOST_GUESSES = 20_000  # that are told apart


class TooOften(RuntimeError):
    """Somebody guesses codes."""


class Away(RuntimeError):
    """The room was there before the server was started anew, and its presenter is not back yet."""


class HallsFull(RuntimeError):
    """There are as many rooms as may be, or followers of one."""


class Presenter(Protocol):
    """The page whose picture is shown."""

    @property
    def shown(self) -> Snapshot: ...
    @property
    def which(self) -> Which: ...
    @property
    def looking_back(self) -> bool: ...

    view: View


class Follower(Protocol):
    """A page that looks on."""

    visible: bool
    wake: asyncio.Event


class Hall:
    """One room. **Threads**: the event loop's only."""

    def __init__(self, code: str, session: Session, generation: int = 0) -> None:
        self.code = code
        self.session = session
        self.generation = generation  # counts the presenters: tokens of former ones are void
        self.presenter: Presenter | None = None
        self.followers: set[Follower] = set()
        self.frames: Shared[bytes] = Shared(KEPT_FRAMES)
        self.snapshot = session.latest.of("a")
        self.which: Which = "a"  # of two networks, which share a version
        self.view = View()  # the presenter's, while there is one
        self.covered = False  # a question waits for its prediction: nothing is shown that tells
        self.votes: Votes | None = None  # on the question that is put to the room
        self.put: dict[str, Votes] = {}  # on each question that was: one may be turned back to
        self.mine = False  # whether a student shows it, until a click ends it
        self.sample: Sample | None = None  # while the hall is one
        self.ended = asyncio.Event()
        self.left = time.monotonic()  # when the presenter did
        self._hand_over: tuple[str, float] | None = None  # one-time code, until when

    def look(self) -> None:
        """Show what the presenter shows now; who follows is woken if it is another thing."""
        presenter = self.presenter
        before = self.state, self.view
        if presenter is None:
            self.snapshot, self.which = self.session.latest.of("a"), "a"
        else:
            self.which, self.view = presenter.which, presenter.view
            self.snapshot = presenter.shown.of(self.which)
        if presenter is None or not presenter.looking_back:
            self.session.trainer.demand()
        if (self.state, self.view) != before:
            self.wake()

    @property
    def state(self) -> tuple[int, Which]:
        """Tells what is shown from all else that was."""
        return self.snapshot.version, self.which

    def put_question(self, question: Question | None, stage: Stage | None) -> None:
        """Put it to the room; None: nothing. One that is opened again is asked from the start."""
        if question is None or stage is None:
            self.votes = None
            return
        self.votes = self.put[question.name] = self._votes_on(question, stage)
        self.votes.stage = stage

    def _votes_on(self, question: Question, stage: Stage) -> Votes:
        """Those that there are; of a vote that was opened again those before, if nobody voted."""
        votes = self.put.get(question.name)
        if votes is None:
            return Votes(question)
        if stage == "open" and votes.stage != "open":
            return Votes(question, before=votes if votes.count else None)
        if stage != "open" and not votes.count and votes.before is not None:
            return votes.before
        return votes

    def wake(self) -> None:
        """There is something new for all of them."""
        for follower in self.followers:
            follower.wake.set()

    def enter(self, follower: Follower) -> None:
        """One more; `HallsFull` if that is too many."""
        if len(self.followers) >= MOST_FOLLOWERS:
            raise HallsFull
        self.followers.add(follower)
        self.session.connect(True)
        self.session.watch(follower, True)

    def leave(self, follower: Follower) -> None:
        """One less."""
        if follower in self.followers:
            self.followers.discard(follower)
            self.session.watch(follower, False)
            self.session.connect(False)

    def show_by(self, presenter: Presenter) -> None:
        """From now on this page's picture is the room's."""
        self.presenter = presenter

    def lose(self, presenter: Presenter) -> None:
        """Its page is closed, or its line was cut: the experiment goes on being shown."""
        if self.presenter is presenter:
            self.presenter = None
            self.left = time.monotonic()

    def one_time_code(self) -> str:
        """With which somebody else may become the presenter, soon and once."""
        code = new_code(LENGTH + 2)
        self._hand_over = code, time.monotonic() + HAND_OVER_S
        return code

    def takes(self, code: str) -> bool:
        """Whether this is the one-time code, which is used up thereby."""
        kept = self._hand_over
        if kept is None or time.monotonic() > kept[1] or not hmac.compare_digest(kept[0], code):
            return False
        self._hand_over = None
        self.generation += 1
        return True

    def end(self) -> None:
        """It is over: its code leads nowhere, and what was gathered in it is gone."""
        self.ended.set()
        self.wake()


class Halls:
    """All rooms of the server. Nothing lists them."""

    def __init__(self, tokens: Tokens, rates: Rates, public_url: str = "", host: str = "") -> None:
        self.public_url = public_url
        self.host = host  # that the server listens on
        self._tokens = tokens
        self._rates = rates
        self._open: dict[str, Hall] = {}
        self._beats: set[asyncio.Task[None]] = set()
        self._run = secrets.token_urlsafe(6)  # of the server, for phones that outlive it
        self._began = time.monotonic()
        self._tried: OrderedDict[tuple[str, str], float] = OrderedDict()  # wrong code -> when

    def count(self) -> int:
        """How many there are."""
        return len(self._open)

    def followers(self) -> int:
        """In all rooms."""
        return sum(len(hall.followers) for hall in self._open.values())

    def open(self, session: Session, token: object = None) -> Hall | None:
        """The experiment's room; a token of a page that came back reopens it. None: not by that.

        After a restart of the server its code is the one that the hall has.
        """
        if token is None:
            return self.of(session) or self._begin(self._unused(), session)
        code, generation, mark = self._read(token)
        hall = self._room(code)
        if hall is None and code and hmac.compare_digest(mark, mark_of(session)):
            return self._begin(code, session, generation)
        right = hall is not None and (hall.session, hall.generation) == (session, generation)
        return hall if right else None

    def of(self, session: Session) -> Hall | None:
        """The experiment's room, if it has one."""
        return next((hall for hall in self._here() if hall.session is session), None)

    def token(self, hall: Hall) -> str:
        """What the presenter's browser shows when it comes back."""
        return self._tokens.sign("room", [hall.code, hall.generation, mark_of(hall.session)])

    def admission(self, hall: Hall) -> str:
        """What a follower shows when it comes back: it had the code, and guesses nothing."""
        return self._tokens.sign("follow", [hall.code, self._run])

    def find(self, raw: object, address: str, admission: object = None) -> Hall | None:
        """The room with a code as somebody typed it; `TooOften` for who tries many.

        Who was in it is let in at once, also where others guess; `Away` until it is there again.
        """
        code = plain_code(raw)
        run = self._was_in(code, admission)
        guesses = ((CODES, address), (CODES_IN_ALL, ""))
        if run is None and not all(self._rates.free(item, who) for item, who in guesses):
            raise TooOften
        hall = self._room(code)
        if hall is None and run is None and self._is_new(address, code):
            for item, who in guesses:
                self._rates.take(item, who)
        if hall is None and run not in (None, self._run) and self._may_come_back():
            raise Away
        return hall

    def was_in(self, raw: object, admission: object) -> bool:
        """Whether who shows this has been in the room with that code."""
        return self._was_in(plain_code(raw), admission) is not None

    def hand_over(self, raw: object, address: str) -> Hall | None:
        """The room whose one-time code this is; its presenter is now another."""
        if not self._rates.take(CODES, address):
            raise TooOften
        code = plain_code(raw)
        return next((hall for hall in self._here() if hall.takes(code)), None)

    def close(self) -> None:
        """End all of them."""
        for hall in list(self._open.values()):
            hall.end()
        for beat in self._beats:
            beat.cancel()

    def _begin(self, code: str, session: Session, generation: int = 0) -> Hall:
        if len(self._open) >= MOST_HALLS:
            raise HallsFull
        hall = self._open[code] = Hall(code, session, generation)
        beat = asyncio.create_task(self._beat(hall))
        self._beats.add(beat)
        beat.add_done_callback(self._beats.discard)
        return hall

    async def _beat(self, hall: Hall) -> None:
        """As long as there is the room, what it shows is looked at a few times a second."""
        while not hall.ended.is_set():
            await asyncio.sleep(PERIOD_S)
            absent = hall.presenter is None and time.monotonic() - hall.left > ABSENT_S
            if hall.session.closed or absent:
                hall.end()
            elif any(follower.visible for follower in hall.followers):
                hall.look()
        if self._open.get(hall.code) is hall:
            del self._open[hall.code]

    def _here(self) -> list[Hall]:
        """Those that are not over; one that is stays for a beat."""
        return [hall for hall in self._open.values() if not hall.ended.is_set()]

    def _room(self, code: str) -> Hall | None:
        return next((hall for hall in self._here() if hall.code == code), None)

    def _was_in(self, code: str, admission: object) -> str | None:
        """The run of the server that let somebody in with this code."""
        read: Any = self._tokens.read("follow", admission, TOKEN_S)
        return str(read[1]) if code and read is not None and read[0] == code else None

    def _may_come_back(self) -> bool:
        """After a restart a room is waited for as long as a presenter is who has left."""
        return time.monotonic() - self._began < ABSENT_S

    def _is_new(self, address: str, code: str) -> bool:
        """Whether a wrong code is another guess: a hall's phones all wake up with the same one."""
        now = time.monotonic()
        if now - self._tried.get((address, code), float("-inf")) < SAME_GUESS_S:
            return False
        self._tried[address, code] = now
        self._tried.move_to_end((address, code))
        if len(self._tried) > MOST_GUESSES:
            self._tried.popitem(last=False)
        return True

    def _unused(self) -> str:
        while (code := new_code(LENGTH)) in self._open:
            pass
        return code

    def _read(self, token: object) -> tuple[str, int, str]:
        read: Any = self._tokens.read("room", token, TOKEN_S)
        return ("", 0, "") if read is None else (str(read[0]), int(read[1]), str(read[2]))


def new_code(length: int) -> str:
    """Letters and digits that can be read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def plain_code(raw: object) -> str:
    """A code as it was made, of one that somebody typed.

    >>> plain_code(" abc-def "), plain_code(None)
    ('ABCDEF', '')
    """
    if not isinstance(raw, str) or len(raw) > 40:
        return ""
    return "".join(c for c in raw.upper() if c in ALPHABET)


def mark_of(session: Session) -> str:
    """Tells an experiment without giving it away."""
    return blake2b(session.id.encode(), digest_size=12).hexdigest()
