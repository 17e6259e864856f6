"""A lecturer and a hall: a room is opened, phones see and vote, another one presents."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import Open, serving
from tests.browser.visit import PATIENCE_S, Visit, until

pytestmark = pytest.mark.browser
PROJECTOR = (1920, 1080)
PHONE: Any = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "locale": "en-GB",
}
SHOWN_FROM = 5  # ballots
MOST_BYTES = 300_000  # of a phone's page
LOADED = """() => [...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource')]
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
CODE = "(document.getElementById('room-code')?.dataset.value ?? '')"
OUTSIDE = """() => {
    const box = document.getElementById('hall-vote').getBoundingClientRect();
    return [...document.querySelectorAll('#hall-vote :is(input, button)')]
        .filter((one) => one.getBoundingClientRect().right > box.right - 4)
        .map((one) => one.outerHTML);
}"""
ROOM_FOR_CHART = """() => {
    const chart = document.querySelector('#hall-sample .main-svg')?.getBoundingClientRect();
    const panel = document.getElementById('hall-sample-panel').getBoundingClientRect();
    return chart && chart.height > 100 && chart.bottom <= panel.bottom + 1;
}"""
HELD = "({...sessionStorage, ...localStorage})"
LINES = """window.lines = Object.assign([], {sent: []});
window.WebSocket = class extends WebSocket {
    constructor(...where) { super(...where); lines.push(this); lines.sent = []; }
    send(said) { lines.sent.push(String(said)); super.send(said); }
};"""
COUNT_IS_WHOLE = """(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) =>
    scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1)(
    document.getElementById('count'))"""
ANSWER_IS_LOST = """window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = (event) => {
            if (window.lost || !String(event.data).includes('"hall-voted"')) return hear(event);
            window.lost = true;
            this.close();
        };
    }
};"""
NOTHING_KEPT = """for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, {get() { throw new DOMException('', 'SecurityError'); }});
}"""


class Phones:
    """As many as are wanted, each a browser of its own, all in one room."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.stack = ExitStack()
        self.complaints: list[str] = []

    def join(self, code: str) -> Page:
        page = self.stack.enter_context(self.browser.new_context(**PHONE)).new_page()
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.url}?room={code}")
        return page

    def beside(self, phone: Page, code: str) -> Page:
        """Another tab of the same phone."""
        page = phone.context.new_page()
        page.goto(f"{self.url}?room={code}")
        return page


@pytest.fixture
def phones(browser: Browser, visit: Open, server: Any) -> Iterator[Phones]:
    made = Phones(browser, server.url)
    with made.stack:
        yield made
        assert not made.complaints


def room_of(page: Visit) -> str:
    """Opened by one press."""
    page.page.click("#present")
    page.page.locator("#room[open]").wait_for()
    return str(page.value(CODE))


def until_loaded(page: Visit, condition: str) -> None:
    """Wait for it, also while the page is opened anew."""
    end = time.monotonic() + PATIENCE_S
    while True:
        with suppress(Error):
            if page.value(condition):
                return
        assert time.monotonic() < end, condition
        page.page.wait_for_timeout(50)


def vote(phone: Page, option: int) -> None:
    """An option of each part, or the number 3."""
    phone.locator("#hall-vote form").wait_for()
    for part in phone.locator("#hall-vote fieldset").all():
        part.locator("input").nth(option).check()
    for box in phone.locator("#hall-vote label.number input").all():
        box.fill("3")
    phone.locator("#hall-vote form > button").click()
    phone.locator("#hall-vote").filter(has_text="Your vote is counted").wait_for()


def test_a_question_is_put_to_the_hall_and_answered_by_one_key(visit: Open, phones: Phones):
    page = visit("lecture=1&sheet=2.2", size=PROJECTOR)
    code = room_of(page)
    assert "HOST=0.0.0.0" in page.text("room-unreachable"), "no phone is sent to localhost"
    page.page.click("#room-close")
    assert code not in page.page.url
    voters = [phones.join(code) for _ in range(SHOWN_FROM)]
    for k, phone in enumerate(voters):
        phone.locator("#hall-vote form").wait_for()
        assert not phone.locator("#hall-picture").is_visible(), "nothing is given away"
        if k == 0:
            assert phone.evaluate(OUTSIDE) == [], "all of the form lies in its box"
        vote(phone, k % 2)
        if k == 0:
            page.until_text("hall-votes", "Votes so far: 1")
            assert page.value("document.querySelectorAll('.hall-bars').length") == 0
    page.until_text("hall-votes", "Votes so far: 5")
    page.until("document.querySelectorAll('.hall-bars').length > 0")
    assert "✓" not in page.text("hall-votes"), "unnamed while they are cast"
    page.page.keyboard.press("PageDown")
    for phone in voters:
        phone.locator("#hall-picture").wait_for()
        assert phone.locator("#hall-vote form").count() == 0
    page.page.keyboard.press("PageDown")
    page.until("document.documentElement.dataset.stage === 'answer'")
    page.until("document.querySelector('.hall-bars li span:last-child')?.textContent")  # named
    assert page.value(COUNT_IS_WHOLE), "beside the room's code"
    late = phones.join(code)  # sees the present state at once
    until(late, "window.cellscope?.frames > 0")
    page.page.keyboard.press("PageDown")
    page.until("document.documentElement.dataset.stage === 'predict'")
    voters[0].locator("#hall-vote").filter(has_text="2.3").wait_for()


def test_a_lecturer_who_loads_the_page_again_finds_the_votes(visit: Open, phones: Phones):
    page = visit("lecture=1&sheet=2.2", size=PROJECTOR)
    code = room_of(page)
    page.page.click("#room-close")
    voters = [phones.join(code) for _ in range(SHOWN_FROM)]
    box = voters[0].locator("#hall-vote label.number input")
    for broken in ("3.5", "-1"):
        box.fill(broken)
        voters[0].locator("#hall-vote form > button").click()
        voters[0].locator("#hall-vote [role=status]").filter(has_text=broken).wait_for()
    for phone in voters:
        vote(phone, 0)
    page.until_text("hall-votes", "Votes so far: 5")
    for stage, said in (("predict", "Votes so far: 5"), ("see", "closed"), ("answer", "5 votes")):
        page.until(f"document.documentElement.dataset.stage === '{stage}'")
        page.page.wait_for_load_state("networkidle")  # nothing is broken off
        page.page.reload()
        until_loaded(page, f"{CODE} === '{code}'")
        page.until_text("hall-votes", said)
        page.until(f"document.documentElement.dataset.stage === '{stage}'")
        assert "counted" in voters[0].inner_text("#hall-vote")
        page.page.keyboard.press("PageDown")


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


STAGE = "document.documentElement.dataset.stage"


def test_an_open_vote_goes_on_with_who_takes_the_room_over(visit: Open, phones: Phones):
    first = visit("lecture=1&sheet=2.2", size=PROJECTOR)
    code = room_of(first)
    voters = [phones.join(code) for _ in range(2)]
    for phone in voters:
        vote(phone, 0)
    second_tab = phones.beside(voters[0], code)
    second_tab.locator("#hall-vote").filter(has_text="Your vote is counted").wait_for()
    first.page.click("#room-give")
    first.until("/[A-Z2-9]{4} [A-Z2-9]{4}/.test(document.getElementById('room-given').textContent)")
    given = first.value("/[A-Z2-9]{4} [A-Z2-9]{4}/.exec("
                        "document.getElementById('room-given').textContent)[0]")  # fmt: skip
    second = visit("lecture=1", size=PROJECTOR)
    room_of(second)
    second.page.locator("#room details summary").click()
    second.page.fill("#room-taken", given)
    second.page.click("#room-take")
    until_loaded(second, f"{CODE} === '{code}' && {STAGE} === 'predict'")
    second.until_text("hall-votes", "Votes so far: 2")
    assert second.link["lecture"] == "1", "a screen in a hall stays one"
    for phone in voters:
        assert not phone.locator("#hall-picture").is_visible(), "nothing is given away"
    vote(phones.join(code), 0)
    second.until_text("hall-votes", "Votes so far: 3")


def test_who_tried_a_question_before_puts_it_to_the_hall_from_the_start(
    visit: Open, phones: Phones
):
    page = visit("sheet=2.2")
    page.page.fill("#guide-page input", "3")
    page.page.click("#predict")
    page.until(f"{STAGE} === 'see'")
    page.page.wait_for_load_state("networkidle")
    page.page.goto(f"{page.url}?lecture=1&sheet=2.1")  # the lecture, in the same browser
    page.until("window.cellscope?.frames > 0")
    phone = phones.join(room_of(page))
    page.page.click("#room-close")
    for stage in ("see", "answer", "predict"):
        page.page.keyboard.press("PageDown")
        page.until(f"{STAGE} === '{stage}'")
    phone.locator("#hall-vote").filter(has_text="2.2").wait_for()
    vote(phone, 0)


def test_a_phone_says_when_a_vote_cannot_be_sent_and_asks_no_more_once_the_room_is_over(
    visit: Open, phones: Phones
):
    page = visit("lecture=1&sheet=2.2", size=PROJECTOR)
    phone = phones.join(room_of(page))
    box = phone.locator("#hall-vote label.number input")
    box.fill("2,50")
    phone.tap("#hall-language")
    phone.tap("#hall-language")
    assert box.input_value() == "2.5", "the number stays the same number"
    box.fill("-1")
    phone.locator("#hall-vote form > button").click()
    phone.locator("#hall-vote [role=status]").filter(has_text="10⁹").wait_for()
    phone.tap("#hall-language")
    phone.locator("#hall-vote [role=status]").filter(has_text="muss eine ganze Zahl").wait_for()
    phone.tap("#hall-language")
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    box.fill("4")
    phone.locator("#hall-vote form > button").click()
    phone.locator("#hall-vote [role=status]").filter(has_text="not sent").wait_for()
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.page.click("#room-end")
    phone.locator("#hall-state").filter(has_text="ended").wait_for()
    assert not phone.locator("#hall-vote").is_visible(), "nobody counts any more"


def test_a_vote_counts_once_although_the_phone_did_not_hear_that_it_was_counted(
    visit: Open, phones: Phones
):
    page = visit("lecture=1&sheet=2.4", size=PROJECTOR)
    phone = phones.join(room_of(page))
    phone.add_init_script(ANSWER_IS_LOST)
    phone.reload()
    vote(phone, 0)  # "is counted" is said
    assert phone.evaluate("window.lost"), "by the second answer"
    vote(phones.join(page.value(CODE)), 1)
    page.until("document.querySelector('.hall-votes-count')?.textContent !== 'Votes so far: 1'")
    assert page.text("hall-votes").startswith("Votes so far: 2")


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


ANSWER_IS_WHOLE = """() => {
    const answer = document.querySelector('.guide-part-answer');
    return answer.scrollHeight <= answer.clientHeight + 1;
}"""
COVERED_BARS = """[...document.querySelectorAll('.hall-bars li > :last-child')].filter((said) => {
    const { x, y, width, height } = said.getBoundingClientRect();
    return !document.elementFromPoint(x + width / 2, y + height / 2)?.closest('#hall-votes');
}).map((said) => said.textContent)"""


@pytest.mark.parametrize("size", [PROJECTOR, (1280, 720)])
def test_a_worked_answer_leaves_the_halls_votes_in_view(
    visit: Open, phones: Phones, size: tuple[int, int]
):
    page = visit("lecture=1&sheet=1.2b", size=size)
    code = room_of(page)
    page.page.click("#room-close")
    for k in range(SHOWN_FROM):
        vote(phones.join(code), k % 4)
    for stage in ("see", "answer"):
        page.page.keyboard.press("PageDown")
        page.until(f"{STAGE} === '{stage}'")
    page.until("document.querySelectorAll('.hall-bars .is-right').length > 0")
    page.until("document.querySelector('#guide-worked mjx-container')")
    page.until(f"{COVERED_BARS}.length === 0")
    page.until(f"({ANSWER_IS_WHOLE})()")


def test_the_votes_stay_on_the_projector_while_two_networks_are_compared(
    visit: Open, phones: Phones
):
    page = visit("lecture=1&sheet=2.3", size=PROJECTOR)
    code = room_of(page)
    page.page.click("#room-close")
    for k in range(SHOWN_FROM):
        vote(phones.join(code), k % 3)
    page.page.keyboard.press("PageDown")
    page.until(f"{STAGE} === 'see'")
    page.page.click("#compare-switch")
    page.until("document.documentElement.hasAttribute('data-comparing')")
    page.until(f"document.querySelectorAll('.hall-bars li').length === 3 && !{COVERED_BARS}.length")
    for pane in ("pane-a", "pane-b"):
        box = page.page.locator(f"#{pane}").bounding_box()
        assert box
        assert box["y"] + box["height"] <= PROJECTOR[1], "and so do both pictures"


def test_a_question_that_is_bared_is_asked_no_more(visit: Open, phones: Phones):
    page = visit("sheet=2.2", size=PROJECTOR)
    phone = phones.join(room_of(page))
    page.page.click("#room-close")
    phone.locator("#hall-vote form").wait_for()
    page.uncover()
    phone.locator("#hall-picture").wait_for()
    assert phone.locator("#hall-vote form").count() == 0
    page.until_text("hall-votes", "closed")


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
