"""Feeds: what follows the state, and when."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest

from cellscope.app.stream import feeds
from cellscope.app.stream.feeds import Feed, Wanted
from cellscope.app.stream.pace import LONGEST_S, Pace
from cellscope.model.view import View


class Looker:
    """A viewer of a run that trains."""

    def __init__(self) -> None:
        self.status, self.which, self.view, self.step = "training", "a", View(layer=1), 0
        self.shown = self
        self.session = SimpleNamespace(in_hand=False)
        self.socket = self
        self.sent: list[tuple[str, float]] = []

    def of(self, _which: str) -> "Looker":
        return self

    async def send_text(self, text: str) -> None:
        self.sent.append((text, time.monotonic()))


async def _slow(text: str) -> str:
    await asyncio.sleep(0.05)
    return text


def _stands(viewer: Looker) -> None:
    viewer.status = "paused"


def _other_layer(viewer: Looker) -> None:
    viewer.view = View(layer=2)


@pytest.mark.parametrize("change", [_stands, _other_layer])
def test_what_takes_long_does_not_lag_once_it_stands_or_another_layer_is_looked_at(
    change: Any,
) -> None:
    async def story() -> None:
        viewer: Any = Looker()
        feed = Feed(
            wanted=lambda _pools, _viewer: Wanted(viewer.step, lambda: _slow(str(viewer.step))),
            share=0.05 / feeds.LONGEST_PAUSE_S / 2,  # it would come again after the longest pause
        )
        running = asyncio.create_task(feeds.run(feed, None, viewer))  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        viewer.step = 7
        await asyncio.sleep(0.3)
        assert [text for text, _ in viewer.sent] == ["0"]  # it trains on: not yet
        change(viewer)
        await asyncio.sleep(4 * feeds.PERIOD_S)
        running.cancel()
        assert [text for text, _ in viewer.sent] == ["0", "7"]

    asyncio.run(story())


def test_pictures_of_a_run_leave_it_time_but_none_waits_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = Pace()
    assert pace.left("a view") <= 0.0  # the first one
    for work, period in ((0.004, 0.01), (0.012, 0.03), (0.1, LONGEST_S)):
        pace.begin("a view")
        pace.work_s = work
        now[0] += work
        assert pace.left("a view") == pytest.approx(period - work)
        assert pace.left("another one") == 0.0
        now[0] += 1.0
        assert pace.left("a view") < 0.0
