"""The tabs of exercises 2.1, 2.6 and 2.7, as a student goes through them."""

from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser


def twins(page: Visit, *ids: str) -> list[str]:
    """The small pictures as they are painted."""
    return [page.value(f"document.querySelector('#{name}').toDataURL()") for name in ids]


def overlay(page: Visit) -> int:
    """How many pixels over the picture are drawn on."""
    return page.value(
        "(() => { const canvas = document.querySelector('#power');"
        " if (!canvas || canvas.hidden) return 0;"
        " const copy = document.createElement('canvas');"
        " Object.assign(copy, { width: canvas.width, height: canvas.height });"
        " const pixels = copy.getContext('2d', { willReadFrequently: true });"
        " pixels.drawImage(canvas, 0, 0);"
        " const data = pixels.getImageData(0, 0, canvas.width, canvas.height).data;"
        " return data.filter((v, k) => k % 4 === 3 && v > 0).length; })()"
    )


def test_a_student_finds_out_why_cells_look_voronoi_like(visit: Open):
    page = visit("tab=voronoi&layer=1&width=8&depth=3&samples=200")
    page.until_text("voronoi-agreement", "100 % of 40\u202f401 pixels")
    by_pattern, by_power = twins(page, "voronoi-by_pattern", "voronoi-by_power")
    assert by_pattern == by_power
    assert page.value("document.querySelectorAll('.unit').length") == 8
    # A half-plane, by pointer and by keyboard.
    assert overlay(page) == 0
    page.page.get_by_role("button", name="unit 3", exact=True).hover()
    page.until("document.querySelector('#power')?.hidden === false")
    half_plane = overlay(page)
    assert half_plane > 10_000
    page.page.mouse.move(5, 5)
    page.until("document.querySelector('#power').hidden")
    page.page.get_by_role("button", name="unit 1", exact=True).focus()
    page.page.keyboard.press("ArrowRight")
    page.until("document.activeElement.textContent === '2'")
    assert page.step == 0  # the arrow chose a unit, it trained nothing
    assert overlay(page) > 10_000
    # A pair of cells.
    page.page.mouse.move(*page.plot_point(2.0, 1.5))
    page.until_text("pair-line", "Radical line (equal power): unit")
    table: list[list[str]] = page.value(
        "[...document.querySelectorAll('#pair tr')]"
        ".map(row => [...row.children].map(cell => cell.textContent))"
    )
    assert [row[0] for row in table] == ["", "signs", "centre", "radius²", "it lies"]
    assert all(len(row) == 3 for row in table)
    assert not page.value("document.querySelector('#card').classList.contains('shown')")
    page.page.focus("#picture-frame")
    before = page.text("pair")
    for _ in range(12):
        page.page.keyboard.press("ArrowLeft")
    page.until("before => document.querySelector('#pair').innerText !== before", before)
    assert overlay(page) > 1_000
    # In a deeper layer the same, inside one region.
    page.enter("layer", "2")
    page.until_text("voronoi-lines", "In one region of layer 1")
    page.until_text("voronoi-agreement", "100 %")
    # Live, and gone with the tab.
    page.play()
    page.until("!document.querySelector('#voronoi-step').textContent.endsWith(' 0')")
    page.pause()
    page.page.click("#tab-overview")
    page.until("document.querySelector('#power').hidden")


