"""The bridge to one's own code, as a student walks over it and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.app.text.texts import LANGUAGES, text
from tests.browser.conftest import Open
from tests.browser.test_layout import LAPTOP, OUTSIDE, PHONE, fits, grave_violations
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=4&samples=200&layer=2&pixels=101"


def take(page: Visit, folder: Path) -> Any:
    """Open the dialog, download the file, load it."""
    page.press("My code")
    with page.page.expect_download() as download:
        page.press("Download")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return np.load(path, allow_pickle=False)


def hand_in(page: Visit, path: Path, verdict: str) -> str:
    """What the page says about a file, once it says so."""
    page.page.set_input_files("#code-upload", path)
    page.until_text("code-answer", verdict)
    return page.text("code-answer")


def test_a_student_takes_a_network_along_and_hears_what_is_wrong_with_the_results(
    visit: Open, tmp_path: Path
):
    page = visit(SMALL)
    page.play()
    page.until_step("> 20")
    page.pause()
    step = page.step
    file = take(page, tmp_path)
    assert int(file["step"]) == step
    assert f'np.load("cellscope-step-{step}.npz")' in page.text("code-loader")
    page.page.keyboard.press("Escape")
    page.press("New draw")  # what the page shows by now is not what was taken along
    page.until_step("=== 0")
    page.press("My code")

    np.save(tmp_path / "same.npy", file["picture"] + 7)
    said = hand_in(page, tmp_path / "same.npy", "all 10\u202f201 pixels agree")
    assert f"compared with your download: step {step}, layer 2" in said
    np.save(tmp_path / "flipped.npy", file["picture"][::-1])
    said = hand_in(page, tmp_path / "flipped.npy", "The rows are turned over")
    assert "pixels differ" in said
    widths = "[...document.querySelectorAll('#code-answer img')].map(e => e.naturalWidth)"
    assert page.value(widths) == [101, 101, 101]
    rows = np.column_stack([range(1, 5), file["mean"], np.sqrt(file["variance"])])
    np.savetxt(tmp_path / "std.csv", rows, delimiter=",", header="layer,mean,variance")
    hand_in(page, tmp_path / "std.csv", "These are standard deviations, not variances")
    assert page.value("document.querySelectorAll('#code-answer .apart').length") == 4
    fits(page, OUTSIDE)
    assert not grave_violations(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistakes_are_named_in_the_language_of_the_page(visit: Open, tmp_path: Path, language: str):
    page = visit(f"{SMALL}&lang={language}")
    page.page.click("#code")
    with page.page.expect_download() as download:
        page.page.click("#code-download")
    file: Any = np.load(download.value.path(), allow_pickle=False)
    np.save(tmp_path / "turned.npy", file["picture"].T)
    hand_in(page, tmp_path / "turned.npy", text("code.symmetry.transposed", language))
    rows = np.column_stack([range(1, 5), np.sqrt(file["variance"])])
    np.savetxt(tmp_path / "std.csv", rows, delimiter=";", header="Schicht;Varianz")
    hand_in(page, tmp_path / "std.csv", text("code.reading.root", language))
    assert text("code.title", language) == page.text("code-title")
    assert not grave_violations(page)


def test_a_broken_file_is_named_and_changes_nothing(visit: Open, tmp_path: Path):
    page = visit(SMALL)
    file = take(page, tmp_path)
    (tmp_path / "bad.npy").write_bytes(b"\x80\x04\x95 no picture")
    with page.no_server():  # the browser says in its console that a request was refused
        hand_in(page, tmp_path / "bad.npy", "damaged or cut short")
    np.save(tmp_path / "same.npy", file["picture"])
    hand_in(page, tmp_path / "same.npy", "pixels agree")


def test_the_bridge_is_crossed_by_keyboard_alone(visit: Open):
    page = visit(SMALL)
    page.page.focus("#code")
    page.page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(9):
        reached.append(page.value("document.activeElement.id || document.activeElement.className"))
        page.page.keyboard.press("Tab")
    for name in ("code-close", "code-download", "copy-loader", "copy-check", "code-upload"):
        assert name in reached
    page.page.keyboard.press("Space")
    assert page.page.get_attribute("#status", "data-value") == "paused"  # no key trains behind it
    page.page.keyboard.press("Escape")
    page.until("document.activeElement.id === 'code'")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_the_dialog_fits(visit: Open, size: tuple[int, int]):
    page = visit(SMALL, size=size)
    page.press("My code")
    page.until("document.querySelector('#code-dialog').open")
    assert page.value("document.documentElement.scrollWidth") == size[0]
    if size == LAPTOP:
        inside = "[...document.querySelectorAll('.code-box, .code-columns')]"
        assert page.value(f"{inside}.every(e => e.scrollWidth <= e.clientWidth + 1)")
    small = page.value(
        "[...document.querySelectorAll('#code-dialog button, #code-choose')]"
        ".filter(e => e.getBoundingClientRect().height < 40).map(e => e.id)"
    )
    assert size == LAPTOP or small == []
