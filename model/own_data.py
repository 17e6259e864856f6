"""`OwnData`: points of one's own, drawn, read from a file, or made by a formula.

A `Spec` holds one, so this is below all else. Two are equal iff all that is in them is.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kind = Literal["drawn", "file", "formula"]
MOST_POINTS, FEWEST_POINTS = 10_000, 2
MOST_CLASSES = 8
FARTHEST = 1e6  # of a coordinate that is not standardised


class OwnData:
    """Read-only points and what they are; of a formula the formula alone.

    Attributes
    ----------
    kind, name : str
        "drawn", "file" or "formula", and the file's name or the formula.
    x : (n, 2) float64
        As they were drawn or stand in the file.
    y : (n,) float64
        Numbers as they stand there; of labels that are words the number of the word.
    words : tuple of str
        The labels that are words, in their order; empty where they are numbers.
    standardise : bool
        Whether coordinates, and a target, are brought to mean 0 and deviation 1 by the training
        points.
    least_classes : int
        At least so many: of drawn points, those that are offered.
    """

    def __init__(
        self,
        kind: Kind,
        x: NDArray[Any],
        y: NDArray[Any],
        *,
        name: str = "",
        words: Sequence[str] = (),
        standardise: bool = False,
        least_classes: int = 2,
    ) -> None:
        self.kind: Kind = kind
        self.name = name
        self.x, self.y = np.array(x, np.float64).reshape(-1, 2), np.array(y, np.float64)
        self.x.flags.writeable = self.y.flags.writeable = False
        self.words = tuple(words)
        self.standardise = standardise
        self.least_classes = least_classes
        self.digest = self._digest()

    def _digest(self) -> str:
        told = (self.kind, self.name, self.words, self.standardise, self.least_classes)
        found = hashlib.blake2b(repr(told).encode(), digest_size=16)
        found.update(self.x.tobytes())
        found.update(self.y.tobytes())
        return found.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnData) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"OwnData({self.kind}, {len(self.x)} points, {self.digest[:8]})"

    @property
    def count(self) -> int:
        return len(self.x)

    @property
    def nbytes(self) -> int:
        return self.x.nbytes + self.y.nbytes

    @cached_property
    def values(self) -> Array:
        """The different labels, sorted."""
        return np.unique(self.y)

    @cached_property
    def classes(self) -> int | None:
        """How many classes the labels make; None: more than there can be, they are numbers."""
        if self.words:
            found = len(self.words)
        elif self.kind == "file":
            found = len(self.values)
        else:
            found = int(self.values[-1]) + 1 if len(self.values) else 0
        found = max(found, self.least_classes)
        return found if found <= MOST_CLASSES else None

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of every point, 0-based: numbers in a file by their order."""
        if self.kind == "file" and not self.words:
            return np.searchsorted(self.values, self.y).astype(np.int64)
        return self.y.astype(np.int64)

    @property
    def targets(self) -> Array:
        """The number of every point: its own, or its class between -1 and 1."""
        if self.words or self.kind == "drawn":
            return 2.0 * self.y / max(1, (self.classes or 2) - 1) - 1.0
        return self.y

    @property
    def farthest(self) -> float:
        """The largest |coordinate|."""
        return float(np.abs(self.x).max(initial=0.0))

    def but(self, *, standardise: bool) -> "OwnData":
        """The same points, standardised or not."""
        return OwnData(
            self.kind,
            self.x,
            self.y,
            name=self.name,
            words=self.words,
            standardise=standardise,
            least_classes=self.least_classes,
        )

    def packed(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "words": list(self.words),
            "standardise": self.standardise,
            "least_classes": self.least_classes,
            "x": base64.b64encode(self.x.tobytes()).decode(),
            "y": base64.b64encode(self.y.tobytes()).decode(),
        }


def unpacked(told: Mapping[str, Any]) -> OwnData:
    """What was packed; a ValueError, KeyError or TypeError if it is something else."""
    kind = told["kind"]
    if kind not in ("drawn", "file", "formula"):
        raise ValueError("kind")
    x = np.frombuffer(base64.b64decode(told["x"]), np.float64).reshape(-1, 2)
    y = np.frombuffer(base64.b64decode(told["y"]), np.float64)
    words = tuple(str(word) for word in told["words"])
    if len(x) != len(y) or len(x) > MOST_POINTS or not np.isfinite(x).all():
        raise ValueError("points")
    return OwnData(
        kind,
        x,
        y,
        name=str(told["name"]),
        words=words,
        standardise=bool(told["standardise"]),
        least_classes=int(told["least_classes"]),
    )
