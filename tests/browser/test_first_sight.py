"""What meets a newcomer, what is one click away, and what is remembered of it."""

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
OPEN = "[...document.querySelectorAll('details.group[open]')].map(e => e.dataset.remembered)"
SEEN = (
    "JSON.parse(document.getElementById('cellscope-data').textContent).controls"
    ".filter(c => c.group !== 'view' && document.getElementById(c.id).checkVisibility())"
    ".map(c => c.id)"
)
FIRST = ["dataset", "width", "depth", "weight-variance"]


def test_a_newcomer_meets_four_settings_and_the_others_are_one_click_away(visit: Open):
    page = visit()
    assert page.value(SEEN) == FIRST
    assert page.text("training-summary") == "SGD 0.1 · batch 64"
    assert "N(0, 0.25)" in page.text("initialisation-summary")
    for group in ("data", "network", "initialisation", "training"):
        page.page.click(f"#group-{group} > summary")
    assert len(page.value(SEEN)) == 25
    assert page.value(OPEN) == ["data", "network", "initialisation", "training"]


def test_a_data_set_is_chosen_by_its_picture(visit: Open):
    page = visit()
    points = page.points
    page.press("Spirals")
    page.until_link(dataset="spirals")
    page.until_other("points", points)
    assert page.settings["dataset"] == "spirals"
    page.page.locator("[data-dataset=spirals][aria-pressed=true]").wait_for()


def test_s_is_the_variance_in_force_and_the_schemes_own_one_can_be_taken(visit: Open):
    page = visit("width=16")
    shown = "document.querySelector('#weight-variance').value === '{}'"
    page.until(shown.format("0.125"))
    assert page.link["weight_variance"] == "1"
    page.enter("width", "8")
    page.until(shown.format("0.25"))
    page.choose("init", "normal")
    page.until(shown.format("1"))  # its own s comes back
    page.choose("init", "he")
    page.until(shown.format("0.25"))
    page.page.click("#weight-variance")
    page.page.keyboard.press("Enter")  # nothing typed: the scheme's own variance as s
    page.until_link(init="normal", weight_variance="0.25")


def test_the_first_s_that_a_sheet_asks_for_is_taken(visit: Open):
    """1, which a scheme's settings have, too, without showing it."""
    page = visit()
    page.press("s = 1")
    page.until_link(init="normal", weight_variance="1")
    page.choose("init", "he")
    page.until("document.querySelector('#weight-variance').value === '0.125'")
    page.enter("weight-variance", "1")
    page.until_link(init="normal", weight_variance="1")
    page.until_text("weight-variance-readout", "n·s/2 = 8 per layer")


def test_listed_widths_are_left_by_entering_what_a_box_has_held_all_along(visit: Open):
    page = visit("hidden=4,6")
    page.until_text("width-readout", "not in use: listed are 4, 6")
    page.enter("width", "16")
    page.until("!new URLSearchParams(location.search).has('hidden')")
    assert (page.link["width"], page.link["depth"]) == ("16", "5")
    page.until("document.querySelector('#width-readout').textContent === ''")


@pytest.mark.parametrize(
    ("before", "box", "value", "brings"),
    [
        ("optimizer=sgd", "momentum", "0.9", {"optimizer": "momentum"}),
        ("bias=zero", "bias-variance", "0.25", {"bias": "fixed"}),
        ("bias=like-weights", "bias-variance", "0.25", {"bias": "fixed"}),
    ],
)
def test_a_box_out_of_use_is_in_use_once_its_value_is_entered_again(
    visit: Open, before: str, box: str, value: str, brings: dict[str, str]
):
    page = visit(before)
    page.until_text(f"{box}-readout", "not in use")
    page.value("document.querySelectorAll('#settings details').forEach(group => group.open = true)")
    page.enter(box, value)
    page.until_link(**brings)
    page.until(f"document.querySelector('#{box}-readout').textContent === ''")


def test_a_section_stays_as_it_was_left_but_not_on_anothers_link_and_not_on_a_projector(
    visit: Open,
):
    page = visit()
    page.page.click("#group-training > summary")
    again(page, page.page.url)  # a reload
    assert page.value(OPEN) == ["training"]
    again(page, page.url)  # another day
    assert page.value(OPEN) == ["training"]
    again(page, f"{page.url}?noise=0.15")
    assert page.value(OPEN) == ["data"]
    again(page, f"{page.url}?lecture=1")
    assert page.value(OPEN) == []


def again(page: Visit, address: str) -> None:
    page.page.goto(address)
    page.until("window.cellscope?.frames > 0")
    page.until("document.querySelector('#loss-count').textContent !== '–'")


def test_what_differs_from_the_start_is_marked_in_its_row_and_at_its_head(visit: Open):
    page = visit()
    page.enter("batch-size", "16")
    page.until("document.querySelector('#training-mark').title.includes('Batch size 16')")
    assert page.value("document.querySelector('#batch-size').closest('.row.differs') !== null")
    assert page.text("data-mark") == ""
    page.enter("batch-size", "64")
    page.until("document.querySelector('#training-mark').textContent === ''")


@pytest.mark.parametrize(
    ("query", "opened"),
    [
        ("optimizer=adam", ["training"]),
        ("noise=0.3&bias=zero", ["data", "initialisation"]),
        ("batch_size=abc", ["training"]),
        ("width=9", []),
    ],
)
def test_a_link_opens_the_sections_that_it_concerns(visit: Open, query: str, opened: list[str]):
    assert visit(query).value(OPEN) == opened


def test_a_shared_link_opens_only_the_sections_of_what_it_changes(visit: Open):
    mine = visit("learning_rate=0.03")
    theirs = visit(mine.page.url.split("?")[1])
    assert theirs.value(OPEN) == ["training"]


def test_an_error_opens_the_section_of_its_control(visit: Open):
    page = visit()
    page.value(
        "window.dash_clientside.set_props('noise', {value: 'much'})",
    )
    page.until_text("noise-problem", "much")
    assert page.value(OPEN) == ["data"]


def test_a_question_shows_the_folded_controls_that_it_needs(visit: Open):
    page = visit()
    page.choose("preset", "1.4")
    page.until("document.documentElement.hasAttribute('data-question')")
    page.uncover()
    page.page.locator("#init").wait_for()
    page.page.click("#rail-controls")
    page.until(f"({OPEN}).length === 0")
