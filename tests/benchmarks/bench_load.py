"""Opening the page with an empty cache on a warm server: the first picture, requests, bytes.

python -m tests.benchmarks.bench_load
"""

import json
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from tests.benchmarks.goals import at_most
from tests.benchmarks.served import Served, chromium, serving

VISITS = 9
FIRST_PICTURE_MS_AT_MOST, MEGABYTES_AT_MOST = 1000.0, 3.0
SETTLE_MS = 1500  # what comes after the first picture counts, too
# Once the screen shows it: in the page's shell; where that cannot show it, in the page.
SHOWN = """performance.getEntriesByName('first picture')[0]?.startTime
  || (window.cellscope?.frames > 0 && performance.now())"""
STANDS = "window.cellscope?.frames > 0 && performance.now()"

Row = dict[str, Any]


def open_once(browser: Browser, server: Served) -> Row:
    """One visitor that has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, bypass_csp=True)
    page = context.new_page()
    network = context.new_cdp_session(page)
    sizes: list[float] = []

    def note(event: Row) -> None:
        sizes.append(event["encodedDataLength"])

    network.on("Network.loadingFinished", note)
    network.send("Network.enable")
    page.goto(server.url, wait_until="commit")
    shown = page.wait_for_function(SHOWN, polling=5).json_value()
    stands = page.wait_for_function(STANDS, polling=5).json_value()
    page.wait_for_timeout(SETTLE_MS)
    context.close()
    return {
        "first_picture_ms": shown,
        "page_stands_ms": stands,
        "requests": len(sizes),
        "bytes": sum(sizes),
    }


def main() -> Row:
    with chromium() as browser, serving("app", "serve") as server:
        open_once(browser, server)  # warms the server: kernels, compressed files
        visits = [open_once(browser, server) for _ in range(VISITS)]
    found = {key: round(median(visit[key] for visit in visits)) for key in visits[0]}
    print(json.dumps(found, indent=2))
    goals = {
        "first picture, ms": at_most(found["first_picture_ms"], FIRST_PICTURE_MS_AT_MOST),
        "over the wire, MB": at_most(round(found["bytes"] / 1e6, 2), MEGABYTES_AT_MOST),
    }
    return {"benchmark": "load", **found, "goals": goals}


if __name__ == "__main__":
    print(json.dumps(main()["goals"], indent=2))
