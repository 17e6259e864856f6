"""Messages: they leave, and cover no control."""

import pytest

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
COVERED = """() => {
  const toast = document.getElementById("toast"), box = toast.getBoundingClientRect();
  const controls = document.querySelectorAll(
    "button, a[href], input, select, summary, [role=radio], [role=tab]");
  return [...controls].filter(node => {
    const r = node.getBoundingClientRect();
    return !toast.contains(node) && node.checkVisibility() && r.width && r.height
      && r.left < box.right && r.right > box.left && r.top < box.bottom && r.bottom > box.top;
  }).map(node => node.id || node.className);
}"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)])
@pytest.mark.parametrize("query", ["sheet=", "lang=de&width=9999&depth=11&dataset=mars&sheet=9"])
def test_a_message_is_a_whole_sentence_over_no_control_and_leaves_by_escape(
    visit: Open, query: str, size: tuple[int, int]
):
    page = visit(query, size=size)
    page.page.locator("#toast").wait_for()
    assert page.text("toast").endswith(".")
    page.until(f"() => !({COVERED})().length")
    page.page.keyboard.press("Escape")
    assert not page.text("toast")


def test_a_message_leaves_by_itself_but_what_is_wrong_stays_named_at_its_control(visit: Open):
    page = visit()
    page.page.goto(f"{page.url}?width=9999")  # and at once, however slow the rest of the page is
    page.page.hover("#toast")
    page.page.wait_for_timeout(7000)  # longer than it stays for one who does not point at it
    assert "9999" in page.text("toast")
    page.page.mouse.move(1, 1)
    page.page.locator("#toast").wait_for(state="hidden", timeout=12_000)
    assert "9999" in page.problems["width"]
    page.enter("width", "9")
    page.until_link(width="9")
    page.until("document.querySelector('#width-problem').textContent === ''")
