import itertools
from math import comb, prod

import numpy as np
import pytest

from cellscope.model.cells.count.bounds import (
    arrangement_cells,
    central_arrangement_cells,
    geometric_maximum,
    serra_bound,
    sign_vectors,
    typical_regions,
)
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from tests.model.cells.families import FAMILIES, Family, name_of, random_net


def serra_sum(widths: tuple[int, ...]) -> int:
    """Theorem 1 of Serra et al. 2018 as it is printed, over all tuples."""
    total = 0
    for j in itertools.product(*(range(n + 1) for n in widths)):
        room = [2, *(n - k for n, k in zip(widths, j, strict=True))]
        if all(k <= min([*room[: i + 1], widths[i]]) for i, k in enumerate(j)):
            total += prod(comb(n, k) for n, k in zip(widths, j, strict=True))
    return total


@pytest.mark.parametrize("widths", [(1,), (3,), (2, 2), (3, 1, 4), (1, 5), (4, 3, 2, 2), (2, 6, 1)])
def test_the_bound_of_serra_is_the_sum_of_theorem_1(widths: tuple[int, ...]) -> None:
    assert serra_bound(widths) == serra_sum(widths)


def test_sixteen_units_have_137_cells_or_32_wedges() -> None:
    assert geometric_maximum([16]) == arrangement_cells(16) == 137
    assert geometric_maximum([16], zero_bias=True) == central_arrangement_cells(16) == 32
    assert typical_regions([16]) == 128


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_the_maximum_of_layer_1_is_reached_in_general_position(n: int) -> None:
    weights = random_net((n,), 3)
    wide = (-1e4, 1e4, -1e4, 1e4)
    assert build(weights, wide, layer=1).faces == geometric_maximum([n])
    weights[0][1][:] = 0
    assert build(weights, wide, layer=1).faces == geometric_maximum([n], zero_bias=True)


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_no_network_exceeds_its_bounds(family: Family) -> None:
    weights, window = family(5)
    widths = [len(b) for _, b in weights]
    for layer in range(1, len(weights) + 1):
        counts = count_cells(build(weights, window, layer=layer))
        zero = not any(np.any(b) for _, b in weights[:layer])
        assert counts.patterns <= geometric_maximum(widths[:layer], zero_bias=zero)
        assert counts.patterns <= sign_vectors(widths[layer - 1])
        assert counts.linear_regions <= serra_bound(widths[:layer])
