"""What runs for a socket: one part that fails takes no other part with it."""

from typing import Any

import pytest

from cellscope.app.features.signal import measured
from cellscope.app.stream import duties
from tests.app.conftest import Server, in_loop, opened


def test_a_chart_that_can_not_be_made_leaves_the_picture_and_comes_back(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(duties, "PAUSE_S", 0.05)
    whole, failures = measured.Scene.signal, list[int]()

    class Broken:
        def __get__(self, scene: Any, owner: Any = None) -> Any:
            if len(failures) < 3:
                failures.append(1)
                raise ValueError("a fault of ours")
            return whole.__get__(scene, owner)

    monkeypatch.setattr(measured.Scene, "signal", Broken())

    async def story() -> None:
        async with opened(server, "?tab=signal") as (page, _):
            message = await page.hear("panel")
            assert "moments" in message["figures"]
            assert len(failures) == 3
            header, _ = await page.frame()
            assert header["kind"] == "frame"

    in_loop(story())
    assert "a part of the page could not be made" in caplog.text
