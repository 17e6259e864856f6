"""What a tab shows beside the picture: sent while it is open, and of the newest state."""

import pytest

from cellscope.model import warm
from tests.app.conftest import Server, in_loop, opened


@pytest.fixture(autouse=True, scope="module")
def kernels() -> None:
    warm.warm()


def holds(corners: list[float], x: float, y: float) -> bool:
    """Whether a convex polygon, counter-clockwise, contains a point."""
    points = list(zip(corners[::2], corners[1::2], strict=True))
    return all(
        (c - a) * (y - b) - (d - b) * (x - a) >= 0
        for (a, b), (c, d) in zip(points, points[1:] + points[:1], strict=True)
    )


def test_the_tab_s_study_follows_layer_and_tab(server: Server) -> None:
    async def story() -> None:
        async with opened(server, "tab=voronoi&layer=1") as (page, _):
            first, body = await page.picture("voronoi")
            assert (first["layer"], first["agrees"]) == (1, True)
            assert len(body) == 2 * first["side"] ** 2
            await page.say(type="view", layer=2)
            second, _ = await page.picture("voronoi")
            assert second["layer"] == 2
            await page.say(type="view", tab="collapse")
            other, _ = await page.picture("collapse")
            assert other["linear"] is False

    in_loop(story())


def test_the_counts_of_a_run_are_there_for_who_comes_back(server: Server) -> None:
    async def story() -> None:
        async with opened(server, "tab=cells&layer=1") as (page, welcome):
            message = await page.hear("counts")
            while not message["figure"]["data"][1]["x"]:
                message = await page.hear("counts")
            assert message["figure"]["data"][1]["x"] == [0]
            session = welcome["session"]
        async with opened(server, "tab=cells&layer=1", session) as (page, welcome):
            assert welcome["session"] == session
            again = await page.hear("counts")
            assert again["figure"]["data"] == message["figure"]["data"]
            await page.say(type="view", theme="dark")
            dark = await page.hear("counts")
            assert dark["figure"]["layout"]["font"] != again["figure"]["layout"]["font"]

    in_loop(story())


def test_the_point_that_was_asked_about_chooses_the_region_of_a_deeper_layer(
    server: Server,
) -> None:
    async def story() -> None:
        async with opened(server, "tab=voronoi&layer=2&width=8") as (page, _):
            for x, y in ((-4.0, -4.0), (4.0, 4.0)):
                await page.say(type="pair", x=x, y=y)
                pair = await page.hear("pair")
                assert pair["at"] == [x, y]
                assert 1 <= len(pair["members"]) <= 2
                while not holds((await page.picture("voronoi"))[0]["region"], x, y):
                    pass  # one of another region was under way

    in_loop(story())
