"""What opening the page costs a browser that has never been here."""

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

MOST_BYTES = 1_500_000  # over the wire; thirty students share one access point
WIRE = """() => [performance.getEntriesByType('navigation')[0],
  ...performance.getEntriesByType('resource')].map(e => [e.name, e.transferSize])"""


def wire(page: Visit) -> dict[str, int]:
    """Address -> bytes that came for it."""
    return dict(page.page.evaluate(WIRE))


def test_the_page_comes_light_and_without_what_nobody_asked_for(visit: Open):
    page = visit()
    page.until("window.cellscope?.frames > 0")
    came = wire(page)
    assert 200_000 < sum(came.values()) < MOST_BYTES
    assert [name for name in came if "mathjax" in name or "highlight" in name] == []


def test_formulas_bring_what_they_need(visit: Open):
    page = visit()
    page.press("Derivations")
    page.until("document.querySelectorAll('#theory-text mjx-container').length > 50")
    assert any("mathjax" in name for name in wire(page))


def test_a_second_visit_fetches_no_script_again(visit: Open):
    page = visit()
    page.until("window.cellscope?.frames > 0")
    page.page.reload()
    page.until("window.cellscope?.frames > 0")
    again = [name for name, size in wire(page).items() if ".mjs?m=" in name and size > 0]
    assert again == []
