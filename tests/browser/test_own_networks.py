"""Networks from files, dropped or opened: what is shown of them, and what is closed and why."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.model.own.on_page.scene import Scene
from cellscope.model.own.opening import File, fitting_window, opened, spec_of
from cellscope.model.spec import Spec
from tests.browser.conftest import Open
from tests.browser.visit import AT_REST, Visit
from tests.model.own.test_on_page import Pooled, Residual

pytestmark = pytest.mark.browser
ROWS = "document.querySelectorAll('#funnel .funnel-row').length - 1"


def written(folder: Path, **files: bytes) -> list[Path]:
    paths = [folder / name.replace("__", ".") for name in files]
    for path, data in zip(paths, files.values(), strict=True):
        path.write_bytes(data)
    return paths


def choose(page: Visit, *paths: Path) -> None:
    page.page.set_input_files("#open-files", [str(path) for path in paths])
    page.until_text("opened-name", paths[0].name)


def counted(network: File, points: File | None, layer: int) -> int:
    """The cells of a layer that the page is to show at first."""
    spec = spec_of(opened([network] if points is None else [network, points]), Spec())
    assert spec.opened is not None
    window = fitting_window(spec.opened, spec.cut)
    return Scene.of(spec, window).cells(layer).counts.patterns


def test_a_convolutional_network_is_seen_through_its_data_and_closed_again(
    visit: Open, tmp_path: Path
):
    page, case = visit("layer=2&lang=en&tab=overview"), Pooled.make()
    page.until(AT_REST)
    page.until(f"{ROWS} === 6")
    paths = written(tmp_path, net__onnx=case.data, points__csv=case.points or b"")
    choose(page, *paths)
    count = counted(File("net.onnx", case.data), File("points.csv", case.points or b""), 2)
    page.until_text("count", f"{count} cells of layer 2")
    page.until(f"{ROWS} === 3")  # neither bounds nor the whole plane are known
    page.until("document.querySelectorAll('#layer-buttons .film-count').length >= 4")
    assert page.value("document.querySelector('#play').disabled")
    assert "fully connected networks only" in page.text("opened-said")
    for name in ("ruler", "code", "rewind", "compare-switch"):
        assert page.value("id => document.getElementById(id).disabled", name), name
    page.page.click("#tab-network")
    page.until("!document.querySelector('#network-graph').hidden")
    page.page.click("#opened-close")
    page.until("document.querySelector('#opened').hidden")
    page.until(f"{ROWS} === 6")
    page.until("!document.querySelector('#play').disabled")
    page.until_text("count", "100 cells of layer 2")
    page.page.keyboard.press("Control+z")
    page.until_text("opened-name", "net.onnx")
    page.until_text("count", f"{count} cells of layer 2")  # its window has come back, too


def test_a_residual_network_of_two_inputs_tells_the_map_under_the_pointer(
    visit: Open, tmp_path: Path
):
    page, case = visit("lang=en&layer=3"), Residual.make()
    page.until(AT_REST)
    choose(page, *written(tmp_path, residual__onnx=case.data))
    page.until_text("count", f"{counted(File('residual.onnx', case.data), None, 3)} cells")
    box = page.page.locator("#picture").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    page.until("document.querySelector('#inspector').textContent.includes('Cell of layer 3')")
    page.page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    page.until("document.querySelector('#inspector').textContent.includes('f₃(x)')")
    page.until_text("story", "same pattern of layer 3")
    assert "Press play" not in page.text("story")


def test_points_without_labels_have_no_loss_on_the_page(visit: Open, tmp_path: Path):
    page = visit("lang=en&tab=training")
    page.until(AT_REST)
    rng = np.random.default_rng(0)
    weights = {"W0": rng.normal(size=(6, 3)), "b0": np.zeros(6)}
    weights |= {"W1": rng.normal(size=(2, 6)), "b1": np.zeros(2)}
    np.savez(tmp_path / "net.npz", **weights)  # pyright: ignore[reportArgumentType]
    choose(page, tmp_path / "net.npz")
    page.until_text("loss-count", "–")
    page.until_text("accuracy-count", "–")
    page.until_text("loss-caption", "without labels")
    page.page.reload()  # the chart of losses is made anew, and empty
    page.until(AT_REST)
    page.until_text("loss-caption", "without labels")


def test_a_file_that_can_not_be_opened_is_named_and_the_experiment_goes_on(
    visit: Open, tmp_path: Path
):
    page = visit("lang=en&speed=50")
    page.until(AT_REST)
    page.play()
    page.until_step("> 5")
    (tmp_path / "broken.npz").write_bytes(b"PK no archive")
    page.page.set_input_files("#open-files", [str(tmp_path / "broken.npz")])
    page.until_text("toast", "broken.npz")  # and nothing in the console: the visit's end looks
    step = page.step
    page.until_step(f"> {step + 5}")


def test_a_box_that_another_choice_has_refused_shows_what_there_is_again(
    visit: Open, tmp_path: Path
):
    rng = np.random.default_rng(0)
    file = tmp_path / "three.npz"
    layers: dict[str, Any] = {"W0": rng.normal(size=(6, 2)), "W1": rng.normal(size=(3, 6))}
    np.savez(file, **layers, b0=np.ones(6), b1=np.ones(3))
    page = visit("width=6&depth=3&samples=100")
    page.page.set_input_files("#open-files", file)
    page.until_text("opened-name", "three.npz")
    page.until("document.getElementById('classes').value === '3'")
    page.choose("dataset", "xor")  # which has two classes
    page.until("document.getElementById('dataset').value !== 'xor'")
    page.page.wait_for_load_state("networkidle")
    page.page.click("#undo")
    page.until("document.getElementById('opened').hidden")
    page.until_link(classes="2")
    page.until("document.getElementById('classes').value === '2'")


def test_another_network_is_shown_by_its_cells_whatever_unit_was_in_the_picture(
    visit: Open, tmp_path: Path
):
    page, case = visit("width=8&depth=4&lang=en&unit=2,1&tab=network"), Pooled.make()
    page.until_text("count", "unit 1, layer 2")
    page.page.click("#step")
    page.until_step("=== 1")
    page.page.click("#then-now")
    page.until("window.cellscope.compare !== null")
    choose(page, *written(tmp_path, net__onnx=case.data, points__csv=case.points or b""))
    page.until_text("count", "cells of layer 2")
    assert "unit" not in page.link
    page.until("window.cellscope.compare === null")
