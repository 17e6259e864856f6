"""What stays in its place while numbers change, tabs open and languages are switched."""

from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SIZES = [(1280, 720), (1920, 1080), (390, 844)]
FIXED = (".top-bar", "#play", "#step-count", "#loss-count", "#picture-clip", "#layer-buttons")
CHARTS = ("#moments", "#funnel", "#loss")
BOXES = """names => names.map(name => {
    const node = document.querySelector(name);
    const { left, top, width, height } = node.getBoundingClientRect();
    let held = false; // to the window, as a phone's transport
    for (let host = node; host; host = host.parentElement) {
        held ||= getComputedStyle(host).position === 'fixed';
    }
    return [name, ...[left, top + (held ? 0 : scrollY), width, height].map(v => Math.round(v))];
})"""


def boxes(page: Visit, *names: str) -> list[Any]:
    """Where these are, once the page has settled."""
    before = page.value(BOXES, names)
    for _ in range(20):
        page.page.wait_for_timeout(150)
        now = page.value(BOXES, names)
        if now == before:
            break
        before = now
    return before


def moved(before: list[Any], after: list[Any]) -> list[Any]:
    """What has changed by more than the pixel that Plotly rounds up or down."""
    pairs = zip(before, after, strict=True)
    return [
        (a, b) for a, b in pairs if max(abs(x - y) for x, y in zip(a[1:], b[1:], strict=True)) > 1
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_picture_charts_and_top_bar_stay_where_they_are(
    visit: Open, size: tuple[int, int], locale: str
):
    page = visit("speed=200", size=size, locale=locale)
    page.until("document.querySelectorAll('.funnel-row').length === 7")
    page.until("document.querySelector('#story').textContent !== ''")
    start, charts = boxes(page, *FIXED), boxes(page, *CHARTS)

    def steady(*, all_of_it: bool = True) -> None:
        assert moved(start, boxes(page, *FIXED)) == []
        assert not all_of_it or moved(charts, boxes(page, *CHARTS)) == []

    page.page.click("#play")
    page.until_step("> 120")
    steady()
    page.page.click("#play")
    page.until_status("paused")
    steady()
    tabs, track = boxes(page, "#right .tabs"), boxes(page, "#timeline")
    for tab in (*("signal", "cells", "training", "network"), *("collapse", "voronoi", "sweep")):
        page.value(f"document.querySelector('#tab-{tab}').click()")
        steady(all_of_it=False)
        assert boxes(page, "#right .tabs") == tabs  # under the pointer that opened one
    page.page.click("#tab-overview")
    steady()
    page.page.select_option("#speed", "max")
    page.page.click("#play")
    page.until_step("> 2000")  # one digit more
    assert boxes(page, "#timeline") == track
    page.page.click("#play")
    page.until_status("paused")
    if size[0] > 760:  # on a phone the guide stands above the picture
        page.page.click("#rail-sheet")
        steady()
        page.page.click("#tab-sweep")
        steady(all_of_it=False)


def test_the_inspector_has_a_place_of_its_own_and_moves_nothing(visit: Open):
    page = visit("width=8&depth=3&samples=200")
    page.until("document.querySelectorAll('.funnel-row').length === 7")
    start = boxes(page, *FIXED, *CHARTS, "#inspector")
    x, y = page.plot_point(3.0, 3.0)
    page.page.mouse.move(x, y)
    page.until_text("card", "Cell of layer 2")
    assert boxes(page, *FIXED, *CHARTS, "#inspector") == start
    seen = page.page.locator("#card").bounding_box()
    assert seen is not None
    assert seen["x"] > x  # not on the pointer
    page.page.mouse.click(x, y)
    page.page.locator("#card").get_by_text("nearest side").wait_for()
    assert boxes(page, *FIXED, *CHARTS, "#inspector") == start
    assert page.value("document.querySelectorAll('#cells .hoverlayer > *').length") == 0


def test_a_panel_that_lags_names_its_step_as_the_page_does(visit: Open):
    page = visit("speed=max&width=32&depth=8")
    page.page.click("#play")
    page.until("/^step [0-9\\u202f]+$/.test(document.querySelector('#signal-lag').textContent)")
    page.page.click("#play")
    page.until_status("paused")
    page.until("[...document.querySelectorAll('.lag')].every(e => e.textContent === '')")


def test_the_picture_says_what_its_colours_are_then_what_has_happened(visit: Open):
    page = visit("width=8&depth=3&samples=200&speed=200")
    page.until_text("story", "same units of layer 2 are active. Press play.")
    page.page.click("#play")
    page.until_text("story", "hold data")
    page.page.click("#play")
    page.until_status("paused")
    step = page.step
    page.until_text("story", f"step {step:,}: ".replace(",", "\u202f"))
    page.press("Rewind")
    page.until_text("story", "step 0: ")  # who has played knows the colours
