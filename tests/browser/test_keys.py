"""By keyboard: one tab stop a group, arrows inside, and always to be seen where one is."""

import re
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=4&samples=200"
WIDE, LAPTOP, PHONE = (1920, 1080), (1280, 720), (390, 844)

# What has the focus: a name for it, and its group (that of radio buttons is their name).
FOCUSED = """() => {
    const one = document.activeElement;
    const group = one.closest('[role=tablist], [role=toolbar], [data-roving], #sweep-grid');
    return [one.id || one.textContent || one.className,
        one.type === 'radio' ? one.name : group ? group.className : ''];
}"""

# How much of its ring (2 px, at 2 px) is cut off, and whether it is that ring.
RING = """async () => {
    for (let before = null; before !== scrollY;) { // it scrolls there smoothly
        before = scrollY;
        await new Promise(done => setTimeout(done, 120));
    }
    const one = document.activeElement;
    let ringed = one.matches('.segment-input') ? one.nextSibling : one;
    if (one.matches('.number-box > input, .button > input')) ringed = one.parentElement;
    const style = getComputedStyle(ringed);
    const said = [style.outlineStyle, style.outlineWidth, style.outlineOffset].join(' ');
    const box = ringed.getBoundingClientRect();
    let [left, top, right, bottom] = [box.left - 4, box.top - 4, box.right + 4, box.bottom + 4];
    const cut = [];
    const clip = (area, what) => {
        const most = Math.max(area.left - left, area.top - top,
            right - area.right, bottom - area.bottom);
        if (most > 0.6) cut.push(`${what} ${most.toFixed(1)}`);
    };
    for (let host = ringed.parentElement; host; host = host.parentElement) {
        const { display, overflowX, overflowClipMargin, position } = getComputedStyle(host);
        if (display === 'contents') continue; // no box at all
        const room = overflowX === 'clip' ? parseFloat(overflowClipMargin) : 0;
        const area = host.getBoundingClientRect();
        if (overflowX !== 'visible') clip({ left: area.left - room, top: area.top - room,
            right: area.right + room, bottom: area.bottom + room }, host.className || host.tagName);
        if (position === 'fixed') break; // no box around it clips it
    }
    clip({ left: 0, top: 0, right: innerWidth, bottom: innerHeight }, 'window');
    return [one.id || one.className || one.tagName, said, cut];
}"""
RINGED = "solid 2px 2px"

# Layer buttons whose spoken name lacks what stands on them (WCAG 2.2, 2.5.3).
UNSPOKEN = """(() => {
    const plain = (text) => text.replace(/[^\\p{L}\\d]+/gu, ' ').trim();
    return [...document.querySelectorAll('.film')]
        .map((one) => [one.getAttribute('aria-label'), one.textContent])
        .filter(([name, seen]) => !plain(name).includes(plain(seen)));
})()"""


def tab_stops(page: Visit, look: str) -> list[Any]:
    """What has the focus at each press of Tab, from the top until it comes round."""
    found: list[Any] = []
    page.page.focus("#skip")
    for _ in range(150):
        page.page.keyboard.press("Tab")
        seen = page.value(look)
        if page.value("document.activeElement.matches('body, #skip')"):
            return found
        found.append(seen)
    raise AssertionError(f"Tab does not come round: {found}")


def test_the_first_tab_stop_leads_to_the_picture(visit: Open):
    page = visit(SMALL)
    link = page.page.get_by_role("link", name="Skip to the picture")
    assert page.value("document.querySelector('#skip').getBoundingClientRect().width") <= 1
    page.page.keyboard.press("Tab")
    box = link.bounding_box()
    assert box is not None
    assert box["width"] > 80
    page.page.keyboard.press("Enter")
    assert page.value("document.activeElement.id") == "picture-frame"
    page.page.keyboard.press("ArrowRight")
    assert page.step == 0  # the arrow moved the cursor
    page = visit("sheet=2.3")
    page.page.focus("#skip")
    page.page.keyboard.press("Enter")
    assert page.value("document.activeElement.id") == "uncover"  # the picture is covered


