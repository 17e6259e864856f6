"""English and German: by preference, by link, and switched while everything runs."""

from typing import Any

import pytest

from cellscope.app.text.texts import catalogue
from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"
PHONE = (390, 844)

# Everything that can be read, heard or hovered: texts, tooltips, names, menus, placeholders.
SAID = """() => {
    const said = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.parentElement.closest('script, style, code')) said.push(node.textContent.trim());
    }
    for (const node of document.querySelectorAll('*')) {
        for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-valuetext']) {
            if (node.hasAttribute(name)) said.push(node.getAttribute(name));
        }
    }
    for (const plot of document.querySelectorAll('.js-plotly-plot')) {
        const { xaxis, yaxis, yaxis2 } = plot.layout;
        for (const axis of [xaxis, yaxis, yaxis2]) said.push(axis?.title?.text);
        for (const trace of plot.data) {
            said.push(trace.name, trace.hovertemplate, ...[trace.hovertext ?? []].flat());
        }
    }
    return said.filter(Boolean);
}"""


def only_english() -> dict[str, str]:
    """Text -> id, of all English texts without numbers whose German is another."""
    english, german = catalogue("en"), catalogue("de")
    said = set(german.values())
    return {
        text: key
        for key, text in english.items()
        if key in german and german[key] != text and "{" not in text and text not in said
    }


def english_on(page: Visit) -> list[str]:
    """What the page says in English alone: whole texts, and texts with numbers in them."""
    unwanted = only_english()
    said: list[str] = page.value(SAID)
    whole = [words for words in said if words in unwanted]
    parts = ("step", "layer", "cells", "pooled", "points", "accuracy", "paused", "training ")
    return whole + [words for words in said for part in parts if part in words.split()]


def settle(page: Visit) -> None:
    page.until("document.querySelectorAll('.funnel-row').length === 7")
    assert page.picture_at_rest


def test_the_language_is_switched_while_it_trains(visit: Open):
    page = visit(SMALL)
    page.value("() => { window.before = 'still here'; }")
    settle(page)
    page.play()
    page.until_step("> 50")
    step = page.step
    page.press("DE")
    page.until_text("status", "trainiert")
    page.until_link(lang="de")
    assert page.step >= step
    page.until_step(f"> {step + 50}")
    assert page.value("window.before") == "still here"
    assert page.value("document.documentElement.lang") == "de"
    page.press("Anhalten")
    page.until_status("paused")
    settle(page)
    page.until("document.querySelector('#moments').textContent.includes('Schicht')")
    page.until("document.querySelector('#loss').textContent.includes('Verlust')")
    page.until_text("funnel-title", "Zellen von Schicht")
    page.until("document.querySelector('#explained').textContent.includes('Theorie am')")
    assert english_on(page) == []
    page.press("EN")
    page.until_text("status", "paused")
    page.until_text("funnel-title", "Cells of layer")
    assert page.value("window.before") == "still here"


def test_a_link_carries_the_language_to_another_browser(visit: Open):
    page = visit(f"{SMALL}&lang=de")
    assert page.value("document.documentElement.lang") == "de"
    settle(page)
    assert english_on(page) == []
    page.until_text("status", "angehalten")
    page.until("document.getElementById('data-summary').textContent.includes('150 + 50 Punkte')")
    menu = page.value("[...document.querySelector('#dataset').options].map(o => o.text)")
    assert "Monde" in menu
    assert "Moons" not in menu
    ticks = "[...document.querySelectorAll('#cells .xtick text')].map(t => t.textContent).join()"
    assert "." not in page.value(ticks)


def test_a_browser_that_prefers_german_gets_german_at_once(visit: Open):
    page = visit(SMALL, locale="de-AT")
    assert page.link["lang"] == "de"
    settle(page)
    assert english_on(page) == []
    other = visit(SMALL, locale="fr-FR")
    assert other.link["lang"] == "en"
    assert other.text("status") == "paused"
    chosen = visit(f"{SMALL}&lang=en", locale="de-DE")
    assert chosen.text("status") == "paused"


def test_what_was_chosen_is_remembered(visit: Open):
    page = visit(SMALL)
    page.press("DE")
    page.until_text("status", "angehalten")
    page.page.goto(page.url)
    page.until("document.querySelector('#status')?.textContent === 'angehalten'")
    assert page.link["lang"] == "de"


