"""Files that are dropped anywhere on the page are taken for what they are."""

import base64
import io

import numpy as np
import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
STAGE = "document.documentElement.dataset.stage"
DROP = """(files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of files) {
        const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name));
    }
    for (const kind of ['dragover', 'drop']) {
        const how = { bubbles: true, cancelable: true, dataTransfer };
        document.querySelector('#picture').dispatchEvent(new DragEvent(kind, how));
    }
}"""
TABLE = "".join(f"{k / 10},{-k / 7},{'abc'[k % 3]}\n" for k in range(-30, 30)).encode()


def drop(page: Visit, **files: bytes) -> None:
    """As a hand does it, on the picture."""
    told = [[name.replace("__", "."), base64.b64encode(data).decode()] for name, data in
            files.items()]  # fmt: skip
    page.value(DROP, told)


def test_a_table_is_the_data_of_the_pages_own_network(visit: Open):
    page = visit("width=6&depth=3&samples=100&lang=en")
    drop(page, three__csv=TABLE)
    page.until_link(dataset="own")
    page.until("document.getElementById('classes').value === '3'")
    drop(page, broken__csv=b"1,2\n")
    page.until_text("toast", "two columns and a label")
    assert page.link["dataset"] == "own"


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
