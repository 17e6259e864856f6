"""A mode nobody has heard of, a row of two tables, is drawn wherever pictures are."""

from dataclasses import replace

import numpy as np
import pytest

from cellscope.model import warm
from cellscope.model.cells.picture.painters import PAINTERS
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.render import draw
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import MODES, Mode, View
from tests import programs
from tests.snapshots import started

HALVES = Mode("halves", palette="classes")


def halves(snapshot: Snapshot, view: View, layer: int, faces: int, lines: int) -> Picture:
    """Left and right of the middle."""
    classes = PAINTERS["classes"].exact(snapshot, view, layer, faces, lines)
    indices = np.zeros((view.pixels, view.pixels), np.uint8)
    indices[:, view.pixels // 2 :] = 1
    return replace(classes, indices=indices, mode=view.mode, count=2, colours=2)


PAINTER = replace(PAINTERS["classes"], exact=halves)


def test_every_mode_has_a_painter():
    assert PAINTERS.keys() == MODES.keys()


def test_without_its_row_a_mode_is_refused_and_never_drawn_as_another():
    with pytest.raises(SpecError):
        View(mode="halves")


def test_its_picture_is_drawn_and_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(warm, "done", lambda: True)
    monkeypatch.setitem(MODES, "halves", HALVES)
    monkeypatch.setitem(PAINTERS, "halves", PAINTER)
    picture = draw(started(Spec()), View(mode="halves", pixels=11))
    assert (picture.mode, picture.count, picture.exact) == ("halves", 2, True)
    assert picture.indices[3].tolist() == [0] * 5 + [1] * 6
    smooth = draw(started(Spec(activation="tanh")), View(mode="halves", pixels=11))
    assert (smooth.mode, smooth.exact) == ("halves", False)  # by the grid of its own row


SCRIPT = """
from tests.model.test_invented_mode import HALVES, PAINTER
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import MODES, View
from cellscope.model import warm
from cellscope.model.cells.picture.painters import PAINTERS
MODES["halves"], PAINTERS["halves"] = HALVES, PAINTER
from cellscope.app.text import texts
for language in texts.LANGUAGES:
    known = texts.catalogue(language)
    known |= {key.replace("classes", "halves"): said for key, said in known.items()}
    texts.catalogue(language).update(known)
from cellscope.app.settings.controls import BY_NAME
from cellscope.app.settings.links import read_link
from cellscope.app.page.layout import page
from cellscope.app.features.picture.exports import export
from cellscope.app.stream.frames import count_text
from cellscope.model.cells.picture.render import draw
from cellscope.model.spec import Spec
from tests import programs
from tests.snapshots import started
view = read_link("?mode=halves", Spec(), View()).view
page(Spec(), view, "200")
snapshot = started(Spec())
print(BY_NAME["mode"].choices, view.mode)
print(count_text(draw(snapshot, view), "en"))
"""


def test_the_page_and_the_link_offer_it():
    done = programs.run(SCRIPT)
    assert done.returncode == 0, done.stderr
    assert "'halves') halves" in done.stdout
    assert "2 classes" in done.stdout
