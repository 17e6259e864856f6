"""What is copied is in the clipboard, also where a browser keeps that from scripts."""

import pytest
from playwright.sync_api import Dialog

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"
PLAIN_HTTP = "Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})"
NOWHERE = "document.execCommand = () => false"
FIELD = "document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))"


def pasted(page: Visit) -> str:
    """What the keys paste into a field."""
    page.page.evaluate(FIELD)
    page.page.focus("#paste")
    page.page.keyboard.press("Control+V")
    said = page.page.input_value("#paste")
    page.page.evaluate("document.getElementById('paste').remove()")
    return said


def test_over_plain_http_the_link_is_copied(visit: Open):
    page = visit(SMALL)
    page.page.evaluate(PLAIN_HTTP)
    page.page.focus("#share")
    page.page.keyboard.press("Enter")
    page.until_text("toast", "Link copied.")
    assert page.value("document.activeElement.id") == "share"
    assert pasted(page) == page.page.url


def test_over_plain_http_code_in_a_dialog_is_copied(visit: Open):
    page = visit(SMALL)
    page.page.evaluate(PLAIN_HTTP)
    page.press("My code")
    page.page.click("#copy-loader")
    page.until_text("copy-loader", "Copied")
    code = page.value("document.getElementById('code-loader').textContent")
    page.page.keyboard.press("Escape")
    assert pasted(page) == code


def test_a_private_link_that_cannot_be_copied_is_shown_and_not_called_copied(visit: Open):
    page = visit(SMALL)
    page.page.evaluate(PLAIN_HTTP)
    page.page.evaluate(NOWHERE)
    asked: list[tuple[str, str]] = []

    def answer(dialog: Dialog) -> None:
        asked.append((dialog.message, dialog.default_value))
        dialog.dismiss()

    page.page.on("dialog", answer)
    page.page.evaluate("document.getElementById('private-link').click()")  # seen with --data only
    ((words, link),) = asked
    assert "copied" not in words
    assert "#mine=" in link
