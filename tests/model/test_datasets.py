"""Data: seeded, standardised by the training points, as equal in classes as can be."""

from itertools import product

import numpy as np
import pytest

from cellscope.model.datasets import Data, class_labels, make_data, split_of
from cellscope.model.spec import DATASETS, Spec

ALL = [
    (dataset, classes)
    for dataset, (low, high) in DATASETS.items()
    for classes in range(low, high + 1)
]

BY_PLACE = ("plane", "multi-gauss")


def every(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """All points and labels, held out or not."""
    return (
        np.concatenate([data.train_x, data.test_x]),
        np.concatenate([data.train_y, data.test_y]),
    )


@pytest.mark.parametrize(("dataset", "classes"), ALL)
@pytest.mark.parametrize(("samples", "noise"), list(product((10, 11, 803), (0.0, 0.3, 1.0))))
def test_every_data_set_is_standardised_and_split(
    dataset: str, classes: int, samples: int, noise: float
):
    data = make_data(Spec(dataset=dataset, classes=classes, samples=samples, noise=noise))
    x, y = every(data)
    assert len(data.test_x) == len(data.test_y) == max(1, round(samples / 4))
    assert x.shape == (samples, 2)
    assert y.shape == (samples,)
    assert np.isfinite(x).all()
    # By the training points' own mean and deviation (ddof 0), so E|x|² is 2 to rounding.
    np.testing.assert_allclose(data.train_x.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(data.train_x.var(axis=0), 1.0, rtol=1e-12)
    assert np.isclose((data.train_x**2).sum(axis=1).mean(), 2.0, rtol=1e-12)
    if dataset in BY_PLACE:
        return  # their classes are bands of a target
    counts = np.bincount(y, minlength=classes)
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(("dataset", "classes"), ALL)
def test_equal_specs_give_bitwise_equal_data_and_another_seed_others(dataset: str, classes: int):
    spec = Spec(dataset=dataset, classes=classes, samples=50, data_seed=3)
    one = make_data(spec)
    make_data.__globals__["_make"].cache_clear()
    two = make_data(spec.but(seed=9, width=3, init="normal"))  # nothing to do with the data
    assert one is not two
    for a, b in zip(every(one), every(two), strict=True):
        assert a.tobytes() == b.tobytes()
    assert not np.array_equal(every(make_data(spec.but(data_seed=4)))[0], every(one)[0])


def test_the_held_out_points_are_others_and_of_all_classes():
    data = make_data(Spec(dataset="blobs", classes=8, samples=800))
    train = {tuple(point) for point in data.train_x}
    assert not any(tuple(point) in train for point in data.test_x)
    # Drawn without regard to class: 25 of each on average, none missing.
    assert np.bincount(data.test_y, minlength=8).min() > 10


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.9])
def test_the_test_share_is_kept_to_the_point_and_leaves_points_to_train_on(share: float):
    for samples in (10, 11, 400):
        spec = Spec(samples=samples, test_share=share)
        train, test = len(make_data(spec).train_x), len(make_data(spec).test_x)
        assert (train, test) == split_of(spec)
        assert train + test == samples
        assert test == min(max(1, round(share * samples)), samples - 1)


def test_another_test_share_splits_the_same_points():
    one, two = (every(make_data(Spec(noise=0.0, test_share=share)))[1] for share in (0.25, 0.5))
    assert one.sum() == two.sum() == 400  # standardised otherwise, but of the same classes


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name not in BY_PLACE])
def test_the_balance_is_the_last_class_for_each_of_the_first(dataset: str):
    classes = DATASETS[dataset][1]
    _, y = every(make_data(Spec(dataset=dataset, samples=4000, classes=classes, balance=0.2)))
    counts = np.bincount(y, minlength=classes)
    assert counts.sum() == 4000
    assert abs(counts[-1] / counts[0] - 0.2) < 0.01
    assert (np.diff(counts) < 0).all()


def test_no_class_is_left_without_points():
    for samples in range(10, 40):
        counts = np.bincount(class_labels(samples, 8, 0.05), minlength=8)
        assert counts.sum() == samples
        assert counts.min() >= 1


def test_the_points_come_in_random_order():
    # So that the first of them are a fair sample; in order the classes would alternate.
    y = make_data(Spec(samples=800)).train_y
    assert abs((y[1:] == y[:-1]).mean() - 0.5) < 4 * 0.5 / np.sqrt(599)


