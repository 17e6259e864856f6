"""A question of the sheet is put to a hall, which votes."""

import pytest

from tests.browser.conftest import Open
from tests.browser.rooms import (
    CODE,
    COUNT_IS_WHOLE,
    PROJECTOR,
    STAGE,
    Phones,
    phones,
    room_of,
    until_loaded,
    vote,
)
from tests.browser.visit import until

pytestmark = pytest.mark.browser
__all__ = ["phones"]  # a fixture
SHOWN_FROM = 5  # ballots
OUTSIDE = """() => {
    const box = document.getElementById('hall-vote').getBoundingClientRect();
    return [...document.querySelectorAll('#hall-vote :is(input, button)')]
        .filter((one) => one.getBoundingClientRect().right > box.right - 4)
        .map((one) => one.outerHTML);
}"""
ANSWER_IS_LOST = """window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = (event) => {
            if (window.lost || !String(event.data).includes('"hall-voted"')) return hear(event);
            window.lost = true;
            this.close();
        };
    }
};"""


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
