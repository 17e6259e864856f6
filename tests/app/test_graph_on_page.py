"""A convolutional network on a live server: looked at in every way there is, never trained."""

from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.conftest import Page, Server, in_loop, opened, press_play
from tests.app.test_own_network import body, hears, upload
from tests.model.own.test_on_page import Pooled

CASE = Pooled.make()
FILES = [("net.onnx", CASE.data), ("points.csv", CASE.points or b"")]


async def shown(page: Page, layers: int = 4) -> dict[str, Any]:
    while True:
        header, _ = await page.frame()
        if header["layers"] == layers:
            return header


def test_a_graph_is_looked_at_and_not_trained_and_closed_again(server: Server):
    async def story() -> None:
        async with opened(server, "") as (page, welcome):
            session = welcome["session"]
            assert await upload(server, session, body(FILES)) == (200, {})
            told = await hears(page, name="net.onnx")
            assert told["graph"]
            assert not told["trainable"]
            assert "1 ReLU 2×4×4, 2 max 2×2×2, 3 clip 4" in told["said"]
            header = await shown(page)
            assert header["exact"]
            await press_play(server, session)
            await page.say(type="view", look=1, layer=1)
            while header["layer"] != 1:
                header = await shown(page)
            assert (header["step"], header["status"]) == (0, "paused")
            await page.say(type="inspect", x=0.1, y=0.2)
            card = await page.hear("inspection")
            assert len(card["blocks"]) == 2
            await page.say(type="plane", plane="inputs 3,4")
            await hears(page, plane="inputs 3,4")
            await page.say(type="close-network")
            assert not (await hears(page, name=""))["name"]
            await shown(page, 3)  # as the test's server begins

    in_loop(story())


@pytest.mark.parametrize(
    ("tab", "kind"), [("collapse", "collapse"), ("voronoi", "voronoi"), ("surface", "surface")]
)
def test_studies_of_layers_say_why_there_are_none_and_the_surface_is_exact(
    server: Server, tab: str, kind: str
):
    async def story() -> None:
        async with opened(server, f"?tab={tab}") as (page, welcome):
            await upload(server, welcome["session"], body(FILES))
            await shown(page)
            await page.say(type="view", look=1, tab=tab)
            while True:
                header, _ = await page.picture(kind)
                if kind == "surface" and header["points"] and "facets" in header["text"]:
                    return
                said = str(header.get("texts", ""))
                if "fully connected layer" in said:
                    return

    in_loop(story())


def test_the_charts_are_measured_and_what_needs_weights_by_layer_is_refused(server: Server):
    async def story() -> None:
        async with opened(server, "?tab=signal") as (page, welcome):
            session = welcome["session"]
            await upload(server, session, body(FILES))
            await shown(page)
            await page.say(type="view", look=1, tab="signal", open=["histograms"])
            texts: dict[str, str] = {}
            while "nonlinear step" not in texts.get("moments-caption", ""):
                texts |= (await page.hear("panel"))["texts"]
            async with httpx.AsyncClient(base_url=server.url, timeout=60.0) as http:
                for path in ("experiment", "weights", "code"):
                    answer = await http.get(f"/export/{path}?session={session}")
                    assert answer.status_code == 422
                    assert "layer by layer" in answer.text
                for kind in ("png", "svg", "json", "npz"):
                    for mode in ("cells", "regions", "classes", "confidence"):
                        query = {"session": session, "layer": 2, "mode": mode}
                        answer = await http.get(f"/export/{kind}", params=query)
                        assert answer.status_code == 200, (kind, mode, answer.text[:200])
                        assert len(answer.content) > 100
            await page.say(type="recording-start", format="npz", size=300, seconds=3)
            problem = await page.hear("problem")
            assert problem["field"] == "recording"
            assert "layer by layer" in problem["messages"]["en"]
            await page.say(type="line", p=[0, 0], q=[1, 1])
            assert "fully connected" in (await page.hear("line"))["text"]

    in_loop(story())


def test_it_is_there_again_for_whoever_comes_back(server: Server):
    async def story() -> None:
        async with opened(server, "") as (page, welcome):
            session = welcome["session"]
            await upload(server, session, body(FILES))
            await hears(page, name="net.onnx")
            async with opened(server, "", session) as (second, _):
                told = await hears(second, name="net.onnx")
                assert told["graph"]
                await shown(second)

    in_loop(story())


def test_without_labels_nothing_is_said_of_a_loss(server: Server):
    async def story() -> None:
        async with opened(server, "") as (page, welcome):
            x = np.random.default_rng(0).normal(size=(40, 36))
            rows = "\n".join(",".join(map(str, row)) for row in x).encode()
            files = [FILES[0], ("points.csv", rows)]
            await upload(server, welcome["session"], body(files))
            await shown(page)
            texts: dict[str, str] = {}
            while texts.get("loss-count") != "–":
                texts |= (await page.hear("panel"))["texts"]
            assert texts["accuracy-count"] == "–"

    in_loop(story())
