"""A plane in a network's input space: the picture's point (x, y) is origin + x · u + y · v."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.own.graph import Shape

INDEPENDENT = 1e-12  # sine of the angle between u and v, below which they are one direction
FEW_AXES = 64  # up to which all axes are found at once
TOP_AXES = 8  # of a Gram matrix, so that the first two are well told from the next
FAR_APART = 1e-3  # ratio of sizes, below which a Gram matrix loses digits of the smaller
REAL = "biufO"  # kinds of numpy: truth values, whole numbers, floats, objects such as fractions
Triple = tuple[Float, Float, Float]


@dataclass(frozen=True, slots=True)
class Plane:
    """``origin, u, v``: arrays of one input's shape."""

    origin: Float
    u: Float
    v: Float

    @property
    def shape(self) -> Shape:
        """Of one input."""
        return self.origin.shape

    def tensors(self) -> Tensor:
        """origin, u and v. (3, *shape)"""
        return torch.from_numpy(np.stack([self.origin, self.u, self.v]))

    def points(self, xy: Tensor) -> Tensor:
        """The inputs of points of the picture. (n, 2) → (n, *shape)"""
        base = self.tensors().flatten(1)
        return (base[0] + xy @ base[1:]).reshape(-1, *self.shape)

    def project(self, data: Float) -> tuple[Float, Float]:
        """Where inputs project to in the plane, and how far they are from it. (n, 2), (n,)"""
        axes = np.stack([self.u.ravel(), self.v.ravel()], axis=1)
        offset = data.reshape(len(data), self.origin.size) - self.origin.ravel()
        xy: Float = np.linalg.lstsq(axes, offset.T, rcond=None)[0].T.astype(np.float64)
        away = offset - xy @ axes.T
        return xy, np.sqrt((away**2).sum(axis=1))


def as_array(name: str, value: Any) -> Float:
    """Numbers as float64, whatever they came as; what numpy would only make into numbers is none.

    It drops imaginary parts and masks, reads words and dates, and takes None for nan.
    """
    if np.ma.is_masked(value):
        raise ValueError(f"{name}: has numbers that are masked")
    try:
        if isinstance(value, Tensor) and not value.is_complex():
            value = value.detach().to("cpu", torch.float64).to_dense().numpy()
        given = np.asarray(value)
        real = given.dtype.kind in REAL and not (
            given.dtype.kind == "O" and _holds_no_number(given)
        )
        array = given.astype(np.float64) if real else None
    except (TypeError, ValueError, RuntimeError, OverflowError):
        array = None
    if array is None:
        raise ValueError(f"{name}: must be an array of real numbers")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: has a number that is not finite")
    return array


def _holds_no_number(given: NDArray[Any]) -> bool:
    """Whether one of its objects is no number, though numpy would make one of it."""
    return any(value is None or isinstance(value, str | bytes) for value in given.flat)


def checked_plane(plane: Any) -> Plane:
    """The plane of three arrays.

    Raises
    ------
    ValueError
        Naming `plane`: not three arrays of one shape, not finite, u and v not independent.
    """
    try:
        origin, u, v = plane
    except (TypeError, ValueError):
        raise ValueError("plane: must be (origin, u, v), three arrays") from None
    origin, u, v = (as_array("plane", part) for part in (origin, u, v))
    if not origin.shape == u.shape == v.shape:
        shapes = ", ".join(str(part.shape) for part in (origin, u, v))
        raise ValueError(f"plane: origin, u and v must have one shape, not {shapes}")
    if not _independent(u, v):
        raise ValueError("plane: u and v must be independent")
    return Plane(origin, u, v)


def _unit(v: Float) -> Float:
    """Its direction, also where squares are beyond float64."""
    v = v / np.abs(v).max()
    return v / np.linalg.norm(v)


def _independent(u: Float, v: Float) -> bool:
    a, b = (part.ravel() / (np.abs(part).max(initial=0.0) or 1.0) for part in (u, v))
    if not a.any() or not b.any():
        return False
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return bool(np.linalg.norm(b - (a @ b) * a) > INDEPENDENT)


def identity_plane() -> Plane:
    """That of networks of two inputs."""
    return Plane(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]))


