"""A hall for the stories of rooms: phones, each a browser of its own, and what they do."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import Open
from tests.browser.visit import PATIENCE_S, Visit

PROJECTOR = (1920, 1080)
PHONE: Any = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "locale": "en-GB",
}
CODE = "(document.getElementById('room-code')?.dataset.value ?? '')"
ROOM_FOR_CHART = """() => {
    const chart = document.querySelector('#hall-sample .main-svg')?.getBoundingClientRect();
    const panel = document.getElementById('hall-sample-panel').getBoundingClientRect();
    return chart && chart.height > 100 && chart.bottom <= panel.bottom + 1;
}"""
COUNT_IS_WHOLE = """(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) =>
    scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1)(
    document.getElementById('count'))"""
STAGE = "document.documentElement.dataset.stage"


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
