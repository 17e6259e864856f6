import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cellscope.model.cells.exact import tiles
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.picture.exact_picture import LIVE_FACES
from cellscope.model.cells.picture.render import exact_picture
from cellscope.model.cells.picture.tiled_picture import is_large, tiled_picture
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of
from tests.snapshots import chosen, started

WIDE = Spec(width=20, depth=5, seed=1)


@pytest.mark.parametrize("mode", ["cells", "regions"])
@pytest.mark.parametrize("layer", [1, 3, 5])
def test_tiles_make_the_same_picture(mode: str, layer: int) -> None:
    snapshot, view = started(WIDE), View(layer=layer, mode=mode, pixels=151)
    whole = exact_picture(snapshot, view, layer)
    tiled = tiled_picture(snapshot, view, layer, LIVE_FACES)
    assert np.array_equal(tiled.indices, whole.indices)
    assert (tiled.count, tiled.colours) == (whole.count, whole.colours)
    assert tiled.exact


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_tiles_make_the_same_picture_of_odd_networks(family: Family) -> None:
    snapshot = chosen(family(2)[0])  # rounded to float32, in the usual window
    layer = snapshot.spec.layers - 1
    view = View(layer=layer, pixels=60, window=WINDOW)
    whole = exact_picture(snapshot, view, layer)
    tiled = tiled_picture(snapshot, view, layer, LIVE_FACES)
    assert tiled.count == whole.count
    assert np.array_equal(tiled.indices, whole.indices)


def test_two_threads_may_draw_at_once() -> None:
    snapshot, view = started(WIDE), View(layer=4, pixels=101)
    expected = tiled_picture(snapshot, view, 4, LIVE_FACES)
    with ThreadPoolExecutor(2) as pool:
        drawn = [pool.submit(tiled_picture, snapshot, view, 4, LIVE_FACES) for _ in range(6)]
    assert all(np.array_equal(f.result().indices, expected.indices) for f in drawn)


def test_tiles_are_for_large_networks() -> None:
    assert is_large(started(Spec(width=64, depth=6)), 5)
    assert not is_large(started(Spec(width=64, depth=6)), 2)
    assert not is_large(started(Spec(width=16, depth=6)), 5)


def test_tiles_keep_to_the_budget() -> None:
    with pytest.raises(BudgetExceeded):
        tiled_picture(started(WIDE), View(layer=4), 4, 300)


def test_an_error_waits_for_the_other_tiles() -> None:
    # The pool's workspaces are used again by the next picture, so nobody may still hold one.
    running, done = threading.Event(), threading.Event()

    def work(workspace: object) -> None:
        if workspace is pool.workspaces[0]:
            running.wait(5.0)
            raise BudgetExceeded(1, 1)
        running.set()
        threading.Event().wait(0.05)
        done.set()

    with ThreadPoolExecutor(2) as threads:
        pool = tiles.TilePool(threads, 2)
        with pytest.raises(BudgetExceeded):
            pool._run(work, pool.workspaces)  # pyright: ignore[reportPrivateUsage]
        assert done.is_set()


@pytest.mark.parametrize("lines", [True, False])
def test_lines_left_out_are_counted_only_where_lines_are_wanted(lines: bool) -> None:
    picture = tiled_picture(started(WIDE), View(layer=4, lines=lines, pixels=31), 4, LIVE_FACES)
    assert not len(picture.lines.style)
    assert (picture.lines.dropped > 0) == lines
