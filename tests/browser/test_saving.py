"""What is saved: the picture as it stands on screen, its cells alone, every chart."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cellscope.app.text.texts import text
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from tests.browser.conftest import Open
from tests.browser.visit import AT_REST, Visit

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Visit, selector: str, folder: Path) -> Path:
    """The file that a button of a menu saves."""
    with page.page.expect_download() as download:
        page.value("selector => document.querySelector(selector).click()", selector)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def read(path: Path) -> tuple[ElementTree.Element, str]:
    """An SVG's root, and all that it says."""
    root = ElementTree.fromstring(path.read_bytes())
    return root, " ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [node for node in root.iter() if node.get("class") == name]


def test_a_picture_is_saved_with_its_polygons_lines_points_key_and_what_it_shows(
    visit: Open, tmp_path: Path
):
    page = visit("width=8&depth=4&seed=5&samples=100&layer=2&lang=en")
    page.until(AT_REST)
    path = saved(page, "#save-svg", tmp_path)
    assert path.name == "cellscope-cells-layer-2-step-0.svg"
    root, said = read(path)
    spec = Spec(width=8, depth=4, seed=5, samples=100)
    complex = build(initial_weights(spec, make_data(spec)), (-5.0, 5.0, -5.0, 5.0), layer=2)
    (cells,) = of_class(root, "cells")
    assert len(list(cells)) == layer_cells(complex, 2).regions
    (lines,) = of_class(root, "boundaries")
    assert len(list(lines)) > 0
    shown = page.value(
        "document.querySelector('#cells .js-plotly-plot').data.slice(1)"
        ".filter(t => t.visible !== false).map(t => [t.name, t.x.length])"
    )
    assert len(of_class(root, "point")) == sum(count for _, count in shown)
    for name, _ in shown:
        assert name in said
    for part in ("Cells, layer 2 of 4", page.text("count"), "seed 5, step 0", "−4", "x₁"):
        assert part in said
    assert "http" not in path.read_text("utf-8").replace("http://www.w3.org/", "")


def test_a_picture_saved_in_motion_is_of_the_step_that_it_names(visit: Open, tmp_path: Path):
    page = visit("speed=max&lang=en")
    page.play()
    page.until_step("> 100")
    root, said = read(saved(page, "#save-svg", tmp_path))
    page.pause()
    (path,) = tmp_path.iterdir()
    step = int(path.stem.rsplit("-", 1)[1])
    assert f"step {step:,}".replace(",", "\u202f") in said
    assert of_class(root, "cells")


def test_without_polygons_the_pixels_are_saved_and_the_file_says_so(visit: Open, tmp_path: Path):
    page = visit("activation=tanh&lang=de&theme=dark")
    page.until(AT_REST)
    root, said = read(saved(page, "#save-svg", tmp_path))
    (cells,) = of_class(root, "cells")
    assert cells.tag == f"{SVG}image"
    assert text("note.grid.activation", "de") in said
    assert "Schritt 0" in said


def test_a_saved_picture_says_what_its_rings_are(visit: Open, tmp_path: Path):
    page = visit("lang=en")
    page.page.click("#step")
    page.until_text("batch-text", "the batch of step 1")
    page.until(AT_REST)
    _, said = read(saved(page, "#save-svg", tmp_path))
    assert page.text("batch-text") in said


def test_two_networks_are_saved_side_by_side_as_on_screen(visit: Open, tmp_path: Path):
    page = visit("compare=init:normal&width=6&depth=3&lang=en")
    page.until("document.querySelector('#heading-b').textContent.startsWith('B:')")
    page.until(AT_REST)
    path = saved(page, "#save-svg", tmp_path)
    assert path.name == "cellscope-a-and-b-cells-layer-2-step-0.svg"
    root, said = read(path)
    assert len(of_class(root, "cells")) == 2
    assert page.text("heading-a") in said
    assert page.text("heading-b") in said
    plain = saved(page, "#save-cells", tmp_path)
    assert plain.name == "cellscope-a-and-b-cells-layer-2-step-0-only.png"
    assert size_of(page, plain) == [2 * 1001 + 16, 1001]


def size_of(page: Visit, path: Path) -> list[int]:
    data = path.read_bytes()
    return [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)]


def test_a_diverged_picture_says_at_which_step_it_is(visit: Open, tmp_path: Path):
    page = visit("init=normal&weight_variance=2&depth=11&bias_variance=0&speed=max&lang=en")
    page.play()
    page.until_status("diverged")
    page.until(AT_REST)
    _, said = read(saved(page, "#save-svg", tmp_path))
    assert page.text("status") in said
    assert page.text("note") in said
    assert size_of(page, saved(page, "#save-png", tmp_path))[0] >= 1500


