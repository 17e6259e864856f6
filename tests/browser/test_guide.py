"""The sheet as a lesson: predict, watch, explain; by keyboard, and nothing too early."""

import re
from pathlib import Path

import pytest

from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.numbers import number
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from tests.browser.conftest import Open
from tests.browser.test_language import english_on
from tests.browser.test_layout import OUTSIDE, PHONE, fits, grave_violations, settle
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SPACES = dict.fromkeys(map(ord, " \u202f\u2009\u00a0"))
FOCUSED = "(document.activeElement.closest('[id]') ?? {}).id ?? ''"


def tab_to(page: Visit, element: str, most: int = 60) -> None:
    """Press Tab until the focus is there."""
    for _ in range(most):
        if page.value(FOCUSED) == element:
            return
        page.page.keyboard.press("Tab")
    raise AssertionError(f"{element} is not reached by Tab")


def until_measured(page: Visit) -> None:
    page.until(
        "[...document.querySelectorAll('.guide-seen')].length > 0 && "
        "[...document.querySelectorAll('.guide-seen')].every(e => /[0-9]/.test(e.textContent))"
    )


def until_answered(page: Visit) -> None:
    page.until("document.querySelector('#guide-worked mjx-container') !== null")


def covered(page: Visit) -> bool:
    return page.value("document.querySelector('#picture-frame').inert")


def test_a_student_answers_a_question_by_keyboard_alone(visit: Open, tmp_path: Path):
    page = visit("sheet=1.1")
    keys = page.page.keyboard
    assert covered(page)
    assert page.value("getComputedStyle(document.querySelector('.panel-signal')).opacity") == "0"
    tab_to(page, "guide-number-variance")
    keys.type("1")
    keys.press("Enter")
    until_measured(page)
    assert not covered(page)
    assert page.value(FOCUSED) == "guide-do-title"
    assert "weights of variance 1 do so holds for one" in page.page.inner_text(".guide-comment")
    assert page.value("document.querySelector('#guide-answer')") is None
    assert not grave_violations(page)
    tab_to(page, "guide-why")
    keys.press("Space")
    tab_to(page, "guide-own")
    keys.type("A sum of n terms has n times the *variance*.")
    tab_to(page, "explain")
    keys.press("Enter")
    until_answered(page)
    assert page.value("document.querySelectorAll('#guide-worked img').length") == 0
    assert_numbers_of_the_chart(page)
    page.until_text("guide-saved", "Saved")
    assert not grave_violations(page)
    page.page.reload()
    page.until("document.querySelector('.guide-yours')?.textContent === '1'")
    until_answered(page)
    assert not covered(page)
    assert_exported(page, tmp_path)
    page.press("Delete my progress")
    page.press("Delete: press again")
    page.page.click("[data-question='1.1']")
    assert covered(page)


def assert_numbers_of_the_chart(page: Visit) -> None:
    bar = page.value(
        "(t => t.y[3] + (t.base?.[3] ?? t.base ?? 0))(document.querySelector("
        "'#moments .js-plotly-plot').data.find(t => t.type === 'bar'))"
    )
    spec = PRESETS["1.1"].spec
    data = make_data(spec)
    signal = measure(initial_weights(spec, data), "identity", data.train_x, data.train_y)
    assert abs(bar / signal.layers[2].pre.variance - 1.0) < 1e-5
    worked = page.value(
        "[...document.querySelectorAll('#guide-worked math')].map(e => e.textContent).join(' ')"
    )
    assert number(bar, "en").replace("\u202f", "") in worked
    assert "20000" in worked


def assert_exported(page: Visit, folder: Path) -> None:
    page.press("All questions")
    assert page.page.inner_text("[data-question='1.1']").startswith("●")
    with page.page.expect_download() as download:
        page.press("Export as Markdown")
    file = folder / "sheet.md"
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert "Predicted: 1\n" in text
    assert "17\u202f600; theory 20\u202f000" in text
    assert "the \\*variance\\*." in text
    assert text.count("](data:image/webp;base64,") == 2
    assert "&dataset=moons" in text
    assert "$$\\mathrm{Var}(W)=\\tfrac1n" in text  # the worked answer, once it has been shown


