"""A lecturer in a hall: one key, and the last row can read everything."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Open
from tests.browser.visit import GRAPH, Visit

pytestmark = pytest.mark.browser
PROJECTOR, SMALL = (1920, 1080), (1280, 720)

# What is smaller than `least` px, with its text: HTML, SVG, exponents, what stands in boxes.
SMALLER = """least => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const hosts = [...document.querySelectorAll('input[type=text], select, textarea')];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const seen = /[^\\s\\u200b]/.test(node.textContent);
        if (seen && !node.parentElement.closest('script, style, option, .visually-hidden')) {
            hosts.push(node.parentElement);
        }
    }
    return hosts.filter(host => host.checkVisibility({ visibilityProperty: true }))
        .map(host => [parseFloat(getComputedStyle(host).fontSize), host.textContent || host.id])
        .filter(([size]) => size < least - 0.01);
}"""
SCROLLS = """() => [...document.querySelectorAll(
    'html, .page, .right, .centre, .top-bar, .mode-row')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)"""
SHOWN_CONTROLS = """JSON.parse(document.getElementById('cellscope-data').textContent).controls
    .map(control => control.id).filter(id => document.getElementById(id)?.checkVisibility())"""
TICKS = "document.querySelectorAll('#moments .xtick, #loss .xtick, #cells .xtick').length > 12"


def serious(page: Visit) -> list[str]:
    found: Any = Axe().run(page.page).response["violations"]
    return [v["id"] for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize(("size", "least"), [(PROJECTOR, 24), (SMALL, 16)])
def test_one_key_makes_all_text_readable_and_fills_the_screen(
    visit: Open, size: tuple[int, int], least: float
):
    page = visit("theme=dark&depth=11", size=size)
    page.page.keyboard.press("l")
    page.until_link(lecture="1", theme="light")
    page.until("document.fullscreenElement !== null")
    page.until(TICKS)
    page.until(f"({SMALLER})({least}).length === 0")
    assert page.value(SCROLLS) == []
    assert page.value("document.querySelectorAll('.film').length") == 11
    shown = "[...document.querySelectorAll('.film')].filter(e => e.checkVisibility()).length"
    assert page.value(shown) == 3  # the layer and its neighbours
    assert not page.page.locator("#width").is_visible()
    assert serious(page) == []
    page.page.evaluate("document.exitFullscreen()")
    page.until("!document.documentElement.hasAttribute('data-lecture')")
    assert page.page.locator("#width").is_visible()
    page.until_link(theme="dark")
    assert "lecture" not in page.link


def test_a_link_opens_the_lecture_and_the_button_ends_it(visit: Open):
    page = visit("lecture=1", size=PROJECTOR)
    assert page.value("document.documentElement.hasAttribute('data-lecture')")
    page.press("Settings")
    assert page.page.locator("#width").is_visible()
    page.press("Lecture mode")
    page.until("!new URLSearchParams(location.search).has('lecture')")
    assert not page.problems


def test_what_is_no_switch_is_named(visit: Open):
    page = visit("lecture=maybe")
    page.until_text("toast", "Lecture mode: must be one of 0, 1; got maybe")
    assert not page.value("document.documentElement.hasAttribute('data-lecture')")


def test_the_pointer_says_where_it_is(visit: Open):
    page = visit("lecture=1", size=PROJECTOR)
    x, y = page.plot_point(1.5, -2)
    page.page.mouse.move(x, y)
    pointer = page.page.locator(".lecture-pointer output")
    pointer.filter(has_text="(1.50, −2.00)").wait_for()
    assert not page.page.locator("#card").is_visible()  # to point is not to inspect
    page.page.mouse.click(x, y)
    page.page.locator("#card.shown").wait_for()
    box = page.page.locator("#card").bounding_box()
    area = page.page.locator("#picture").bounding_box()
    assert box is not None
    assert area is not None
    assert box["x"] > area["x"] + area["width"]
    page.page.focus("#picture-frame")
    page.page.keyboard.press("ArrowRight")
    pointer.filter(has_text="(1.70, −2.00)").wait_for()


@pytest.mark.parametrize("lecture", ["0", "1"])
def test_a_link_leaves_the_controls_that_it_names(visit: Open, lecture: str):
    page = visit(f"controls=s,layer&hide=points,foot&lecture={lecture}", size=PROJECTOR)
    page.until("document.documentElement.hasAttribute('data-named')")
    assert page.value(SHOWN_CONTROLS) == ["weight-variance", "layer"]
    assert not page.page.locator(".picture-foot").is_visible()
    page.until(f"{GRAPH}.data.length === 1")  # the cells, and no points
    assert page.value(SCROLLS) == []
    page.enter("weight-variance", "0.5")
    page.until_link(weight_variance="0.5", init="normal", controls="weight_variance,layer")
    if lecture == "1":
        page.until(f"({SMALLER})(24).length === 0")
        page.press("Settings")
    page.press("All controls")
    assert page.page.locator("#width").is_visible()
    page.until("!new URLSearchParams(location.search).has('controls')")


def test_a_presenter_s_remote_turns_the_questions(visit: Open):
    page = visit("lecture=1&sheet=2.3", size=PROJECTOR)
    page.until_text("guide-title", "2.3")
    stage = "document.documentElement.dataset.stage"
    assert page.value(stage) == "predict"
    page.page.keyboard.press("PageDown")
    page.until(f"{stage} === 'see'")
    page.until("!document.documentElement.hasAttribute('data-covered')")
    page.page.keyboard.press("PageDown")
    page.until(f"{stage} === 'answer'")
    page.until(f"({SMALLER})(24).length === 0")
    assert page.value(SCROLLS) == []
    page.page.keyboard.press("PageDown")
    page.until_text("guide-title", "2.4")
    page.page.keyboard.press("PageUp")
    page.until_text("guide-title", "2.3")
    page.page.keyboard.press("PageUp")
    page.until(f"{stage} === 'see'")
    page.page.keyboard.press("[")
    page.until_text("guide-title", "2.2")
    page.until_link(sheet="2.2", lecture="1")


@pytest.mark.parametrize("size", [PROJECTOR, SMALL])
def test_question_picture_and_chart_are_in_view_together(visit: Open, size: tuple[int, int]):
    page = visit("sheet=1.2b&lecture=1&controls=s,init", size=size)
    page.until_text("guide-title", "1.2b")
    page.page.keyboard.press("PageDown")
    page.until("document.querySelectorAll('#moments .bars path').length > 10")
    for part, least in (("guide-page", 60), ("picture-frame", 300), ("moments", 100)):
        box = page.page.locator(f"#{part}").bounding_box()
        assert box is not None
        assert box["height"] >= least * size[1] / 1080
        assert box["y"] + box["height"] <= size[1]
    assert page.page.locator("#weight-variance").is_visible()


@pytest.mark.parametrize("size", [PROJECTOR, SMALL])
def test_the_strip_of_layers_ends_above_the_time_line(visit: Open, size: tuple[int, int]):
    page = visit("sheet=1.2b&lecture=1", size=size)
    page.page.check("#guide-first input[value=weights]")
    page.page.fill("#guide-number-depth", "6")
    page.page.click("#predict")
    page.until_text("guide-compare", "of five seeds")  # its sentences leave little room below
    page.until("[...document.querySelectorAll('.film')].some(e => e.checkVisibility())")
    page.until(
        "[...document.querySelectorAll('.film')].every(e => e.getBoundingClientRect().bottom"
        " <= document.querySelector('.time-row').getBoundingClientRect().top)"
    )


def test_a_first_press_that_drags_a_slider_is_not_lost(visit: Open):
    page = visit("lecture=1&controls=s", size=PROJECTOR)
    box = page.page.locator("#weight-variance-slider").bounding_box()
    assert box is not None
    before = page.settings["weight-variance"]
    mouse = page.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=5)
    assert page.value("document.fullscreenElement === null")
    assert page.settings["weight-variance"] != before
    mouse.up()
    page.until("document.fullscreenElement !== null")


def test_names_that_a_link_gets_wrong_are_named(visit: Open):
    page = visit("controls=s,nonsense&hide=sky")
    page.until_text("toast", "Controls: must be one of s, dataset")
    page.until_text("toast", "got nonsense")
    page.until_text("toast", "got sky")
    assert page.value(SHOWN_CONTROLS) == ["weight-variance"]


def test_all_keys_are_listed(visit: Open):
    page = visit()
    page.page.keyboard.press("?")
    page.page.get_by_role("dialog", name="Keys").wait_for()
    page.until_text("keys", "Page Down")
    assert serious(page) == []
    page.page.keyboard.press("Escape")
    page.page.get_by_role("dialog", name="Keys").wait_for(state="hidden")


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_broke_is_told_whole_beside_the_menu(visit: Open, size: tuple[int, int], lang: str):
    broken = "depth=11&init=normal&weight_variance=1&bias=zero&step=30"
    page = visit(f"lecture=1&lang={lang}&{broken}", size=size)
    page.until_status("diverged")
    page.until(
        "(() => { const [chip, menu] = ['status', 'preset'].map(id => document.getElementById(id));"
        " return chip.getBoundingClientRect().right <= menu.getBoundingClientRect().left"
        " && chip.scrollHeight <= chip.clientHeight + 1; })()"
    )


@pytest.mark.parametrize("size", [(1366, 768), (1600, 900), (2560, 1440)])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_the_run_does_is_said_whole(visit: Open, size: tuple[int, int], lang: str):
    page = visit(f"lecture=1&lang={lang}", size=size)
    page.until(
        "(() => { const chip = document.getElementById('status');"
        " const [inner, outer] = [chip, chip.parentElement].map(e => e.getBoundingClientRect());"
        " return inner.right <= outer.right && chip.scrollWidth <= chip.clientWidth + 1; })()"
    )


def test_a_link_with_a_line_fills_the_screen_at_the_first_press_and_not_before(visit: Open):
    page = visit("width=6&depth=3&samples=100&lecture=1&line=-5,0,5,0&tab=line")
    page.until("document.getElementById('ruler-answer').textContent !== ''")
    assert not page.value("Boolean(document.fullscreenElement)")
    page.page.mouse.click(*page.plot_point(1, 1))
    page.until("Boolean(document.fullscreenElement)")