def test_every_chart_is_saved_with_its_title_and_step(visit: Open, tmp_path: Path):
    page = visit("depth=4&lang=de")
    page.page.click("#play")
    page.until_step("> 20")
    page.page.click("#play")
    page.until_status("paused")
    page.until("window.cellscope.step > 20")
    page.until("[...document.querySelectorAll('.lag')].every(e => e.textContent === '')")
    charts = page.value("document.querySelectorAll('.right .dash-graph').length")
    assert page.value("document.querySelectorAll('.right [data-save-chart$=svg]').length") == charts
    path = saved(page, "[data-save-chart='moments-svg']", tmp_path)
    _, said = read(path)
    assert text("signal.title", "de") in said
    assert page.text("moments-caption") in said
    assert "mehr" not in said  # a button's word
    step = int(path.stem.rsplit("-", 1)[1])
    assert step > 20
    assert f"Schritt {step}" in said
    assert size_of(page, saved(page, "[data-save-chart='loss-png']", tmp_path))[0] > 600


SAVED_AT_ONCE = """async (item) => {
  const draw = Plotly.react;
  Plotly.react = (...of) => { // a chart that does not keep up with a hand
    const end = performance.now() + 30;
    while (performance.now() < end);
    return draw(...of);
  };
  const said = document.getElementById('verdict');
  const before = said.textContent;
  const told = new Promise((then) => {
    const seeing = new MutationObserver(() => said.textContent !== before && then());
    seeing.observe(said, { childList: true, subtree: true, characterData: true });
  });
  const slider = document.getElementById('weight-variance-slider');
  slider.stepUp(30);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  await told;
  document.querySelector(item).click();
}"""


def drawn(path: Path) -> tuple[list[str], str]:
    """The paths of an SVG, and its words."""
    root, said = read(path)
    return [node.get("d", "") for node in root.iter(f"{SVG}path")], said


def test_a_chart_is_not_saved_with_the_words_of_a_newer_one(visit: Open, tmp_path: Path):
    page = visit("width=6&depth=4&lang=en&init=normal&weight_variance=0.3&tab=signal")
    item = "[data-save-chart=moments-svg]"
    saved(page, item, tmp_path)
    with page.page.expect_download() as download:
        page.value(SAVED_AT_ONCE, item)
    path = tmp_path / "at-once.svg"
    download.value.save_as(path)
    page.page.wait_for_timeout(1000)
    assert drawn(path) == drawn(saved(page, item, tmp_path))


def test_without_an_answer_the_screen_is_saved_and_of_all_else_it_is_told(
    visit: Open, tmp_path: Path
):
    page = visit("width=8&depth=3&samples=100&lang=en")
    page.until(AT_REST)
    away = re.compile(r"/export/|/theory/|\.woff2")
    with page.no_server():
        page.page.route(away, lambda route: route.abort())
        for kind in ("png", "svg", "cells"):
            assert saved(page, f"#save-{kind}", tmp_path).stat().st_size > 5000
        assert saved(page, "[data-save-chart=moments-png]", tmp_path).stat().st_size > 5000
        for kind in ("weights", "experiment", "json"):
            page.value("document.querySelector('#toast-close').click()")
            page.value(f"document.querySelector('#save-{kind}').click()")
            page.until_text("toast", "The server does not answer: this was not done.")
        page.page.click("#theory")
        page.until_text("theory-text", "The server does not answer: this was not done.")
        page.page.click("#theory-close")
        page.page.unroute(away)
    assert saved(page, "#save-png", tmp_path).stat().st_size > 5000
    assert saved(page, "#save-weights", tmp_path).suffix == ".safetensors"
    page.page.click("#theory")
    page.until_text("theory-text", "1.1 Linear layers")


def test_a_units_picture_is_saved_and_named(visit: Open, tmp_path: Path):
    page = visit("width=8&depth=3&samples=100&lang=en&unit=2,3")
    page.until("document.documentElement.hasAttribute('data-shows-unit')")
    page.until(AT_REST)
    path = saved(page, "#save-svg", tmp_path)
    assert path.name == "cellscope-unit-3-layer-2-step-0.svg"
    _, said = read(path)
    assert "Output of unit 3, layer 2 of 3" in said
    assert page.text("count") in said
    assert saved(page, "#save-png", tmp_path).stat().st_size > 5000
    assert size_of(page, saved(page, "#save-cells", tmp_path))[0] > 300
    page = visit("width=8&depth=3&samples=100&lang=en&unit=3,2")
    page.until("document.documentElement.hasAttribute('data-shows-unit')")
    _, said = read(saved(page, "#save-svg", tmp_path))
    assert "Logit 2, layer 3 of 3" in said
