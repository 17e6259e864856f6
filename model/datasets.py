"""Named 2-D data sets: seeded, standardised, with a held-out test share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellscope.model.spec import Spec

Points = NDArray[np.float64]  # (n, 2)
Labels = NDArray[np.int64]  # (n,)
TEST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Data:
    """Read-only points in standardised units and their classes."""

    train_x: Points
    train_y: Labels
    test_x: Points
    test_y: Labels


def held_out(samples: int) -> int:
    """How many of the samples are test points."""
    return max(1, round(TEST_SHARE * samples))


def make_data(spec: Spec) -> Data:
    """The data of a spec; equal specs give bitwise equal data.

    Both coordinates are standardised by the *training* points' own mean and deviation (ddof 0),
    so the mean of |x|² over the training points is 2. A quarter of the points is held out.
    """
    return _make(*data_settings(spec))


def data_settings(spec: Spec) -> tuple[str, int, float, int, int]:
    """The settings that the data depend on: equal ones give equal data."""
    return spec.dataset, spec.samples, spec.noise, spec.classes, spec.data_seed


@lru_cache(maxsize=16)
def _make(dataset: str, samples: int, noise: float, classes: int, seed: int) -> Data:
    rng = np.random.default_rng([seed, 0xDA7A])
    labels = np.arange(samples) % classes  # as equal in number as can be
    points = _SHAPES[dataset](labels, classes, rng)
    points += noise * rng.standard_normal(points.shape)
    order = rng.permutation(samples)
    points, labels = points[order], labels[order]
    test = held_out(samples)
    train = points[test:]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    points = (points - mean) / np.where(deviation > 0, deviation, 1.0)
    points.flags.writeable = labels.flags.writeable = False
    return Data(points[test:], labels[test:], points[:test], labels[:test])


def _moons(labels: Labels, _classes: int, rng: np.random.Generator) -> Points:
    """Two interleaving half circles."""
    angle = np.pi * rng.random(len(labels))
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(labels[:, None] == 0, upper, lower)


def _on_circle(radius: NDArray[np.float64], rng: np.random.Generator) -> Points:
    angle = 2 * np.pi * rng.random(len(radius))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _circles(labels: Labels, _classes: int, rng: np.random.Generator) -> Points:
    """A disc inside a ring."""
    inner = np.sqrt(rng.random(len(labels)))
    return _on_circle(np.where(labels == 0, inner, 1.7 + 0.3 * rng.random(len(labels))), rng)


def _rings(labels: Labels, _classes: int, rng: np.random.Generator) -> Points:
    """Concentric rings, one class each."""
    return _on_circle(0.5 + labels.astype(float), rng)


def _spirals(labels: Labels, classes: int, rng: np.random.Generator) -> Points:
    """One arm a class, each one turn long."""
    along = np.sqrt(rng.random(len(labels)))
    angle = 2 * np.pi * (along + labels / classes)
    return 2.5 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _blobs(labels: Labels, classes: int, rng: np.random.Generator) -> Points:
    """Gaussian clouds around the corners of a regular polygon."""
    angle = 2 * np.pi * labels / classes
    centres = 2.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + 0.35 * rng.standard_normal((len(labels), 2))


def _xor(labels: Labels, _classes: int, rng: np.random.Generator) -> Points:
    """Class 0 where the coordinates' signs agree, class 1 where they differ."""
    points = rng.uniform(-1, 1, (len(labels), 2))
    wrong = (points[:, 0] * points[:, 1] < 0) != (labels == 1)
    points[wrong, 0] *= -1
    return points


def _checkerboard(labels: Labels, classes: int, rng: np.random.Generator) -> Points:
    """A board of 4 × 4 squares (as many as classes where there are more than 4)."""
    side = max(4, classes)
    row = rng.integers(0, side, len(labels))
    column = (labels - row) % classes  # the square (row, column) has class (row + column) mod k
    column += classes * rng.integers(0, 1 + (side - 1 - column) // classes)
    return np.stack([column, row], axis=1) + rng.random((len(labels), 2))


_SHAPES: dict[str, Callable[[Labels, int, np.random.Generator], Points]] = {
    "moons": _moons,
    "circles": _circles,
    "rings": _rings,
    "spirals": _spirals,
    "blobs": _blobs,
    "xor": _xor,
    "checkerboard": _checkerboard,
}
