import numpy as np
import pytest

from cellscope.model.cells.count.count_over_seeds import QUANTILES, count_draws
from cellscope.model.cells.exact.complex import BudgetExceeded, build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import MAX_SEED, Spec
from cellscope.model.view import Window

WINDOW: Window = (-4.0, 3.0, -2.0, 2.0)
SPEC = Spec(width=6, depth=4, seed=11, init="lsuv")


@pytest.mark.parametrize("layer", [1, 3, 4])
def test_quantiles_are_those_of_networks_built_one_by_one(layer: int) -> None:
    found = count_draws(SPEC, WINDOW, layer=layer, draws=9, budget=10_000)
    counts = [
        count_cells(build(initial_weights(spec, make_data(spec)), WINDOW, layer=layer))
        for spec in (SPEC.but(seed=11 + k) for k in range(9))
    ]
    assert found is not None
    assert (found.draws, found.layer) == (9, layer)
    for values, name in (
        (found.patterns, "patterns"),
        (found.regions, "regions"),
        (found.linear_regions, "linear_regions"),
    ):
        expected = np.quantile([getattr(c, name) for c in counts], QUANTILES)
        assert values == pytest.approx(expected)
    assert len(set(found.linear_regions)) > 1  # the seeds differ


def test_one_draw_is_the_experiments_own_network() -> None:
    found = count_draws(SPEC, WINDOW, layer=2, draws=1, budget=10_000)
    own = count_cells(build(initial_weights(SPEC, make_data(SPEC)), WINDOW, layer=2))
    assert found is not None
    assert found.patterns == (own.patterns,) * len(QUANTILES)


def test_the_work_stops_when_it_is_told_to() -> None:
    asked: list[int] = []

    def go_on(done: int) -> bool:
        asked.append(done)
        return done < 3

    assert count_draws(SPEC, WINDOW, layer=2, draws=50, budget=10_000, go_on=go_on) is None
    assert asked == [0, 1, 2, 3]


def test_seeds_go_round_at_the_last_one() -> None:
    last = count_draws(SPEC.but(seed=MAX_SEED), WINDOW, layer=1, draws=2, budget=10_000)
    assert last is not None
    counts = [
        count_cells(build(initial_weights(SPEC.but(seed=seed), make_data(SPEC)), WINDOW, layer=1))
        for seed in (MAX_SEED, 0)
    ]
    assert last.patterns[2] == np.median([c.patterns for c in counts])


def test_a_network_beyond_the_budget_ends_the_draws() -> None:
    with pytest.raises(BudgetExceeded):
        count_draws(SPEC, WINDOW, layer=3, draws=2, budget=5)
