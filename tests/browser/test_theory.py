"""The derivations, on the page and offline."""

import pytest

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser


def test_the_derivations_open_with_their_formulas_and_close_again(visit: Open):
    page = visit()
    page.press("Derivations")
    page.until_text("theory-text", "1.1 Linear layers")
    page.until("document.querySelectorAll('#theory-text mjx-container').length > 50")
    page.page.keyboard.press("Escape")
    page.until("!document.querySelector('#theory-dialog').open")
