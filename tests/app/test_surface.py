"""The surface in space: what a browser cannot draw is said in words."""

from dataclasses import replace

import numpy as np

from cellscope.app.features.surface.message import surface_study
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.texts import text
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from cellscope.model.view import View
from tests.app.conftest import take_apart

LOOKING = StudyRequest(View(layer=1), None, "en", 1)


def start() -> Snapshot:
    trainer = Trainer(Spec(hidden=(4,), samples=60))
    try:
        return trainer.latest
    finally:
        trainer.close()


def times(factor: float) -> Snapshot:
    """Both layers', so that outputs are the square of it times larger."""
    snapshot = start()
    return replace(snapshot, theta=snapshot.theta * np.float32(factor))


def test_heights_that_a_browser_knows_are_drawn():
    header, _ = take_apart(surface_study(times(1e15), LOOKING))
    assert header["points"] > 0


def test_heights_beyond_a_browsers_numbers_are_not():
    header, _ = take_apart(surface_study(times(1e22), LOOKING))
    assert header["points"] == 0
    assert header["text"] == text("surface.none", "en")
