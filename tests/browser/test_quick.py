"""Presses that follow each other faster than the server answers."""

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Open
from tests.browser.line import reopened
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=6&depth=3&samples=200&lang=en"
CALLBACKS = "**/_dash-update-component*"
WIDTHS = "[...document.querySelectorAll('.layer-row output')].map(o => o.textContent).join()"


def slowed(page: Visit) -> list[Route]:
    """Settings stay on their way to the server until they are let go."""
    kept: list[Route] = []

    def keep(route: Route) -> None:
        if "intent" in (route.request.post_data or ""):
            kept.append(route)
        else:
            route.fallback()

    page.page.route(CALLBACKS, keep)
    return kept


def let_go(page: Visit, kept: list[Route]) -> None:
    for route in kept:
        route.continue_()
    page.page.unroute(CALLBACKS)


def test_a_layer_is_as_much_wider_as_its_button_was_pressed(visit: Open):
    page = visit(SMALL)
    page.unfold("layer-list")
    page.page.locator("#layer-details > summary").click()
    page.until(f"{WIDTHS} === '6,6'")
    kept = slowed(page)
    for wide in ("7", "8", "9"):
        page.page.get_by_role("button", name="Layer 1: one unit more").click()
        page.until(f"{WIDTHS} === '{wide},6'")
    page.page.get_by_role("button", name="Layer 2: one unit fewer").click()
    page.until(f"{WIDTHS} === '9,5'")
    page.until("document.getElementById('hidden').value === '9,5'")
    let_go(page, kept)
    page.until_link(hidden="9,5")
    assert page.value(WIDTHS) == "9,5"


def test_a_layer_that_is_taken_back_before_it_was_answered_is_as_it_was(visit: Open):
    page = visit(SMALL)
    page.unfold("layer-list")
    page.page.locator("#layer-details > summary").click()
    kept = slowed(page)
    page.page.get_by_role("button", name="Layer 1: one unit more").click()
    page.until(f"{WIDTHS} === '7,6'")
    page.page.get_by_role("button", name="Layer 1: one unit fewer").click()
    page.until(f"{WIDTHS} === '6,6'")
    page.until("document.getElementById('hidden').value === ''")
    let_go(page, kept)
    page.page.wait_for_timeout(1500)
    assert page.value(WIDTHS) == "6,6"
    assert "hidden" not in page.link


def test_differences_that_are_chosen_one_after_the_other_are_all_taken(visit: Open):
    page = visit(f"{SMALL}&compare=depth:4;seed:3")
    boxes = page.page.locator("#differences .difference input")
    page.until("document.querySelectorAll('#differences .difference input').length === 2")
    kept = slowed(page)
    for place, value in enumerate(("5", "7")):
        boxes.nth(place).fill(value)
        boxes.nth(place).press("Enter")
    page.page.select_option("#differences > select", "width")
    page.until("document.getElementById('compare').value === 'depth:5;seed:7;width:3'")
    let_go(page, kept)
    page.until(
        "new URLSearchParams(location.search).get('compare').split(';').sort().join()"
        " === 'depth:5,seed:7,width:3'"
    )


def test_comparing_is_switched_on_and_off_as_often_as_pressed(visit: Open):
    page = visit(SMALL)
    kept = slowed(page)
    for _ in range(2):
        page.page.click("#compare-switch")
    page.page.wait_for_timeout(300)
    let_go(page, kept)
    page.page.wait_for_timeout(1500)
    assert page.seen["compare"] is None
    assert "compare" not in page.link


def test_as_many_data_are_drawn_as_asked_for(visit: Open):
    page = visit(SMALL)
    kept = slowed(page)
    for _ in range(3):
        page.page.click("#new-data")
    page.until("document.getElementById('data-seed').value === '3'")
    let_go(page, kept)
    page.until_link(data_seed="3")


def test_an_answer_about_another_line_is_not_shown_at_this_one(visit: Open):
    page, line = reopened(visit, f"{SMALL}&layer=2")

    def draw(y: float) -> None:
        page.page.mouse.move(*page.plot_point(-4, y))
        page.page.mouse.down()
        page.page.mouse.move(*page.plot_point(4, y), steps=4)
        page.page.mouse.up()

    page.page.click("#ruler")
    line.holds = '"type": "line"'
    draw(-1)
    while len(line.held) < 1:
        page.page.wait_for_timeout(20)
    late = line.held.copy()
    line.held.clear()
    draw(2)
    while len(line.held) < 1:
        page.page.wait_for_timeout(20)
    line.holds = None
    line.held[:], newest = late, line.held.copy()
    line.let_go()
    page.page.wait_for_timeout(300)
    assert page.text("ruler-answer") == ""
    line.held[:] = newest
    line.let_go()
    page.until("document.getElementById('ruler-answer').textContent !== ''")
