"""Whatever was open before, and however a question is opened: its own experiment is on screen."""

from collections.abc import Iterator
from itertools import cycle, pairwise
from typing import Any

import pytest

from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.settings.links import settings_of
from cellscope.app.settings.presets import PRESETS
from tests.browser.conftest import Open
from tests.browser.visit import Visit, until

pytestmark = pytest.mark.browser
NAMES = tuple(QUESTIONS)
SHOWN = """expected => {
  const link = new URLSearchParams(location.search);
  const value = id => document.querySelector(`input#${id}, select#${id}, #${id} input:checked`);
  const same = (a, b) => String(a ?? '') === String(b) || (b !== '' && Number(a) === Number(b));
  const chosen = document.querySelector('.film.chosen .film-layer')?.textContent;
  const wrong = [];
  for (const [name, wanted] of Object.entries(expected.link)) {
    if (!same(link.get(name), wanted)) wrong.push(`link ${name}: ${link.get(name)}`);
  }
  for (const [id, wanted] of Object.entries(expected.controls)) {
    const shown = value(id)?.value ?? (id === 'features' ? 'none' : undefined); // no box is ticked
    if (!same(shown, wanted)) wrong.push(`${id}: ${shown}`);
  }
  const title = document.querySelector('#guide-title')?.textContent ?? '';
  if (!title.startsWith(expected.name + ' ')) wrong.push(`title ${title}`);
  if (document.querySelector('#preset').value !== expected.name) wrong.push('menu');
  const tab = document.querySelector('.right .tab[aria-selected=true]').dataset.tab;
  if (tab !== expected.tab) wrong.push(`tab ${tab}`);
  if (document.querySelector('#status').dataset.value !== 'paused') wrong.push('status');
  if (document.querySelector('#step-count').dataset.value !== String(expected.step)) {
    wrong.push('step');
  }
  const covered = document.documentElement.hasAttribute('data-covered');
  if (!covered && chosen !== String(expected.controls.layer)) wrong.push(`picture ${chosen}`);
  if (document.querySelector('#compare').value) wrong.push('compared');
  for (const node of document.querySelectorAll('[id$=-problem]')) {
    if (node.textContent) wrong.push(node.id);
  }
  if (document.querySelector('#guide-now:not([hidden])')) wrong.push('now');
  window.wrongNow = wrong;
  return wrong.length === 0;
}"""


def expected(name: str) -> dict[str, Any]:
    preset = PRESETS[name]
    settings = {
        key: value for key, value in settings_of(preset.spec, preset.view, "").items() if value
    }
    settings = {**settings, "bias_variance": preset.spec.bias_variance}
    del settings["window"]
    controls = {key.replace("_", "-"): value for key, value in settings.items()}
    for only_in_link in ("pixels", "lines", "points"):
        del controls[only_in_link]
    if preset.spec.init != "normal":
        del controls["weight-variance"]  # the box shows the scheme's variance
    link = {**settings, "window": "-5,5,-5,5", "sheet": name}
    return {
        "name": name,
        "link": link,
        "controls": {**controls, "side": "pre"},
        "tab": preset.tab,
        "step": preset.step,
    }


def assert_own(page: Visit, name: str, how: str) -> None:
    try:
        until(page.page, SHOWN, expected(name), timeout=20.0)
    except Exception:
        raise AssertionError(f"{how}: {page.value('window.wrongNow')}") from None


def open_by(page: Visit, way: str, before: str, name: str) -> str:
    """Open a question from another one; the way that was taken."""
    neighbour = {1: ("next", "]"), -1: ("previous", "[")}.get(
        NAMES.index(name) - NAMES.index(before)
    )
    if neighbour is not None and way == "list":
        page.page.click(f"#question-{neighbour[0]}")
        return neighbour[0]
    if neighbour is not None:
        page.page.locator("#guide-title").press(neighbour[1])
        return neighbour[1]
    if way == "menu":
        page.choose("preset", name)
    else:
        page.page.click("#question-list")
        page.page.click(f"[data-question='{name}']")
    return way


