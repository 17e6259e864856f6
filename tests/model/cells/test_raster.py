import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.raster import line_pixels, rasterise
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net, sawtooth


def faces_picture(complex: Complex, width: int, height: int) -> NDArray[np.int64]:
    """Index of the face at every pixel, as two bytes; −1 where the point's pattern has none."""
    assert complex.faces < 1 << 16
    index = np.arange(complex.faces)
    low = rasterise(complex, (index & 255).astype(np.uint8), width, height)
    high = rasterise(complex, (index >> 8).astype(np.uint8), width, height)
    picture = low.astype(int) + 256 * high.astype(int)
    lines = line_pixels(complex, width, height)
    stray = lines.face < 0
    picture[lines.row[stray], lines.column[stray]] = -1
    return picture


def assert_equals_forward(complex: Complex, width: int, height: int) -> None:
    points = Grid(complex.window, width, height).points().astype(np.float64)
    expected = forward_patterns(complex.network, points, layer=complex.layer)
    picture = faces_picture(complex, width, height).ravel()
    seen = picture >= 0
    assert np.array_equal(complex.bits[picture[seen]], expected[seen])
    known = {row.tobytes() for row in complex.bits}
    assert not any(row.tobytes() in known for row in expected[~seen])


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
@pytest.mark.parametrize(("width", "height"), [(101, 101), (64, 41)])
def test_every_pixel_has_the_pattern_of_a_dense_forward_pass(
    family: Family, width: int, height: int
) -> None:
    weights, window = family(2)
    assert_equals_forward(build(weights, window, layer=len(weights)), width, height)


@pytest.mark.parametrize("hidden", [(16, 16), (130,), (24,) * 4])
def test_large_pictures_of_random_networks_equal_a_dense_forward_pass(
    hidden: tuple[int, ...],
) -> None:
    complex = build(random_net(hidden, 9), WINDOW, layer=len(hidden))
    assert_equals_forward(complex, 301, 257)


@pytest.mark.parametrize("activation", ["identity", "leaky_relu"])
def test_pictures_of_other_activations_equal_a_dense_forward_pass(activation: str) -> None:
    weights = random_net((7, 5, 5), 1)
    assert_equals_forward(build(weights, WINDOW, layer=3, activation=activation), 90, 70)


def test_pixels_on_a_line_are_inactive_on_the_sheets_grid() -> None:
    # The lines x = 0, y = 1 and x = 5 pass through pixel centres of {-5, -4.9, …, 5}².
    W, b = np.array([[1.0, 0], [0, 1], [-1, 0]]), np.array([0.0, -1, 5])
    complex = build([(W, b)], WINDOW, layer=1)
    values = np.unpackbits(complex.bits.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :1], axis=1)
    x_active = rasterise(complex, values[:, 7], 101, 101)
    y_active = rasterise(complex, values[:, 6], 101, 101)
    assert not x_active[:, :51].any()
    assert x_active[:, 51:100].all()
    assert not y_active[40:].any()
    assert y_active[:40, :100].all()


def test_a_point_whose_pattern_no_face_has_is_reported() -> None:
    # x, y and −x − y are all 0, so inactive, at the origin and nowhere else.
    W = np.array([[1.0, 0], [0, 1], [-1, -1]])
    complex = build([(W, np.zeros(3))], WINDOW, layer=1)
    lines = line_pixels(complex, 11, 11)
    assert lines.row[lines.face < 0].tolist() == [5]
    assert lines.column[lines.face < 0].tolist() == [5]
    picture = rasterise(
        complex, np.zeros(6, np.uint8), 11, 11, stray=lambda bits: np.full(len(bits), 7, np.uint8)
    )
    assert np.argwhere(picture == 7).tolist() == [[5, 5]]


def test_a_border_on_a_line_has_the_pattern_of_the_line() -> None:
    complex = build([(np.array([[-1.0, 0.0]]), np.array([5.0]))], WINDOW, layer=1)
    assert complex.bits.tolist() == [[1]]
    lines = line_pixels(complex, 5, 4)
    assert lines.column.tolist() == [4, 4, 4, 4]
    assert (lines.face == -1).all()


def test_a_small_window_is_as_exact_as_its_points() -> None:
    complex = build(random_net((32, 32, 32), 2), (1.2, 1.20001, -2.0, -1.99999), layer=3)
    assert_equals_forward(complex, 200, 200)


def test_slivers_below_a_pixel_still_own_the_pixels_they_contain() -> None:
    weights, window = sawtooth(8)
    assert_equals_forward(build(weights, window, layer=8), 257, 5)
    assert_equals_forward(build(weights, window, layer=8), 100, 7)


def test_sizes_that_do_not_fit_are_refused() -> None:
    complex = build(random_net((3,), 0), WINDOW, layer=1)
    with pytest.raises(ValueError, match="pixels"):
        rasterise(complex, np.zeros(complex.faces, np.uint8), 1, 5)
    with pytest.raises(ValueError, match="face_values"):
        rasterise(complex, np.zeros(complex.faces + 1, np.uint8), 5, 5)
