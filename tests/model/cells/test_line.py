import numpy as np
import pytest

from cellscope.model.cells.count.breakpoints import breakpoints
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.picture.raster import faces_with
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net, sawtooth


def test_a_line_across_two_units_has_two_breakpoints() -> None:
    W, b = np.array([[1.0, 0], [2, 0], [0, 1]]), np.array([1.0, -2, 9])
    found = breakpoints([(W, b)], (-3, 0), (5, 0), layer=1)
    assert found.t.tolist() == [0.25, 0.5]
    assert found.points.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert found.units == (((1, 0),), ((1, 1),))


def test_lines_that_meet_on_the_segment_make_one_breakpoint() -> None:
    W, b = np.array([[1.0, 1], [1, -1], [3, 1]]), np.array([-1 / 3, -1 / 3, -1.0])
    found = breakpoints([(W, b)], (-1, 0), (1, 0), layer=1)
    assert len(found.t) == 1
    assert found.units == (((1, 0), (1, 1), (1, 2)),)


def test_a_sawtooth_has_a_breakpoint_at_every_fold() -> None:
    weights, _ = sawtooth(6)
    found = breakpoints(weights, (0.0, 0.5), (1.0, 0.5), layer=6)
    assert np.allclose(found.t, np.arange(1, 64) / 64, atol=1e-15)


def test_a_segment_on_a_units_own_line_is_not_cut_by_it() -> None:
    W, b = np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2)
    assert breakpoints([(W, b)], (-1, 0), (3, 0), layer=1).t.tolist() == [0.25]


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_breakpoints_are_where_the_segment_leaves_the_faces_of_the_plane(family: Family) -> None:
    weights, window = family(1)
    layer = len(weights) - 1
    complex = build(weights, window, layer=layer)
    x0, x1, y0, y1 = window
    p, q = (x0, y0 + 0.37 * (y1 - y0)), (x1, y0 + 0.71 * (y1 - y0))
    found = breakpoints(weights, p, q, layer=layer)
    stops = np.concatenate([[0.0], found.t, [1.0]])
    middle = (stops[:-1] + stops[1:]) / 2
    points = np.array(p) + middle[:, None] * (np.array(q) - np.array(p))
    bits = forward_patterns(weights, points, layer=layer)
    if family.__name__ != "zero_on_an_open_set":
        assert (bits[1:] != bits[:-1]).any(axis=1).all()
        assert (faces_with(complex, bits) >= 0).all()
    # Nothing was missed: a fine comb changes its pattern no more often.
    comb = np.array(p) + np.linspace(0, 1, 20001)[1:-1, None] * (np.array(q) - np.array(p))
    seen = forward_patterns(weights, comb, layer=layer)
    changes = np.flatnonzero((seen[1:] != seen[:-1]).any(axis=1))
    assert len(changes) <= len(found.t) or family.__name__ == "zero_on_an_open_set"


def test_a_network_has_about_as_many_breakpoints_as_units() -> None:
    weights = random_net((32,) * 4, 0)
    assert 40 < len(breakpoints(weights, (-50, -20), (50, 30), layer=4).t) < 256


def test_a_segment_needs_two_ends() -> None:
    with pytest.raises(ValueError, match="ends"):
        breakpoints(random_net((3,), 0), WINDOW[:2], WINDOW[:2], layer=1)
