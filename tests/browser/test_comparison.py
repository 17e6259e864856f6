"""Two networks side by side: one fails, the other learns, and both are looked at together."""

from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import AT_REST, Visit

pytestmark = pytest.mark.browser
SECOND = "document.querySelector('#cells-b .js-plotly-plot')"
SMALL = "width=6&depth=3&samples=100&layer=1"


def until_both(page: Visit) -> None:
    page.until("window.cellscope.compare !== null")
    page.until(f"{SECOND}?._fullLayout?.width > 0")


def axes(page: Visit, graph: str) -> list[float]:
    return page.value(f"[...{graph}._fullLayout.xaxis.range, ...{graph}._fullLayout.yaxis.range]")


def test_eleven_layers_under_n01_fail_while_he_beside_them_learns(visit: Open):
    page = visit("sheet=1.2b-1.4")
    until_both(page)
    assert (page.text("heading-a"), page.text("heading-b")) == ("A: N(0, 1)", "B: He, 2/n")
    assert page.seen["compare"]["step"] == 0
    page.play()
    page.until("document.querySelector('#chip-a').dataset.value === 'diverged'")
    assert page.seen["step"] <= 3
    page.until_text("chip-a", "diverged at step")
    page.until("window.cellscope.compare.step > 40")
    before = page.seen
    page.until("step => window.cellscope.compare.step > step", before["compare"]["step"])
    assert page.seen["step"] == before["step"] <= 3
    assert (page.text("chip-b"), page.text("status")) == ("training", "training")
    page.until_step("> 40")  # the counter is the experiment's
    page.until_text("numbers-a", "accuracy –")
    page.until_text("verdict", "B: ")
    page.pause()
    page.press("Rewind")
    page.until("window.cellscope.step === 0 && window.cellscope.compare.step === 0")
    page.until_text("chip-a", "paused")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_step_of_the_curves_stands_beside_the_losses_of_both(visit: Open, lang: str):
    """Charts take turns: while the curves lag, their step is said where it covers no number."""
    page = visit(f"compare=seed:5&lang={lang}")
    until_both(page)
    page.value("document.querySelector('#loss-lag').textContent = 'Schritt 12345'")
    assert page.value(
        """(() => {
            const [a, b] = ['#loss-lag', '.panel-loss .panel-head .aside'].map(
                (name) => document.querySelector(name).getBoundingClientRect());
            return a.width > 0 && b.width > 0 && a.right < b.left;
        })()"""
    )


def test_both_pictures_show_the_same_window_and_the_same_point(visit: Open):
    page = visit(f"{SMALL}&compare=seed:5")
    until_both(page)
    first = "document.querySelector('#cells .js-plotly-plot')"
    mouse = page.page.mouse
    mouse.move(*page.plot_point(1.0, 3.0))
    mouse.down()
    mouse.move(*page.plot_point(2.0, 2.0), steps=4)
    mouse.move(*page.plot_point(3.0, 1.0), steps=4)
    mouse.up()
    page.until("new URLSearchParams(location.search).get('window') !== '-5,5,-5,5'")
    page.until(f"{SECOND}._fullLayout.xaxis.range[0] > 0.8")
    assert axes(page, first) == pytest.approx(axes(page, SECOND), abs=0.02)
    page.page.hover("#picture-frame-b")
    page.until_text("card", "Cell of layer 1")
    for canvas in ("#spotlight", "#spotlight-b"):
        page.page.wait_for_selector(canvas)  # the cross, in both


def test_what_differs_is_chosen_on_the_page_and_travels_in_the_link(visit: Open):
    page = visit(SMALL)
    page.press("Compare")
    until_both(page)
    page.until_link(compare="init:normal")
    page.page.select_option("#differences .difference select >> nth=0", "depth")
    page.until_link(compare="depth:2")
    value = page.page.locator("#differences .difference input")
    value.fill("99")
    value.press("Enter")
    page.until_text("compare-problem", "of the second network")
    value.fill("5")
    value.press("Enter")
    page.until_link(compare="depth:5")
    page.until("document.querySelector('#compare-problem').textContent === ''")
    page.page.click("#which-b")
    page.until_link(which="b")
    page.until("document.querySelectorAll('.film').length === 5")
    page.page.get_by_role("tab", name="Cells").click()
    page.until_text("funnel-title", "B: ")
    page.page.get_by_role("tab", name="All").click()
    again = visit(page.page.url.split("?")[1])
    until_both(again)
    assert again.text("heading-b") == page.text("heading-b") == "B: 2 → 6 ×4 → 2"
    page.press("Compare")
    page.until("window.cellscope.compare === null")
    page.until("document.querySelectorAll('.film').length === 3")
    page.until("!new URLSearchParams(location.search).has('compare')")


def test_a_question_opened_over_two_pictures_has_one(visit: Open):
    page = visit("compare=init:normal&width=6&depth=3&samples=60")
    page.until("document.documentElement.hasAttribute('data-comparing')")
    page.page.click("#which-b")
    page.choose("preset", "2.2")
    page.until("document.documentElement.hasAttribute('data-covered')")
    page.until_link(sheet="2.2")
    page.uncover()
    page.until(AT_REST)
    assert not page.value("document.documentElement.hasAttribute('data-comparing')")
    assert page.value("document.querySelector('#picture').width > 300")
    assert page.page.locator("#compare-switch").get_attribute("aria-pressed") == "false"


def test_below_a_cover_the_second_network_stays_the_chosen_one(visit: Open):
    page = visit(f"{SMALL}&compare=init:normal&which=b&sheet=2.4")
    page.until("document.documentElement.hasAttribute('data-covered')")
    page.until_link(which="b", sheet="2.4")
    page.uncover()
    until_both(page)
    page.until_link(which="b", sheet="2.4")
    assert page.page.get_attribute("#which-b", "aria-pressed") == "true"


def test_a_saved_charts_key_names_the_networks_as_the_page_does(visit: Open, tmp_path: Path):
    page = visit(f"{SMALL}&compare=init:normal&tab=signal")
    until_both(page)
    page.until_text("verdict", "B: ")
    with page.page.expect_download() as download:
        page.value("document.querySelector('[data-save-chart=moments-svg]').click()")
    download.value.save_as(tmp_path / "chart.svg")
    saved = (tmp_path / "chart.svg").read_text()
    assert ">pooled A<" in saved
    assert ">pooled B<" in saved