def test_in_german_a_question_is_answered_by_keyboard_and_the_language_switched_midway(visit: Open):
    page = visit("sheet=1.2b&lang=de")
    keys = page.page.keyboard
    assert covered(page)
    tab_to(page, "guide-first")
    keys.press("Space")  # the first: a layer's values overflow
    tab_to(page, "guide-number-depth")
    keys.type("11,0")
    keys.press("Enter")
    until_measured(page)
    first, depth = page.page.locator(".guide-comment").all_inner_texts()
    assert "float32 reicht bis" in first
    assert "keine Schwelle" in depth
    assert page.page.locator(".guide-yours").all_inner_texts()[1] == "11"
    tab_to(page, "guide-why")
    keys.press("ArrowDown")
    tab_to(page, "guide-own")
    keys.type("Ein Schritt, zu lang für die Gewichte.")
    page.value("document.querySelector('#lang-en').click()")
    page.until_text("guide-compare", "float32 reaches")
    assert page.page.input_value("#guide-own") == "Ein Schritt, zu lang für die Gewichte."
    page.value("document.querySelector('#lang-de').click()")
    page.until_text("guide-compare", "float32 reicht bis")
    tab_to(page, "explain")
    keys.press("Enter")
    until_answered(page)
    assert "Adam teilt jede Komponente" in page.page.inner_text("#guide-worked")
    assert english_on(page) == []
    worked = page.value(
        "[...document.querySelectorAll('#guide-worked math')].map(e => e.textContent).join(' ')"
    )
    loss = page.text("loss-count")  # one number, written in one way
    assert f"= {loss}".translate(SPACES) in worked.translate(SPACES)
    assert not grave_violations(page)


def test_opening_a_question_from_the_list_opens_its_own_experiment_under_the_cover(visit: Open):
    page = visit("width=5&depth=3&samples=100&seed=3")
    page.page.click("#rail-sheet")
    page.page.click("[data-question='2.4']")
    assert covered(page)
    page.until_link(width="16", seed="0", samples="800", sheet="2.4", tab="cells")
    page.page.check("#guide-cells input[value=vectors]")
    page.page.click("#predict")
    until_measured(page)
    assert "137 in the whole plane" in page.page.inner_text(".guide-seen")
    assert "every sign vector occurs" in page.page.inner_text(".guide-comment")
    assert page.link["width"] == "16"  # the prediction sets nothing
    page.page.click("#question-next")
    assert page.page.inner_text("#guide-title").startswith("2.5")
    page.until_link(sheet="2.5", depth="4", layer="3")
    page.page.click("#question-previous")
    page.until_link(sheet="2.4", depth="3", layer="1")
    until_measured(page)


READABLE = """() => [...document.querySelectorAll(
  '.centre, #right, .counters, #status, [id$=-readout]')].map(e => e.textContent).join(' ')"""
PAINTED = """() => [...document.querySelectorAll('#picture, .film canvas')].some(canvas => {
  const {width, height} = canvas;
  if (!width) return false;
  const copy = Object.assign(document.createElement('canvas'), {width, height});
  const context = copy.getContext('2d', {willReadFrequently: true});
  context.drawImage(canvas, 0, 0);
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)
    .some(pixel => pixel & 0xffffff);
})"""
DRAWN = "document.querySelectorAll('#right .js-plotly-plot .points path, #funnel *').length"


