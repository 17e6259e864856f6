"""2.8: many networks side by side, and the one that a click opens."""

import csv
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
LINK = "width=6&depth=3&samples=200&layer=1&tab=sweep"
IDLE = "!document.querySelector('#sweep-start').classList.contains('running')"
PICTURES = "[...document.querySelectorAll('.sweep-point canvas')].map(c => c.toDataURL())"


def counts(page: Visit) -> list[str]:
    return page.value("[...document.querySelectorAll('.sweep-count')].map(c => c.textContent)")


def test_a_student_sweeps_s_opens_one_of_the_networks_and_saves_the_numbers(visit: Open):
    page = visit(LINK)
    page.until("document.querySelector('#sweep-estimate').textContent !== ''")
    page.enter("sweep-values", "1/16, 1, 16")
    page.enter("sweep-second-values", "zero, fixed")
    page.enter("sweep-seeds", "2")
    page.enter("sweep-steps", "20")
    page.until_text("sweep-estimate", "6 pictures, 12 networks")
    page.page.click("#sweep-start")
    page.until_text("sweep-state", "12 of 12")
    page.until(IDLE)
    page.until(f"{PICTURES}.length === 6")
    page.until("document.querySelectorAll('.sweep-point:not(.waiting)').length === 6")

    zero, fixed = (page.value(PICTURES)[row : row + 3] for row in (0, 3))
    assert len(set(zero)) == 1  # without biases s changes nothing
    assert len(set(fixed)) == 3
    assert len(set(counts(page)[:3])) == 1
    page.until_text("sweep-notes", "s changes nothing")

    start = page.value(PICTURES)
    page.page.get_by_role("button", name="After 20 steps").click()
    page.until(f"before => {PICTURES}.every((p, k) => p !== before[k])", start)

    page.page.get_by_role("button", name="At the start").click()
    seen = counts(page)[5]
    page.page.get_by_role("button", name="16, Biases fixed").last.click()
    page.until_link(weight_variance="16", init="normal", bias="fixed", width="6", depth="3")
    page.until_text("count", f"{seen} cells of layer 1")
    assert page.settings["weight-variance"] == "16"
    page.page.click("#sweep-back")
    page.until_link(init="he", weight_variance="1")
    assert not page.page.locator("#sweep-back").is_visible()

    with page.page.expect_download() as saved:
        page.page.click("#sweep-csv")
    with Path(saved.value.path()).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    firsts = [row["patterns_window_start [cells]"] for row in rows if row["seed"] == "0"]
    assert firsts == counts(page)


def test_a_sweep_outlives_a_reload_and_is_cancelled(visit: Open):
    page = visit(LINK)
    page.enter("sweep-seeds", "10")
    page.enter("sweep-steps", "5000")
    page.until_text("sweep-estimate", "180 networks")
    page.page.click("#sweep-start")
    page.until_text("sweep-start", "Cancel")
    page.page.reload()
    page.until("window.cellscope?.frames > 0")
    page.until_text("sweep-start", "Cancel")
    page.until("document.querySelectorAll('.sweep-point:not(.waiting)').length === 18")
    page.until("document.querySelector('#sweep-steps').value === '5000'")
    page.page.click("#sweep-start")
    page.until_text("sweep-start", "Start")
    page.until_text("sweep-state", "cancelled")


def test_what_cannot_be_swept_is_named_where_it_was_typed(visit: Open):
    page = visit(LINK)
    page.enter("sweep-values", "1, none")
    page.until_text("sweep-values-problem", "none")
    assert page.page.locator("#sweep-start").is_disabled()
    page.choose("sweep-axis", "depth")
    page.until("document.querySelector('#sweep-values').value === '2, 3, 4, 6, 11'")
    page.until("!document.querySelector('#sweep-values-problem').textContent")
    page.choose("sweep-second-axis", "depth")
    page.until_text("sweep-second-axis-problem", "another setting")
    page.choose("sweep-second-axis", "width")
    page.enter("sweep-second-values", ",".join(map(str, range(90, 102))))
    page.enter("sweep-steps", "5000")
    page.enter("sweep-seeds", "10")
    page.until_text("sweep-problem", "would take about")
    page.choose("sweep-second-axis", "none")
    page.enter("sweep-seeds", "1")
    page.until_text("sweep-estimate", "5 pictures, 5 networks")
    assert page.page.locator("#sweep-start").is_enabled()


