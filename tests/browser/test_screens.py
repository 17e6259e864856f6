"""Odd screens and other hands: tablets, fingers, contrast themes, what a screen reader is told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Open
from tests.browser.serving import Server
from tests.browser.visit import AXES, Visit

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Visit]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
PLOT = """(() => {
    const box = document.querySelector('#cells .nsewdrag').getBoundingClientRect();
    return [box.x, box.y, box.width, box.height];
})()"""
COVERED = """(() => {
    const seen = (part) => part.checkVisibility();
    const menus = [...document.querySelectorAll('.chart-save summary')].filter(seen);
    if (!menus.length) return ['no menu'];
    return menus.flatMap((menu) => {
        const box = menu.getBoundingClientRect(), icon = 17;
        const inset = getComputedStyle(menu).alignItems === 'end' ? 0 : (box.height - icon) / 2;
        const [right, bottom] = [box.right - inset, box.bottom - inset];
        const { saveChart } = menu.parentElement.querySelector('button').dataset;
        const host = document.getElementById(saveChart.replace('-png', ''));
        return [...host.querySelectorAll('text')].filter((words) => {
            const word = words.getBoundingClientRect();
            return word.width && word.right > right - icon && word.left < right
                && word.bottom > bottom - icon && word.top < bottom;
        }).map((words) => `${host.id}: ${words.textContent}`);
    });
})()"""
NOW = "{block: 'center', behavior: 'instant'}"
WINDOW = "new URLSearchParams(location.search).get('window')"
LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output"


@pytest.fixture
def open_as(browser: Browser, server: Server) -> Iterator[OpenAs]:
    """Opens a link as a browser of another kind does."""
    with ExitStack() as contexts:

        def opened(query: str = "", **kind: Any) -> Visit:
            context = contexts.enter_context(browser.new_context(**kind))
            visit = Visit(context.new_page(), server.url)
            contexts.callback(visit.leave)
            visit.open(query)
            return visit

        yield opened


TABLETS = [(768, 1024), (820, 1180), (780, 438), (910, 512), (1024, 768), (1100, 800), (761, 900)]


@pytest.mark.parametrize("size", TABLETS)
@pytest.mark.parametrize("query", ["sheet=2.1", "", "lecture=1"])
def test_on_a_tablet_and_zoomed_in_the_picture_is_large(
    open_as: OpenAs, size: tuple[int, int], query: str
):
    page = open_as(query, viewport={"width": size[0], "height": size[1]})
    if "sheet" in query:
        page.uncover()
    page.until(AXES)
    page.until(f"{PLOT}[2] >= 0.48 * Math.min(innerWidth, innerHeight)")
    free = f"""(() => {{
        const [x, y, w, h] = {PLOT};
        const frame = document.querySelector('#picture-frame');
        return [[x + 3, y + 3], [x + w - 3, y + 3]].every(
            (at) => frame.contains(document.elementFromPoint(...at)));
    }})()"""
    page.until(free)  # a moment after the columns have their widths
    x, y, width, height = page.value(PLOT)
    assert x >= 0
    assert y >= 0
    assert width == pytest.approx(height, abs=2)
    assert page.value("document.documentElement.scrollWidth") == size[0]


class Fingers:
    """Fingers on a picture, at shares of its width and height from its upper left corner."""

    def __init__(self, page: Visit) -> None:
        assert page.picture_at_rest
        self.cdp: Any = page.page.context.new_cdp_session(page.page)
        page.value(f"document.getElementById('picture-frame').scrollIntoView({NOW})")
        self.box = page.value(PLOT)

    def touch(self, kind: str, *shares: tuple[float, float]) -> None:
        x, y, width, height = self.box
        points = [
            {"x": x + u * width, "y": y + v * height, "id": k} for k, (u, v) in enumerate(shares)
        ]
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
        def at(share: float) -> list[tuple[float, float]]:
            return [(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for a, b in ways]

        self.touch("touchStart", *at(0))
        for k in range(1, 13):
            self.touch("touchMove", *at(k / 12))
        self.touch("touchEnd")

    def tap(self, u: float, v: float) -> None:
        self.touch("touchStart", (u, v))
        self.touch("touchEnd")


def window(page: Visit) -> list[float]:
    return [float(v) for v in page.link.get("window", "-5,5,-5,5").split(",")]


@pytest.mark.parametrize("tab", ["overview", "signal", "training", "line"])
def test_what_a_finger_saves_a_chart_with_covers_none_of_its_words(open_as: OpenAs, tab: str):
    tablet = PHONE | {"viewport": {"width": 1180, "height": 820}}
    page = open_as(f"speed=50&tab={tab}", **tablet)
    page.page.wait_for_selector(".right .js-plotly-plot .ytick:visible")
    page.play()
    page.until_step("> 3")
    assert page.value(COVERED) == []


def test_a_swipe_up_on_the_picture_scrolls_the_page(open_as: OpenAs):
    page = open_as(**PHONE)
    fingers = Fingers(page)
    before = page.value("scrollY")
    fingers.drag(((0.5, 0.8), (0.5, 0.3)))
    page.until(f"scrollY > {before} + 80")
    assert window(page) == [-5, 5, -5, 5]
    assert not page.value("document.querySelector('#card').classList.contains('shown')")


def test_two_fingers_zoom_about_their_middle(open_as: OpenAs):
    page = open_as(**PHONE)
    fingers = Fingers(page)
    fingers.drag(((0.65, 0.25), (0.5, 0.25)), ((0.75, 0.25), (0.9, 0.25)))  # about (2, 2.5)
    page.until(f"{WINDOW} !== '-5,5,-5,5'")
    x0, x1, y0, y1 = window(page)
    assert (x1 - x0, y1 - y0) == pytest.approx((2.5, 2.5), rel=0.1)
    assert ((2.0 - x0) / (x1 - x0), (2.5 - y0) / (y1 - y0)) == pytest.approx((0.7, 0.75), abs=0.02)


def test_a_finger_sideways_moves_the_picture_and_two_taps_show_it_whole(open_as: OpenAs):
    page = open_as("window=-1,1,-1,1", **PHONE)
    fingers = Fingers(page)
    fingers.drag(((0.3, 0.5), (0.8, 0.5)))
    page.until(f"{WINDOW} !== '-1,1,-1,1'")
    assert window(page) == pytest.approx([-2, 0, -1, 1], abs=0.05)
    fingers.tap(0.5, 0.5)
    fingers.tap(0.5, 0.5)
    page.until(f"{WINDOW} === '-5,5,-5,5'")


def test_a_tap_asks_what_lies_there(open_as: OpenAs):
    page = open_as(**PHONE)
    Fingers(page).tap(0.4, 0.4)
    page.until("document.querySelector('#card').classList.contains('shown')")


def test_nothing_is_announced_while_it_trains_and_one_sentence_at_a_pause(open_as: OpenAs):
    page = open_as("speed=200")
    page.value(
        f"""(() => {{
            window.announced = [];
            for (const node of document.querySelectorAll('{LIVE}'))
                new MutationObserver(() => window.announced.push(node.textContent)).observe(
                    node, {{ childList: true, subtree: true, characterData: true }});
        }})()"""
    )
    page.play()
    page.until_step("> 300")
    assert page.value("window.announced") == []
    page.pause()
    page.until("window.announced.length > 0")
    page.page.wait_for_timeout(1500)  # nothing more comes
    (sentence,) = page.value("window.announced")
    assert sentence.startswith("paused, step ")
    assert page.text("count") in sentence


def test_who_plays_as_soon_as_the_page_stands_is_told_of_the_pause_as_well(open_as: OpenAs):
    page = open_as("speed=20")
    page.play()
    page.until_step("> 3")
    page.pause()
    page.until("document.querySelector('#spoken').textContent.startsWith('paused, step ')")


def test_under_forced_colours_icons_and_what_is_chosen_can_be_told(open_as: OpenAs):
    page = open_as(forced_colors="active", viewport={"width": 1280, "height": 720})
    wrong = page.value(
        """[...document.querySelectorAll('.icon')].filter((icon) => icon.checkVisibility()).filter(
            (icon) => getComputedStyle(icon).backgroundColor
                === getComputedStyle(icon.closest('button')).backgroundColor)
            .map((icon) => icon.className)"""
    )
    assert wrong == []
    ground = "(e) => getComputedStyle(e).backgroundColor"
    chosen = page.value(f"({ground})(document.querySelector('.segment-input:checked + .segment'))")
    other = page.value(
        f"({ground})(document.querySelector('.segment-input:not(:checked) + .segment'))"
    )
    assert chosen != other
    swatch = page.value(f"({ground})(document.querySelector('.swatch-pooled'))")
    assert swatch == "rgb(67, 56, 202)"
    line = "(e) => getComputedStyle(e).borderBottomColor"
    lines = page.value(f"[...document.querySelectorAll('#right .tab')].map({line})")
    paper = page.value(f"({ground})(document.querySelector('#right .tabs'))")
    assert [line for line in lines if line != paper] == [lines[0]]  # the chosen one's


def test_on_paper_stand_the_picture_and_all_charts_and_nothing_to_press(open_as: OpenAs):
    page = open_as(viewport={"width": 1280, "height": 720})
    page.page.emulate_media(media="print")
    cut = """['.page', '.columns', '.centre', '#right'].filter((name) => {
        const part = document.querySelector(name);
        return part.scrollHeight > part.clientHeight + 1 || !part.checkVisibility();
    })"""
    page.until(f"{cut}.length === 0")
    seen = "(name) => document.querySelector(name).checkVisibility()"
    pressed = ["#play", "#preset", "#save-png", "#lines-switch", "#width", ".tabs", "#inspector"]
    assert [name for name in pressed if page.value(seen, name)] == []
    charts = ["#picture", "#moments", ".funnel", "#loss"]
    assert all(page.value(seen, name) for name in charts)


NARROW = """(() => {
    const high = (e) => e.clientHeight > 1.6 * parseFloat(getComputedStyle(e).lineHeight);
    const labels = [...document.querySelectorAll('.group.first label, .sweep-row > label')];
    const boxes = [...document.querySelectorAll('.group.first input')];
    return [...labels.filter((e) => e.checkVisibility() && high(e)).map((e) => e.textContent),
        ...boxes.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.value)];
})()"""


def test_names_of_controls_keep_one_line_and_numbers_are_whole_also_in_german(open_as: OpenAs):
    """Also where a mark says that it differs from the start, and s is 2/256."""
    page = open_as("lang=de&width=256&depth=3&tab=sweep", viewport={"width": 1280, "height": 720})
    page.until("document.querySelector('#weight-variance').value === '0,0078125'")
    page.page.wait_for_selector(".row.differs #depth")
    assert page.value(NARROW) == []


CUT = "e => Math.max(e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight)"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_on_the_narrowest_phone_the_state_and_the_sentence_at_the_picture_are_whole(
    visit: Open, lang: str
):
    page = visit(f"lang={lang}", size=(320, 568))
    for name in ("status", "story"):
        page.until(f"document.getElementById('{name}').textContent !== ''")
        assert page.value(f"({CUT})(document.getElementById('{name}'))") <= 1
