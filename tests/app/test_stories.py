from dataclasses import replace

import pytest

from cellscope.app.features.picture.story import stories
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.cells.count.film_strip import Funnel
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import started

NET, VIEW = Spec(width=16, depth=3), View(layer=2)


def test_at_first_the_colours_are_explained_then_what_has_happened_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)
    record = CountRecord()
    found = [_surveyed(record, step) for step in (0, 300)]
    first, now = stories(found[0][0], VIEW, record, "en"), stories(found[1][0], VIEW, record, "en")
    assert first["start"] == (
        "Each colour: inputs on which the same units of layer 2 are active. Press play."
    )
    before, after = (funnel.window for _, funnel in found)
    assert found[1][1].filled is not None
    filled = found[1][1].filled.patterns
    assert now["now"] == f"step 300: {before} → {after} cells, {filled} hold data"
    assert first["now"] == ""  # of a step that is not the newest nothing is said


def test_what_nobody_counts_has_no_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)
    record, snapshot = CountRecord(), started(NET.but(activation="tanh"))
    recorded_survey(snapshot, VIEW, record)
    assert stories(snapshot, VIEW, record, "de")["now"] == ""


def test_a_diverged_run_says_so_at_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = replace(started(NET), status="diverged", step=2, shown_step=1)
    assert "2" in stories(snapshot, VIEW, CountRecord(), "en")["now"]


def _surveyed(record: CountRecord, step: int) -> tuple[Snapshot, Funnel]:
    snapshot = replace(started(NET), step=step, shown_step=step)
    return snapshot, recorded_survey(snapshot, VIEW, record).funnel


@pytest.mark.parametrize("recalled", [False, True])
def test_of_a_units_picture_nothing_is_said_of_cells(recalled: bool) -> None:
    snapshot = replace(started(Spec(depth=3)), recalled=recalled)
    for unit, words in (((2, 4), "unit 4 of layer 2"), ((3, 1), "logit 1")):
        told = stories(snapshot, View(unit=unit), CountRecord(), "en")
        assert words in told["start"]
        assert told["now"] == told["start"]
    gone = stories(snapshot, View(unit=(9, 1)), CountRecord(), "en")  # of a deeper network
    assert "units of layer 2" in gone["start"]


def test_beside_classes_the_sentence_names_the_layer_whose_cells_it_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)
    record = CountRecord()
    snapshot, _ = _surveyed(record, 0)
    cells = stories(snapshot, VIEW, record, "en")["now"]
    assert cells.startswith("step 0: ")
    for mode in ("classes", "confidence"):
        told = stories(snapshot, replace(VIEW, mode=mode), record, "en")["now"]
        assert told == f"layer 2, {cells}"
