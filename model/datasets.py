"""Named 2-D data sets: seeded, standardised, with a held-out test share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellscope.model.formula import evaluated
from cellscope.model.opened import Inputs, split
from cellscope.model.own_data import OwnData
from cellscope.model.spec import Spec

Points = NDArray[np.float64]  # (n, 2)
Labels = NDArray[np.int64]  # (n,)
Targets = NDArray[np.float64]  # (n,)


@dataclass(frozen=True, slots=True)
class Data:
    """Read-only points in standardised units and their classes, or their targets (float64)."""

    train_x: Points
    train_y: NDArray[Any]  # Labels, or Targets of a regression
    test_x: Points
    test_y: NDArray[Any]
    train_away: NDArray[np.float64] | None = None  # how far from the plane that is seen
    test_away: NDArray[np.float64] | None = None

    @property
    def reach(self) -> tuple[float, float]:
        """The smallest and the largest target of the training points, never the same."""
        low, high = float(self.train_y.min()), float(self.train_y.max())
        return (low, high) if low < high else (low - 1.0, high + 1.0)


def split_of(spec: Spec) -> tuple[int, int]:
    """How many points are for training, and how many are held out."""
    if spec.opened is not None and spec.opened.inputs is not None:
        train, test = split(len(spec.opened.inputs.x), spec.test_share)
        return len(train), len(test)
    points = points_of(spec)
    test = held_out(points, spec.test_share)
    return points - test, test


def points_of(spec: Spec) -> int:
    """Training and test points together."""
    own = spec.own
    return spec.samples if own is None or own.kind == "formula" else own.count


def held_out(points: int, share: float) -> int:
    """How many of so many points are test points: at least one, and not all."""
    return min(max(1, round(share * points)), points - 1)


def make_data(spec: Spec) -> Data:
    """The data of a spec; equal specs give bitwise equal data.

    Both coordinates are standardised by the *training* points' own mean and deviation (ddof 0),
    so the mean of |x|² over the training points is 2. A share of the points is held out.
    """
    if spec.opened is not None and spec.opened.inputs is not None:
        return _of_file(spec.opened.inputs, spec.test_share)
    return _make(_settings(spec))


def seen_data(spec: Spec) -> Data:
    """The same in the picture: of a network that is seen in a plane, where they project to.

    Of a network without points there are none: what its signal runs through stands in for them.
    """
    data, cut = make_data(spec), spec.cut
    if not spec.has_points:
        data = Data(data.train_x[:0], data.train_y[:0], data.test_x[:0], data.test_y[:0])
    if cut is None:
        return data
    (train, near), (test, near_test) = cut.project(data.train_x), cut.project(data.test_x)
    return Data(train, data.train_y, test, data.test_y, near, near_test)


class DataSettings(NamedTuple):
    """The settings that drawn data depend on: equal ones give equal data."""

    task: str
    dataset: str
    samples: int
    noise: float
    classes: int
    balance: float
    test_share: float
    data_seed: int
    own: OwnData | None


def _settings(spec: Spec) -> DataSettings:
    return DataSettings(*(getattr(spec, name) for name in DataSettings._fields))


def data_settings(spec: Spec) -> tuple[object, ...]:
    """What the data in the picture depend on: equal ones give equal data."""
    opened = spec.opened
    inputs = None if opened is None or opened.inputs is None else opened.digest
    return (_settings(spec), inputs, spec.cut)


def _of_file(inputs: Inputs, share: float) -> Data:
    """As the file has them: the network is used to their units, and nothing is standardised."""
    train, test = split(len(inputs.x), share)
    return Data(inputs.x[train], inputs.y[train], inputs.x[test], inputs.y[test])


@lru_cache(maxsize=16)
def _make(settings: DataSettings) -> Data:
    rng = np.random.default_rng([settings.data_seed, 0xDA7A])
    if settings.own is not None:
        return _of_own(settings.own, settings, rng)
    points, labels = _drawn(settings, rng)
    points += settings.noise * rng.standard_normal(points.shape)
    order = rng.permutation(settings.samples)
    points, labels = points[order], labels[order]
    test = held_out(settings.samples, settings.test_share)
    train = points[test:]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    points = (points - mean) / np.where(deviation > 0, deviation, 1.0)
    points.flags.writeable = labels.flags.writeable = False
    return Data(points[test:], labels[test:], points[:test], labels[:test])


@dataclass(frozen=True, slots=True)
class Scale:
    """How a column was standardised: (value − mean) / deviation."""

    mean: float
    deviation: float


def own_scales(spec: Spec) -> tuple[Scale, ...]:
    """Of both coordinates, and of the target of a regression; none where nothing is scaled."""
    own = spec.own
    if own is None or not own.standardise:
        return ()
    rng = np.random.default_rng([spec.data_seed, 0xDA7A])
    points, values, test = _own_points(own, _settings(spec), rng)
    columns = [*points[~test].T, *([values[~test]] if spec.is_regression else [])]
    return tuple(map(_scale, columns))


def _scale(column: NDArray[Any]) -> Scale:
    deviation = float(column.std())
    return Scale(float(column.mean()), deviation if deviation > 0 else 1.0)


def _of_own(own: OwnData, settings: DataSettings, rng: np.random.Generator) -> Data:
    """Points of one's own as they are, or standardised by the training points."""
    points, y, test = _own_points(own, settings, rng)
    if own.standardise:
        for k in range(2):
            scale = _scale(points[~test, k])
            points[:, k] = (points[:, k] - scale.mean) / scale.deviation
        if settings.task == "regression":
            scale = _scale(y[~test])
            y = (y - scale.mean) / scale.deviation
    points.flags.writeable = y.flags.writeable = False
    found = (points[~test], y[~test], points[test], y[test])
    for part in found:
        part.flags.writeable = False
    return Data(*found)


