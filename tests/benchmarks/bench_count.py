"""Networks with certain counts, counted tile by tile: regions per second, and memory.

What is certain is known without any program: n lines in general position have 1 + n + n(n − 1)/2
regions, n lines through a point 2n, and k layers that fold the square in both directions 4^k.
Random networks are held to the undivided complex where memory holds it.

    python -m tests.benchmarks.bench_count            small ones, as of `make bench`
    python -m tests.benchmarks.bench_count large      512 × 9, too, to 10 million regions: minutes
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cellscope.model.counting.count import count
from cellscope.model.own.cells import show

Weights = list[tuple[np.ndarray, np.ndarray]]
Window = tuple[float, float, float, float]
WORKERS = 2


@dataclass(frozen=True)
class Row:
    name: str
    weights: Callable[[], Weights]
    window: Window
    certain: int | None  # None: the undivided complex says it
    tile_faces: int | None = None
    undivided: bool = True


def lines(count: int) -> Weights:
    """Tangents of a circle: no two parallel, no three through a point, all crossings near."""
    angles = np.linspace(0, np.pi, count, endpoint=False) ** 1.01
    return [(np.stack([np.cos(angles), np.sin(angles)], axis=1), -np.ones(count))]


def star(count: int) -> Weights:
    angles = np.linspace(0, np.pi, count, endpoint=False)
    return [(np.stack([np.cos(angles), np.sin(angles)], axis=1), np.zeros(count))]


def folding(layers: int) -> Weights:
    """x → 2|x| − 1 for both coordinates, layer by layer; |x| is relu(x) + relu(−x)."""
    first = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    back = np.array([[2.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 2.0]])
    shift = first @ -np.ones(2)
    return [(first, np.zeros(4)), *[(first @ back, shift)] * (layers - 1), (np.ones((1, 4)),
            np.zeros(1))]  # fmt: skip


def he_network(width: int, hidden: int, spread: float, seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    sizes = [2, *[width] * hidden, 2]
    return [
        (rng.normal(0, np.sqrt(2 / n), (m, n)), rng.normal(0, spread, m) if spread else np.zeros(m))
        for n, m in pairwise(sizes)
    ]


FIVE, EIGHTY = (-5.0, 5.0, -5.0, 5.0), (-80.0, 80.0, -80.0, 80.0)
SMALL = [
    Row("400 lines", lambda: lines(400), (-2000.0, 2000.0, -2000.0, 2000.0), 80_201, 20_000),
    Row("star of 600", lambda: star(600), FIVE, 1200, 800),
    Row("folding, 8 layers", lambda: folding(8), (-1.0, 1.0, -1.0, 1.0), 4**8, 10_000),
    Row("64 × 5", lambda: he_network(64, 5, 0.5), FIVE, None, 10_000),
    Row("64 × 5, no biases", lambda: he_network(64, 5, 0.0), FIVE, None, 400),
]
LARGE = [
    Row("folding, 11 layers", lambda: folding(11), (-1.0, 1.0, -1.0, 1.0), 4**11),
    Row("512 × 9 in ±5", lambda: he_network(512, 9, 0.5), FIVE, None, undivided=False),
    Row("512 × 9 in ±80", lambda: he_network(512, 9, 0.5), EIGHTY, None, undivided=False),
]


def counted(row: Row, workers: int) -> dict[str, Any]:
    """A count in a process of its own, whose memory is that of this count alone."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_count", "one", row.name, str(workers)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return json.loads(found.stdout)


def count_one(name: str, workers: int) -> dict[str, Any]:
    [row] = [row for row in (*SMALL, *LARGE) if row.name == name]
    weights = row.weights()
    return count(
        weights, window=row.window, layer=hidden(weights), workers=workers,
        tile_faces=row.tile_faces,
    )  # fmt: skip


def hidden(weights: Weights) -> int:
    return max(1, len(weights) - 1)


def bench(row: Row, workers: int) -> dict[str, Any]:
    found = counted(row, workers)
    certain = row.certain
    if certain is None and row.undivided:
        weights = row.weights()
        whole = show(weights, window=row.window, layer=hidden(weights)).result
        certain = whole.counts.linear_regions
    return {
        "regions": found["linear_regions"],
        "certain": certain,
        "right": certain is None or certain == found["linear_regions"],
        "certificate": all(found["certificate"].values()),
        "tiles": found["tiles"],
        "seconds": round(found["seconds"], 2),
        "regions_per_second": round(found["linear_regions"] / found["seconds"]),
        "peak_mb": round(found["peak_mb"]),
    }


def run(rows: list[Row], workers: int) -> dict[str, Any]:
    nets = {row.name: bench(row, workers) for row in rows}
    wrong = sum(not (net["right"] and net["certificate"]) for net in nets.values())
    return {
        "benchmark": "count",
        "workers": workers,
        "nets": nets,
        "goals": {"wrong_counts": {"value": wrong, "at_most": 0, "met": wrong == 0}},
    }


def table(result: dict[str, Any]) -> str:
    head = ("regions", "certain", "tiles", "seconds", "regions/s", "MB")
    out = [f"{'net':>20}" + "".join(f"{word:>12}" for word in head)]
    keys = ("regions", "certain", "tiles", "seconds", "regions_per_second", "peak_mb")
    for name, net in result["nets"].items():
        values = ["" if net[key] is None else f"{net[key]:,}" for key in keys]
        out.append(f"{name:>20}" + "".join(f"{value:>12}" for value in values))
    return "\n".join(out)


def main() -> dict[str, Any]:
    large = sys.argv[1:2] == ["large"]
    result = run([*SMALL, *LARGE] if large else SMALL, WORKERS if large else 1)
    print(f"Counting by tiles, {result['workers']} worker(s); MB of all processes together")
    print(table(result))
    return result


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(count_one(sys.argv[2], int(sys.argv[3]))))
        sys.exit()
    print(json.dumps(main(), indent=2))
