"""Stories of the time line: going back, playing, branching, then beside now."""

import re

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import until

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200&step=200"


def go_to(step: int) -> str:
    """Drag the time line there."""
    return (
        "(() => { const line = document.getElementById('timeline'); "
        f"line.value = {step}; line.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
    )


def test_a_student_drags_back_and_everything_says_that_step(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.until("!document.getElementById('timeline').disabled")
    now = page.picture_at_rest
    loss = page.text("loss-count")
    page.page.evaluate(go_to(50))
    page.until("window.cellscope.step === 50")
    page.until("document.getElementById('status').textContent === 'earlier step'")
    page.until(f"document.getElementById('loss-count').textContent !== '{loss}'")
    page.until("document.getElementById('story').textContent.startsWith('step 50:')")
    page.until("/[?&]step=50(&|$)/.test(location.search)")
    assert page.step == 50
    assert page.text("time-said") == "step 50 of 200"
    lags = page.page.locator(".panel [id$=-lag]").all_text_contents()
    page.until("![...document.querySelectorAll('.panel [id$=-lag]')].some((e) => e.textContent)")
    assert page.picture_at_rest != now, lags
    page.page.keyboard.press(".")
    page.until("window.cellscope.step === 51")
    page.press("Now")
    page.until_step("=== 200")
    assert page.picture_at_rest == now
    assert page.text("status") == "paused"


def test_the_recording_plays_to_its_end_and_is_then_now(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.page.locator("#time-more > summary").click()
    page.page.get_by_role("button", name="3 s", exact=True).click()
    page.page.locator("#time-more > summary").click()
    page.press("Play the recording")
    page.until("window.cellscope.step < 100")
    page.until("window.cellscope.step > 100 && window.cellscope.step < 200")
    page.until_step("=== 200")
    page.until_status("paused")


def test_a_branch_trains_on_and_the_old_one_is_still_there(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.page.evaluate(go_to(40))
    page.until("window.cellscope.step === 40")
    page.press("Train on from here")
    page.until_status("training")
    page.until("window.cellscope.step > 60 && window.cellscope.step < 190")
    page.pause()
    page.page.locator("#time-more > summary").click()
    old, new = page.page.locator("#branches button").all_text_contents()
    assert old == "1: to step 200"
    assert re.fullmatch(r"2: from 1 at step 40, to step \d+", new)
    page.page.locator("#branches button").first.click()
    page.until("window.cellscope.step === 200")
    assert page.text("status") == "earlier step"


COVERED = """menu => [...menu.querySelectorAll('button')].filter((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return width && !button.contains(there);
}).map((button) => button.textContent)"""


@pytest.mark.parametrize("how", ["lecture=0", "lecture=1"])
def test_menus_lie_over_the_picture(visit: Open, how: str):
    page = visit(f"{SMALL}&{how}")
    page.until_step("=== 200")
    page.until("document.getElementById('time-more').offsetParent !== null")
    for name in ("time-more", "points", "export"):
        page.page.locator(f"#{name} > summary").click()
        menu = page.page.locator(f"#{name} > .menu")
        menu.wait_for()
        assert menu.evaluate(COVERED) == []
        page.page.locator(f"#{name} > summary").click()


def test_in_a_lecture_the_menu_trains_on_from_the_step_shown(visit: Open):
    page = visit(SMALL + "&lecture=1")
    page.until_step("=== 200")
    page.page.evaluate(go_to(40))
    page.until("window.cellscope.step === 40")
    page.page.locator("#time-more > summary").click()
    page.press("Train on from here")
    page.until_status("training")
    page.until("window.cellscope.step > 60 && window.cellscope.step < 190")
    page.until("!document.getElementById('time-more').open")


# How many pixels are drawn over a picture.
RINGED = """(id => {
  const {width, height} = document.getElementById(id);
  if (!width) return 0;
  const {data} = document.getElementById(id).getContext("2d").getImageData(0, 0, width, height);
  return data.filter((value, k) => k % 4 === 3 && value > 0).length;
})"""


def test_step_0_stands_beside_now_in_one_click(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.press("Step 0 beside")
    page.until("document.getElementById('heading-b').textContent === 'B: step 0'")
    page.until("window.cellscope.compare?.step === 0")
    assert page.text("heading-a") == "A: step 200"
    assert page.step == 200
    page.until("document.getElementById('numbers-b').textContent !== ''")
    assert page.text("numbers-a") != page.text("numbers-b")
    page.press("Step 0 beside")
    page.until("window.cellscope.compare === null")


def test_the_rings_of_a_single_step_are_of_the_newer_of_two_steps(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.press("One step")
    page.until_text("batch-text", "Ringed: the batch of step 201")
    page.until(f"{RINGED}('spotlight') > 200")
    page.press("Step 0 beside")
    page.until("window.cellscope.compare?.step === 0")
    page.until(f"{RINGED}('spotlight') > 200")
    assert page.value(f"{RINGED}('spotlight-b')") == 0


def test_play_leaves_the_past(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.page.evaluate(go_to(40))
    page.until("window.cellscope.step === 40")
    page.play()
    page.until_status("training")
    page.until("window.cellscope.step > 205")
    page.pause()


def test_the_address_holds_the_step_to_stop_at_and_opens_with_it(visit: Open):
    page = visit("width=8&depth=3&samples=200&speed=max&tab=training")
    page.enter("stop-at", "120")
    page.until_link(stop_at="120")
    again = visit(page.page.url.partition("?")[2])
    again.until("document.getElementById('stop-at').value === '120'")
    again.press("Play")
    again.until_step("=== 120")
    again.until_status("paused")
    again.until_link(stop_at="120", step="120")
    again.enter("stop-at", "")
    again.until("!location.search.includes('stop_at')")


def test_a_click_into_the_loss_curve_goes_to_its_step(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.until("document.getElementById('timeline').max === '200'")
    page.until(  # the chart has come as far, too
        "(document.querySelector('#loss .js-plotly-plot') ?? document.getElementById('loss'))"
        "._fullLayout.xaxis.range[1] === 200"
    )
    plot = page.page.locator("#loss .nsewdrag").first.bounding_box()
    assert plot is not None
    page.page.mouse.click(plot["x"] + 0.4 * plot["width"], plot["y"] + plot["height"] / 2)
    page.until("document.getElementById('status').textContent === 'earlier step'")
    assert 70 <= page.step <= 90  # the axis ends at 200


def test_playing_the_recording_ends_where_another_experiment_begins(visit: Open):
    page = visit(SMALL)
    page.until_step("=== 200")
    page.page.click("#time-play")
    page.until("window.cellscope.step < 100")
    page.enter("width", "6")
    page.until_link(width="6")
    until(page.page, "document.querySelector('#time-play').ariaPressed === 'false'", timeout=5.0)
    page.until_text("time-said", "step 0")
    page.page.wait_for_timeout(600)  # in which it would have gone on
    assert page.text("time-said") == "step 0"
