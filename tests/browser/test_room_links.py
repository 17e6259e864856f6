"""A lecturer's slides link to experiments: in the tab that presents, the hall goes along."""

import pytest

from tests.browser.conftest import Open
from tests.browser.rooms import (
    CODE,
    PROJECTOR,
    ROOM_FOR_CHART,
    STAGE,
    Phones,
    phones,
    room_of,
    until_loaded,
    vote,
)
from tests.browser.visit import Visit, until

pytestmark = pytest.mark.browser
__all__ = ["phones"]  # a fixture


def follow_link(page: Visit, query: str, code: str) -> None:
    """A link of the slides, in the tab that presents."""
    page.page.wait_for_load_state("networkidle")  # nothing is broken off
    page.page.goto(f"{page.url}?{query}")
    until_loaded(page, f"{CODE} === '{code}'")


def test_a_link_that_the_presenter_opens_is_shown_to_the_hall(visit: Open, phones: Phones):
    page = visit("lecture=1&sheet=2.2")
    code = room_of(page)
    page.page.click("#room-close")
    phone = phones.join(code)
    vote(phone, 0)
    follow_link(page, "lecture=1&width=5&depth=3&layer=1", code)
    until(phone, "window.cellscope?.layer === 1 && !document.querySelector('#hall-vote h2')")
    until(phone, "document.getElementById('hall-layer').textContent.includes('1 of 3')")
    follow_link(page, "lecture=1&sheet=2.4", code)
    until_loaded(page, f"{STAGE} === 'predict'")
    phone.locator("#hall-vote").filter(has_text="2.4").wait_for()
    assert not phone.locator("#hall-picture").is_visible(), "nothing is given away"
    vote(phone, 0)
    page.until_text("hall-votes", "Votes so far: 1")
    page.page.wait_for_load_state("networkidle")
    page.page.go_back()
    until_loaded(page, f"{CODE} === '{code}'")
    until(phone, "window.cellscope?.layer === 1 && !document.querySelector('#hall-vote h2')")


def test_who_presents_and_starts_again_does_so_in_the_room(visit: Open, phones: Phones):
    page = visit("width=5&depth=3&layer=1")
    code = room_of(page)
    page.page.click("#room-close")
    phone = phones.join(code)
    phone.locator("#hall-layer").filter(has_text="1 of 3").wait_for()
    page.page.wait_for_load_state("networkidle")
    page.page.click("#start-again")
    until_loaded(page, f"{CODE} === '{code}'")
    phone.locator("#hall-layer").filter(has_text="2 of 5").wait_for()


def test_a_presenter_whose_room_is_gone_is_told_so(visit: Open):
    page = visit("width=5")
    room_of(page)
    page.value("sessionStorage.setItem('cellscope-room', 'not a token')")
    page.page.wait_for_load_state("networkidle")
    page.page.reload()
    until_loaded(page, "document.getElementById('toast')?.textContent.includes('room')")


def test_a_phone_names_the_last_layer_where_the_network_has_fewer_than_it_chose(
    visit: Open, phones: Phones
):
    page = visit("width=5&depth=4&layer=4")
    code = room_of(page)
    page.page.click("#room-close")
    phone = phones.join(code)
    layer = phone.locator("#hall-layer")
    layer.filter(has_text="4 of 4").wait_for()
    phone.tap("#hall-less")
    phone.tap("#hall-more")
    page.enter("depth", "2")
    layer.filter(has_text="2 of 2").wait_for()
    phone.tap("#hall-less")
    layer.filter(has_text="1 of 2").wait_for()


ROWS = """() => {
    const canvas = document.getElementById('hall-canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(width / 2, 0, 1, height);
    return Array.from({length: height}, (_, k) => data.slice(4 * k, 4 * k + 3).join())
        .filter((colour, _, all) => colour !== all[0]).length / height;
}"""


def test_a_phone_shows_a_wide_window_in_the_proportions_of_the_projector(
    visit: Open, phones: Phones
):
    page = visit("window=-5,5,-0.2,0.2")
    phone = phones.join(room_of(page))
    until(phone, "window.cellscope?.frames > 0")
    phone.wait_for_timeout(1000)  # the points come a moment later
    assert 0.02 < phone.evaluate(ROWS) < 0.06, "above and below is nothing, no point either"


def test_the_halls_sample_gives_no_answer_away(visit: Open, phones: Phones):
    page = visit("lecture=1&width=5", size=PROJECTOR)
    phone = phones.join(room_of(page))
    page.page.click("#room-sample")
    page.page.click("#room-close")
    phone.locator("#hall-own").wait_for()
    chart = page.page.locator("#hall-sample-panel")
    chart.wait_for()
    page.page.keyboard.press("PageDown")  # 1.1 asks for such a variance
    page.until(f"{STAGE} === 'predict'")
    phone.locator("#hall-vote form").wait_for()
    assert not chart.is_visible()
    assert not phone.locator("#hall-own").is_visible()
    page.page.keyboard.press("PageDown")
    phone.locator("#hall-own").filter(has_text="seed 1").wait_for()
    chart.wait_for()
    page.until(f"({ROOM_FOR_CHART})()")