def assert_says_nothing(page: Visit, telling: str) -> None:
    """Neither to the eye nor to a script or screen reader, whatever is pressed."""
    page.value("document.activeElement.blur()")
    for key in ("Space", "ArrowRight", "3", "r", "Space"):
        page.page.keyboard.press(key)
    for button in ("play", "step", "reseed", "theory", "code", "compare-switch", "lines-switch"):
        assert page.value(f"document.querySelector('#{button}').disabled"), button
    for place in (
        "#right",
        ".layers",
        ".picture-foot",
        ".mode-row > :not(.room-chip)",
        ".picture-frame",
    ):
        assert page.value(f"document.querySelector('{place}').inert"), place
    page.page.wait_for_timeout(700)  # to see that nothing comes
    assert page.step == 0
    assert re.search(telling, page.value(READABLE)) is None
    assert not page.value(PAINTED)
    assert page.value(DRAWN) == 0


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("1.1", r"n·s|[0-9]e?·10|17\W?6"),
        ("1.2b", "overflows|diverged at|one-hot"),
        ("2.4", "137|125"),
    ],
)
def test_a_covered_question_tells_nothing_and_all_of_it_once_it_is_shown(
    visit: Open, name: str, telling: str
):
    page = visit(f"sheet={name}")
    assert_says_nothing(page, telling)
    page.page.click("#rail-controls")  # neither there
    assert_says_nothing(page, telling)
    page.page.click("#rail-sheet")
    page.page.click("#question-list")  # nor from the list
    assert_says_nothing(page, telling)
    page.page.click(f"[data-question='{name}']")
    page.uncover()
    page.until(PAINTED)
    page.until(f"{DRAWN} > 0")
    page.until("/[0-9]/.test(document.querySelector('#loss-count').textContent)")
    page.until("document.querySelectorAll('.film canvas').length > 0")
    page.until("document.querySelector('#weight-variance-readout').textContent !== ''")
    page.page.click("#answer-again" if page.page.is_visible("#answer-again") else "#question-next")
    assert covered(page)
    assert_says_nothing(page, telling)


def test_the_cover_shows_which_network_is_meant_and_what_is_asked(visit: Open):
    page = visit("sheet=1.1")
    cover = page.page.locator("#cover")
    assert cover.locator("svg text").all_text_contents() == ["2", "100", "100", "100", "2"]
    assert "4 layers of width 100, linear, N(0, 1)" in cover.inner_text()
    assert "variance after the third" in cover.inner_text()
    assert page.page.is_visible("#cover-charts")
    page.page.click("#question-next")
    assert "ReLU" in cover.inner_text()
    page.value("document.querySelector('#lang-de').click()")
    page.until_text("cover", "Schichten der Breite 16")


def test_a_lecture_goes_on_without_predictions_and_back(visit: Open):
    page = visit("sheet=2.4")
    turn = "move => document.getElementById(move).click()"
    page.value(turn, "lecture-on")
    page.until_text("guide-compare", "137 in the whole plane")
    assert not covered(page)
    assert page.page.locator(".guide-yours").count() == 0
    page.value(turn, "lecture-on")
    until_answered(page)
    page.value(turn, "lecture-on")
    assert page.page.inner_text("#guide-title").startswith("2.5")
    assert covered(page)
    page.value(turn, "lecture-back")
    until_answered(page)
    for _ in range(2):
        page.value(turn, "lecture-back")
    assert covered(page)
    assert page.page.inner_text("#guide-title").startswith("2.4")
    page.page.check("#guide-cells input[value=lines]")
    page.value(turn, "lecture-on")  # what was chosen is the prediction
    page.until_text("guide-compare", "137 in the whole plane")
    assert page.page.inner_text(".guide-yours") == "17"


def test_only_the_controls_of_a_question_are_shown_and_all_are_a_click_away(visit: Open):
    page = visit("sheet=1.2b")
    page.uncover()
    shown = "c => document.querySelector(c).checkVisibility()"
    for control in ("#depth", "#optimizer", "#learning-rate", "#init"):
        assert page.value(shown, control)
    for control in ("#dataset", "#samples", "#seed", "#batch-size", "#mode", "#ruler"):
        assert not page.value(shown, control)
    page.press("All controls")
    for control in ("#dataset", "#samples", "#seed", "#batch-size", "#mode", "#ruler", "#depth"):
        assert page.value(shown, control)


def test_a_question_can_be_looked_at_without_a_prediction(visit: Open):
    page = visit("sheet=1.4")
    assert covered(page)
    page.press("Show without predicting")
    page.until("!document.querySelector('#picture-frame').inert")
    assert page.value("document.querySelector('.guide-seen')") is None
    assert page.link["init"] == "he"


