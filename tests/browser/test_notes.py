"""What is noted beside a question: one network, its numbers, and the link that opens it."""

from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.line import EVERYTHING, reopened
from tests.browser.test_guide import until_measured
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser


def test_a_note_waits_for_its_own_numbers(visit: Open):
    page = visit("sheet=1.2b&lang=en&samples=700")  # what nobody has measured yet
    page.page.check("#guide-first input[value=weights]")
    page.page.fill("#guide-number-depth", "6")
    page.page.click("#predict")
    until_measured(page)
    page.page.click("[data-try=adam]")
    page.until_link(optimizer="adam")
    page.until_text("guide-now", "Adam; ")
    page.page.click("#note-screen")
    page.until_text("guide-notes", "fail: 0 with 3 layers, 0 with 4, 0 with 5")
    stored = "JSON.parse(localStorage['cellscope-sheet'])['1.2b'].observations[0]"
    assert "; Adam; " in page.value(f"{stored}.named.en")
    assert "optimizer=adam" in page.value(f"{stored}.link")


def noted(page: Visit, question: str) -> dict[str, Any]:
    """The newest note of a question, once there is one more than before."""
    count = "document.querySelectorAll('#guide-notes li').length"
    before = page.value(count)
    page.page.click("#note-screen")
    page.until(f"before => {count} > before", before)
    return page.value(
        f"JSON.parse(localStorage['cellscope-sheet'])['{question}'].observations.at(-1)"
    )


def test_a_note_on_a_step_before_a_change_has_no_link_that_leads_elsewhere(visit: Open):
    page = visit("sheet=2.4&lang=en&width=6&step=4")
    page.page.locator("#guide-cells input").first.check()
    page.page.click("#predict")
    until_measured(page)
    page.until_step("=== 4")
    assert "step=4" in noted(page, "2.4")["link"]
    page.value("dash_clientside.set_props('learning-rate', {value: '0.5'})")
    page.until_link(learning_rate="0.5")
    page.press("One step")
    page.until_step("=== 5")
    page.page.locator("#timeline").fill("3")
    page.until_step("=== 3")
    page.until_text("guide-now", "settings changed since")
    early = noted(page, "2.4")
    assert (early["step"], "step=" in early["link"]) == (3, False)
    assert "step 3; settings changed since" in early["named"]["en"]
    page.value("dash_clientside.set_props('learning-rate', {value: '0.1'})")
    page.until_link(learning_rate="0.1")
    page.value("dash_clientside.set_props('learning-rate', {value: '0.2'})")  # while it is shown
    page.until_link(learning_rate="0.2")
    page.value("dash_clientside.set_props('mode', {value: 'classes'})")  # its next picture
    page.until_link(mode="classes")
    page.page.wait_for_load_state("networkidle")
    assert "step=" not in noted(page, "2.4")["link"]


def test_a_note_taken_at_once_after_a_change_is_of_one_network(visit: Open):
    page, line = reopened(visit, "sheet=2.4&lang=en&width=6")
    page.page.locator("#guide-cells input").first.check()
    page.page.click("#predict")
    until_measured(page)
    page.until_text("guide-now", "22 in the whole plane")
    line.holds = EVERYTHING  # pictures and numbers are late, the settings are not
    page.page.click("[data-try=sixteen]")
    page.until_link(width="16")
    page.page.click("#note-screen")
    page.page.wait_for_timeout(300)
    line.let_go()
    page.until_text("guide-notes", "Step 0:")
    note = page.value("JSON.parse(localStorage['cellscope-sheet'])['2.4'].observations[0]")
    assert ("width=16" in note["link"], "137 in" in str(note["seen"])) == (True, True)


def test_a_note_taken_while_it_trains_is_not_of_what_was_measured_before(visit: Open):
    page, line = reopened(visit, "sheet=2.4&lang=en&width=6&speed=200")
    page.page.locator("#guide-cells input").first.check()
    page.page.click("#predict")
    until_measured(page)
    line.holds = '"sheet-now"'  # the numbers do not come for a while
    page.play()
    page.until_step("> 40")
    page.page.click("#note-screen")
    page.page.wait_for_timeout(300)
    assert page.value("document.querySelectorAll('#guide-notes li').length") == 0
    line.let_go()
    page.until("document.querySelectorAll('#guide-notes li').length === 1")
    stored = "JSON.parse(localStorage['cellscope-sheet'])['2.4'].observations[0]"
    assert page.value(f"{stored}.step") > 40


def test_a_note_taken_while_it_trains_has_its_picture(visit: Open):
    page = visit("sheet=2.4&lang=en&width=6&speed=200")
    page.page.locator("#guide-cells input").first.check()
    page.page.click("#predict")
    until_measured(page)
    page.play()
    page.until_step("> 20")
    note = noted(page, "2.4")
    assert note["step"] > 0
    assert note["pictures"]["picture"].startswith("data:image/webp")
    assert page.value("document.querySelector('#note-screen').ariaBusy") is None


def test_a_note_is_of_the_window_in_its_link(visit: Open):
    page, line = reopened(visit, "sheet=2.4&lang=en&width=6&window=-1,1,-1,1")
    page.page.locator("#guide-cells input").first.check()
    page.page.click("#predict")
    until_measured(page)
    page.until_text("guide-now", "in the")
    line.holds = '"sheet-now"'  # what is measured there does not come for a while
    page.page.click("#whole-window")
    page.until_link(window="-5,5,-5,5")
    page.page.click("#note-screen")
    page.page.wait_for_timeout(400)
    count = "document.querySelectorAll('#guide-notes li').length"
    assert page.value(count) == 0
    assert line.held
    line.let_go()
    page.until(f"{count} === 1")
