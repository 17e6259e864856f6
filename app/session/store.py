"""`Store`: experiments in one file of SQLite, in a folder that one server at a time has.

Nothing that is read is ever run. An experiment's id is the key that brings it back, so it is what
the file has of its owner: no address, no name.
"""

import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cellscope.model.spec import SpecError

FILE, LOCK, SECRET, TEACHER = "cellscope.sqlite", "cellscope.lock", "secret", "teacher"
SHORTEST_SECRET = 8  # characters; of a damaged one fewer may be left
KEPT_DAYS = 30  # after the last use
DAY_S = 24 * 3600.0
MIGRATIONS = (  # from version k to k + 1; what was released is never changed
    """CREATE TABLE experiments (
        id TEXT PRIMARY KEY, created REAL NOT NULL, used REAL NOT NULL,
        settings TEXT NOT NULL, words TEXT NOT NULL, numbers BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE runs (
        id TEXT NOT NULL, run INTEGER NOT NULL, words TEXT NOT NULL, PRIMARY KEY (id, run)
    )""",
    """CREATE TABLE states (
        id TEXT NOT NULL, run INTEGER NOT NULL, network INTEGER NOT NULL, step INTEGER NOT NULL,
        numbers BLOB NOT NULL, PRIMARY KEY (id, run, network, step)
    )""",
    """CREATE TRIGGER past_goes AFTER DELETE ON experiments BEGIN
        DELETE FROM runs WHERE id = OLD.id; DELETE FROM states WHERE id = OLD.id;
    END""",
)
Place = tuple[int, int, int]  # a state's run, network and step


@dataclass(frozen=True, slots=True)
class Row:
    """One experiment as it lies there."""

    id: str
    created: float  # seconds since the epoch
    used: float
    settings: dict[str, Any]  # what the session knows beside its trainer
    words: str
    numbers: bytes

    @property
    def values(self) -> tuple[object, ...]:
        """As the columns hold them."""
        settings = json.dumps(self.settings)
        return self.id, self.created, self.used, settings, self.words, self.numbers


@dataclass(frozen=True, slots=True)
class Past:
    """Of an experiment the runs that were left, and states on the way of all runs."""

    runs: Mapping[int, str] = field(default_factory=dict[int, str])  # in words
    states: Mapping[Place, bytes] = field(default_factory=dict[Place, bytes])


@dataclass(frozen=True, slots=True)
class News:
    """What has changed of that since it was written last."""

    id: str
    new: Past
    gone_runs: Collection[int]
    gone_states: Collection[Place]