def plane_through(a: Any, b: Any, c: Any) -> tuple[Triple, Float]:
    """An orthonormal plane through three inputs, and their coordinates in it.

    Returns
    -------
    (origin, u, v) : arrays of the inputs' shape
        origin is the mean of the three, u points along b − a, v to c's side.
    points : (3, 2) float64

    Raises
    ------
    ValueError
        Naming `points`: shapes that differ, numbers not finite, three points on a line.
    """
    p, q, r = (as_array("points", part) for part in (a, b, c))
    if not p.shape == q.shape == r.shape:
        raise ValueError(f"points: must have one shape, not {p.shape}, {q.shape}, {r.shape}")
    if not _independent(q - p, r - p):
        raise ValueError("points: three points on a line span no plane")
    origin = (p + q + r) / 3
    u, v = _unit(q - p), _unit(r - p)
    for _ in range(2):  # the first leaves rounding in u's direction
        v = _unit(v - np.sum(v * u) * u)
    points = np.array([[np.sum((x - origin) * axis) for axis in (u, v)] for x in (p, q, r)])
    return (origin, u, v), points


def plane_pca(X: Any) -> Triple:
    """The plane of the first two principal components of data (n, *shape), about their mean.

    Raises
    ------
    ValueError
        Naming `X`: fewer than three points, or all on a line.
    """
    data = as_array("X", X)
    if data.ndim < 2 or len(data) < 3:
        raise ValueError("X: at least three points are needed")
    mean = data.mean(axis=0)
    centred = (data - mean).reshape(len(data), -1)
    sizes, axes = _main_axes(centred / (np.abs(centred).max() or 1.0))
    if len(sizes) < 2 or sizes[1] <= INDEPENDENT * sizes[0]:
        raise ValueError("X: all points lie on a line")
    u, v = (axis * np.sign(axis[np.abs(axis).argmax()]) for axis in axes[:2])
    return mean, u.reshape(mean.shape), v.reshape(mean.shape)


def plane_of_inputs(i: int | Sequence[int], j: int | Sequence[int], at: Any) -> Triple:
    """The plane of two inputs, the others fixed at those of `at`: x is input i itself, y input j.

    i and j are numbers of the flattened input, 0-based, or indices into its axes.

    Raises
    ------
    ValueError
        Naming `i`, `j` or `at`.
    """
    origin = as_array("at", at).copy()
    places: list[int] = []
    for name, index in (("i", i), ("j", j)):
        try:
            flat = np.arange(origin.size).reshape(origin.shape)
            place = (
                flat.ravel()[index] if isinstance(index, int | np.integer) else flat[tuple(index)]
            )
        except (IndexError, TypeError, ValueError):
            raise ValueError(f"{name}: {index!r} is no input of {origin.shape}") from None
        if np.ndim(place):
            raise ValueError(f"{name}: {index!r} is no single input of {origin.shape}")
        places.append(int(place))
    if places[0] == places[1]:
        raise ValueError(f"j: must be another input than i, {i!r}")
    axes: list[NDArray[np.float64]] = []
    for place in places:
        axis = np.zeros(origin.size)
        axis[place] = 1.0
        axes.append(axis.reshape(origin.shape))
        origin.ravel()[place] = 0.0
    return origin, axes[0], axes[1]


def _main_axes(rows: Float) -> tuple[Float, Float]:
    """The largest singular values (k,) of rows (n, d) with their axes (k, d), at least two.

    All of them, of thousands of images, take minutes: there the shorter side's Gram matrix tells
    where the largest few are. It squares the sizes, so it is trusted with none that are far apart.
    """
    if min(rows.shape) > FEW_AXES:
        tall = rows.shape[0] > rows.shape[1]
        top = np.linalg.eigh(rows.T @ rows if tall else rows @ rows.T)[1][:, -TOP_AXES:]
        span = np.linalg.qr(top if tall else rows.T @ top)[0]
        _, sizes, turned = np.linalg.svd(rows @ span, full_matrices=False)
        if sizes[1] > FAR_APART * sizes[0]:
            return sizes, turned @ span.T
    _, sizes, axes = np.linalg.svd(rows, full_matrices=False)
    return sizes, axes
