"""Cells of one's own modules: each in a process of its own, whose memory is that of it alone.

LeNet on 28 × 28 in a plane through three digits, window ± 0.3 ‖b − a‖, all its layers; a residual
network of two inputs, 10 blocks of 64 units, window ± 5. Weights as PyTorch draws them, seed 0.
The goals are for one thread alone on its core: what it computes, not what others keep it waiting.
"""

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

from cellscope.model.own.cells import show
from cellscope.model.own.plane import plane_through
from tests.benchmarks.goals import at_most

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
MOST_SECONDS = {"LeNet": 60.0, "residual": 10.0}
MOST_MB = 2048
LENET_LAYERS = range(1, 8)


class Block(nn.Module):
    """relu(x + B relu(A x))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


def residual() -> nn.Module:
    torch.manual_seed(0)
    blocks = [Block(64) for _ in range(10)]
    return nn.Sequential(nn.Linear(2, 64), nn.ReLU(), *blocks, nn.Linear(64, 3))


def lenet() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def digits() -> list[np.ndarray]:
    """A 3, an 8 and a 9, 1 × 28 × 28, from 8 × 8."""
    found: Any = load_digits()
    first = [np.flatnonzero(found.target == digit)[0] for digit in (3, 8, 9)]
    small = torch.from_numpy(found.images[first] / 16)[:, None]
    return list(F.interpolate(small, (28, 28), mode="bilinear").numpy())


def one(name: str, layer: int | None) -> dict[str, Any]:
    """A row of the table."""
    if name == "residual":
        module, plane, reach = residual(), None, 5.0
    else:
        a, b, c = digits()
        plane, _ = plane_through(a, b, c)
        module, reach = lenet(), 0.3 * float(np.linalg.norm(b - a))
    begun, busy = time.perf_counter(), time.process_time()
    window = (-reach, reach, -reach, reach)
    found = show(module, plane=plane, window=window, layer=layer).result
    counts = found.counts
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "layer": found.layer,
        "patterns": counts.patterns,
        "linear_regions": counts.linear_regions,
        "seconds": round(seconds, 1),
        "core_seconds": round(busy, 1),
        "regions_per_second": round(counts.linear_regions / busy),
        "peak_mb": round(peak),
    }


def measured(name: str, layer: int | None) -> dict[str, Any]:
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_own", name, str(layer or 0)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return json.loads(found.stdout)


def main() -> dict[str, Any]:
    measured("residual", None)  # compiles what is not compiled yet
    rows = {f"LeNet, layer {k}": measured("LeNet", k) for k in LENET_LAYERS}
    rows["residual"] = measured("residual", None)
    keys = ("patterns", "linear_regions", "seconds", "core_seconds", "peak_mb")
    print(f"{'network':>16}" + "".join(f"{key:>20}" for key in keys))
    for name, row in rows.items():
        print(f"{name:>16}" + "".join(f"{row[key]:>20,}" for key in keys))
    slowest = max(row["core_seconds"] for name, row in rows.items() if name != "residual")
    goals = {
        "lenet_seconds": at_most(slowest, MOST_SECONDS["LeNet"]),
        "residual_seconds": at_most(rows["residual"]["core_seconds"], MOST_SECONDS["residual"]),
        "peak_mb": at_most(max(row["peak_mb"] for row in rows.values()), MOST_MB),
    }
    return {"benchmark": "own", "rows": rows, "goals": goals}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(one(sys.argv[1], int(sys.argv[2]) or None)))
        sys.exit()
    print(json.dumps(main(), indent=2))