def test_a_student_collapses_a_linear_network(visit: Open):
    page = visit("tab=collapse&width=8&depth=4&samples=200&mode=classes&layer=1")
    page.until_text("collapse-why", "No single matrix is this network")
    network, single = twins(page, "collapse-network", "collapse-single")
    assert network != single
    page.press("Remove the activation")
    page.until_text("collapse-why", "The 4 linear layers are one")
    page.until_text("collapse-difference", "rounding only")
    network, single = twins(page, "collapse-network", "collapse-single")
    assert network == single
    assert page.settings["activation"] == "identity"
    assert page.settings["width"] == "8"  # the same network
    assert not page.page.is_visible("#collapse-remove")
    rows: list[Any] = page.value(
        "[...document.querySelectorAll('#collapse-rows tr')].map(row => row.children.length)"
    )
    assert rows == [4, 4]
    page.until_text("collapse-signs", "one linear region")
    page.play()
    page.until("!document.querySelector('#collapse-step').textContent.endsWith(' 0')")
    page.pause()
    page.click("activation", "ReLU")
    page.until_text("collapse-why", "No single matrix")
    page.press("Sheet 2.1")
    page.until_link(activation="identity", depth="5")
    page.uncover()  # the question waits for a prediction
    page.page.click("#tab-collapse")
    page.until_text("collapse-why", "The 5 linear layers are one")


def test_a_student_watches_the_counts_of_cells_over_training(visit: Open):
    page = visit("tab=cells&layer=1&width=8&depth=3&samples=200&speed=100")
    curve = "document.querySelector('#counts .js-plotly-plot')?.data?.[1]?.x"
    page.until(f"{curve}?.length === 1")
    letters = "[...document.querySelectorAll('.funnel-row b')].map(e => e.textContent)"
    assert page.value(letters) == ["A", "B", "B′", "C∞", "C", "D"]
    shares = "[...document.querySelectorAll('.funnel-row > :nth-child(4)')].map(e => e.innerText)"
    heads = [share.split(" ")[0] for share in page.value(shares)[1:]]
    assert heads == ["D/A", "D/B", "D/B′", "D/C∞", "D/C", "of"]
    page.play()
    page.until(f"{curve}.length > 3")
    page.pause()
    # The record belongs to the experiment: a page that is loaded again shows all of it.
    page.page.reload()
    page.until(f"{curve}?.length > 3")
    assert page.value(f"{curve}[0]") == 0
    # Another layer's curve is there as well, and a rewound run starts anew.
    page.enter("layer", "2")
    page.until_text("funnel-title", "layer 2")
    page.until(f"{curve}.length > 3")
    page.press("Rewind")
    page.until(f"{curve}.length === 1")


def test_what_is_said_of_a_line_is_of_the_step_and_the_layer_in_the_picture(visit: Open):
    page = visit("depth=3&width=8&tab=line&lang=en")
    page.until_text("ruler-answer", "of layers 1…2 on the line: 16, step 0")
    page.page.click("#step")
    page.until_text("ruler-answer", "step 1;")
    page.page.click("#layer-buttons button:first-child")
    page.until_text("ruler-answer", "of layer 1 on the line")
    page.choose("init", "xavier")
    page.until_text("ruler-answer", "step 0;")
    page.page.click("#ruler")
    page.until("document.querySelector('#ruler-answer').textContent === ''")
    page.until("document.querySelector('#profile-caption').textContent === ''")


def test_the_line_over_the_picture_is_in_the_link_and_comes_back(visit: Open):
    """A link holds what is on screen; a click without a drag changes no line."""
    page = visit("layer=1")
    page.page.click("#ruler")
    at = page.plot_point(-2, 3), page.plot_point(2, -3.5)
    page.page.mouse.move(*at[0])
    page.page.mouse.down()
    page.page.mouse.move(*at[1], steps=4)
    page.page.mouse.up()
    page.until("document.querySelector('#ruler-answer').textContent.includes('step 0')")
    said = page.text("ruler-answer")
    page.until("location.search.includes('line=')")
    page.page.mouse.click(*at[0])
    ends = [float(end) for end in page.link["line"].split(",")]
    assert ends == pytest.approx([-2, 3, 2, -3.5], abs=0.03)
    assert page.text("ruler-answer") == said
    link = page.value("location.search.slice(1)")
    other = visit(link)
    other.until_text("ruler-answer", said)
    assert other.value("location.search") == page.value("location.search")
    page.page.reload()
    page.until_text("ruler-answer", said)
    page.page.click("#ruler")
    page.until("!location.search.includes('line=')")