def test_problems_and_what_was_asked_are_told_again_in_the_other_language(visit: Open):
    page = visit(f"{SMALL}&lang=de")
    settle(page)
    page.enter("noise", "7")
    page.until_text("noise-problem", "muss zwischen 0 und 1 liegen")
    page.enter("noise", "0,3")  # a decimal comma, where it can mean nothing else
    page.until_link(noise="0.3")
    assert page.settings["noise"] == "0,3"  # the box speaks German, the link does not
    page.enter("learning-rate", "viel")
    page.until_text("learning-rate-problem", "Lernrate")
    page.press("20 Ziehungen")
    page.until_text("draws-answer", "Median")
    page.page.focus("#picture-frame")
    page.page.keyboard.press("ArrowRight")
    page.until("document.querySelector('#card').textContent.includes('Fläche')")
    page.value("document.querySelector('#lang-en').click()")
    page.until_text("learning-rate-problem", "must be a number")
    page.until_text("draws-answer", "median")
    page.until("document.querySelector('#card').textContent.includes('area')")
    page.until("document.getElementById('data-summary').textContent.includes('150 + 50 points')")


def test_an_unknown_language_is_named_and_the_browsers_is_taken(visit: Open):
    page = visit(f"{SMALL}&lang=xx", locale="de")
    page.until_text("toast", "xx")
    assert page.value("document.documentElement.lang") == "de"
    page.until_link(lang="de")


def test_on_a_phone_and_by_keyboard_the_language_can_be_switched(visit: Open):
    page = visit(SMALL, size=PHONE)
    box: Any = page.page.locator("#lang-de").bounding_box()
    assert box["height"] >= 44
    assert box["width"] >= 44
    assert 0 <= box["x"] < PHONE[0] - box["width"]
    page.page.focus("#lang-de")
    page.page.keyboard.press("Enter")
    page.until_text("status", "angehalten")
    assert page.page.get_attribute("#lang-de", "aria-pressed") == "true"
    assert page.page.locator("#lang-en").is_visible()
    assert page.value("document.documentElement.scrollWidth") == PHONE[0]


def test_a_page_is_never_in_another_language_while_it_loads(visit: Open):
    page = visit(SMALL, locale="de")
    page.page.add_init_script(
        """const seen = window.seen = new Set();
        new MutationObserver(() => {
            if (document.documentElement?.lang) seen.add(document.documentElement.lang);
            const heading = document.querySelector('.rail summary')?.textContent;
            if (heading) seen.add(heading);
        }).observe(document, { subtree: true, childList: true, attributeFilter: ['lang'] });"""
    )
    page.open(f"{SMALL}&lang=xx")  # from the browser's preference, not from the link
    page.until_link(lang="de")
    seen = page.value("[...window.seen].map(said => said.slice(0, 5))")
    assert set(seen) == {"de", catalogue("de")["group.data"][:5]}


def test_boxes_take_and_show_the_decimal_sign_of_the_page(visit: Open):
    page = visit(f"{SMALL}&init=normal&weight_variance=0.125&learning_rate=1.125&lang=de")
    for name in ("weight-variance", "learning-rate", "noise"):
        page.unfold(name)
    page.until("document.querySelector('#weight-variance').value === '0,125'")
    assert page.settings["learning-rate"] == "1,125"
    page.enter("learning-rate", "0.5")  # a point, where it can mean nothing else
    page.until_link(learning_rate="0.5")
    page.until("document.querySelector('#learning-rate').value === '0,5'")
    page.enter("learning-rate", "1.250")
    page.until_text("learning-rate-problem", "kann zweierlei heißen")
    page.until_text("learning-rate-problem", "1.250")
    assert page.link["learning_rate"] == "0.5"
    page.enter("learning-rate", "0,25")
    page.until_link(learning_rate="0.25")
    page.page.focus("#weight-variance-slider")
    page.page.keyboard.press("ArrowRight")
    page.until("/^0,13/.test(document.querySelector('#weight-variance').value)")
    page.until_link(weight_variance=page.settings["weight-variance"].replace(",", "."))
    page.press("EN")
    page.until("document.querySelector('#learning-rate').value === '0.25'")
    assert "," not in page.settings["weight-variance"]
    page.enter("learning-rate", "1,250")
    page.until_text("learning-rate-problem", "can be read in two ways")
    assert page.problems.keys() == {"learning-rate"}
