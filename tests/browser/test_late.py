"""What comes late is not shown as if it were of what is on screen by then."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Open
from tests.browser.line import reopened

pytestmark = pytest.mark.browser
SMALL = "width=6&depth=3&samples=200&lang=en"


def test_an_answer_about_a_layer_that_was_left_is_asked_for_again(visit: Open):
    page, line = reopened(visit, f"{SMALL}&layer=2&pixels=101")
    assert page.picture_at_rest
    page.page.mouse.move(*page.plot_point(1.0, 1.2))
    page.page.mouse.move(*page.plot_point(1.1, 1.2))
    page.until("document.getElementById('card').classList.contains('shown')")
    line.holds = '"inspection"'
    page.page.mouse.move(*page.plot_point(1.4, 1.2))
    page.page.keyboard.press("1")
    page.until_link(layer="1")
    page.page.wait_for_timeout(400)  # its picture is there: no other one follows
    assert line.held
    line.let_go()
    page.page.wait_for_timeout(600)
    shown = page.text("card")
    page.page.mouse.move(5, 5)
    page.until("!document.getElementById('card').classList.contains('shown')")
    page.page.mouse.move(*page.plot_point(1.4, 1.2))
    page.until("document.getElementById('card').classList.contains('shown')")
    page.page.wait_for_timeout(400)
    assert shown == page.text("card")


def test_a_number_is_of_the_unit_in_whose_box_it_was_typed(visit: Open):
    page = visit(f"{SMALL}&tab=network")
    page.until("document.getElementById('network-canvas').width > 0")
    place = """unit => {
      const host = document.getElementById('network-drawing');
      const box = host.getBoundingClientRect();
      const column = (host.clientWidth - 8) / 4;
      const pitch = Math.min(38, Math.max(18, (host.clientHeight - 24) / 6));
      return [box.left + 4 + 1.5 * column, box.top + 20 + (unit - 0.5) * pitch - host.scrollTop];
    }"""
    box = page.page.locator("#unit-weight-0")
    page.page.mouse.click(*page.value(place, 1))
    page.until_text("unit-title", "1")
    box.fill("0.75")
    page.page.mouse.click(*page.value(place, 4))
    page.until("document.activeElement?.id !== 'unit-weight-0'")
    page.until("!document.getElementById('edited').hidden")
    page.page.mouse.move(5, 5)
    page.page.wait_for_timeout(500)
    other = box.input_value()
    page.page.mouse.click(*page.value(place, 1))
    page.until("document.getElementById('unit-weight-0').value === '0.75'")
    assert other != "0.75"


def test_what_another_experiment_was_doing_is_over_when_the_line_is_new(visit: Open):
    page, line = reopened(visit, f"{SMALL}&tab=signal")
    page.until("document.getElementById('average-start').textContent !== ''")
    page.until("window.cellscope.frames > 0")
    page.page.wait_for_timeout(500)
    idle = page.text("average-start")
    told = {"status": "running", "done": 1, "total": 9, "share": 0.1, "text": "1 of 9"}
    line.tell(type="job", kind="average", **told)
    page.until_text("average-start", "Cancel")
    window = [-5, 5, -5, 5]
    line.tell(
        type="opened",
        name="mine.onnx",
        said="",
        plane="",
        inputs=2,
        points=False,
        trainable=True,
        why="",
        corners=[],
        window=window,
    )
    page.until("!document.getElementById('opened').hidden")
    page.until("document.getElementById('reseed').disabled")
    line.cut()
    page.until("document.getElementById('opened').hidden")
    page.until("!document.getElementById('reseed').disabled")
    page.until_text("average-start", idle)
    assert page.text("average-state") == ""


def test_counts_that_were_lost_with_the_line_are_asked_for_again(visit: Open):
    page, line = reopened(visit, SMALL)
    page.until("window.cellscope.frames > 0")
    line.deaf = "draws"
    page.page.locator("#draws").dispatch_event("click")
    page.until_text("draws-answer", "ount")
    line.deaf = ""
    counting = page.text("draws-answer")
    line.cut()
    page.until("said => document.getElementById('draws-answer').textContent !== said", counting)
    assert "20" in page.text("draws-answer")


def test_rings_are_of_the_run_in_the_picture(visit: Open):
    page, line = reopened(visit, SMALL)
    page.press("One step")
    page.until_step("=== 1")
    page.until_text("batch-text", "batch of step 1")
    line.tell(type="batch", run=999, step=1, points=[[[0, 0]]], text="of another run")
    page.page.wait_for_timeout(200)
    assert "another" not in page.text("batch-text")


def saved_late(page: Page, kind: str, address: str, meanwhile: Any) -> bytes:
    """What is saved where the server is asked, something happens, and it has no such state."""
    routes: list[Route] = []
    page.route(address, lambda route: routes.append(route))
    with page.expect_download() as coming:
        page.evaluate(f"document.querySelector('#save-{kind}').click()")
        while not routes:
            page.wait_for_timeout(20)
        meanwhile()
        for route in routes:
            route.fulfill(status=204)
    page.unroute(address)
    return Path(coming.value.path()).read_bytes()


def test_a_file_is_of_the_step_in_its_name(visit: Open):
    page = visit(f"{SMALL}&line=-4,0.5,4,1&mode=cells")
    page.until_text("ruler-answer", " ")
    assert page.picture_at_rest
    before = page.text("ruler-answer")
    at_once = saved_late(page.page, "cells", "**/export/png*", lambda: None)

    def another() -> None:
        page.page.locator("#layer-buttons > :nth-child(1)").click()
        page.until_link(layer="1")
        page.until("said => document.getElementById('ruler-answer').textContent !== said", before)
        assert page.picture_at_rest

    assert saved_late(page.page, "cells", "**/export/png*", another) == at_once
    page.page.locator("#layer-buttons > :nth-child(2)").click()
    page.until_text("ruler-answer", before)
    assert page.picture_at_rest
    drawn = saved_late(page.page, "svg", "**/export/svg*", another).decode()
    assert before.split(" ")[0] in drawn
    assert page.text("ruler-answer") not in drawn


def test_derivations_that_come_late_are_not_in_another_language_than_the_page(visit: Open):
    page = visit(SMALL)
    routes: list[Route] = []
    page.page.route("**/theory/en", lambda route: routes.append(route))
    page.page.click("#theory")
    while not routes:
        page.page.wait_for_timeout(20)
    page.page.click("#theory-close")
    page.page.locator(".languages [data-language=de]").first.dispatch_event("click")
    page.page.click("#theory")
    page.until_text("theory-text", "1.1 Lineare")
    for route in routes:
        route.continue_()
    page.page.wait_for_timeout(2000)
    assert "1.1 Lineare" in page.text("theory-text")


def test_what_is_drawn_before_the_points_have_come_is_added_to_them(visit: Open):
    page = visit(SMALL)
    page.page.locator("#own-data").dispatch_event("click")
    page.page.locator("#own-formula").fill("x*y > 0")
    page.page.locator("#own-formula-take").dispatch_event("click")
    page.until_link(dataset="own")
    routes: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "GET":
            routes.append(route)
        else:
            route.continue_()

    page.page.wait_for_load_state("networkidle")
    page.page.route("**/own-data*", hold)
    page.page.locator("#draw-data").click()
    while not routes:
        page.page.wait_for_timeout(20)
    page.page.keyboard.press("Enter")  # a point in the middle
    page.until_text("draw-count", "1 point")
    for route in routes:
        route.continue_()
    page.until(
        "parseInt(document.getElementById('draw-count').textContent.replace(/\\D/g, '')) > 100"
    )
    page.page.wait_for_timeout(300)
    number = "parseInt(document.getElementById('draw-count').textContent.replace(/\\D/g, ''))"
    many = page.value(number)
    page.page.keyboard.press("Control+z")
    page.until(f"many => {number} === many - 1", many)


@pytest.mark.parametrize("drawing", [True, False], ids=["still drawing", "no longer drawing"])
def test_points_that_did_not_arrive_are_not_sent_into_a_questions_experiment(
    visit: Open, drawing: bool
):
    page = visit(SMALL)
    routes: list[Route] = []
    page.page.route("**/own-data*", lambda route: routes.append(route))
    page.page.click("#draw-data")
    page.page.mouse.move(*page.plot_point(-2, 1))
    page.page.mouse.down()
    page.page.mouse.move(*page.plot_point(2, 1), steps=20)
    page.page.mouse.up()
    while not routes:
        page.page.wait_for_timeout(20)
    if not drawing:
        page.page.keyboard.press("Escape")
    page.choose("preset", "2.3")
    page.until("document.documentElement.hasAttribute('data-covered')")
    with page.no_server():
        for route in routes:
            route.abort()
        routes.clear()
        page.page.wait_for_timeout(3000)  # it would be tried again after two seconds
    assert not routes
    page.uncover()
    page.until_link(dataset="spirals")


def test_a_number_is_of_the_network_in_whose_box_it_was_typed(visit: Open):
    page, line = reopened(visit, f"{SMALL}&compare=seed:5&tab=network&unit=1,2")
    box = page.page.locator("#unit-weight-0")
    page.until("document.getElementById('unit-weight-0')?.value")
    first = box.input_value()
    line.holds = '"type": "unit"'
    page.page.click("#which-b")
    while not line.held:
        page.page.wait_for_timeout(20)
    page.page.wait_for_timeout(500)  # the second one is drawn
    assert box.input_value() == first
    box.fill("0.75")
    box.press("Enter")
    while line.heard[-1]["type"] != "edit":
        page.page.wait_for_timeout(20)
    assert line.heard[-1]["which"] == "a"
    line.let_go()
    page.until("before => document.getElementById('unit-weight-0').value !== before", "0.75")
    page.page.click("#which-a")
    page.until("document.getElementById('unit-weight-0').value === '0.75'")
