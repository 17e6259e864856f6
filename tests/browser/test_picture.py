from collections.abc import Callable

import numpy as np
import pytest

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from tests.browser.conftest import Open
from tests.browser.visit import GRAPH, Visit

pytestmark = pytest.mark.browser
POINTS_SHOWN = f"{GRAPH}.data.slice(1).reduce((sum, trace) => sum + trace.x.length, 0)"


def indices(page: Visit) -> np.ndarray:
    """The picture at rest as the graph's heatmap holds it, top row first."""
    page.until(f"{GRAPH}.data?.[0]?.visible === true && {GRAPH}.data[0].z.length > 1")
    return np.array(page.value(f"{GRAPH}.data[0].z.map(row => Array.from(row))"))


def axis(page: Visit, name: str) -> np.ndarray:
    return np.array(page.value(f"Array.from({GRAPH}.data[0].{name})"))


def test_the_sheets_grid_shows_its_101_points_a_side_with_x2_upwards(visit: Open):
    spec = Spec(dataset="spirals", classes=3, width=12, depth=3, samples=300, seed=3)
    page = visit(
        "dataset=spirals&classes=3&width=12&depth=3&samples=300&seed=3&mode=classes&lines=false"
    )
    page.press("Sheet’s grid")
    page.until("window.cellscope.width === 101 && window.cellscope.height === 101")
    page.until_link(pixels="101", window="-5,5,-5,5")
    assert page.page.get_attribute("#sheet-grid", "aria-pressed") == "true"
    shown = indices(page)
    sheet = np.arange(-50, 51) / 10.0
    assert np.allclose(axis(page, "x"), sheet)
    assert np.allclose(axis(page, "y"), sheet[::-1])
    x, y = np.meshgrid(sheet, sheet[::-1])
    h = np.stack([x, y], axis=-1)
    weights = initial_weights(spec, make_data(spec))
    for W, b in weights[:-1]:
        h = np.maximum(h @ W.T + b, 0.0)
    W, b = weights[-1]
    assert np.array_equal(shown, (h @ W.T + b).argmax(axis=-1))
    # On the screen as well: the canvas covers the plot area, and a pixel has its class's colour.
    assert page.value(
        "[...document.querySelectorAll('#cells .annotation')].map(e => e.textContent)"
    ) == [
        "x₁",
        "x₂",
    ]
    colours = {0: (230, 159, 0), 1: (86, 180, 233), 2: (0, 158, 115)}
    for row, column in ((0, 0), (0, 100), (100, 0), (100, 100), (20, 60)):
        left, top = page.plot_point(sheet[column], -sheet[row])
        assert on_canvas(page, left, top) == colours[int(shown[row, column])]


def on_canvas(page: Visit, left: float, top: float) -> tuple[int, ...]:
    """The picture's colour at a point of the screen."""
    return tuple(
        page.value(
            """([left, top]) => {
                const canvas = document.querySelector('#picture');
                const box = canvas.getBoundingClientRect();
                const at = (p, start, size, n) => Math.min(n - 1, Math.max(0,
                    Math.floor((p - start) / size * n)));
                const copy = document.createElement('canvas');
                Object.assign(copy, { width: canvas.width, height: canvas.height });
                const pixels = copy.getContext('2d', { willReadFrequently: true });
                pixels.drawImage(canvas, 0, 0);
                return Array.from(pixels.getImageData(
                    at(left, box.left, box.width, canvas.width),
                    at(top, box.top, box.height, canvas.height), 1, 1).data.slice(0, 3));
            }""",
            [left, top],
        )
    )


def test_every_mode_and_layer_has_a_picture_of_its_own(visit: Open):
    page = visit("width=8&depth=4&samples=200")
    step = page.step
    pictures = {page.picture_at_rest}
    for label, name in (
        ("Linear regions", "regions"),
        ("Classes", "classes"),
        ("Confidence", "confidence"),
        ("Cells", "cells"),
    ):
        before = page.picture
        page.click("mode", label)
        page.until_link(mode=name)
        page.until_other("picture", before)
        pictures.add(page.picture_at_rest)
    page.enter("layer", "1")
    page.until_link(layer="1")
    page.until_text("count", "of layer 1")
    pictures.add(page.picture_at_rest)
    assert len(pictures) == 5
    before = page.picture
    page.press("Lines")
    page.until_link(lines="false")
    page.until_other("picture", before)
    assert page.step == step


def test_each_of_at_most_32_cells_has_a_colour_of_its_own(visit: Open):
    page = visit("width=6&depth=3&layer=1")
    page.until("window.cellscope.exact")
    shown = indices(page)
    assert 5 < int(page.text("count").split()[0]) <= 32
    assert "colours repeat" not in page.text("note")
    # Which pattern is where, from the weights alone: colours and patterns are one to one.
    spec = Spec(width=6, depth=3)
    W, b = initial_weights(spec, make_data(spec))[0]
    points = np.stack(np.meshgrid(axis(page, "x"), axis(page, "y")), axis=-1)
    patterns = (points @ W.T + b > 0) @ (1 << np.arange(spec.width))
    pairs = {*zip(patterns.ravel().tolist(), shown.ravel().tolist(), strict=True)}
    assert len(pairs) == len(np.unique(patterns)) == len(np.unique(shown)) > 15


