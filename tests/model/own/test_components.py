"""The plane of the first two principal components, of few and of many inputs."""

from typing import Any

import numpy as np
import pytest

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.own.plane import plane_pca


def spread(samples: int, inputs: int, second: float, size: float) -> Float:
    """Data whose deviations are 30, 30 · second, and at most 1 along all other directions."""
    rng = np.random.default_rng(samples)
    k = min(samples, inputs)
    along = np.r_[30.0, 30.0 * second, np.full(k - 2, min(1.0, second))]
    axes = np.linalg.qr(rng.normal(size=(inputs, k)))[0].T
    return size * (rng.normal(size=(samples, k)) * along @ axes + 1.0)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e150])
@pytest.mark.parametrize("second", [1.0, 0.5, 1e-2, 1e-5])
@pytest.mark.parametrize(("samples", "inputs"), [(9, 5), (300, 200), (200, 300), (66, 900)])
def test_the_plane_is_that_of_the_two_largest_deviations(
    samples: int, inputs: int, second: float, size: float
) -> None:
    data = spread(samples, inputs, second, size)
    origin, *axes = plane_pca(data)
    centred = data / size - (data / size).mean(axis=0)
    right = np.linalg.svd(centred, full_matrices=False)[2]
    assert np.allclose(origin, data.mean(axis=0), rtol=1e-12, atol=0)
    for axis, expected in zip(axes, right[:2], strict=True):
        assert np.allclose(axis, expected * np.sign(expected @ axis), rtol=0, atol=1e-9 / second)


def test_of_thousands_of_images_not_all_components_are_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decomposed = list[int]()
    svd: Any = np.linalg.svd

    def counted(rows: Float, **named: Any) -> Any:
        decomposed.append(min(rows.shape))
        return svd(rows, **named)

    monkeypatch.setattr(np.linalg, "svd", counted)
    plane_pca(spread(300, 200, 0.5, 1.0).reshape(300, 8, 25))
    assert max(decomposed) < 20  # it was 200: of 3072 that takes a minute
