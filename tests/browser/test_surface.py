"""A logit or a unit in space: the graph of the network, live, of what is looked at."""

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SMALL = "tab=surface&width=6&depth=3"
DRAWN = "document.querySelector('#surface').data?.[0].z.length > 3"
HEIGHTS = "[...document.querySelector('#surface').data[0].z].join()"
CAMERA = "document.querySelector('#surface')._fullLayout.scene._scene.getCamera()"
EYE = f"Object.values({CAMERA}.eye).map(v => v.toFixed(4)).join()"


def test_the_first_logit_is_seen_in_space_and_moves_with_training(visit: Open):
    page = visit(SMALL)
    page.until(DRAWN)
    assert page.text("surface-name") == "Layer 3, logit 1"
    assert page.text("surface-text").endswith("flat facets, exact, step 0")
    before = page.value(HEIGHTS)
    page.page.click("#step")
    page.until_text("surface-text", "step 1")
    page.until(f"before => {HEIGHTS} !== before", before)


def test_it_is_turned_by_the_mouse_and_stays_so(visit: Open):
    page = visit(SMALL)
    page.until(DRAWN)
    before = page.value(EYE)
    box = page.page.locator("#surface canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 60, y + 10, steps=6)
    page.page.mouse.up()
    page.until(f"before => {EYE} !== before", before)
    eyes: list[str] = []
    for step in (1, 2):
        page.page.click("#step")
        page.until_text("surface-text", f"step {step}")
        eyes.append(page.settled(EYE))  # it glides for a moment, while it is drawn
    assert eyes[0] == eyes[1] != before


def test_it_is_of_the_unit_that_the_picture_shows(visit: Open):
    page = visit(SMALL.replace("surface", "network"))
    page.page.focus("#network-drawing")
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    page.page.click("#tabs-more")
    page.page.get_by_role("tab", name="3-D").click()
    page.until_text("surface-name", "Layer 1, unit 1")


def test_a_browser_without_graphics_says_so(visit: Open):
    page = visit()
    page.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return kind.includes('webgl') ? null : get.call(this, kind, ...more); };"
    )
    page.page.goto(f"{page.url}?{SMALL}")
    page.until_text("surface-text", "WebGL is switched off or missing")
    assert page.page.inner_text(".panel-surface .caption").startswith("This browser")


def test_a_theme_that_is_chosen_while_it_is_drawn_is_its_theme(visit: Open):
    page = visit()
    slow = "(() => { const react = Plotly.react; Plotly.react = async (...of) => {"
    slow += " await new Promise(then => setTimeout(then, 600)); return react(...of); } })();"

    def slower(route: Route) -> None:
        script = route.fetch()
        route.fulfill(response=script, body=script.text() + ";" + slow)

    page.page.route("**/plotly-3d.js", slower)
    ink = "document.querySelector('#surface').layout?.font.color"
    colour = "getComputedStyle(document.documentElement).getPropertyValue('--ink2').trim()"
    page.open(f"{SMALL}&theme=light")
    page.until("document.querySelector('#surface-text').textContent !== ''")
    before = page.value(colour)
    page.page.click("#theme")
    page.until(f"before => {colour} !== before", before)
    page.until(DRAWN)
    page.until(f"{ink} === {colour}")