def test_a_group_is_one_tab_stop(visit: Open):
    page = visit(SMALL)
    stops = tab_stops(page, FOCUSED)
    groups = [group for _, group in stops if group]
    assert len(groups) == len(set(groups))
    assert {"transport", "tools", "languages", "mode", "layer-buttons", "picture-foot"} <= {*groups}
    before = [name for name, _ in stops].index("picture-frame")
    assert before < 64  # with every section open, and no skip link used
    chosen = [name for name, group in stops if group == "layer-buttons"]
    assert chosen[0].startswith("2")  # the layer shown


ARROWS = ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowLeft")


@pytest.mark.parametrize("query", ["", "sheet=1.3", "tab=signal", "tab=sweep"])
def test_arrows_stay_in_their_group_and_train_nothing(visit: Open, query: str):
    page = visit(f"{SMALL}&{query}")
    keyboard = page.page.keyboard
    before = page.settings
    walked: set[str] = set()
    page.page.focus("#skip")
    for _ in range(150):
        keyboard.press("Tab")
        start, group = page.value(FOCUSED)
        if page.value("document.activeElement.matches('body, #skip')"):
            break
        for key in ARROWS if group else ():
            keyboard.press(key)
            name, now = page.value(FOCUSED)
            assert now == group, (start, key, name)
        walked |= {group} - {""}
    else:
        raise AssertionError("Tab does not come round")
    assert len(walked) >= 4  # under a question's cover there are fewer
    touched = {name for name, value in page.settings.items() if value != before[name]}
    assert touched <= walked
    assert page.step == 0
    assert page.value("document.querySelector('#status').dataset.value") == "paused"


def test_arrows_in_the_modes_choose_a_mode_and_leave_the_optimiser(visit: Open):
    page = visit(SMALL)
    page.page.focus("#mode input:checked")
    page.page.keyboard.press("ArrowRight")
    page.until_link(mode="regions")
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("ArrowLeft")
    page.until_link(mode="confidence")
    assert page.settings["optimizer"] == "sgd"
    page.page.keyboard.press("3")  # a digit has no use there
    page.until_link(layer="3")


def test_layer_buttons_say_what_they_show_and_how_much(visit: Open):
    page = visit(SMALL)
    page.until("document.querySelector('.film-count').textContent !== ''")
    count = page.value("document.querySelectorAll('.film-count')[1].textContent")
    page.page.get_by_role("button", name=f"Layer 2: {count} cells").wait_for()
    assert page.value(UNSPOKEN) == []
    page.press("DE")
    page.page.get_by_role("button", name=f"Schicht 2: {count} Zellen").wait_for()
    assert page.value(UNSPOKEN) == []


def test_one_cell_and_one_class_are_named_as_one(visit: Open):
    page = visit(SMALL + "&init=zeros&bias_variance=0")
    page.page.get_by_role("button", name=re.compile("^Layer 2: 1 cell$")).wait_for()
    page.page.get_by_role("button", name=re.compile("^Layer [0-9]+: 1 class of")).wait_for()
    assert page.value(UNSPOKEN) == []


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", LAPTOP),
        ("depth=20&theme=dark", WIDE),
        ("sheet=1.3", LAPTOP),
        ("theme=dark", PHONE),
        ("lecture=1&sheet=1.2b", WIDE),
    ],
)
def test_one_ring_shows_where_one_is_and_is_whole(visit: Open, query: str, size: tuple[int, int]):
    page = visit(query, size=size)
    stops = tab_stops(page, RING)
    assert len(stops) > 10
    assert [stop for stop in stops if stop[1:] != [RINGED, []]] == []


def test_nothing_happens_behind_a_dialog(visit: Open):
    page = visit(SMALL)
    for name in ("Keys", "Derivations", "My code"):
        page.press(name)
        page.page.locator("dialog[open]").wait_for()
        for key in ("ArrowRight", "r", "3", "l"):
            page.page.keyboard.press(key)
        page.page.keyboard.press("Escape")
        page.page.locator("dialog[open]").wait_for(state="hidden")
    assert page.step == 0
    assert page.link["layer"] == "2"
    assert "lecture" not in page.link
