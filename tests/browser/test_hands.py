"""Stories of hands: points drawn with a pen, lines dragged in the picture, weights by keys."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Route

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=6&depth=3&samples=200"
NO_POINTS = "document.getElementById('draw-count').textContent.startsWith('0 points')"


def box_of(page: Visit, element: str) -> Any:
    found = page.page.locator(f"#{element}").bounding_box()
    assert found is not None
    return found


def stroke(page: Visit, cdp: Any, points: list[tuple[float, float]]) -> None:
    """Of a pen."""
    for k, (x, y) in enumerate([*points, points[-1]]):
        kind = "mouseMoved" if k else "mousePressed"
        last = k == len(points)
        cdp.send(
            "Input.dispatchMouseEvent",
            {
                "type": "mouseReleased" if last else kind,
                "x": x,
                "y": y,
                "button": "left",
                "buttons": 0 if last else 1,
                "clickCount": 1,
                "pointerType": "pen",
            },
        )


def test_points_drawn_with_a_pen_are_trained_on_at_once(visit: Open):
    page = visit(SMALL)
    page.page.locator("#draw-data").click()
    area = box_of(page, "draw-layer")
    cdp = page.page.context.new_cdp_session(page.page)
    for k, key in enumerate("01"):
        page.page.keyboard.press(key)
        y = area["y"] + (0.3 + 0.4 * k) * area["height"]
        stroke(page, cdp, [(area["x"] + 20 + 9 * j, y) for j in range(40)])
    page.until_text("draw-count", "80 points")
    page.page.keyboard.press("Escape")
    page.until("!document.getElementById('edited').hidden")
    page.page.locator("#edited > summary").click()
    page.until_text("edited-list", "Data of your own")
    page.page.locator("#edited > summary").click()
    page.play()
    page.until("window.cellscope.step > 20")
    page.pause()
    page.page.locator("#draw-data").click()  # it goes on with what the server has
    page.until_text("draw-count", "80 points")


@pytest.mark.parametrize("how", ["lang=en", "lang=de&lecture=1"])
def test_the_tools_of_drawing_have_the_classes_colours_and_overlap_nothing(visit: Open, how: str):
    page = visit(f"{SMALL}&step=20&{how}")
    page.until_step("=== 20")
    page.page.locator("#draw-data").dispatch_event("click")  # in a lecture the settings are folded
    for _ in range(6):
        page.page.locator("#draw-more").click()
    colours = page.value(
        "[...document.querySelectorAll('.draw-class')]"
        ".map((button) => getComputedStyle(button).borderBottomColor)"
    )
    assert len(set(colours)) == 8
    page.page.keyboard.press("3")  # the class of this number
    named = page.page.locator(".draw-class[aria-pressed=true]")
    assert (named.inner_text(), named.get_attribute("id")) == ("3", "draw-class-2")
    time, tools = (box_of(page, name) for name in ("time", "draw-strip"))
    assert time["y"] + time["height"] <= tools["y"]
    assert tools["y"] + tools["height"] <= 720
    page.until(
        "document.getElementById('draw-layer').getBoundingClientRect().bottom"
        " <= document.getElementById('time').getBoundingClientRect().top"
    )


def two_strokes(page: Visit) -> Callable[[float], None]:
    """Twenty points each, a deed each; what draws such a row at a height from 0 to 1."""
    page.page.locator("#draw-data").click()
    area = box_of(page, "draw-layer")
    cdp = page.page.context.new_cdp_session(page.page)

    def row(at: float) -> None:
        y = area["y"] + at * area["height"]
        stroke(page, cdp, [(area["x"] + 20 + 9 * j, y) for j in range(20)])

    for k in range(2):
        if k:
            page.page.wait_for_timeout(1400)  # so that the second stroke is a deed of its own
        row(0.3 + 0.4 * k)
        page.until_text("draw-count", f"{20 * (k + 1)} points")
        page.until(f"document.body.textContent.includes('drawn: {20 * (k + 1)} points')")
    return row


def test_what_is_undone_beside_the_tools_is_undone_in_the_drawing(visit: Open):
    page = visit(SMALL)
    row = two_strokes(page)
    page.page.locator("#undo").click()
    page.until_text("draw-count", "20 points")
    row(0.1)
    page.until_text("draw-count", "40 points")
    page.until("document.body.textContent.includes('drawn: 40 points')")
    for _ in range(2):
        page.page.locator("#undo").click()
    page.until(NO_POINTS)


def test_an_answer_of_before_an_undo_brings_no_points_back(visit: Open):
    page = visit(SMALL)
    two_strokes(page)
    kept: list[Route] = []
    answers: list[APIResponse] = []

    def keep(route: Route) -> None:
        if route.request.method != "GET" or kept:
            route.fallback()
            return
        answer = route.fetch()
        if len(answer.json()["points"]) != 20:  # still asked for because of the second stroke
            route.fulfill(response=answer)
            return
        kept.append(route)
        answers.append(answer)  # of the first stroke alone

    page.page.route("**/own-data?*", keep)
    page.page.locator("#undo").click()
    while not answers:
        page.page.wait_for_timeout(50)
    page.page.locator("#undo").click()
    page.until(NO_POINTS)
    kept[0].fulfill(response=answers[0])
    page.page.wait_for_timeout(400)
    assert page.value(NO_POINTS)


def test_whether_points_are_standardised_is_said_of_those_after_an_undo(
    visit: Open, tmp_path: Path
):
    page = visit(SMALL)
    page.page.click("#own-data")
    rows = "".join(f"{3 * k},{k % 7},{k % 2}\n" for k in range(40))
    table = tmp_path / "mine.csv"
    table.write_text(rows)
    page.page.set_input_files("#own-file-input", table)
    page.until_link(dataset="own")
    box = page.page.locator("#own-standardise")
    assert not box.is_checked()
    before = page.points
    box.check()
    page.until_other("points", before)
    page.page.click("#undo")
    page.until("!document.getElementById('own-standardise').checked")
    page.page.click("#redo")
    page.until("document.getElementById('own-standardise').checked")


def test_on_a_phone_the_picture_is_there_when_one_begins_to_draw(visit: Open):
    page = visit(SMALL, size=(390, 844))
    page.page.locator("#draw-data").scroll_into_view_if_needed()
    page.page.locator("#draw-data").click()
    area = box_of(page, "draw-layer")
    assert area["y"] >= 0
    assert area["y"] + area["height"] <= box_of(page, "draw-strip")["y"]
    for k in range(6):
        x, y = area["x"] + 40 + 30 * k, area["y"] + area["height"] / 2
        stroke(page, page.page.context.new_cdp_session(page.page), [(x, y)])
    page.until_text("draw-count", "6 points")
    page.page.locator("#draw-strip").get_by_text("Done").click()
    page.until("document.getElementById('picture').getBoundingClientRect().top >= 0")


def seize_a_line(page: Visit) -> tuple[float, float]:
    """Press on a line of layer 1: with zero biases all of them pass through the middle."""
    page.page.get_by_role("tab", name="Network").click()
    page.until("document.getElementById('network-canvas').width > 0")
    middle = page.plot_point(0.0, 0.0)
    page.page.mouse.move(middle[0] + 1, middle[1])
    page.page.mouse.move(*middle)
    page.until("document.documentElement.hasAttribute('data-over-line')")
    page.page.mouse.down()
    return middle


def test_a_line_is_known_below_a_pointer_that_came_before_the_drawing(visit: Open):
    page = visit(SMALL + "&bias_variance=0&tab=cells")
    page.page.mouse.move(*page.plot_point(0.0, 0.0))
    tab = page.page.get_by_role("tab", name="Network")
    tab.focus()
    page.page.keyboard.press("Enter")
    page.until("document.documentElement.hasAttribute('data-over-line')")


def test_a_dragged_line_is_undone_as_one_deed_and_marked(visit: Open):
    page = visit(SMALL + "&bias_variance=0")
    start = page.picture_at_rest
    x, y = seize_a_line(page)
    for k in range(1, 12):
        page.page.mouse.move(x + 60 * math.sin(k / 7), y - 5 * k)
    page.page.mouse.up()
    page.until("!document.getElementById('edited').hidden")
    page.until_other("picture", start)
    page.page.keyboard.press("Control+z")
    page.until("document.getElementById('edited').hidden")
    page.until_same("picture", start)
    page.page.keyboard.press("Control+Shift+z")
    page.until("!document.getElementById('edited').hidden")
    page.until_other("picture", start)


def test_the_picture_follows_a_dragged_line_also_where_no_line_comes_or_goes(visit: Open):
    page = visit("width=3&depth=2&samples=100&bias_variance=0&layer=1")
    x, y = seize_a_line(page)
    seen: set[str] = set()
    for k in range(200):
        page.page.mouse.move(x + 30 + 20 * math.sin(k / 5), y - 20)
        page.page.wait_for_timeout(30)
        seen.add(page.value("document.getElementById('picture').toDataURL()"))
        if len(seen) == 12:
            break
    page.page.mouse.up()
    assert len(seen) == 12


def test_arrow_keys_step_a_weight_and_typing_sets_it(visit: Open):
    page = visit(SMALL)
    page.page.get_by_role("tab", name="Network").click()
    page.page.locator("#network-drawing").focus()
    page.page.keyboard.press("ArrowRight")
    box = page.page.locator("#unit-weight-1")
    box.wait_for()
    box.fill("0.5")
    box.press("Enter")
    page.until("document.getElementById('unit-weight-1').dataset.value === '0.5'")
    box.press("ArrowUp")
    page.until("document.getElementById('unit-weight-1').dataset.value === '0.51'")
    page.until("!document.getElementById('edited').hidden")
    page.page.locator("#unit-title").click()
    page.page.locator("#undo").click()  # the key's step
    page.until("document.getElementById('unit-weight-1').dataset.value === '0.5'")
    page.page.locator("#undo").click()  # what was typed
    page.until("document.getElementById('edited').hidden")
    box.fill("3")
    box.press("ArrowUp")  # from what is typed, though it is not entered yet
    page.until("document.getElementById('unit-weight-1').dataset.value === '3.1'")
    box.fill("7.5")
    box.press("Enter")
    page.until("document.getElementById('unit-weight-1').dataset.value === '7.5'")
    for _ in range(2):  # the box is as it was entered, so the keys are the page's
        box.press("Control+z")
    page.until("document.getElementById('edited').hidden")


def test_a_units_picture_is_told_as_such_and_mode_or_layer_bring_the_cells_back(visit: Open):
    page = visit(SMALL)
    page.page.get_by_role("tab", name="Network").click()
    for back in ("#mode label", "#layer-buttons .film.chosen"):
        page.page.locator("#network-drawing").focus()
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("Enter")
        page.until_text("story", "what unit")
        page.until("document.documentElement.hasAttribute('data-shows-unit')")
        page.page.locator(back).first.click()
        page.until("!/what unit/.test(document.querySelector('#story').textContent)")
        page.until("!document.documentElement.hasAttribute('data-shows-unit')")


def test_a_page_that_is_loaded_again_shows_the_chosen_unit_and_what_was_ringed(visit: Open):
    page = visit(f"{SMALL}&tab=network")
    page.page.click("#step")
    page.until_text("batch-text", "Ringed: the batch of step 1")
    page.page.locator("#network-drawing").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    page.until("document.documentElement.hasAttribute('data-shows-unit')")
    page.until_text("story", "what unit")
    named = page.text("story")
    for _ in range(2):
        page.page.wait_for_load_state("networkidle")
        page.page.reload()
        page.until("window.cellscope?.frames > 0")
        page.until_text("batch-text", "Ringed: the batch of step 1")
        page.until("document.documentElement.hasAttribute('data-shows-unit')")
        page.until_text("story", named)
        page.until("document.getElementById('unit-show').ariaPressed === 'true'")
    page.page.click("#step")
    page.until_text("batch-text", "Ringed: the batch of step 2")
    page.page.locator("#mode label").first.click()
    page.until("!document.documentElement.hasAttribute('data-shows-unit')")
    page.page.wait_for_load_state("networkidle")
    page.page.reload()
    page.until_text("batch-text", "Ringed: the batch of step 2")
    assert not page.value("document.documentElement.hasAttribute('data-shows-unit')")


def test_the_unit_in_the_picture_is_in_the_link_until_the_network_has_it_no_more(visit: Open):
    page = visit("width=6&depth=3&unit=2,6&tab=training")
    page.until("document.documentElement.hasAttribute('data-shows-unit')")
    page.until_text("count", "unit 6, layer 2")
    page.until_link(unit="2,6")
    other = visit(page.value("location.search.slice(1)"))
    other.until_text("count", page.text("count"))
    page.enter("width", "5")
    page.until("!document.documentElement.hasAttribute('data-shows-unit')")
    page.until("!location.search.includes('unit=')")
    page.until_text("count", "cells of layer 2")
    page.page.reload()
    page.until_text("count", "cells of layer 2")
    assert not page.problems


def test_a_logit_that_is_chosen_stays_so_while_its_network_grows(visit: Open):
    page = visit(f"{SMALL}&tab=network")
    page.page.locator("#network-drawing").focus()
    for title in ("Layer 1", "Layer 2", "Layer 3, logit 1"):
        page.page.keyboard.press("ArrowRight")
        page.until_text("unit-title", title)
    for depth in (6, 3, 7, 3, 8):  # what is known of the unit comes before the drawing
        page.enter("depth", str(depth))
        page.until_link(depth=str(depth))
        title = "logit 1" if depth == 3 else "unit 1"
        page.until_text("unit-title", title)
        page.page.wait_for_load_state("networkidle")


def test_a_chosen_units_weights_are_named_after_inputs_that_are_added(visit: Open):
    page = visit(f"{SMALL}&tab=network")
    page.page.locator("#network-drawing").focus()
    page.page.keyboard.press("ArrowRight")
    page.until_text("unit-weights", "from x₂")
    for chosen in (["sinx"], ["sinx", "xy"]):
        page.value("chosen => dash_clientside.set_props('features', {value: chosen})", chosen)
        page.until_link(features=",".join(reversed(chosen)))
    page.until_text("unit-weights", "from sin x")
    assert "from 1" not in page.text("unit-weights")


@pytest.mark.parametrize("deed", ["weight", "rate"])
def test_the_link_has_its_step_again_once_a_deed_is_taken_back(visit: Open, deed: str):
    page = visit("width=6&depth=3&task=regression&dataset=plane&samples=90&step=10&tab=network")
    page.until_link(step="10")
    page.page.locator("#network-drawing").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.locator("#unit-weight-1").wait_for()
    for value in ("0.5", "0.75", "0.25"):  # frame, settings and marks come in any order
        if deed == "weight":
            page.page.fill("#unit-weight-1", value)
            page.page.press("#unit-weight-1", "Enter")
        else:
            page.enter("learning-rate", value)
        page.until("!document.getElementById('undo').disabled")
        page.until("!location.search.includes('step=')")
        page.page.wait_for_timeout(1000)  # so that the address may be written at once again
        page.page.click("#undo")
        page.until("document.getElementById('undo').disabled")
        page.until_link(step="10")


def test_another_layer_or_mode_takes_the_place_of_the_unit_in_the_picture(visit: Open):
    page = visit("width=8&depth=5&samples=200&tab=network")
    chosen = "document.querySelector('.film.chosen .film-layer').textContent"
    ways = {
        4: lambda: page.page.locator("#layer-buttons button").nth(3).click(),
        3: lambda: page.page.keyboard.press("3"),
        1: lambda: page.enter("layer", "1"),
    }
    for layer, way in ways.items():
        page.page.locator("#network-drawing").focus()
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("Enter")
        page.until("document.documentElement.hasAttribute('data-shows-unit')")
        page.until_text("story", "what unit")
        page.until(f"{chosen} === document.querySelector('input#layer').value")
        way()
        page.until_link(layer=str(layer))
        page.until(f"{chosen} === '{layer}'")
        assert page.settings["layer"] == str(layer)
        page.until("!document.documentElement.hasAttribute('data-shows-unit')")