def _own_points(
    own: OwnData, settings: DataSettings, rng: np.random.Generator
) -> tuple[Points, NDArray[Any], NDArray[np.bool_]]:
    """Points, what they are, and which are held out."""
    regression = settings.task == "regression"
    if own.kind == "formula":
        points = _scattered(settings.samples, rng)
        values = np.nan_to_num(evaluated(own.name, *points.T), posinf=1e6, neginf=-1e6)
        y = values if regression else formula_classes(values, settings.classes)
        points += settings.noise * rng.standard_normal(points.shape)
    else:
        points, y = own.x.copy(), own.targets.copy() if regression else own.labels
    # The points with the smallest of fixed random numbers: one more point moves at most one other.
    rank = np.random.default_rng([settings.data_seed, 0x7E57]).random(len(points))
    test = np.zeros(len(points), np.bool_)
    test[np.argsort(rank, kind="stable")[: held_out(len(points), settings.test_share)]] = True
    return points, y, test


def out_of_use(spec: Spec) -> frozenset[str]:
    """Settings that say nothing about these points."""
    if spec.opened is not None and spec.opened.inputs is not None:
        return frozenset({"noise", "samples", "balance", "data_seed"})
    if spec.own is not None and spec.own.kind != "formula":
        return frozenset({"noise", "samples", "balance"})
    has_classes = spec.own is None and spec.dataset not in _TARGETS
    return frozenset() if has_classes else frozenset({"balance"})


def formula_classes(values: Targets, classes: int) -> Labels:
    """Of two classes the second where the value is above 0; of more the value is the class."""
    if classes == 2:
        return (values > 0).astype(np.int64)
    return np.clip(np.rint(values), 0, classes - 1).astype(np.int64)


def _drawn(settings: DataSettings, rng: np.random.Generator) -> tuple[Points, Labels | Targets]:
    """Points without noise, and what they are: classes as targets lie between -1 and 1."""
    target, regression = _TARGETS.get(settings.dataset), settings.task == "regression"
    if target is not None:
        points = _scattered(settings.samples, rng)
        values = target(points)
        return points, values if regression else _bands(values, settings.classes)
    labels = class_labels(settings.samples, settings.classes, settings.balance)
    points = _SHAPES[settings.dataset](labels, settings.classes, rng)
    return points, 2.0 * labels / (settings.classes - 1) - 1.0 if regression else labels


