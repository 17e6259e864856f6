"""`cellscope.watch` in a browser: what the page shows is of the loop's own step, to its end."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser
from torch import nn

from cellscope.app.own.cells import cells
from cellscope.app.own.notebook import SCRIPT
from cellscope.app.own.watch import watch
from cellscope.app.own.watch_server import numbers_script
from tests.browser.visit import until

pytestmark = pytest.mark.browser

WINDOW = (-3.0, 3.0, -3.0, 3.0)
CANVAS = """() => {
  const canvas = document.querySelector("#cells"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return { width, height, data: [...data] };
}"""
STEP = "window.cellscope.step"
JOINTS = "() => document.querySelector('#loss path').getAttribute('d')?.split('L').length ?? 0"
ROWS = """() => Object.fromEntries([...document.querySelectorAll("#numbers dt")]
  .map((term) => [term.textContent, term.nextElementSibling.textContent]))"""


def network() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2))


def painted(found: dict[str, Any]) -> Any:
    return np.array(found["data"], np.uint8).reshape(found["height"], found["width"], 4)[..., :3]


def test_picture_numbers_and_the_whole_curve_are_of_the_last_step(browser: Browser) -> None:
    """The curve comes a few times a second; where the loop rests, what was left out follows."""
    module = network()
    with watch(module, torch.randn(50, 2), torch.arange(50) % 2, window=WINDOW) as live:
        page = browser.new_page()
        page.goto(live.url)
        until(page, "() => window.cellscope.frames > 0")
        steps = 0
        # A step that comes while a picture is drawn has none: to rest at one that is shown.
        while page.evaluate("window.cellscope.frames") < 12 or page.evaluate(STEP) != steps:
            with torch.no_grad():
                next(module.parameters()).mul_(1.001)
            steps += 1
            live.step(1.0 / steps, accuracy=steps / 1000)
            page.wait_for_timeout(50)
        until(page, f"() => ({JOINTS})() === {steps}")
        rows = page.evaluate(ROWS)
        counts = cells(module, window=WINDOW, layer=2)
        assert rows["step"] == str(steps)
        assert str(counts.patterns) in rows.values()
        assert f"{1.0 / steps:.3g}" in rows.values()
        picture = page.request.get(f"{live.url}frame?after=0&layer=0").body()
        shown = np.array(Image.open(io.BytesIO(picture)).convert("RGB"))
        assert np.array_equal(painted(page.evaluate(CANVAS)), shown)
        page.close()


def test_its_numbers_are_written_as_the_page_s_language_writes_them(browser: Browser) -> None:
    module = network()
    with watch(module, window=WINDOW) as live, browser.new_context(locale="de-DE") as context:
        page = context.new_page()
        page.goto(live.url)
        until(page, "() => window.cellscope.frames > 0")
        while page.evaluate(STEP) == 0:
            live.step(0.0625, size=-1.25e-7)
            page.wait_for_timeout(50)
        rows = page.evaluate(ROWS)
        assert rows["Verlust"] == "0,0625"
        assert rows["size"] == "−1,25·10⁻⁷"
        assert page.evaluate("document.querySelector('#window').textContent").startswith("x −3")


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_page_asks_for_nothing_and_goes_on_once_it_is_seen(browser: Browser) -> None:
    with watch(network(), window=WINDOW) as live:
        page = browser.new_page()
        page.goto(live.url)
        until(page, "() => window.cellscope.frames > 0")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(HIDE, True)
        live.step(1.0)
        page.wait_for_timeout(1700)  # what was asked for before has been answered by then
        asked.clear()
        page.wait_for_timeout(1200)
        assert asked == []
        page.evaluate(HIDE, False)
        frames = page.evaluate("window.cellscope.frames")
        while page.evaluate("window.cellscope.frames") == frames:
            live.step(1.0)
            page.wait_for_timeout(50)
        page.close()


POINT = "() => document.querySelector('#points circle').getAttribute('cx')"
CAPTION = "() => document.querySelector('#window').textContent"
LAYER = "() => document.querySelector('#layer').value"


def test_all_pages_say_of_which_layer_and_window_their_picture_is(browser: Browser) -> None:
    with watch(network(), torch.randn(50, 2), window=WINDOW) as live:
        first, second = browser.new_page(), browser.new_page()
        for page in (first, second):
            page.goto(live.url)
            until(page, "() => window.cellscope.frames > 0")
        before, whole = second.evaluate(POINT), second.evaluate(CAPTION)
        first.hover(".picture")
        first.mouse.wheel(0, -100)
        first.select_option("#layer", "1")
        for page in (first, second):
            until(page, f"() => ({CAPTION})() !== '{whole}'")
            until(page, f"() => ({LAYER})() === '1'")
            until(page, f"() => ({ROWS})()['linear regions 1…1']")
        assert second.evaluate(POINT) == first.evaluate(POINT) != before
        zoomed = first.evaluate(CAPTION)
        assert second.evaluate(CAPTION) == zoomed
        second.reload()  # and it does not take the others' window away
        until(second, f"() => ({CAPTION})() === '{zoomed}'")
        second.dblclick(".picture")
        until(first, f"() => ({CAPTION})() === '{whole}'")
        live.close()
        until(first, "() => document.querySelector('#hold').disabled")
        for page in (first, second):
            page.close()


# A kernel's channel: what is said to it is noted, what it says is a picture within a larger buffer.
CHANNEL = """(png) => {
  window.said = [];
  let hear;
  const model = {
    send: (message) => said.push(message.type), off: () => {},
    on: (_event, handler) => { hear = handler; },
  };
  window.answer = (message) => {
    const bytes = new Uint8Array(png.length + 9);
    bytes.set(png, 5);
    hear(message, [new DataView(bytes.buffer, 5, png.length)]);
  };
  shown.render({ model, el: document.body });
}"""
PIXEL = (
    """() => [...document.querySelector("canvas").getContext("2d").getImageData(9, 9, 1, 1).data]"""
)


def test_a_widget_waits_for_its_kernel_and_shows_a_picture_from_within_a_buffer(
    browser: Browser,
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    script = numbers_script() + SCRIPT.read_text("utf-8")
    page.add_script_tag(type="module", content=script + "\nwindow.shown = { render };")
    until(page, "() => window.shown !== undefined")
    page.evaluate(CHANNEL, list(png("#c4161c")))
    page.dispatch_event("button", "click")
    page.dispatch_event(".picture", "wheel", {"deltaY": 1})
    page.dispatch_event(".picture", "dblclick")
    assert page.evaluate("said") == ["start"]
    words = {name: name for name in ("go", "hold", "step", "ended")}
    start = {"type": "start", "words": words, "window": WINDOW, "points": [], "labels": []}
    page.evaluate("answer", start | {"layers": ["1"], "layer": 1})
    about = {"step": 3, "layer": 1, "window": WINDOW, "exact": True, "held": False, "metrics": {}}
    about |= {"loss": [], "last": []}
    page.evaluate("answer", {"type": "frame", "number": 1, "about": about})
    until(page, f"() => ({PIXEL})()[3] > 0")
    assert page.evaluate(PIXEL) == [0xC4, 0x16, 0x1C, 255]
    assert complaints == []


def png(colour: str) -> bytes:
    found = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(found, "PNG")
    return found.getvalue()
