"""Task 1 on the page: why eleven layers fail under N(0, 1), forward, backward, in numbers."""

import pytest

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
DEEP = "depth=11&init=normal&bias=zero&samples=100&tab=signal"  # the sheet's own comes covered


def rows(table: str) -> str:
    return f"document.querySelectorAll('#{table} tbody tr').length"


def bars(graph: str) -> str:
    return (
        f"document.querySelector('#{graph} .js-plotly-plot').data"
        ".filter(t => t.type === 'bar')[0].y.filter(v => v !== null && v !== undefined).length"
    )


def test_a_student_sees_what_broke_and_is_told_that_adam_trains_it(visit: Open):
    page = visit(f"{DEEP}&width=16")
    page.until_text("lesson", "Adam trains this anyway")
    page.until(f"{bars('backward')} === 11")
    page.until(f"{rows('gains')} === 11")
    page.until_text("health", "saturated softmax")
    assert not page.page.locator("#broken").is_visible()
    page.press("One step")
    page.press("One step")
    page.until_status("diverged")
    page.until("document.querySelector('#broken').innerText.includes('∞ in layer')")
    assert page.page.locator("#broken").is_visible()
    page.press("Rewind")
    page.until_status("paused")
    page.page.locator("#broken").wait_for(state="hidden")
    page.choose("preset", "1.4")
    page.until("document.querySelector('#lesson').textContent === ''")


def test_in_float16_bars_end_where_it_overflows_and_the_link_holds_the_format(visit: Open):
    page = visit(f"{DEEP}&width=100&precision=float16")
    page.until_text("precision-text", "overflow in layer 6")
    page.until_text("precision-text", "overflow in layer 7")  # as predicted for the rms
    page.until(f"{bars('moments')} === 6")  # the input and layers 1 to 5
    page.press("float64")
    page.until(f"{bars('moments')} === 12")
    page.until("!location.search.includes('precision')")
    page.press("float32")
    page.until_link(precision="float32")


def test_an_average_over_many_draws_is_drawn_over_the_bars_and_can_be_cancelled(visit: Open):
    page = visit("width=4&depth=3&samples=40&tab=signal")
    page.enter("average-draws", "3")
    page.press("Average")
    page.until_text("average-draws-problem", "10")
    page.enter("average-draws", "20")
    page.press("Average")
    page.until_text("average-text", "20 draws")
    assert "10" not in page.problems.get("average-draws", "")
    page.until(
        "document.querySelector('#backward .js-plotly-plot').data.some(t => t.error_y?.array)"
    )
    page.enter("average-draws", "1000")
    page.press("Average")
    page.page.get_by_role("button", name="Cancel", exact=True).click()
    page.until_text("average-state", "cancelled")
    page.page.get_by_role("button", name="Average", exact=True).wait_for()


def test_formats_tell_where_a_network_that_goes_on_breaks(visit: Open):
    page = visit(f"{DEEP}&width=32")
    page.press("Go on")
    cell = "document.querySelector('#formats tbody tr:last-child').innerText"
    page.until(f"/float16[\\s\\S]*∞ in \\d+[\\s\\S]*∞ in \\d+$/.test({cell}.trim())")
