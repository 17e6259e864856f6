"""`Keeping`: experiments are written down every few seconds, in a thread of its own.

What fails there, a full disk say, is told to the pages, tried again, and costs nothing else.
"""

import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any

from cellscope.app.session.store import News, Row, Store
from cellscope.app.session.written_past import WrittenPast, with_past
from cellscope.app.text.texts import sentence
from cellscope.model.spec import SpecError
from cellscope.model.training.held import Held, pack, unpack
from cellscope.model.training.trainer import Trainer

PERIOD_S = 2.0
LONGEST_PERIOD_S = 4.0  # at most 5 s of training are lost, writing included
SHARE = 0.02  # of one core, for all experiments together
HOLD_S = 2.0  # a trainer whose step takes longer is asked again next time
EXPIRE_EVERY_S = 3600.0
FIRST_EXPIRY_S = 300.0  # a machine without a clock of its own asks for the time once it is up
LEAST_FREE = 64 * 1024  # bytes; a disk with less is full
log = logging.getLogger("cellscope")


@dataclass(frozen=True, slots=True)
class Living:
    """What of a session is to be written down. **Threads**: a value, made by the event loop."""

    id: str
    state: tuple[object, ...]  # as long as it is the same, nothing has changed
    settings: dict[str, Any]
    trainer: Trainer
    moving: bool


class Keeping:
    """`living` gives all experiments; it is called by the thread, and asks the event loop."""

    def __init__(self, store: Store, living: Callable[[], Iterable[Living]]) -> None:
        self.store = store
        self.problem = ""  # why nothing can be stored: "full", "read_only", "other"
        self._living = living
        self._forgotten: set[str] = set()  # that are not to be written again
        self._writing = threading.Lock()
        self._written: dict[str, tuple[object, ...]] = {}
        self._past = WrittenPast(store)
        self._expire_at = time.monotonic() + FIRST_EXPIRY_S
        self._wake = threading.Event()
        self._ending = False
        self._began, self._clock = time.time(), time.monotonic()
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)

    def start(self) -> None:
        """From now on; where no thread is to be had, the next call tries again."""
        if self._thread.ident is not None:
            return
        try:
            self._thread.start()
        except RuntimeError as error:
            self._fail("other", error)

    @property
    def writes(self) -> bool:
        """Whether its thread lives."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Have it write once more, and wait for nothing."""
        self._ending = True
        self._wake.set()

    def close(self, timeout: float) -> None:
        """Write once more, and end."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self.store.give()

    def back(self, session_id: str) -> tuple[dict[str, Any], Held] | None:
        """Settings and state of an experiment that was written down; None if there is none."""
        try:
            row = self.store.read(session_id)
            if row is None:
                return None
            held = unpack(row.words, row.numbers)
            return row.settings, with_past(held, self.store.past(session_id))
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError):
            log.warning("an experiment that was stored could not be read")
            return None

    def forget(self, session_id: str) -> None:
        """Delete one for good; called from a thread. What can't be deleted is an error."""
        self._forgotten.add(session_id)
        with self._writing:
            self.store.forget(session_id)

    def rename(self, before: str, after: str) -> None:
        """What was written of one is another id's; called from a thread, as `forget`."""
        self._forgotten.add(before)
        with self._writing:
            self.store.rename(before, after)

    def used(self) -> float:
        """When what is written now was used last; see `expiring`."""
        return max(self._clocks())

    def expiring(self) -> float:
        """From when on it is counted what is too old.

        Of the clock as it was at the start and went on, and as it is now, either may be wrong: one
        begins in 1970, or jumps. In doubt an experiment is kept.
        """
        return min(self._clocks())

    def _clocks(self) -> tuple[float, float]:
        """Seconds since the epoch."""
        return self._began + time.monotonic() - self._clock, time.time()

    def _run(self) -> None:
        while True:
            ending, begun = self._ending, time.thread_time()
            self._attempt()
            if ending:
                return
            spent = time.thread_time() - begun
            self._wake.wait(min(max(PERIOD_S, spent / SHARE), LONGEST_PERIOD_S))

    def _attempt(self) -> None:
        try:
            self._write()
            if time.monotonic() >= self._expire_at:
                self.store.expire(self.expiring())
                self._expire_at = time.monotonic() + EXPIRE_EVERY_S
        except (sqlite3.Error, OSError, SpecError) as error:
            self._fail(why(error, self.store), error)
        except RuntimeError:  # the event loop has ended
            return
        else:
            self.problem = ""

    def _fail(self, problem: str, error: Exception) -> None:
        if problem != self.problem:
            said = sentence(error, "en") if isinstance(error, SpecError) else error
            said = str(said) or type(error).__name__  # of a wait that was too long
            log.warning("experiments can't be stored: %s", said)
        self.problem = problem

    def _write(self) -> None:
        living = list(self._living())
        rows: list[tuple[Living, Row, News]] = []
        for one in living:
            if self._written.get(one.id) == one.state and not one.moving:
                continue
            try:
                held = one.trainer.hold(HOLD_S)
            except TimeoutError:
                continue
            used = self.used()
            row = Row(one.id, used, used, one.settings, *pack(held))
            rows.append((one, row, self._past.news(one.id, one.trainer.recorder, held)))
        if rows:
            with self._writing:
                kept = [each for each in rows if each[0].id not in self._forgotten]
                self.store.write([row for _, row, _ in kept], [news for *_, news in kept])
            self._past.took(news for *_, news in kept)
        elif self.problem:
            self.store.write(())  # whether it can be written again
        here = {one.id for one in living}
        self._written = {key: state for key, state in self._written.items() if key in here}
        self._written |= {one.id: one.state for one, *_ in rows}
        self._past.forget_all_but(here)


def why(error: Exception, store: Store) -> str:
    """What is wrong with the disk."""
    said = str(error).lower()
    if getattr(error, "errno", None) == errno.ENOSPC or "full" in said or _is_full(store.folder):
        return "full"
    folder = store.path if store.path.exists() else store.folder
    if "readonly" in said or "read-only" in said or not os.access(folder, os.W_OK):
        return "read_only"
    return "other"


def _is_full(folder: Path) -> bool:
    """SQLite calls it an I/O error when its memory map beside the file finds no room."""
    try:
        return disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False
