"""A sweep's numbers are those of single networks; the three biases give the three answers."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, islice
from math import sqrt
from typing import Any

import numpy as np
import pytest

from cellscope.model.cells.count.bounds import arrangement_cells
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Axis, Plan
from cellscope.model.sweeps.run import SIDE, Small, run
from cellscope.model.training.run import train
from cellscope.model.view import View
from cellscope.model.warm import warm
from tests.snapshots import started

S = tuple(4.0**k for k in range(-3, 3))  # 1/64 … 16; √s is a power of 2, so scaling rounds nothing
BIASES = ("zero", "fixed", "like-weights")


def swept(*axes: Axis, **changes: Any) -> tuple[Plan, list[Small], list[Network]]:
    start: dict[str, Any] = {
        "spec": Spec(width=5, depth=3, samples=120),
        "view": View(),
        "seeds": 2,
        "steps": 40,
    }
    plan = Plan(axes=axes, **(start | changes))
    events = list(run(plan))
    smalls = [event for event in events if isinstance(event, Small)]
    return plan, smalls, [event for event in events if isinstance(event, Network)]


def test_every_network_is_measured_as_a_single_one_is():
    plan, _, networks = swept(
        Axis("width", (4, 7)), Axis("bias", ("fixed", "zero")), view=View(layer=2)
    )
    assert [(n.point, n.k) for n in networks] == list(plan.each())
    for network in networks:
        spec = plan.spec_of(network.point, network.k)
        assert network.spec == spec
        assert network.layer == 2
        snapshot = started(spec)
        counts = count_cells(build(snapshot.weights, plan.view.window, layer=2))
        start = network.start
        assert (start.patterns, start.connected_regions, start.linear_regions) == (
            *(counts.patterns, counts.regions, counts.linear_regions),
        )
        plane = plane_counts(snapshot.weights, layer=2)
        assert (start.plane_patterns, start.plane_exact) == (plane.counts.patterns, plane.exact)
        assert start.plane_linear_regions == plane.counts.linear_regions
        data = make_data(spec)
        signal = measure(snapshot.weights, spec.activation, data.train_x, data.train_y)
        assert start.first_variance == signal.layers[0].pre.variance
        assert start.last_variance == signal.layers[-1].pre.variance
        alone = train(spec, plan.steps)
        assert network.end is not None
        assert network.step == plan.steps
        assert network.end.train_loss == pytest.approx(alone["loss"], rel=1e-5)
        assert network.end.train_accuracy == pytest.approx(alone["train_accuracy"], abs=1e-6)
        assert network.end.test_accuracy == pytest.approx(alone["test_accuracy"], abs=1e-6)


@pytest.mark.parametrize("mode", ["cells", "regions", "classes", "confidence"])
def test_the_small_picture_is_the_live_one_in_fewer_points(mode: str):
    warm()
    view = View(layer=2, mode=mode, window=(-3.0, 2.0, -1.0, 4.0))
    plan, smalls, _ = swept(Axis("weight_variance", (0.5, 3.0)), view=view, seeds=1, steps=0)
    assert [(small.point, small.trained) for small in smalls] == [(0, False), (1, False)]
    for small in smalls:
        live = draw(started(plan.spec_of(small.point)), replace(view, pixels=SIDE, lines=False))
        assert np.array_equal(small.picture.indices, live.indices)
        assert (small.picture.count, small.picture.exact) == (live.count, True)


def test_the_whole_grid_is_there_before_anything_is_trained():
    plan, smalls, _ = swept(Axis("depth", (2, 4)), seeds=2, steps=3)
    first = [(small.point, small.trained) for small in smalls]
    assert first == [(0, False), (1, False), (0, True), (1, True)]
    ahead = list(islice(run(plan), 2))
    assert all(isinstance(event, Small) for event in ahead)


def test_without_steps_the_end_is_the_start():
    _, smalls, networks = swept(Axis("width", (3,)), steps=0)
    assert len(smalls) == 1
    assert all(network.end == network.start and network.step == 0 for network in networks)


def test_a_diverged_network_has_no_end_but_says_when():
    deep = Spec(width=16, depth=12, bias="zero", samples=120)
    _, smalls, networks = swept(
        Axis("weight_variance", (0.1, 1.0)), spec=deep, view=View(layer=1), steps=20
    )
    calm, wild = networks[0], networks[1]
    assert (calm.diverged, calm.diverged_step) == (False, None)
    expected = train(wild.spec, 20)["diverged_step"]
    assert wild.diverged
    assert wild.diverged_step == expected == wild.step
    assert wild.end is None
    assert [small.diverged for small in smalls if small.trained] == [False, True]


def test_tanh_has_pictures_of_the_grid_and_no_counts():
    tanh = Spec(width=4, depth=3, activation="tanh", samples=60)
    _, smalls, networks = swept(Axis("width", (4,)), spec=tanh, steps=2)
    assert not any(small.picture.exact for small in smalls)
    start = networks[0].start
    assert (start.patterns, start.linear_regions, start.plane_patterns) == (None, None, None)
    assert start.train_accuracy > 0


def test_a_network_beyond_the_budget_is_not_counted_but_trained():
    large = Spec(width=128, depth=5, samples=40)
    _, smalls, networks = swept(
        Axis("width", (128,)), spec=large, view=View(layer=4), seeds=1, steps=1
    )
    assert not smalls[0].picture.exact
    assert (networks[0].start.linear_regions, networks[0].start.plane_exact) == (None, False)
    assert networks[0].end is not None


def test_a_sweep_ends_soon_after_it_is_told_to():
    plan, _, _ = swept(Axis("width", (3,)), steps=0)
    long = replace(plan, steps=5000, seeds=10)
    asked: list[float] = []

    def go_on(done: float) -> bool:
        asked.append(done)
        return len(asked) < 4

    events = list(run(long, go_on))
    assert len(asked) == 4
    assert len(events) < long.networks
    assert asked == sorted(asked)


def by_bias(layer: int, **changes: Any) -> dict[str, list[Network]]:
    spec = Spec(width=16, depth=4, seed=changes.pop("seed", 0), **changes)
    _, _, networks = swept(
        Axis("weight_variance", S),
        Axis("bias", BIASES),
        spec=spec,
        view=View(layer=layer),
        seeds=1,
        steps=0,
    )
    return {bias: networks[6 * row : 6 * row + 6] for row, bias in enumerate(BIASES)}


def patterns(networks: Sequence[Network]) -> list[int | None]:
    return [network.start.patterns for network in networks]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fixed_biases_zoom_layer_one_which_is_an_effect_of_the_window(seed: int):
    fixed = by_bias(1, seed=seed)["fixed"]
    assert [n.start.plane_patterns for n in fixed] == [arrangement_cells(16)] * 6 == [137] * 6
    assert all(n.start.plane_exact for n in fixed)
    seen = patterns(fixed)
    assert seen == sorted(seen, key=lambda count: count or 0)
    assert seen[0] != seen[-1]
    # √s Z x + b in ±5 is Z x + b in ±5 √s: the same network through a smaller window.
    one = started(fixed[0].spec.but(weight_variance=1.0)).weights
    assert seen == [lines_cells(*one[0], side=5.0 * sqrt(s)) for s in S]


def lines_cells(W: Float, b: Float, side: float) -> int:
    """Cells of lines in general position in a square: 1, + 1 a line, + 1 a crossing, if inside."""
    crossing = [i for i in range(len(b)) if side * np.abs(W[i]).sum() > abs(b[i])]
    points = [np.linalg.solve(W[[i, j]], -b[[i, j]]) for i, j in combinations(crossing, 2)]
    return 1 + len(crossing) + sum(bool((np.abs(p) < side).all()) for p in points)


@pytest.mark.parametrize("layer", [1, 3])
def test_biases_like_the_weights_leave_layer_one_as_it_is(layer: int):
    like = by_bias(layer)["like-weights"]
    if layer == 1:
        assert len(set(patterns(like))) == 1
        assert {n.start.plane_patterns for n in like} == {137}
    else:
        assert len(set(patterns(like))) > 1


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_zero_biases_make_every_layer_the_same_at_every_s(layer: int):
    zero = by_bias(layer)["zero"]
    assert len(set(patterns(zero))) == 1
    assert [n.start.plane_patterns for n in zero] == patterns(zero)


@pytest.mark.parametrize(
    ("bias", "layer", "same"),
    [
        ("zero", 1, True),
        ("zero", 3, True),
        ("like-weights", 1, True),
        ("like-weights", 3, False),
        ("fixed", 1, False),
    ],
)
def test_where_s_changes_nothing_the_small_pictures_are_the_same_to_the_pixel(
    bias: str, layer: int, same: bool
):
    spec = Spec(width=16, depth=4, bias=bias)
    view = View(layer=layer)
    _, smalls, _ = swept(Axis("weight_variance", S), spec=spec, view=view, seeds=1, steps=0)
    pictures = [small.picture.indices for small in smalls]
    assert len(pictures) == 6
    assert all(np.array_equal(pictures[0], other) for other in pictures[1:]) == same
