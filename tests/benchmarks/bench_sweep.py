"""A sweep in the background while the live experiment trains and is watched.

5 × 5 exact pictures around 16 × 5, 3 seeds, 300 steps each; the live network is 16 × 5, too, and
trains flat out. How long the sweep takes, how many frames come meanwhile and without it, and how
soon it ends when it is cancelled. Server and browser share the cores: `others` says who else did.

    python -m tests.benchmarks.bench_sweep
"""

import json
import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from tests.benchmarks.bench_live import press, until_step, visit, watch
from tests.benchmarks.goals import at_least, at_most
from tests.benchmarks.served import Served, chromium, serving

LINK = "width=16&depth=6&layer=5&tab=sweep"
FORM = {"axis": "weight_variance", "second-axis": "depth"}
VALUES = {"values": "1/64, 1/16, 1/8, 1/4, 1", "second-values": "4, 5, 6, 7, 8"}
ALONE_S, WINDOW_S = 4.0, 2.0
RUNNING = "document.querySelector('#sweep-start').classList.contains('running')"
SECONDS_AT_MOST, FRAMES_AT_LEAST, CANCEL_S_AT_MOST = 60.0, 10.0, 1.0

Row = dict[str, Any]


def fill(page: Page) -> None:
    """The form; a chosen axis brings its own values, which are then replaced."""
    for name, choice in FORM.items():
        page.select_option(f"#sweep-{name}", choice)
    page.wait_for_function("document.querySelector('#sweep-second-values').value.endsWith('11')")
    for name, values in VALUES.items():
        page.fill(f"#sweep-{name}", values)
    page.wait_for_function("document.querySelector('#sweep-estimate').textContent.includes('75')")


def frames(window: Row) -> float:
    return window["frames"] / window["seconds"]


def bench_sweep(browser: Browser, server: Served) -> Row:
    page = visit(browser, server, LINK)
    fill(page)
    press(page, "play", "training")
    until_step(page, 1000)
    alone = watch(page, server, ALONE_S)
    began = time.perf_counter()
    page.click("#sweep-start")
    page.wait_for_function(RUNNING)
    windows: list[Row] = []
    while page.evaluate(RUNNING):
        windows.append(watch(page, server, WINDOW_S))
    seconds = time.perf_counter() - began
    said = page.inner_text("#sweep-state")
    cancelling = cancel(page)
    page.close()
    return {
        "seconds": round(seconds, 1),
        "frames_alone": round(frames(alone), 1),
        "frames_meanwhile": round(median(map(frames, windows)), 1),
        "frames_least": round(min(map(frames, windows)), 1),
        "others": round(median(w["cores"]["others"] for w in windows), 2),
        "cancel_s": round(cancelling, 2),
        "state": said,
    }


def cancel(page: Page) -> float:
    """Seconds from the click on Cancel in the middle of a sweep until it has ended."""
    page.click("#sweep-start")
    page.wait_for_function(RUNNING)
    page.wait_for_timeout(2000)
    began = time.perf_counter()
    page.click("#sweep-start")
    page.wait_for_function(f"!{RUNNING}")
    return time.perf_counter() - began


def main() -> Row:
    with chromium() as browser, serving("app", "serve") as server:
        found = bench_sweep(browser, server)
    print(json.dumps(found, indent=2))
    goals = {
        "seconds": at_most(found["seconds"], SECONDS_AT_MOST),
        "frames/s meanwhile": at_least(found["frames_meanwhile"], FRAMES_AT_LEAST),
        "cancelled, s": at_most(found["cancel_s"], CANCEL_S_AT_MOST),
    }
    return {"benchmark": "sweep", **found, "goals": goals}


if __name__ == "__main__":
    print(json.dumps(main()["goals"], indent=2))
