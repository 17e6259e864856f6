"""A sweep's networks in a file, line by line, so that a sweep that was broken off goes on."""

import json
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cellscope.model.files.reading import reason, shown
from cellscope.model.spec import SpecError
from cellscope.model.sweeps.network import Network, State
from cellscope.model.sweeps.plan import Plan

# What reading a line that is none may raise: no JSON or UTF-8, JSON of other things, numbers
# beyond all, lists within lists without end.
NO_LINE = (ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError)


class Kept:
    """One file; a line that was cut short by a crash, or is of no network of it, is done again.

    Raises `SpecError` of `resume` where the file is another sweep's, or can't be read or written.
    """

    def __init__(self, path: Path | None, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self.networks: list[Network] = []
        if path is not None and path.exists():
            if not path.is_file():  # reading a pipe or a device may never end
                raise SpecError("resume", "file_kind", shown(str(path)))
            self._read(path)

    def add(self, networks: Iterable[Network]) -> None:
        """Write them down."""
        for network in networks:
            self.networks.append(network)
            self._append(_line(network))

    def _append(self, line: str) -> None:
        if self.path is None:
            return
        with _named(self.path), self.path.open("a", encoding="utf-8") as file:
            if not file.tell():
                file.write(json.dumps({"plan": digest(self.plan)}) + "\n")
            file.write(line + "\n")

    def _read(self, path: Path) -> None:
        with _named(path, "file_unreadable"):
            data = path.read_bytes()
        if not data:  # made beforehand, as by mktemp
            return
        head, *lines = data.split(b"\n")
        try:
            same = json.loads(head)["plan"] == digest(self.plan)
        except NO_LINE:
            same = False
        if not same:
            raise SpecError("resume", "other_sweep", shown(str(path)))
        whole = [network for line in lines if (network := self._network(line))]
        self.networks = list({(n.point, n.k): n for n in whole}.values())
        kept = b"".join(
            line + b"\n" for line in (head, *(_line(n).encode() for n in self.networks))
        )
        if kept != data:
            self._replace(path, kept)

    def _replace(self, path: Path, data: bytes) -> None:
        """In one piece: whoever is ended meanwhile keeps the old file."""
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with _named(path):
            beside.write_bytes(data)
            beside.replace(path)

    def _network(self, line: bytes) -> Network | None:
        try:
            read: dict[str, Any] = json.loads(line)
            point, k = int(read["point"]), int(read["k"])
            if not (0 <= point < self.plan.points and 0 <= k < self.plan.seeds):
                return None
            end = None if read["end"] is None else State(**read["end"])
            return Network(
                point=point,
                k=k,
                spec=self.plan.spec_of(point, k),
                layer=self.plan.layer_of(point),
                start=State(**read["start"]),
                end=end,
                step=int(read["step"]),
                diverged_step=read["diverged_step"],
            )
        except NO_LINE:
            return None


@contextmanager
def _named(path: Path, rule: str = "file_unwritable") -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise SpecError("resume", rule, shown(str(path)), reason=reason(error)) from None


def digest(plan: Plan) -> str:
    """The same for plans that give the same networks."""
    return blake2b(repr(plan).encode(), digest_size=16).hexdigest()


def _line(network: Network) -> str:
    states = (network.start, network.end)
    start, end = (None if state is None else asdict(state) for state in states)
    return json.dumps(
        {
            "point": network.point,
            "k": network.k,
            "step": network.step,
            "diverged_step": network.diverged_step,
            "start": start,
            "end": end,
        }
    )
