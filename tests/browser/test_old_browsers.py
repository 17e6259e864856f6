"""In browsers of some years ago: it works, and where its style is too new for one, it says so."""

from contextlib import closing

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.serving import Server
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"


def without_has(route: Route) -> None:
    """The page's style as one reads it that knows no `:has`."""
    sheets = route.fetch().text()
    assert "@supports selector(:has(" in sheets
    route.fulfill(body=sheets.replace(":has(", ":unheard-of("), content_type="text/css")


def test_who_comes_with_a_browser_too_old_for_the_style_is_told(browser: Browser, server: Server):
    with closing(browser.new_context(viewport={"width": 1280, "height": 720})) as context:
        page = Visit(context.new_page(), server.url)
        page.open(SMALL)
        told = page.page.locator(".too-old")
        assert not told.is_visible()
        page.page.route("**/page.css*", without_has)
        page.page.reload()
        told.wait_for()
        page.until("window.cellscope?.frames > 0")
        assert "Firefox from 121" in told.inner_text()
        page.press("DE")
        page.page.locator(".too-old", has_text="Firefox ab 121").wait_for()
        page.leave()


def test_where_no_element_can_be_asked_whether_it_is_seen_keys_work(
    browser: Browser, server: Server
):
    """As in Safari before 17.4."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 720})) as context:
        tab = context.new_page()
        tab.add_init_script("delete Element.prototype.checkVisibility")
        page = Visit(tab, server.url)
        page.open(SMALL)
        tab.locator("[role=tab][aria-selected=true] >> visible=true").last.focus()
        first = page.value("document.activeElement.id")
        tab.keyboard.press("ArrowRight")
        page.until(f"document.activeElement.id !== '{first}'")
        page.press("DE")
        assert page.value("document.documentElement.lang") == "de"
        assert page.complaints == []
        page.leave()