def disturb(page: Visit) -> Iterator[None]:
    """Things a student does to an experiment that is uncovered, one after the other, for ever."""
    while True:
        page.press("One step")
        page.until_step("> 0")
        yield
        page.page.evaluate("dash_clientside.set_props('width', {value: '5'})")
        page.until_link(width="5")
        yield
        page.page.evaluate("dash_clientside.set_props('layer', {value: '2'})")
        page.page.evaluate("dash_clientside.set_props('mode', {value: 'regions'})")
        page.until_link(mode="regions")
        yield
        page.page.evaluate("dash_clientside.set_props('depth', {value: '99'})")
        page.until("document.querySelector('#depth-problem').textContent !== ''")
        yield
        page.page.evaluate("dash_clientside.set_props('side', {value: 'post'})")
        page.page.evaluate("dash_clientside.set_props('learning-rate', {value: '50'})")
        page.until_link(learning_rate="50")
        page.press("Play")
        page.until("document.querySelector('#status').dataset.value !== 'paused'")
        yield


def walk(page: Visit, pairs: list[tuple[str, str]]) -> None:
    """Take every pair, each question first under its cover, later without."""
    ways, disturbing = cycle(("list", "menu", "list")), disturb(page)
    before = pairs[0][0]
    for start, name in pairs:
        if start != before:
            open_by(page, "menu", before, start)
            assert_own(page, start, f"menu from {before} to {start}")
        if page.value("document.documentElement.hasAttribute('data-covered')"):
            page.uncover()
        else:
            next(disturbing)
        way = open_by(page, next(ways), start, name)
        assert_own(page, name, f"{way} from {start} to {name}")
        before = name


def test_from_one_question_to_another_its_own_experiment_is_on_screen(visit: Open):
    page = visit("sheet=1.1")
    assert_own(page, "1.1", "link")
    far = [(NAMES[k], NAMES[(k + 5) % 13]) for k in range(13)]  # in a ring: every one is reached
    ring = [far[(5 * k) % 13] for k in range(13)]
    near = [(NAMES[k], NAMES[k + 1]) for k in range(12)]
    back = [(NAMES[k], NAMES[k - 1]) for k in range(12, 0, -3)]
    walk(page, [*ring, *near, *back])


@pytest.mark.long(seconds=230)
def test_in_every_order_of_two_questions_the_own_experiment_is_on_screen(visit: Open):
    page = visit("sheet=1.1")
    walk(page, circuit())


def circuit() -> list[tuple[str, str]]:
    """Every ordered pair once, each beginning where the one before it ends (Hierholzer)."""
    left = {name: [other for other in NAMES if other != name] for name in NAMES}
    path, way = [NAMES[0]], list[str]()
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            way.append(path.pop())
    way.reverse()
    return list(pairwise(way))


def test_a_circuit_has_every_pair_once():
    assert len(circuit()) == len(set(circuit())) == 13 * 12


@pytest.mark.parametrize("name", ["2.3", "2.5", "2.8"])
def test_a_link_opens_what_the_question_speaks_of(visit: Open, name: str):
    page = visit(f"sheet={name}")
    assert_own(page, name, "link")
    page.uncover()
    assert_own(page, name, "link, uncovered")


def test_a_links_own_settings_stay_and_are_named(visit: Open):
    page = visit("sheet=2.4&width=6")
    page.page.check("#guide-cells input[value=arrangement]")
    page.page.click("#predict")
    page.until_text("guide-compare", "137 in the whole plane")
    page.until_text("guide-now", "22 in the whole plane")
    page.until_text("guide-now", "width 6")
    assert page.link["width"] == "6"
    page.page.click("#start-values")
    assert_own(page, "2.4", "start values")


def test_what_was_changed_under_the_cover_is_gone_with_the_prediction(visit: Open):
    page = visit("sheet=2.4")
    page.page.click("#rail-controls")
    page.enter("width", "6")
    page.until_link(width="6")
    assert page.value("document.documentElement.hasAttribute('data-covered')")
    page.page.click("#rail-sheet")
    page.page.check("#guide-cells input[value=arrangement]")
    page.page.click("#predict")
    page.until_text("guide-compare", "137 in the whole plane")
    assert_own(page, "2.4", "prediction")