def test_a_drawn_rectangle_becomes_the_window_and_a_double_click_returns(visit: Open):
    page = visit("width=8&depth=3&samples=200&pixels=201")
    page.until("window.cellscope.exact")
    whole = page.picture_at_rest
    mouse = page.page.mouse
    mouse.move(*page.plot_point(0.5, 3.0))
    mouse.down()
    mouse.move(*page.plot_point(2.0, 1.0), steps=4)
    mouse.move(*page.plot_point(3.0, 0.5), steps=4)
    mouse.up()
    page.until("new URLSearchParams(location.search).get('window') !== '-5,5,-5,5'")
    assert window(page) == pytest.approx((0.5, 3.0, 0.5, 3.0), abs=0.06)
    page.until_other("picture", whole)
    page.until(f"{GRAPH}.data?.[0]?.visible === true && {GRAPH}.data[0].x[0] > 0.4")
    x, y = axis(page, "x"), axis(page, "y")
    assert (x[0], x[-1], y[-1], y[0]) == pytest.approx(window(page))
    mouse.move(*page.plot_point(2.0, 2.0))
    before = page.link["window"]
    mouse.wheel(0, -100)
    page.until(f"new URLSearchParams(location.search).get('window') !== '{before}'")
    x0, x1, y0, y1 = window(page)
    assert 0.5 < x0 < 2.0 < x1 < 3.0
    assert 0.5 < y0 < 2.0 < y1 < 3.0
    mouse.dblclick(*page.plot_point(2.0, 2.0))
    page.until_link(window="-5,5,-5,5")
    page.until(f"{GRAPH}.data?.[0]?.visible === true && {GRAPH}.data[0].x[0] === -5")
    assert page.picture_at_rest == whole


def window(page: Visit) -> tuple[float, ...]:
    return tuple(map(float, page.link["window"].split(",")))


def test_a_film_frame_chooses_the_layer_and_all_counts_agree(visit: Open):
    page = visit("width=8&depth=4&samples=200&layer=1")
    page.until("window.cellscope.exact")
    page.page.click("#layer-buttons button:nth-child(3)")
    page.until_link(layer="3")
    assert page.settings["layer"] == "3"
    page.until_text("funnel-title", "layer 3")
    page.until("document.querySelector('.film.chosen .film-layer').textContent === '3'")
    cells, _, pieces = (word for word in page.text("count").split() if word.isdigit())
    assert page.text("count").startswith(f"{cells} cells of layer 3 in {pieces} pieces")
    page.until(
        f"document.querySelector('.funnel-window > :nth-child(3)').textContent === '{cells}'"
        f" && document.querySelector('.film.chosen .film-count').textContent === '{cells}'"
    )
    assert page.text("funnel-caption").startswith(f"{pieces} connected regions")
    counts = page.value(
        "[...document.querySelectorAll('.funnel-row > :nth-child(3)')].slice(1)"
        ".map(e => Number(e.textContent.replaceAll(/\\s/g, '')))"
    )
    # N²/2 of 24 units would be more than there can be: it is left out.
    sign_vectors, maximum, plane, seen, filled = counts
    assert sign_vectors == 2**8
    assert sign_vectors >= maximum >= plane >= seen >= filled > 0


def test_pointing_at_a_cell_describes_it_and_the_keyboard_can_do_the_same(visit: Open):
    page = visit("width=8&depth=3&samples=200")
    page.until("window.cellscope.exact")
    page.page.mouse.move(*page.plot_point(3.0, 3.0))
    page.until_text("card", "Cell of layer 2")
    page.until_text("card", "Linear region of layers 1…2")
    page.page.mouse.move(5, 5)
    page.page.locator("#card").wait_for(state="hidden")
    page.page.focus("#picture-frame")
    page.page.keyboard.press("ArrowRight")
    page.until_text("card", "x = (0.2, 0)")
    page.page.keyboard.press("Escape")
    page.page.locator("#card").wait_for(state="hidden")
    assert page.step == 0


def test_test_points_come_when_asked_for_and_one_key_hides_all_points(visit: Open):
    page = visit("samples=200")  # 150 of training and 50 of the test
    page.until(f"{POINTS_SHOWN} === 150")
    page.page.click("#points > summary")
    page.page.click("#points-all")
    page.until(f"{POINTS_SHOWN} === 200")
    page.until_link(points="all")
    page.page.keyboard.press("p")
    page.until(f"{POINTS_SHOWN} === 0")
    page.until_link(points="none")
    page.page.keyboard.press("p")
    page.until(f"{POINTS_SHOWN} === 200")
    page.page.click("#sheet-grid")  # other views keep them
    page.until_link(pixels="101", points="all")
    assert page.value(POINTS_SHOWN) == 200


def another_setting(page: Visit) -> None:
    page.enter("bias-variance", "0.1")


def another_layer(page: Visit) -> None:
    page.page.click("#layer-buttons button:first-child")


def another_mode(page: Visit) -> None:
    page.click("mode", "Linear regions")


def another_window(page: Visit) -> None:
    page.page.locator("#picture-frame").hover()
    page.page.mouse.wheel(0, -300)


@pytest.mark.parametrize("change", [another_setting, another_layer, another_mode, another_window])
def test_counts_over_draws_leave_with_what_they_were_asked_about(
    visit: Open, change: Callable[[Visit], None]
):
    page = visit("width=4&depth=3&samples=40&layer=2&tab=cells")
    page.press("20 draws")
    page.until_text("draws-answer", "20 draws at the start")
    change(page)
    page.until("!document.querySelector('#draws-answer').textContent.includes('20 draws')")
    page.press("20 draws")
    page.until_text("draws-answer", "20 draws at the start")