def test_nobody_can_change_the_data():
    data = make_data(Spec())
    for array in (data.train_x, data.train_y, data.test_x, data.test_y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_more_noise_moves_the_same_points():
    # A dragged slider shows one data set getting noisier, not a new draw: before they are
    # standardised the points are p + noise · z, so three noises lie on one line.
    spec = Spec(dataset="xor", samples=400)
    none, some, twice = (make_data(spec.but(noise=noise)) for noise in (0.0, 1e-4, 2e-4))
    first, second = some.train_x - none.train_x, twice.train_x - some.train_x
    assert 1e-6 < np.abs(first).max() < 1e-3
    np.testing.assert_allclose(first, second, atol=1e-6)


# Without noise each shape is known, up to the affine map that standardises it.


def test_rings_are_circles_of_growing_radius():
    data = make_data(Spec(dataset="rings", classes=4, noise=0.0, samples=4000))
    x, y = every(data)
    # Undo the standardising: each coordinate's scale makes the rings round again.
    for ring in range(4):
        points = x[y == ring]
        design = np.column_stack([points**2, points])  # a x² + b y² + c x + d y = 1
        _, residual, *_ = np.linalg.lstsq(design, np.ones(len(points)))
        assert residual[0] < 1e-16 * len(points) ** 2
    spread = [np.ptp(x[y == ring][:, 0]) for ring in range(4)]
    np.testing.assert_allclose(np.array(spread) / spread[0], [1, 3, 5, 7], rtol=1e-3)


def test_xor_separates_by_the_product_of_the_coordinates():
    x, y = every(make_data(Spec(dataset="xor", noise=0.0, samples=1000)))
    # Standardising moves the centre by a few percent; away from it the signs decide.
    far = (np.abs(x) > 0.1).all(axis=1)
    assert far.mean() > 0.8
    np.testing.assert_array_equal(y[far], (x[far, 0] * x[far, 1] < 0).astype(int))


@pytest.mark.parametrize("classes", range(2, 9))
def test_a_checkerboards_squares_have_one_class_each(classes: int):
    x, y = every(make_data(Spec(dataset="checkerboard", classes=classes, noise=0.0, samples=8000)))
    side = max(4, classes)
    low, high = x.min(axis=0), x.max(axis=0)
    square = (x - low) / (high - low) * side
    inside = (np.abs(square - np.round(square)) > 0.02).all(axis=1)
    column, row = np.floor(square[inside]).astype(int).T
    np.testing.assert_array_equal((row + column) % classes, y[inside])
    assert len(set(zip(row, column, strict=True))) == side * side  # no square is empty


def test_circles_are_a_disc_inside_a_ring():
    x, y = every(make_data(Spec(dataset="circles", noise=0.0, samples=2000)))
    radius = np.hypot(*x.T)
    assert radius[y == 0].max() < radius[y == 1].min()


def test_playgrounds_circle_has_a_gap_and_is_dense_in_the_middle():
    x, y = every(make_data(Spec(dataset="circle", noise=0.0, samples=4000)))
    radius = np.hypot(*x.T)
    inner, outer = radius[y == 0], radius[y == 1]
    assert inner.max() < outer.min()
    # Uniform in the radius: half of the disc's points lie within half of it, not a quarter.
    assert abs((inner < inner.max() / 2).mean() - 0.5) < 0.05
    assert abs(outer.min() / outer.max() - 0.7) < 0.05


def test_playgrounds_spiral_winds_one_and_three_quarters_of_a_turn():
    x, y = every(make_data(Spec(dataset="spiral", noise=0.0, samples=4000)))
    arm = x[y == 0]
    arm = arm[np.argsort(np.hypot(*arm.T))]
    arm = arm[np.hypot(*arm.T) > 0.1]
    turned = np.unwrap(np.arctan2(*arm.T))
    assert abs(abs(turned[-1] - turned[0]) / (2 * np.pi) - 1.75) < 0.15


def test_playgrounds_gauss_has_a_cloud_each_in_opposite_corners():
    x, y = every(make_data(Spec(dataset="gauss", noise=0.0, samples=2000)))
    first, second = x[y == 0].mean(axis=0), x[y == 1].mean(axis=0)
    assert (first > 0.8).all()
    np.testing.assert_allclose(second, -first, atol=0.1)


def test_the_plane_rises_along_the_diagonal():
    x, y = every(make_data(Spec(dataset="plane", noise=0.0, samples=4000)))
    far = np.abs(x.sum(axis=1)) > 0.2
    np.testing.assert_array_equal(y[far], x[far].sum(axis=1) > 0)


def test_six_bumps_take_turns():
    x, y = every(make_data(Spec(dataset="multi-gauss", classes=3, noise=0.0, samples=8000)))
    scale = x.max(axis=0) / 3  # the points reach from -3 to 3
    for place, label in (((-2, 1.25), 2), ((0, 1.25), 0), ((-2, -1.25), 0), ((0, -1.25), 2)):
        near = np.linalg.norm(x / scale - place, axis=1) < 0.4
        assert near.sum() > 50
        assert (y[near] == label).all()


@pytest.mark.parametrize("arms", range(2, 9))
def test_spirals_wind_around_each_other(arms: int):
    data = make_data(Spec(dataset="spirals", classes=arms, noise=0.0, samples=4000))
    far = np.hypot(*data.test_x.T) > 0.5  # all arms start in the middle
    x, y = data.test_x[far], data.test_y[far]
    nearest = np.linalg.norm(x[:, None] - data.train_x[None], axis=2).argmin(axis=1)
    assert (data.train_y[nearest] == y).mean() > 0.99
    # One turn each: a ray from the middle meets every arm, so the angle alone tells nothing.
    sector = np.floor((np.arctan2(*data.train_x.T) / np.pi + 1) * 4).astype(int) % 8
    for of_eight in range(8):
        assert len(set(data.train_y[sector == of_eight])) == arms


def test_blobs_sit_on_a_regular_polygon():
    x, y = every(make_data(Spec(dataset="blobs", classes=5, noise=0.0, samples=5000)))
    centres = np.stack([x[y == k].mean(axis=0) for k in range(5)])
    sides = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, sides.mean(), rtol=0.05)  # 1000 points of deviation 0.25


def test_moons_interleave_without_touching():
    x, y = every(make_data(Spec(dataset="moons", noise=0.0, samples=1000)))
    gaps = np.linalg.norm(x[y == 0][:, None] - x[y == 1][None], axis=2)
    assert gaps.min() > 0.2
    # Not linearly separable: each moon's end lies inside the other's bow.
    design = np.column_stack([x, np.ones(len(x))])
    plane, *_ = np.linalg.lstsq(design, np.where(y == 1, 1.0, -1.0))
    accuracy = ((design @ plane > 0) == (y == 1)).mean()
    assert 0.75 < accuracy < 0.95
