"""A lecturer and a hall: a room is opened, phones look on and branch off, another one presents."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Open, serving
from tests.browser.rooms import (
    CODE,
    COUNT_IS_WHOLE,
    PHONE,
    PROJECTOR,
    ROOM_FOR_CHART,
    STAGE,
    Phones,
    phones,
    room_of,
    until_loaded,
)
from tests.browser.visit import Visit, until

pytestmark = pytest.mark.browser
__all__ = ["phones"]  # a fixture
MOST_BYTES = 300_000  # of a phone's page
LOADED = """() => [...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource')]
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
HELD = "({...sessionStorage, ...localStorage})"
LINES = """window.lines = Object.assign([], {sent: []});
window.WebSocket = class extends WebSocket {
    constructor(...where) { super(...where); lines.push(this); lines.sent = []; }
    send(said) { lines.sent.push(String(said)); super.send(said); }
};"""
NOTHING_KEPT = """for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, {get() { throw new DOMException('', 'SecurityError'); }});
}"""


def test_a_phone_sees_the_picture_and_looks_where_it_likes(visit: Open, phones: Phones):
    page = visit("speed=20&layer=3")
    phone = phones.join(room_of(page))
    until(phone, "window.cellscope?.frames > 0", timeout=10.0)
    assert phone.evaluate(LOADED) <= MOST_BYTES
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"]
    page.page.click("#room-close")
    page.press("Play")
    until(phone, "window.cellscope.step > 3")
    phone.tap("#hall-less")
    until(phone, "window.cellscope.layer === 2")
    assert page.seen["step"] > 0
    page.until("window.cellscope.step > 0")
    phone.tap("#hall-follow")
    until(phone, "window.cellscope.layer === 3")
    until(page.page, "document.getElementById('room-code').textContent.includes('1')")
    page.page.click("#room-code")
    page.page.click("#room-end")
    phone.locator("#hall-state").filter(has_text="ended").wait_for()
    for tool in ("less", "more", "follow", "branch"):
        assert phone.locator(f"#hall-{tool}").is_disabled(), "no other picture comes"
    page.until(f"{CODE} === ''")


@pytest.mark.parametrize("query", ["lecture=1", ""])
def test_the_halls_sample_has_room_for_its_chart(visit: Open, phones: Phones, query: str):
    page = visit(query, size=PROJECTOR)
    phone = phones.join(room_of(page))
    page.page.click("#room-sample")
    page.page.click("#room-close")
    phone.get_by_text("This phone's network").wait_for()
    page.until(f"({ROOM_FOR_CHART})()")


def refusing(page: Visit) -> Visit:
    """In a browser that keeps nothing for this page, as in a frame of another site's."""
    page.page.wait_for_load_state("networkidle")
    page.page.add_init_script(NOTHING_KEPT)
    page.page.reload()
    page.until("window.cellscope?.frames > 0")
    return page


@pytest.mark.parametrize("kept", [True, False])
def test_another_presents_by_a_code_that_is_good_once(visit: Open, phones: Phones, kept: bool):
    first = visit("speed=20") if kept else refusing(visit("speed=20"))
    code = room_of(first)
    phone = phones.join(code)
    until(phone, "window.cellscope?.frames > 0")
    session = first.value("JSON.stringify(sessionStorage)") if kept else ""
    first.page.click("#room-give")
    first.until("/[A-Z2-9]{4} [A-Z2-9]{4}/.test(document.getElementById('room-given').textContent)")
    given = first.value("/[A-Z2-9]{4} [A-Z2-9]{4}/.exec("
                        "document.getElementById('room-given').textContent)[0]")  # fmt: skip
    second = visit() if kept else refusing(visit())
    room_of(second)
    second.page.locator("#room details summary").click()
    second.page.fill("#room-taken", given.lower())
    second.page.click("#room-take")
    until_loaded(second, f"{CODE} === '{code}'")
    until_loaded(first, f"{CODE} === '' && window.cellscope?.frames > 0")
    second.page.locator("#room[open]").wait_for(state="detached")
    second.until("window.cellscope?.frames > 0")
    second.press("Play")
    until(phone, "window.cellscope.step > 3")
    assert "#" not in second.page.url
    if kept:
        assert first.value("JSON.stringify(sessionStorage)") != session


def test_a_presenter_whose_line_is_cut_goes_on_where_nothing_can_be_kept(
    visit: Open, phones: Phones
):
    page = visit("speed=20")
    page.page.add_init_script(LINES)
    code = room_of(refusing(page))
    page.page.click("#room-close")
    phone = phones.join(code)
    until(phone, "window.cellscope?.frames > 0")
    page.value("lines.at(-1).close()")
    page.until("lines.length > 1 && lines.at(-1).readyState === WebSocket.OPEN")
    page.until(f"lines.sent.some((said) => said.includes('present')) && {CODE} === '{code}'")
    page.press("Play")
    until(phone, "window.cellscope.step > 3")
    page.page.click("#room-code")  # it still decides: only the presenter's page can end it
    page.page.click("#room-end")
    phone.locator("#hall-state").filter(has_text="ended").wait_for()


@pytest.mark.parametrize("kept", [True, False])
def test_a_phone_branches_off_and_finds_back(visit: Open, phones: Phones, kept: bool):
    page = visit("speed=20&width=5")
    code = room_of(page)
    page.page.click("#room-close")
    phone = phones.join(code)
    if not kept:
        phone.add_init_script(NOTHING_KEPT)
        phone.reload()
    until(phone, "window.cellscope?.frames > 0")
    phone.tap("#hall-branch")
    back = phone.locator("#back-to-hall")
    back.wait_for()
    until(phone, "window.cellscope?.frames > 0")
    assert phone.evaluate("document.getElementById('width').value") == "5", "the lecturer's network"
    assert "#" not in phone.url
    until(phone, f"document.getElementById('count').textContent && {COUNT_IS_WHOLE}")
    box = back.bounding_box()
    assert box
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"], "in view"
    assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    back.tap()
    phone.locator("#hall-canvas").wait_for()
    until(phone, "window.cellscope?.frames > 0")


def test_a_phone_that_goes_back_to_the_room_follows_it(visit: Open, phones: Phones):
    # A browser keeps the page that was left, and shows it again as it stands.
    page = visit("speed=20")
    phone = phones.join(room_of(page))
    page.page.click("#room-close")
    until(phone, "window.cellscope?.frames > 0")
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    page.press("Play")
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    until(phone, "window.cellscope.step > 3")


def test_a_student_shows_forgets_and_deletes(
    browser: Browser, tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CELLSCOPE_IMPRESSUM", "https://uni.example/impressum")
    with serving("--data", str(tmp_path)) as storing:
        page = visit("speed=20", at=storing)
        page.page.locator(".mine > summary").click()
        own = page.page.locator("#foot-impressum")
        assert own.is_visible()
        assert own.get_attribute("href") == "https://uni.example/impressum"
        assert not page.page.locator("#foot-datenschutz").is_visible(), "none was named"
        page.page.click("#show-mine")
        page.until("/[A-Z2-9]{3} [A-Z2-9]{3}/.test(document.getElementById('show-mine').innerText)")
        page.page.click("#show-mine")
        page.until_text("show-mine", "Show mine")
        page.page.click("#keep-here")
        page.until("document.getElementById('keep-here').ariaPressed === 'true'")
        kept = page.value("window.localStorage.length")
        assert kept > 0
        for button in ("forget-here", "delete-mine"):
            page.page.click(f"#{button}")
            page.until(f"document.getElementById('{button}').dataset.sure === 'yes'")
            with page.page.expect_navigation():
                page.page.click(f"#{button}")
            page.until("window.cellscope?.frames > 0")
            assert not [name for name in page.value(HELD) if "kept" in name]


def test_a_room_ends_with_the_browser_that_forgets_it(visit: Open, phones: Phones):
    """Nobody else could end it."""
    page = visit("speed=20")
    phone = phones.join(room_of(page))
    page.page.click("#room-close")
    page.page.locator(".mine > summary").click()
    page.page.click("#forget-here")
    page.until("document.getElementById('forget-here').dataset.sure === 'yes'")
    with page.page.expect_navigation():
        page.page.click("#forget-here")
    phone.locator("#hall-state").filter(has_text="ended").wait_for()


def test_who_deletes_keeps_predictions_and_who_forgets_does_so_in_every_tab(
    browser: Browser, tmp_path: Path, visit: Open
):
    answers = "Object.keys(JSON.parse(localStorage.getItem('cellscope-sheet') ?? '{}')).sort()"
    with serving("--data", str(tmp_path)) as storing:
        page = visit("sheet=2.2", at=storing)
        other = Visit(page.page.context.new_page(), storing.url)
        other.open("sheet=2.4")
        page.page.fill("#guide-page input", "3")
        page.page.click("#predict")
        page.until(f"{STAGE} === 'see'")
        other.page.locator("#guide-page input").first.check()
        other.page.click("#predict")  # beside what the first tab has kept
        other.until(f"{answers}.join() === '2.2,2.4'")
        session = page.value("sessionStorage.getItem('cellscope-session')")
        page.page.click("#delete-mine")
        with page.page.expect_navigation():
            page.page.click("#delete-mine")
        page.until("window.cellscope?.frames > 0")
        assert page.value("sessionStorage.getItem('cellscope-session')") != session
        assert page.value(answers) == ["2.2", "2.4"], "they are no part of the experiment"
        page.page.click("#forget-here")
        with other.page.expect_navigation():
            page.page.click("#forget-here")
        for tab in (page, other):
            tab.until("window.cellscope?.frames > 0 && !localStorage.getItem('cellscope-sheet')")
            assert tab.value(STAGE) is None
        assert not other.complaints


DARK_POINTS = """() => {
    const canvas = document.getElementById('hall-canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let k = 0; k < data.length; k += 4) dark += data[k] + data[k + 1] + data[k + 2] < 220;
    return dark;
}"""


def test_shades_of_one_output_are_parted_by_no_lines_on_a_phone(visit: Open, phones: Phones):
    page = visit("task=regression&mode=value&points=none&lines=false&lang=en")
    phone = phones.join(room_of(page))
    phone.locator("#hall-count").filter(has_text="output from").wait_for()
    until(phone, "window.cellscope?.frames > 0")
    if phone.evaluate("document.documentElement.dataset.theme") == "dark":
        phone.tap("#hall-theme")
    assert phone.evaluate(DARK_POINTS) == 0


LOOKED = {"layer": "3", "mode": "confidence", "window": "-2,2,-1,3"}


def test_who_takes_over_hands_over_or_branches_off_looks_at_what_the_hall_does(
    visit: Open, phones: Phones
):
    first = visit("layer=3&mode=confidence&window=-2,2,-1,3&tab=cells&width=6")
    code = room_of(first)
    phone = phones.join(code)
    until(phone, "window.cellscope?.layer === 3")
    phone.tap("#hall-less")
    until(phone, "window.cellscope.layer === 2")
    phone.tap("#hall-branch")
    phone.locator("#back-to-hall").wait_for()
    for name, value in (LOOKED | {"layer": "2"}).items():
        until(phone, f"new URLSearchParams(location.search).get('{name}') === '{value}'")
    first.page.click("#room-give")
    first.until("/[A-Z2-9]{4} [A-Z2-9]{4}/.test(document.getElementById('room-given').textContent)")
    given = first.value("/[A-Z2-9]{4} [A-Z2-9]{4}/.exec("
                        "document.getElementById('room-given').textContent)[0]")  # fmt: skip
    second = visit("lecture=1")
    room_of(second)
    second.page.locator("#room details summary").click()
    second.page.fill("#room-taken", given)
    second.page.click("#room-take")
    until_loaded(second, f"{CODE} === '{code}'")
    until_loaded(first, f"{CODE} === '' && window.cellscope?.frames > 0")
    second.until_link(**LOOKED, tab="cells", lecture="1")
    first.until_link(**LOOKED, tab="cells")
