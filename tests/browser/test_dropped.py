"""Files that are dropped anywhere on the page are taken for what they are."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Response

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
STAGE = "document.documentElement.dataset.stage"
DROP = """([files, where]) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of files) {
        const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name));
    }
    return ['dragover', 'drop'].map((kind) => {
        const how = { bubbles: true, cancelable: true, dataTransfer };
        return !document.querySelector(where).dispatchEvent(new DragEvent(kind, how));
    });
}"""
TABLE = "".join(f"{k / 10},{-k / 7},{'abc'[k % 3]}\n" for k in range(-30, 30)).encode()


def drop(page: Visit, where: str = "#picture", **files: bytes) -> list[bool]:
    """As a hand does it; whether the browser may not leave the page for them."""
    told = [[name.replace("__", "."), base64.b64encode(data).decode()] for name, data in
            files.items()]  # fmt: skip
    return page.value(DROP, [told, where])


def test_a_table_is_the_data_of_the_pages_own_network(visit: Open):
    page = visit("width=6&depth=3&samples=100&lang=en")
    drop(page, three__csv=TABLE)
    page.until_link(dataset="own")
    page.until("document.getElementById('classes').value === '3'")
    drop(page, broken__csv=b"1,2\n")
    page.until_text("toast", "two columns and a label")
    assert page.link["dataset"] == "own"


def test_what_is_opened_under_a_questions_cover_is_shown_and_the_question_left(visit: Open):
    network = io.BytesIO()
    np.savez(network, W0=np.eye(2), b0=np.ones(2), W1=np.eye(2), b1=np.ones(2))
    for name, data in (("net__npz", network.getvalue()), ("three__csv", TABLE)):
        page = visit("sheet=2.4&lang=en")
        assert page.value(STAGE) == "predict"
        drop(page, broken__npz=b"no network")
        page.until_text("toast", "is no network file")
        assert page.value(STAGE) == "predict"
        drop(page, "#picture", **{name: data})
        page.until("document.getElementById('cover').hidden")
        assert page.value(STAGE) == "list"
        page.until("!new URLSearchParams(location.search).has('sheet')")
        page.until("document.getElementById('preset').value === 'none'")


def test_a_hand_in_goes_on_also_while_its_question_is_open(visit: Open):
    page = visit("sheet=2.4&lang=en")
    page.page.locator("#guide-page input").nth(1).check()
    page.page.click("#predict")
    page.until(f"{STAGE} === 'see'")
    page.page.click("#question-list")
    with page.page.expect_download() as download:
        page.page.click("#sheet-export")
    hand_in = download.value.path().read_bytes()
    other = visit("sheet=2.4&lang=en")
    assert other.value(STAGE) == "predict"
    drop(other, mine__md=hand_in)
    other.until_text("toast", "Questions taken from “mine.md”: 1")
    other.until(f"{STAGE} === 'see'")


def test_a_saved_experiment_has_its_own_window_where_a_network_was_open(visit: Open):
    page = visit("width=5&depth=3&samples=100")
    page.page.click("#export")
    with page.page.expect_download() as download:
        page.page.click("#save-experiment")
    saved = download.value.path().read_bytes()
    network = io.BytesIO()
    np.savez(network, W0=np.eye(2), b0=np.ones(2), W1=np.eye(2), b1=np.ones(2))
    drop(page, net__npz=network.getvalue(), far__csv=b"90,90,0\n110,90,1\n100,110,0\n")
    page.until("!document.getElementById('opened').hidden")
    page.until("new URLSearchParams(location.search).get('window') !== '-5,5,-5,5'")
    drop(page, saved__zip=saved)
    page.until("document.getElementById('opened').hidden")
    page.until_link(window="-5,5,-5,5")


def test_a_saved_experiment_is_shown_by_its_cells_whatever_was_shown_of_another(visit: Open):
    page = visit("width=8&depth=4&samples=100&lang=en")
    page.page.click("#export")
    with page.page.expect_download() as download:
        page.page.click("#save-experiment")
    saved = download.value.path().read_bytes()
    page.open("width=8&depth=4&samples=100&lang=en&unit=2,1&tab=network")
    page.page.click("#step")
    page.page.click("#then-now")
    page.until("window.cellscope.compare !== null")
    drop(page, saved__zip=saved)
    page.until("window.cellscope.compare === null")
    page.until_text("count", "cells of layer 2")


def test_of_files_in_turn_the_last_one_stays(visit: Open):
    rng, files = np.random.default_rng(0), dict[str, bytes]()
    for name, width in (("large", 900), ("small", 3)):
        network = io.BytesIO()
        W0, W1 = rng.normal(size=(width, 2)), rng.normal(size=(width, width))
        layers: dict[str, Any] = {"W0": W0, "W1": W1, "W2": rng.normal(size=(2, width))}
        layers |= {f"b{k}": np.ones(len(layers[f"W{k}"])) for k in range(3)}
        np.savez(network, **layers)
        files[name] = network.getvalue()
    page = visit("width=5&depth=3&samples=100&layer=1")
    taken: list[Response] = []
    page.page.on("response", lambda one: taken.append(one) if "/open?" in one.url else None)
    drop(page, large__npz=files["large"])
    drop(page, small__npz=files["small"])
    for _ in range(300):
        if len(taken) == 2:
            break
        page.page.wait_for_timeout(100)
    assert len(taken) == 2
    page.until_text("opened-name", "small.npz")
    page.page.wait_for_timeout(500)
    assert page.text("opened-name") == "small.npz"


def test_on_a_dialog_files_are_not_taken_and_the_page_is_not_left_for_them(visit: Open):
    page = visit("width=6&depth=3&samples=100&lang=en")
    page.page.click("#keys-help")
    page.page.locator("dialog[open]").wait_for()
    assert drop(page, "dialog[open]", three__csv=TABLE) == [True, True]
    page.page.wait_for_load_state("networkidle")
    assert page.link["dataset"] == "moons"
