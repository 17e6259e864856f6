"""The engine held to an independent count in fractions, and to the module's own numbers."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch

from cellscope.model.counting.count import count
from cellscope.model.own.cells import Shown, show
from cellscope.model.own.plane import Triple
from cellscope.model.own.result import ExactCells
from tests.model.own.programs import KINDS, Case
from tests.model.own.rational import Map, counts, pieces

Kind = Callable[[int], Case]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
WINDOW = (-3.0, 3.0, -2.5, 2.75)


def plane_of(case: Case, seed: int) -> tuple[Triple | None, list[Map]]:
    """A plane of small whole numbers, and its maps in fractions."""
    if case.shape == (2,):
        one, zero = Fraction(1), Fraction(0)
        return None, [(one, zero, zero), (zero, one, zero)]
    rng = np.random.default_rng(seed)
    origin = rng.integers(-2, 3, case.shape) / 2
    u, v = (rng.integers(-2, 3, case.shape).astype(float) for _ in range(2))
    u.flat[0], v.flat[0], u.flat[1], v.flat[1] = 1.0, 0.0, 0.0, 1.0
    flat = zip(u.ravel(), v.ravel(), origin.ravel(), strict=True)
    return (origin, u, v), [(Fraction(a), Fraction(b), Fraction(c)) for a, b, c in flat]


def shown(case: Case, layer: int, seed: int) -> Shown:
    plane, _ = plane_of(case, seed)
    return show(case.module, window=WINDOW, layer=layer, plane=plane)


def agrees(case: Case, layer: int, seed: int) -> None:
    found = shown(case, layer, seed).result.counts
    expected = counts(pieces(case.program, plane_of(case, seed)[1], WINDOW, layer))
    assert (found.patterns, found.regions, found.linear_regions) == expected


def layers_of(case: Case) -> int:
    return 1 + sum(step.affine is None for step in case.program)


@kinds
def test_every_kind_of_step_has_the_cells_that_fractions_count(kind: Kind) -> None:
    for seed in range(2):
        case = kind(seed)
        for layer in range(1, layers_of(case) + 1):
            agrees(case, layer, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
@kinds
def test_many_networks_of_every_kind_have_the_cells_that_fractions_count(
    kind: Kind, seed: int
) -> None:
    case = kind(seed)
    for layer in range(1, layers_of(case) + 1):
        agrees(case, layer, seed)


@kinds
def test_points_of_a_cell_have_the_pattern_that_the_module_gives_them(kind: Kind) -> None:
    case = kind(3)
    for layer in range(1, layers_of(case) + 1):
        seen = shown(case, layer, 3)
        assert isinstance(seen.result, ExactCells)
        ids = seen.result.ids(23, 19)
        x, y = np.linspace(*WINDOW[:2], 23), np.linspace(*WINDOW[2:], 19)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        [own] = seen.result.at.pieces(points, [layer])
        _, named = np.unique(own, axis=0, return_inverse=True)
        inside = ids.ravel() >= 0
        pairs = set(zip(named[inside].tolist(), ids.ravel()[inside].tolist(), strict=True))
        assert len({a for a, _ in pairs}) == len(pairs) == len({b for _, b in pairs})


@kinds
def test_the_map_at_a_point_is_the_module_s_own_output_there(kind: Kind) -> None:
    case = kind(4)
    seen = shown(case, 1, 4)
    rng = np.random.default_rng(4)
    for x, y in rng.uniform(-2.5, 2.5, (10, 2)):
        A, d = seen.affine(x, y)
        inputs = seen.plane.points(torch.tensor([[x, y]], dtype=torch.float64))
        with torch.no_grad():
            own = case.module.double().eval()(inputs).flatten().numpy()
        assert A @ [x, y] + d == pytest.approx(own, abs=1e-9, rel=1e-9)


def test_a_unit_may_choose_from_more_numbers_than_a_byte_counts() -> None:
    angles = torch.linspace(0, 2 * torch.pi, 301, dtype=torch.float64)[:-1]
    every = torch.nn.Linear(2, 300, bias=False, dtype=torch.float64)
    with torch.no_grad():
        every.weight.copy_(torch.stack([angles.cos(), angles.sin()], dim=1))
    pooled = torch.nn.Sequential(every, torch.nn.Unflatten(1, (1, 300)), torch.nn.MaxPool1d(300))
    seen = show(pooled, window=(-1, 1, -1.1, 1.2), layer=1)
    assert isinstance(seen.result, ExactCells)
    assert seen.result.counts.patterns == 300  # each direction's own sector
    assert len(np.unique(seen.result.pieces(1))) == 300
    assert count(pooled, window=(-1, 1, -1.1, 1.2), layer=1)["linear_regions"] == 300
