"""Links, reloads, and starting again: what a tab finds when it is opened."""

import pytest

from cellscope.app.text.numbers import grouped
from tests.browser.conftest import Open
from tests.browser.visit import AXES, Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200&speed=max"


def trained(page: Visit) -> int:
    """Play for a moment, pause; the step."""
    page.play()
    page.until_step("> 30")
    page.pause()
    page.until_link(step=str(page.step))
    return page.step


def until_there(page: Visit) -> None:
    page.until("window.cellscope?.frames > 0")
    page.until(AXES)


def test_a_reload_returns_to_the_living_run_and_its_link_opens_the_same_elsewhere(visit: Open):
    page = visit(SMALL)
    step = trained(page)
    picture, loss = page.picture_at_rest, page.text("loss-count")
    page.page.reload()
    until_there(page)
    page.until_step(f"=== {step}")
    assert page.picture_at_rest == picture
    other = visit(page.page.url.split("?")[1])
    other.until_step(f"=== {step}")
    other.until_status("paused")
    assert other.picture_at_rest == picture
    other.until_text("loss-count", loss)
    assert other.link == page.link


def test_a_reload_before_the_address_has_followed_returns_to_the_run(visit: Open):
    page = visit(SMALL)
    page.play()
    page.until_step("> 30")
    session = page.value("sessionStorage.getItem('cellscope-session')")
    with page.page.expect_event("load"):
        page.value(
            """() => {
                const status = document.querySelector('#status');
                new MutationObserver(() => status.dataset.value === 'paused' && location.reload())
                    .observe(status, { attributes: true });
                document.querySelector('#play').click();
            }"""
        )
    until_there(page)
    assert page.value("sessionStorage.getItem('cellscope-session')") == session
    page.until_step("> 30")


def test_a_reload_keeps_a_rate_that_no_link_leads_to_and_the_page_says_so(visit: Open):
    page = visit(SMALL)
    step = trained(page)
    page.enter("learning-rate", "0.03")
    page.until_link(learning_rate="0.03")
    page.until("!new URLSearchParams(location.search).has('step')")
    page.page.click("#share")
    page.until_text("toast", "It opens this set-up at step 0")
    page.page.reload()
    until_there(page)
    page.until_step(f"=== {step}")
    assert page.settings["learning-rate"] == "0.03"


@pytest.mark.parametrize("again", ["/", "Start again"])
def test_the_start_values_come_with_the_way_back_to_the_run_before(visit: Open, again: str):
    page = visit(SMALL)
    step = trained(page)
    if again == "/":
        page.open()
    else:
        page.press(again)
        page.until("new URLSearchParams(location.search).get('width') === '16'")
        until_there(page)
    assert page.step == 0
    assert page.settings["width"] == "16"
    page.until_text("continue", f"Continue at step {grouped(step)}")
    page.page.reload()
    until_there(page)
    page.press(page.text("continue"))
    page.until_link(width="8", step=str(step))
    until_there(page)
    page.until_step(f"=== {step}")
    assert not page.page.is_visible("#continue")


def test_where_a_tab_had_no_run_nothing_is_offered(visit: Open):
    page = visit(SMALL)  # opened, and never trained
    page.open()
    assert not page.page.is_visible("#continue")


def test_back_and_forward_lead_to_the_runs_as_they_are(visit: Open):
    page = visit(f"{SMALL}&speed=20")
    page.play()
    page.until_step("> 20")
    page.open("width=5&depth=3&samples=200&lang=en")
    page.play()
    page.until_step("> 10")
    page.pause()
    step = page.step
    page.page.go_back()
    until_there(page)
    assert page.settings["width"] == "8"
    page.until_step("> 30")  # it trained on
    page.page.go_forward()
    until_there(page)
    assert page.settings["width"] == "5"
    page.until_step(f"=== {step}")
    page.until_status("paused")
    page.page.go_back()
    until_there(page)
    page.until_step("> 35")
    assert not page.page.is_visible("#continue")


def test_another_link_in_the_same_tab_opens_what_it_says(visit: Open):
    page = visit(SMALL)
    trained(page)
    page.open("width=5&depth=3&samples=200&step=40")
    page.until_step("=== 40")
    assert page.settings["width"] == "5"
    page.open("width=5&depth=3&samples=200")
    assert page.step == 0
