"""A network from a file that brought no points: nothing is said of data that there are not."""

import json

import numpy as np
import pytest

from cellscope.app.features.network.message import about
from cellscope.app.features.picture.film_strip import funnel_rows
from cellscope.app.settings.readouts import readouts
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.opened import Inputs, Opened
from cellscope.model.own.opening import spec_of
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import holding

WINDOW = (-5.0, 5.0, -5.0, 5.0)


def from_file(*, given: bool) -> Snapshot:
    """3 → 6 → 6 → 3, as opened; its points are its own, or stand in for the signal's sake."""
    draw = np.random.default_rng(1).standard_normal
    layers = tuple((draw((m, n)), draw(m)) for n, m in ((3, 6), (6, 6), (6, 3)))
    points = Inputs(draw((40, 3)), np.zeros(40, np.int64), given=given, labelled=False)
    return holding(layers, spec_of(Opened("net.npz", layers, "relu", points), Spec()))


def said_of(snapshot: Snapshot, layer: int) -> str:
    return json.loads(about(snapshot, WINDOW, (layer, 0), "a", "en"))["text"]


def test_points_that_only_stand_in_are_not_seen_though_the_signal_runs_through_them() -> None:
    spec = from_file(given=False).spec
    assert len(make_data(spec).train_x) == 30
    assert len(seen_data(spec).train_x) == len(seen_data(spec).test_x) == 0
    assert len(seen_data(from_file(given=True).spec).train_x) == 30


def test_no_cell_holds_data_and_no_unit_is_dead_on_them() -> None:
    for given in (True, False):
        survey = recorded_survey(from_file(given=given), View(layer=2), CountRecord())
        last = list(funnel_rows(survey.funnel, "en"))[-1]
        assert (last["count"] != "0", last["share"] != "of 0 points") == (given, given)
        assert (survey.idle is not None) == given


@pytest.mark.parametrize("layer", [1, 3])
def test_a_unit_is_active_on_a_share_of_the_points_where_there_are_points(layer: int) -> None:
    assert "training points" in said_of(from_file(given=True), layer)
    assert "points" not in said_of(from_file(given=False), layer)


def test_the_data_are_said_to_be_none() -> None:
    assert readouts(from_file(given=False).spec, "de")["data-summary"] == "keine Punkte"
    assert readouts(from_file(given=True).spec, "en")["data-summary"] == "30 + 10 points"