def test_the_grid_is_walked_and_opened_by_keys(visit: Open):
    page = visit(LINK)
    page.enter("sweep-steps", "0")
    page.enter("sweep-seeds", "1")
    page.until_text("sweep-estimate", "18 networks")
    page.page.click("#sweep-start")
    page.until_text("sweep-state", "18 of 18")
    page.until("document.querySelectorAll('.sweep-point:not(.waiting)').length === 18")
    page.page.focus("[data-point='0']")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowDown", "Enter"):
        page.page.keyboard.press(key)
    page.until_link(weight_variance="0.015625", bias="like-weights")
    assert page.step == 0  # → was the grid's, not the trainer's


def test_a_sweep_keeps_its_titles_while_the_page_turns_to_another_task(visit: Open, tmp_path: Path):
    page = visit(f"{LINK}&task=regression&dataset=plane")
    title = "sweep-accuracy-title"
    page.until("document.querySelector('#sweep-estimate').textContent !== ''")
    page.enter("sweep-values", "1, 2")
    page.enter("sweep-second-values", "zero")
    page.page.click("#sweep-start")
    page.until_text("sweep-state", "6 of 6")
    page.until_text(title, "R²")
    page.value("dash_clientside.set_props('task', {value: 'classes'})")
    page.until_text("sweep-others", "Regression")
    page.until_text(title, "R²")
    with page.page.expect_download() as download:
        page.value("document.querySelector('[data-save-chart=sweep-accuracy-svg]').click()")
    download.value.save_as(tmp_path / "chart.svg")
    saved = (tmp_path / "chart.svg").read_text()
    assert ("R²" in saved, "accuracy" in saved) == (True, False)
    page.page.click("#sweep-start")
    page.until_text(title, "accuracy")
    page.page.click("#lang-de")
    page.until_text(title, "genauigkeit")


def test_a_network_that_was_opened_is_marked_as_long_as_it_is_on_screen(visit: Open):
    page = visit(f"{LINK}&unit=2,1&lang=en")
    page.until_text("count", "unit 1, layer 2")
    page.enter("sweep-values", "1/16, 1, 16")
    page.enter("sweep-seeds", "1")
    page.enter("sweep-steps", "0")
    page.page.click("#sweep-start")
    page.until(IDLE)
    page.until("document.querySelectorAll('.sweep-point:not(.waiting)').length > 2")
    page.page.locator(".sweep-point").nth(1).click()
    page.until_text("count", "cells of layer 1")  # as in the small picture
    current = page.page.locator(".sweep-point[aria-current]")
    page.until_link(weight_variance="1", init="normal")
    assert current.count() == 1
    page.page.wait_for_timeout(500)
    assert current.count() == 1
    page.enter("width", "7")
    page.until_link(width="7")
    page.until("!document.querySelector('.sweep-point[aria-current], .sweep-point.chosen')")
    page.page.click("#sweep-back")
    page.until_text("count", "unit 1, layer 2")


def test_its_charts_are_there_again_after_a_question_was_covered(visit: Open):
    page = visit(LINK)
    page.enter("sweep-values", "1/16, 1")
    page.enter("sweep-seeds", "1")
    page.enter("sweep-steps", "0")
    page.page.click("#sweep-start")
    page.until(IDLE)
    drawn = "document.querySelector('#sweep-counts .js-plotly-plot')?.data?.length > 0"
    page.until(drawn)
    page.choose("preset", "1.1")
    page.until("document.documentElement.hasAttribute('data-covered')")
    page.uncover()
    page.page.click("#tabs-more")
    page.page.get_by_role("tab", name="Sweep").click()
    page.until(drawn)
