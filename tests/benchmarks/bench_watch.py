"""`cellscope.watch` on a student's loop: pictures a second in a browser, and the loop's own speed.

Autograd, Adam, 16 × 5, batches of 64, in one process; a headless Chromium (no graphics card) looks
on from the other of two cores. Unwatched, served but not looked at, and watched come in turns.
The five layers' weights are PyTorch's, seed 0.

    python -m tests.benchmarks.bench_watch
"""

import json
import time
from itertools import pairwise
from statistics import median
from typing import Any

import torch
from playwright.sync_api import Browser
from torch import nn

from cellscope.app.own.watch import Watch, watch
from cellscope.model.datasets import make_data
from cellscope.model.spec import Spec
from tests.benchmarks.goals import at_least
from tests.benchmarks.served import browser_cpu_seconds, chromium

WIDTH, DEPTH, BATCH = 16, 5, 64
ROUNDS, WINDOW_S, SETTLED = 5, 4.0, 40  # windows; seconds; pictures before anything is measured
PICTURES, KEPT, KEPT_ALONE = 30.0, 0.8, 0.97

Row = dict[str, float]


class Loop:
    """The student's."""

    def __init__(self) -> None:
        data = make_data(Spec(samples=800))
        self.x = torch.tensor(data.train_x, dtype=torch.float32)
        self.y = torch.tensor(data.train_y)
        torch.manual_seed(0)
        sizes = (2, *(WIDTH,) * DEPTH)
        layers = [(nn.Linear(m, n), nn.ReLU()) for m, n in pairwise(sizes)]
        self.module = nn.Sequential(*sum(layers, ()), nn.Linear(WIDTH, 2))
        self._optimiser = torch.optim.Adam(self.module.parameters(), 1e-3)
        self._loss = nn.CrossEntropyLoss()

    def steps_per_second(self, live: Watch | None, seconds: float = WINDOW_S) -> float:
        begun, steps = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            some = torch.randint(0, len(self.x), (BATCH,))
            self._optimiser.zero_grad()
            loss = self._loss(self.module(self.x[some]), self.y[some])
            loss.backward()
            self._optimiser.step()
            if live is not None:
                live.step(loss.item())
            steps += 1
        return steps / (time.perf_counter() - begun)


def one(browser: Browser) -> Row:
    """A round; the loop's own speed is measured before and after."""
    loop = Loop()
    before = loop.steps_per_second(None)
    with watch(loop.module, loop.x, loop.y) as live:
        served = loop.steps_per_second(live)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(live.url)
        while page.evaluate("window.cellscope.frames") < SETTLED:
            loop.steps_per_second(live, 0.2)
        frames, busy = page.evaluate("window.cellscope.frames"), browser_cpu_seconds()
        watched = loop.steps_per_second(live)
        busy = browser_cpu_seconds() - busy
        frames = page.evaluate("window.cellscope.frames") - frames
        page.close()
    own = (before + loop.steps_per_second(None)) / 2
    return {
        "steps_per_second": round(own),
        "kept_alone": round(served / own, 3),
        "kept": round(watched / own, 3),
        "pictures_per_second": round(frames / WINDOW_S, 1),
        "browser_ms_per_picture": round(1000 * busy / max(frames, 1), 1),
    }


def main() -> dict[str, Any]:
    torch.set_num_threads(1)  # two on two cores make so small a loop slower
    with chromium() as browser:
        rows = [one(browser) for _ in range(ROUNDS)]
    for row in rows:
        print("   ".join(f"{name} {value:,g}" for name, value in row.items()))
    middle = {name: median(row[name] for row in rows) for name in rows[0]}
    goals = {
        "pictures_per_second": at_least(middle["pictures_per_second"], PICTURES),
        "kept": at_least(middle["kept"], KEPT),
        "kept_alone": at_least(middle["kept_alone"], KEPT_ALONE),
    }
    return {"benchmark": "watch", "rows": rows, "goals": goals}


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
