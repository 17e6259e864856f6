"""The hand-in: own numbers, links that open them, a file that stands alone, and back again."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.test_guide import until_measured
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
WORDS = 'A <b>sum</b> of <script>document.title = "hit"</script> terms --> & *stars*'
ENDS = (  # of layer 3's bar, one of which is what was measured: bars begin at 1
    "(bar => bar ? [bar.base[3], bar.base[3] + bar.y[3]] : [])(document.querySelector("
    "'#moments .js-plotly-plot')?.data.find(trace => trace.type === 'bar'))"
)
STORED = "JSON.parse(localStorage['cellscope-sheet'])"


def answered(visit: Open) -> Visit:
    """1.1, predicted, another network tried and noted, explained; the list is open."""
    page = visit("sheet=1.1&lang=en")
    page.page.fill("#guide-number-variance", "20000")
    page.page.click("#predict")
    until_measured(page)
    page.until(f"{STORED}['1.1'].pictures?.chart !== undefined")
    page.page.click("[data-try=hundredth]")
    page.until_text("guide-now", "N(0, 0.01)")
    page.page.click("#note-screen")
    page.until_text("guide-notes", "Step 0: 0.0")
    page.page.check("#guide-why input[value=terms]")
    page.page.fill("#guide-own", WORDS)
    page.page.click("#explain")
    page.until("document.querySelector('#guide-worked mjx-container') !== null")
    page.page.click("#question-list")
    return page


def exported(page: Visit, button: str, folder: Path) -> Path:
    with page.page.expect_download() as download:
        page.page.click(f"#{button}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def list_of(visit: Open) -> Visit:
    """Another computer: a browser that knows nothing, at the list of questions."""
    page = visit("lang=en")
    page.page.click("#rail-sheet")
    return page


def test_a_hand_in_stands_alone_and_goes_on_elsewhere(visit: Open, tmp_path: Path):
    page = answered(visit)
    html = exported(page, "sheet-export-html", tmp_path)
    markdown = exported(page, "sheet-export", tmp_path)
    stored = page.value(STORED)
    links = stands_alone(page, html)
    opens_what_it_says(visit, *links)
    for path in (html, markdown):
        other = list_of(visit)
        other.page.set_input_files("#sheet-file", path)
        other.until_text("toast", "Questions taken from")
        assert other.page.inner_text("[data-question='1.1']").startswith("●")
        assert other.value(STORED) == stored
        assert other.value("document.title") != "hit"


def stands_alone(page: Visit, path: Path) -> tuple[str, str]:
    """The file in a browser without any network; the links of own numbers and of the note."""
    context = page.page.context.browser
    assert context is not None
    alone = context.new_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.context.set_offline(True)
    alone.goto(path.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    said = alone.inner_text("body")
    for part in (
        "17\u202f600; theory 20\u202f000",
        "Step 0: 0.0176",
        WORDS,
        "Name:",
        "Worked answer",
    ):
        assert part in said
    assert "0.0176" not in alone.inner_text("table")  # the other network's number is no answer
    assert alone.title() != "hit"
    assert alone.locator("math").count() > 2
    assert alone.locator("script:not([type='application/json'])").count() == 0
    assert alone.locator("b, i").count() == 0
    assert alone.evaluate(
        "Promise.all([...document.images].map(i => i.decode())).then(() =>"
        " [...document.images].every(i => i.naturalWidth > 300))"
    )
    assert alone.evaluate("document.images.length") == 4
    own, noted = [str(link) for link in alone.eval_on_selector_all("a", "a => a.map(n => n.href)")]
    alone.context.close()
    return own, noted


def opens_what_it_says(visit: Open, own: str, noted: str) -> None:
    for link, variance, measured in ((own, "1", 17600), (noted, "0.01", 0.0176)):
        assert "step=0" in link
        page = visit(link.partition("?")[2])
        page.until_link(width="100", depth="4", activation="identity", seed="0")
        assert float(page.link["weight_variance"]) == float(variance)
        assert not page.value("document.documentElement.hasAttribute('data-covered')")
        page.until(f"m => {ENDS}.some(end => Math.abs(end / m - 1) < 0.005)", measured)


def test_what_is_here_is_not_lost_to_an_older_file(visit: Open, tmp_path: Path):
    page = answered(visit)
    path = exported(page, "sheet-export-html", tmp_path)
    page.page.click("[data-question='1.1']")
    page.page.fill("#guide-own", "Said later.")
    page.page.click("#explain")
    page.until(f"{STORED}['1.1'].words === 'Said later.'")
    page.page.click("#question-list")
    page.page.set_input_files("#sheet-file", path)
    page.until_text("toast", "last answered here, which stay: 1.")
    record = page.value(STORED)["1.1"]
    assert record["words"] == "Said later."
    assert len(record["observations"]) == 1


CASES = {
    "wrong": ("hello", "is no hand-in"),
    "empty": ("", "is no hand-in"),
    "script": ("<script id='cellscope-hand-in'>document.title = 'hit'</script>", "is no hand-in"),
    "broken": ('<script type="application/json" id="cellscope-hand-in">{"a</script>', "no hand-in"),
    "prediction": (
        '{"format": "cellscope-hand-in-1", "records": {"1.1": {"prediction": ["<img>"]}}}',
        "at question 1.1, “prediction”",
    ),
    "why": (
        '{"format": "cellscope-hand-in-1", "records": {"1.1": {"why": "__proto__"}}}',
        "at question 1.1, “why”",
    ),
    "picture": (
        '{"format": "cellscope-hand-in-1", "records": {"1.1": {"pictures": {"picture": 0}}}}',
        "at question 1.1, “pictures”",
    ),
}


def test_a_file_that_is_no_hand_in_is_refused_in_one_sentence_and_changes_nothing(
    visit: Open, tmp_path: Path
):
    page = list_of(visit)
    for name, (content, sentence) in CASES.items():
        path = tmp_path / f"{name}.html"
        if content.startswith("{"):
            data = f'<script type="application/json" id="cellscope-hand-in">{content}</script>'
            content = f'<img class="kept" src="x" onerror="document.title=\'hit\'">{data}'
        path.write_text(content, encoding="utf-8")
        page.page.set_input_files("#sheet-file", path)
        page.until_text("toast", f"“{name}.html”")
        assert sentence in page.text("toast")
        assert page.value("localStorage['cellscope-sheet']") is None
        assert page.value("document.title") != "hit"


def test_a_foreign_link_opens_this_page_only(visit: Open, tmp_path: Path):
    page = list_of(visit)
    record = (
        '{"format": "cellscope-hand-in-1", "records": {"1.1": {"prediction": [20000], "own": '
        '{"link": "javascript:alert(1)?width=3", "step": 0, "seen": {"variance": '
        '{"en": "<img src=x onerror=alert(1)>"}}, "named": {"en": "<b>x</b>"}}}}}'
    )
    path = tmp_path / "foreign.html"
    path.write_text(f'<script type="application/json" id="cellscope-hand-in">{record}</script>')
    page.page.set_input_files("#sheet-file", path)
    page.until_text("toast", "Questions taken from")
    assert page.value(STORED)["1.1"]["own"]["link"] == f"{page.url}?width=3"
    text = exported(page, "sheet-export-html", tmp_path).read_text("utf-8")
    assert "<img src=x" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "javascript:" not in text


def test_a_note_says_apart_what_holds_for_its_settings(visit: Open, tmp_path: Path):
    page = visit("sheet=1.2a&lang=en")
    for _ in range(2):
        page.page.click(".guide-choice:not(:has(:checked)) input >> nth=0")
    page.page.click("#predict")
    until_measured(page)
    page.page.click("#step")
    page.until_text("guide-now", "step 1")
    page.page.click("#note-screen")
    page.until_text("guide-notes", "Step 1: variance")
    noted = page.page.inner_text("#guide-notes span")
    assert " · With these settings: 24.7, 78.1, 469" in noted
    page.page.click("#question-list")
    text = exported(page, "sheet-export", tmp_path).read_text("utf-8")
    assert noted in text
    assert noted in exported(page, "sheet-export-html", tmp_path).read_text("utf-8")