def test_a_verdict_stays_whatever_is_tried_and_what_is_on_screen_has_its_own_line(visit: Open):
    page = visit("sheet=1.1")
    page.page.fill("#guide-number-variance", "20000")
    page.page.click("#predict")
    until_measured(page)
    before = page.page.inner_text(".guide-compared")
    assert "agrees" in before
    page.until("document.querySelector('#guide-now').hidden")
    page.page.click("[data-try=hundredth]")
    page.until_text("guide-now", "Now on screen (step 0): 0.0")
    page.until_text("guide-now", "N(0, 0.01)")
    assert page.page.inner_text(".guide-compared") == before
    assert "agree" not in page.text("guide-now")
    page.page.click("#note-screen")
    page.until_text("guide-notes", "Step 0: 0.0")
    page.page.check("#guide-why input[value=terms]")
    page.page.click("#explain")
    until_answered(page)  # of the question's own network, whatever is on screen
    page.page.click("#start-values")
    page.until("document.querySelector('#guide-now').hidden")
    page.until_link(weight_variance="1")


def test_a_question_goes_on_after_another_tab_has_deleted_what_was_said(visit: Open):
    page = visit("sheet=1.1")
    page.page.fill("#guide-number-variance", "20000")
    page.page.click("#predict")
    until_measured(page)
    page.page.click("#note-screen")
    page.until_text("guide-notes", "Step 0:")
    page.page.evaluate(
        "() => { localStorage.removeItem('cellscope-sheet');"
        " dispatchEvent(new StorageEvent('storage', {key: 'cellscope-sheet'})); }"
    )
    page.page.click("#guide-notes .remove")
    page.until("!document.querySelector('#guide-notes .remove')")
    page.page.click("#explain")
    until_answered(page)


def test_a_rule_is_of_the_width_on_screen(visit: Open):
    page = visit("sheet=1.3&width=16")
    page.page.check("#guide-rule input[value=two]")
    page.page.click("#predict")
    page.page.click("[data-try=two]")
    page.until_link(width="16", weight_variance="0.125")
    page.until_text("guide-now", "with s = 0.125: theory × 1 per layer")


@pytest.mark.parametrize(("name", "parts"), [("1.3", ["two"]), ("2.7", ["same", "tiny", "hardly"])])
def test_nothing_of_a_worked_answer_is_cut_off(visit: Open, name: str, parts: list[str]):
    page = visit(f"sheet={name}&lang=de", size=(1280, 720))
    for part, option in zip(QUESTIONS[name].parts, parts, strict=True):
        page.page.check(f"#guide-{part.name} input[value={option}]")
    page.page.click("#predict")
    page.page.click("#explain")
    page.until("document.querySelectorAll('#guide-worked mjx-container[display]').length > 0")
    page.until(
        "[...document.querySelectorAll('#guide-worked mjx-container[display]')].every("
        "e => e.scrollWidth <= e.clientWidth + 1)"
    )


def test_a_count_is_a_whole_number(visit: Open):
    page = visit("sheet=1.2b")
    page.page.check("#guide-first input[value=weights]")
    page.page.fill("#guide-number-depth", "5.4")
    page.page.click("#predict")
    page.until_text("guide-problem", "A whole number from 1 to 32")
    page.page.fill("#guide-number-depth", "6")
    page.page.click("#predict")
    until_measured(page)


def test_numbers_are_read_as_people_write_them(visit: Open):
    page = visit("sheet=1.1")
    field = "#guide-number-variance"
    for text, complaint in (("", True), ("many", True), ("-3", True), ("2·10^4", False)):
        page.page.fill(field, text)
        page.page.press(field, "Enter")
        if complaint:
            page.until_text("guide-problem", "A number from 0 to")
    until_measured(page)
    assert page.page.inner_text(".guide-yours") == "20\u202f000"
    assert "agrees" in page.page.inner_text(".guide-comment")


@pytest.mark.parametrize("size", [PHONE, (1280, 720)])
def test_every_step_fits(visit: Open, size: tuple[int, int]):
    page = visit("sheet=2.8", size=size)
    assert page.value("document.documentElement.scrollWidth") == size[0]
    for part in ("zero", "fixed", "like", "deeper"):
        page.page.check(f"#guide-{part} input[value=more]")
    page.page.check("#guide-wider input[value=twice]")
    page.page.click("#predict")
    until_measured(page)
    settle(page)
    fits(page, OUTSIDE)
    page.page.check("#guide-why input[value=size]")
    page.page.click("#explain")
    until_answered(page)
    fits(page, OUTSIDE)
    assert page.value("document.documentElement.scrollWidth") == size[0]
    assert not grave_violations(page)
