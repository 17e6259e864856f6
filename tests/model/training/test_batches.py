"""Batches are a function of (seed, step, batch size), and each pass sees a point at most once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cellscope.model.training.batches import batch_slice, batches_per_epoch, epoch_order


def batch(seed: int, step: int, points: int, size: int) -> list[int]:
    epoch, rows = batch_slice(step, points, size)
    return epoch_order(seed, epoch, points)[rows].tolist()


def test_ten_points_in_batches_of_four_make_two_batches_a_pass():
    assert batches_per_epoch(10, 4) == 2
    assert [batch_slice(step, 10, 4) for step in range(5)] == [
        (0, slice(0, 4)),
        (0, slice(4, 8)),
        (1, slice(0, 4)),
        (1, slice(4, 8)),
        (2, slice(0, 4)),
    ]


def test_a_batch_above_the_points_is_all_of_them():
    assert batches_per_epoch(10, 64) == 1
    assert batch_slice(7, 10, 64) == (7, slice(0, 10))
    assert sorted(batch(0, 7, 10, 64)) == list(range(10))


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**6), st.integers(1, 500), st.integers(1, 600))
def test_every_batch_has_the_same_size_and_different_points(
    seed: int, step: int, points: int, size: int
):
    chosen = batch(seed, step, points, size)
    assert len(chosen) == len(set(chosen)) == min(size, points)
    assert 0 <= min(chosen) <= max(chosen) < points


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 1000), st.integers(1, 200), st.integers(1, 250))
def test_one_pass_repeats_no_point_and_leaves_out_less_than_a_batch(
    seed: int, epoch: int, points: int, size: int
):
    count = batches_per_epoch(points, size)
    seen = [i for k in range(count) for i in batch(seed, epoch * count + k, points, size)]
    assert len(set(seen)) == len(seen)
    assert points - len(seen) < min(size, points)


def test_passes_and_seeds_have_their_own_order():
    orders = {tuple(epoch_order(seed, epoch, 50)) for seed in range(5) for epoch in range(20)}
    assert len(orders) == 100


def test_no_point_is_left_out_for_ever():
    # 1 of 10 is left out in each pass: missing 50 times has the probability 10 · 0.1^50.
    seen = {k for step in range(150) for k in batch(0, step, 10, 3)}
    assert seen == set(range(10))


def test_every_place_is_equally_likely():
    first = [epoch_order(0, epoch, 10)[0] for epoch in range(4000)]
    counts = np.bincount(first, minlength=10)
    assert np.abs(counts - 400).max() < 4 * np.sqrt(400 * 0.9)