def class_labels(samples: int, classes: int, balance: float = 1.0) -> Labels:
    """Classes as equal in number as can be, or from the first to the last ever fewer.

    The last has `balance` points for each of the first, those between follow a geometric series;
    none is empty. Shares are rounded so that they add up (largest remainders).

    >>> np.bincount(class_labels(210, 3, 0.25)).tolist()
    [119, 60, 31]
    """
    if balance == 1.0:
        return np.arange(samples) % classes
    weights = balance ** (np.arange(classes) / (classes - 1))
    shares = (samples - classes) * weights / weights.sum()
    counts = 1 + np.floor(shares).astype(np.int64)
    missing = samples - int(counts.sum())
    counts[np.argsort(np.floor(shares) - shares, kind="stable")[:missing]] += 1
    return np.repeat(np.arange(classes), counts)


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


# As TensorFlow Playground has them (github.com/tensorflow/playground, dataset.ts), at half its
# scale, so that noise means as much as with the sets above.


def _playground_circle(labels: Labels, _classes: int, rng: np.random.Generator) -> Points:
    """A disc inside a ring, dense in the middle: the radius is uniform, not the area."""
    inner, outer = 1.25 * rng.random(len(labels)), rng.uniform(1.75, 2.5, len(labels))
    return _on_circle(np.where(labels == 0, inner, outer), rng)


def _playground_gauss(labels: Labels, classes: int, rng: np.random.Generator) -> Points:
    """Gaussian clouds, of two classes around (1, 1) and (-1, -1)."""
    angle = np.pi / 4 + 2 * np.pi * labels / classes
    centres = np.sqrt(2.0) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + np.sqrt(0.125) * rng.standard_normal((len(labels), 2))


def _playground_spiral(labels: Labels, classes: int, rng: np.random.Generator) -> Points:
    """One arm a class, each one and three quarters of a turn long, dense in the middle."""
    along = rng.random(len(labels))
    angle = 2 * np.pi * (1.75 * along + labels / classes)
    return 2.5 * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)


def _scattered(samples: int, rng: np.random.Generator) -> Points:
    """Points everywhere alike, for targets that are functions of the place."""
    return rng.uniform(-3, 3, (samples, 2))


def _plane(points: Points) -> Targets:
    """A plane that rises along the diagonal, from -1.2 to 1.2."""
    return points.sum(axis=1) / 5


# x, y and sign
_BUMPS = np.array(
    [(-2, 1.25, 1), (0, 1.25, -1), (2, 1.25, 1), (-2, -1.25, -1), (0, -1.25, 1), (2, -1.25, -1)]
)


def _multi_gauss(points: Points) -> Targets:
    """Six cones of height ±1 and radius 1; between them 0."""
    distance = np.linalg.norm(points[:, None] - _BUMPS[:, :2], axis=2)  # (n, 6)
    heights = _BUMPS[:, 2] * np.maximum(0.0, 1.0 - distance)
    return heights[np.arange(len(points)), np.abs(heights).argmax(axis=1)]


def _bands(targets: Targets, classes: int) -> Labels:
    """Classes of equal bands of a target between -1 and 1."""
    band = np.floor((targets + 1.0) / 2.0 * classes).astype(np.int64)
    return np.clip(band, 0, classes - 1)


_SHAPES: dict[str, Callable[[Labels, int, np.random.Generator], Points]] = {
    "moons": _moons,
    "circles": _circles,
    "rings": _rings,
    "spirals": _spirals,
    "blobs": _blobs,
    "xor": _xor,
    "checkerboard": _checkerboard,
    "circle": _playground_circle,
    "gauss": _playground_gauss,
    "spiral": _playground_spiral,
}
_TARGETS: dict[str, Callable[[Points], Targets]] = {
    "plane": _plane,
    "multi-gauss": _multi_gauss,
}
FOR_REGRESSION = tuple(_TARGETS)  # data sets that are functions of the place