class Store:
    """**Threads**: one at a time; connections are opened for each piece of work and closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._lock = FileLock(folder / LOCK, mode=0o600, thread_local=False, fallback_to_soft=False)

    def take(self) -> None:
        """Have the folder for this process alone; a `SpecError` if another one has it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SpecError("data", "no_folder", str(self.folder), why=error.strerror) from None
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise SpecError("data", "folder_in_use", str(self.folder)) from None
        except (OSError, NotImplementedError):  # read-only: what is to be stored will say so
            return

    def give(self) -> None:
        """Let others have it; so does the end of the process, whatever ended it."""
        self._lock.release()

    def secret(self, name: str = SECRET) -> str:
        """With which tokens are signed: kept here, so that they outlive a restart."""
        path = self.folder / name
        with suppress(OSError, UnicodeDecodeError):
            if len(kept := path.read_text("ascii").strip()) >= SHORTEST_SECRET:
                return kept
        made, beside = secrets.token_urlsafe(32), path.with_name(f"{name}.new")
        with suppress(OSError):  # all of it or nothing: a damaged one is made anew
            beside.unlink(missing_ok=True)
            beside.touch(mode=0o600)
            beside.write_text(made, "ascii")
            beside.replace(path)
        return made

    def write(self, rows: Iterable[Row], news: Iterable[News] = ()) -> None:
        """All of them or none."""
        with _Connection(self.path) as connection:
            for one in news:
                _write_news(connection, one)
            connection.executemany(
                "INSERT INTO experiments VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "used = excluded.used, settings = excluded.settings, "
                "words = excluded.words, numbers = excluded.numbers",
                [
                    (
                        row.id,
                        row.created,
                        row.used,
                        json.dumps(row.settings),
                        row.words,
                        row.numbers,
                    )
                    for row in rows
                ],
            )

    def read(self, session_id: str) -> Row | None:
        """One experiment, if it is there."""
        found = self._rows("WHERE id = ?", session_id)
        return found[0] if found else None

    def past(self, session_id: str) -> Past:
        """What is there beside its row."""
        with _Connection(self.path) as connection:
            of, select = (session_id,), connection.execute
            runs = select("SELECT run, words FROM runs WHERE id = ?", of).fetchall()
            columns = "run, network, step, numbers"
            states = select(f"SELECT {columns} FROM states WHERE id = ?", of).fetchall()
        return Past(dict(runs), {(a, b, c): numbers for a, b, c, numbers in states})

    def places(self, session_id: str) -> tuple[set[int], set[Place]]:
        """Which runs and states are there."""
        with _Connection(self.path) as connection:
            of, select = (session_id,), connection.execute
            runs = select("SELECT run FROM runs WHERE id = ?", of).fetchall()
            states = select("SELECT run, network, step FROM states WHERE id = ?", of).fetchall()
        return {run for (run,) in runs}, set(states)

    def past_bytes(self, session_id: str) -> int:
        """How much is there beside its row."""
        summed = (
            f"SELECT COALESCE(SUM(LENGTH({column})), 0) FROM {table} WHERE id = ?"
            for column, table in (("words", "runs"), ("numbers", "states"))
        )
        with _Connection(self.path) as connection:
            return sum(connection.execute(one, (session_id,)).fetchone()[0] for one in summed)

    def rows(self) -> list[Row]:
        """All of them, those used last first."""
        return self._rows("ORDER BY used DESC")

    def forget(self, session_id: str) -> int:
        """Delete one; how many there were."""
        return self._delete("id = ?", session_id)

    def rename(self, before: str, after: str) -> None:
        """One is another id's from now on, with its past: at no moment it is nobody's."""
        if not self.path.exists():
            return
        with _Connection(self.path) as connection:
            for table in ("experiments", "runs", "states"):
                connection.execute(f"UPDATE {table} SET id = ? WHERE id = ?", (after, before))

    def expire(self, now: float, days: float = KEPT_DAYS) -> int:
        """Delete those that nobody has used for so long; how many they were."""
        return self._delete("used < ?", now - days * DAY_S)

    def _rows(self, clause: str, *values: object) -> list[Row]:
        if not self.path.exists():
            return []
        with _Connection(self.path) as connection:
            found = connection.execute(
                f"SELECT id, created, used, settings, words, numbers FROM experiments {clause}",
                values,
            ).fetchall()
        return [Row(a, b, c, json.loads(told), d, e) for a, b, c, told, d, e in found]

    def _delete(self, clause: str, value: object) -> int:
        if not self.path.exists():
            return 0
        with _Connection(self.path) as connection:
            return connection.execute(f"DELETE FROM experiments WHERE {clause}", (value,)).rowcount


def _write_news(connection: sqlite3.Connection, news: News) -> None:
    run_many = connection.executemany
    runs = [(news.id, run) for run in news.gone_runs]
    run_many("DELETE FROM runs WHERE id = ? AND run = ?", runs)
    gone = [(news.id, *place) for place in news.gone_states]
    run_many("DELETE FROM states WHERE id = ? AND run = ? AND network = ? AND step = ?", gone)
    words = [(news.id, run, said) for run, said in news.new.runs.items()]
    run_many("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", words)
    states = [(news.id, *place, numbers) for place, numbers in news.new.states.items()]
    run_many("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?)", states)


class _Connection:
    """A connection for one transaction, of the schema of now."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> sqlite3.Connection:
        self.connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
        try:
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute("PRAGMA secure_delete = ON")
            self._migrate()
            self.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self.connection.close()
            raise
        return self.connection

    def _migrate(self) -> None:
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise SpecError("data", "newer_data", str(self.path), high=len(MIGRATIONS))
        if version == len(MIGRATIONS):
            return
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("BEGIN IMMEDIATE")
        # Another one may have done it while this one waited.
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        for number in range(version, len(MIGRATIONS)):
            self.connection.execute(MIGRATIONS[number])
            self.connection.execute(f"PRAGMA user_version = {number + 1}")
        self.connection.execute("COMMIT")

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self.connection.execute("COMMIT" if kind is None else "ROLLBACK")
        except sqlite3.Error:
            if kind is None:
                raise
        finally:
            self.connection.close()
