"""A sweep's networks in a file, line by line, so that a sweep that was broken off goes on."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cellscope.model.spec import SpecError
from cellscope.model.sweeps.network import Network, State
from cellscope.model.sweeps.plan import Plan


class Kept:
    """One file; a line that was cut short by a crash is done again."""

    def __init__(self, path: Path | None, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self.networks: list[Network] = []
        if path is not None and path.exists():
            self._read(path)

    def add(self, networks: Iterable[Network]) -> None:
        """Write them down."""
        for network in networks:
            self.networks.append(network)
            self._append(_line(network))

    def _append(self, line: str) -> None:
        if self.path is None:
            return
        new = not self.path.exists()
        with self.path.open("a", encoding="utf-8") as file:
            if new:
                file.write(json.dumps({"plan": digest(self.plan)}) + "\n")
            file.write(line + "\n")

    def _read(self, path: Path) -> None:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
            head = json.loads(lines[0])
        except (OSError, ValueError):
            head = None
            lines = []
        if not isinstance(head, dict) or head.get("plan") != digest(self.plan):
            raise SpecError("resume", "other_sweep", str(path))
        whole = [network for line in lines[1:] if (network := self._network(line))]
        self.networks = list({(n.point, n.k): n for n in whole}.values())
        text = "".join(f"{line}\n" for line in [lines[0], *map(_line, self.networks)])
        path.write_text(text, encoding="utf-8")  # without the rest of a line

    def _network(self, line: str) -> Network | None:
        try:
            read: dict[str, Any] = json.loads(line)
            point, k = int(read["point"]), int(read["k"])
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
        except (ValueError, KeyError, TypeError):
            return None


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