def test_answering_anew_covers_the_question_again_with_its_own_experiment(visit: Open):
    page = visit("sheet=2.4")
    page.page.check("#guide-cells input[value=lines]")
    page.page.click("#predict")
    page.until_text("guide-compare", "137 in the whole plane")
    page.page.click("[data-try=six]")
    page.until_link(width="6")
    page.page.click("#answer-again")
    assert page.value("document.documentElement.hasAttribute('data-covered')")
    assert_own(page, "2.4", "again")
    assert not page.value("document.querySelector('.guide-seen')")


def test_under_the_cover_nothing_is_taken_back_and_afterwards_it_says_what(visit: Open):
    page = visit("width=6&depth=3&samples=200&tab=network")
    page.page.locator("#network-drawing").focus()
    page.page.keyboard.press("ArrowRight")
    box = page.page.locator("#unit-weight-1")
    box.fill("0.5")
    box.press("Enter")
    page.until("!document.getElementById('edited').hidden")
    page.enter("noise", "0.3")
    page.until("document.getElementById('undo').title.includes('Noise')")
    page.choose("preset", "1.2a")
    page.until("document.documentElement.hasAttribute('data-covered')")
    page.until("document.getElementById('undo').title.includes('settings')")
    assert page.page.is_disabled("#undo")
    page.uncover()
    page.until("!document.getElementById('undo').disabled")
    assert "settings" in (page.page.get_attribute("#undo", "title") or "")
    for _ in range(2):  # the question, then the noise: the edited network is there again
        page.page.click("#undo")
    page.until("!document.getElementById('edited').hidden")
    page.page.click("#edited > summary")
    page.until_text("edited-list", "→ 0.5")


def test_a_question_ends_drawing_and_nothing_is_drawn_under_its_cover(visit: Open):
    page = visit("width=6&depth=3&samples=200")
    page.page.click("#draw-data")
    page.until("document.documentElement.hasAttribute('data-drawing')")
    page.choose("preset", "2.4")
    page.until("document.documentElement.hasAttribute('data-covered')")
    assert not page.value("document.documentElement.hasAttribute('data-drawing')")
    assert page.value("document.getElementById('draw-data').disabled")
    page.uncover()
    page.until("!document.getElementById('draw-data').disabled")
    page.until_text("count", "125 cells of layer 1")
    assert not page.value("document.documentElement.hasAttribute('data-drawing')")
    page.until_link(dataset="moons")


def test_a_question_shows_its_own_cells_whatever_unit_or_pair_of_steps_was_shown(visit: Open):
    page = visit("width=8&depth=4&samples=200&lang=en&unit=2,1&tab=network")
    page.until_text("count", "unit 1, layer 2")
    page.page.click("#step")
    page.until_step("=== 1")
    page.page.click("#then-now")
    page.until("window.cellscope.compare !== null")
    page.choose("preset", "2.4")
    page.uncover()
    page.until_text("count", "cells of layer 1")
    assert "unit" not in page.link
    page.until("window.cellscope.compare === null")
    assert page.page.get_attribute("#then-now", "aria-pressed") == "false"


def test_what_was_set_beside_the_settings_is_not_the_questions(visit: Open):
    page = visit("width=8&depth=4&samples=200&lang=en&tab=training&stop_at=5")
    page.until("document.getElementById('stop-at').value === '5'")
    page.page.click("#tabs-more")
    page.page.get_by_role("tab", name="Sweep").click()
    form = "[...document.querySelectorAll('#sweep-form input')].map(box => box.value).join()"
    start = page.value(form)
    page.enter("sweep-values", "3")
    page.enter("sweep-steps", "7")
    page.until(f"start => {form} !== start", start)
    page.choose("preset", "2.8")
    page.uncover()
    page.until(f"start => {form} === start", start)
    page.until("document.getElementById('stop-at').value === ''")
    page.play()
    page.until_step("> 10")
    page.pause()
