"""Two networks in lockstep: pairs of exact pictures a second, and what the second one costs.

Pairs are those that were drawn (`window.cellscope.frames`) in a headless Chromium while both
networks train flat out. Steps are counted without a viewer, in turns with a single network:

    python -m tests.benchmarks.bench_lockstep
"""

import json
import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from cellscope.model.spec import Spec
from cellscope.model.training.trainer import Trainer
from tests.benchmarks.bench_live import (
    REPAINTED,
    TRAINED,
    link,
    percentile,
    press,
    until_step,
    visit,
)
from tests.benchmarks.bench_training import trainer_rate
from tests.benchmarks.goals import at_least
from tests.benchmarks.served import Served, chromium, serving

NET = (16,) * 5
MODES = ("cells", "regions")
SECOND = "init:normal;weight_variance:0.1"  # both train on: N(0, 0.1) is near He at 16 units
PAIRS_PER_SECOND = 15.0
KEPT = 0.45  # of a single network's steps: two take twice the time
WINDOW_S = 4.0
ROUNDS = 3

Row = dict[str, Any]

WATCH = f"""async seconds => {{
  {REPAINTED}
  const seen = window.cellscope, first = {{ ...seen }}, began = performance.now();
  const latencies = [];
  let elapsed = 0, version = seen.version, exact = 0, together = 0;
  while (elapsed < 1000 * seconds) {{
    await repainted();
    elapsed = performance.now() - began;
    if (seen.version === version) continue;
    version = seen.version;
    latencies.push(seen.latencyMs);
    exact += seen.exact && seen.compare.exact;
    together += seen.step === seen.compare.step && seen.version === seen.compare.version;
  }}
  const states = Math.max(1, latencies.length);
  return {{
    pairs: seen.frames - first.frames, steps: seen.step - first.step, seconds: elapsed / 1000,
    latencies, exact: exact / states, together: together / states,
    widths: [seen.width, seen.compare.width],
  }};
}}"""


def bench_pictures(browser: Browser, server: Served, mode: str) -> Row:
    """Pairs drawn while both networks train."""
    page = visit(browser, server, f"{link(NET, mode)}&compare={SECOND}")
    page.wait_for_function("window.cellscope.compare !== null")
    press(page, "play", "training")
    until_step(page, TRAINED)
    page.evaluate(WATCH, 1.0)
    windows = [page.evaluate(WATCH, WINDOW_S) for _ in range(ROUNDS)]
    page.close()
    return {
        "pairs_per_second": round(median(w["pairs"] / w["seconds"] for w in windows), 1),
        "latency_ms": round(percentile([t for w in windows for t in w["latencies"]], 0.5), 1),
        "exact_share": round(min(w["exact"] for w in windows), 3),
        "together_share": round(min(w["together"] for w in windows), 3),
        "steps_per_second": round(median(w["steps"] / w["seconds"] for w in windows)),
        "widths": windows[-1]["widths"],
    }


def bench_steps(seconds: float = 0.3, rounds: int = 7) -> Row:
    """Steps per CPU second of one network and of two, in turns."""
    spec = Spec(hidden=NET, batch_size=10, learning_rate=0.03)
    second = spec.but(init="normal", weight_variance=0.1)
    trainers = {"one": Trainer(spec), "two": Trainer(spec, other=second)}
    rates: dict[str, list[float]] = {name: [] for name in trainers}
    try:
        for trainer in trainers.values():
            trainer.play()
            while trainer.settle().step < 600:
                time.sleep(0.01)
            trainer.suspend(True)
        for _ in range(rounds):
            for name, trainer in trainers.items():
                rates[name].append(trainer_rate(trainer, seconds))
    finally:
        for trainer in trainers.values():
            trainer.close()
    kept = median(two / one for one, two in zip(rates["one"], rates["two"], strict=True))
    return {**{name: round(median(found)) for name, found in rates.items()}, "kept": round(kept, 3)}


def goals(pictures: dict[str, Row], steps: Row) -> Row:
    found: Row = {"steps_kept": at_least(steps["kept"], KEPT)}
    for mode, row in pictures.items():
        found[f"pairs_per_second_{mode}"] = at_least(row["pairs_per_second"], PAIRS_PER_SECOND)
        found[f"exact_share_{mode}"] = at_least(row["exact_share"], 1.0)
        found[f"together_share_{mode}"] = at_least(row["together_share"], 1.0)
        found[f"width_{mode}"] = at_least(min(row["widths"]), 301)
    return found


def main() -> Row:
    steps = bench_steps()
    with chromium() as browser, serving("app", "serve") as server:
        pictures = {mode: bench_pictures(browser, server, mode) for mode in MODES}
    print("Two networks of 16×5 in lockstep, training flat out, batch 10")
    head = ("mode", "pairs/s", "p50 ms", "exact", "together", "steps/s", "side")
    print("".join(f"{word:>10}" for word in head))
    for mode, row in pictures.items():
        values = (
            mode, row["pairs_per_second"], row["latency_ms"], row["exact_share"],
            row["together_share"], row["steps_per_second"], row["widths"][0],
        )  # fmt: skip
        print("".join(f"{value:>10}" for value in values))
    print(f"steps per CPU second, unwatched: {steps['one']:,} alone, {steps['two']:,} of both")
    result: Row = {"benchmark": "lockstep", "pictures": pictures, "steps": steps}
    return {**result, "goals": goals(pictures, steps)}


if __name__ == "__main__":
    print(json.dumps(main()["goals"], indent=2))
