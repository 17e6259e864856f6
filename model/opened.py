"""A network of one's own, from a file: its numbers, its points, and the plane it is seen in.

It is what an experiment begins with instead of drawn weights. `model.spec` holds one, so this is
below all else and knows nothing of files.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Layers = tuple[tuple[Array, Array], ...]  # (W (fan_out, fan_in), b (fan_out,)), first to last


@dataclass(frozen=True)
class Cut:
    """The plane of the inputs that the picture shows: (x, y) is origin + x · u + y · v."""

    written: str  # how it was asked for: "pca", "inputs 1,2", "points 1,2,3"
    origin: Array = field(compare=False, repr=False)
    u: Array = field(compare=False, repr=False)
    v: Array = field(compare=False, repr=False)

    def compose(self, layers: Layers) -> Layers:
        """The network of the picture's two coordinates: the plane is one more affine step.

        It goes into the first layer's weights, so it costs the engine nothing.
        """
        W, b = (np.asarray(part, np.float64) for part in layers[0])
        seen = W @ np.stack([self.u, self.v], axis=1)
        return ((seen, W @ self.origin + b), *layers[1:])

    def project(self, x: Array) -> tuple[Array, Array]:
        """Where inputs project to, and how far they are from the plane. (n, 2), (n,)"""
        axes = np.stack([self.u, self.v], axis=1)
        offset = x - self.origin
        xy: Array = np.linalg.lstsq(axes, offset.T, rcond=None)[0].T.astype(np.float64)
        away = offset - xy @ axes.T
        return xy, np.hypot.reduce(away, axis=1)  # a square would overflow where this does not


@dataclass(frozen=True)
class Inputs:
    """Points of the network's input space and their classes; `given`: from a file."""

    x: Array  # (n, inputs)
    y: NDArray[np.int64]  # (n,)
    name: str = ""
    given: bool = True
    labelled: bool = True
    left_out: int = 0  # rows of the file in which a value is missing


@dataclass(frozen=True)
class GraphFile:
    """A network that is more than a chain of layers: the file itself, which others read.

    Its layers are its nonlinear steps and the output, as `cellscope.cells` counts them.
    """

    data: bytes = field(repr=False)  # ONNX
    sizes: tuple[int, ...]  # units of every layer, the inputs first
    steps: tuple[str, ...]  # names of the nonlinear steps
    parameters: int
    exact: bool  # whether the cells of all layers are polygons


@dataclass(frozen=True, eq=False)
class Opened:
    """A network from a file. Two are equal iff all that is in them is.

    It has layers, or it is a graph: then it has none, and can only be looked at.
    """

    name: str
    layers: Layers
    activation: str
    inputs: Inputs | None  # None: two inputs, and the page's own data
    notes: tuple[str, ...] = ()  # what is to be said of it: ids of texts
    graph: GraphFile | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the inputs first."""
        if self.graph is not None:
            return self.graph.sizes
        return (self.layers[0][0].shape[1], *(len(b) for _, b in self.layers))

    @property
    def still(self) -> str:
        """Why it can't be trained on: an id of a text, "" if it can."""
        if self.graph is not None:
            return "graph"
        if self.inputs is None:
            return ""
        if not self.inputs.given:
            return "data"
        return "" if self.inputs.labelled else "labels"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is in it."""
        parts = [part for layer in self.layers for part in layer]
        made = hashlib.sha256(f"{self.name}|{self.activation}|{self.notes}".encode())
        if self.inputs is not None:
            made.update(f"{self.inputs.name}|{self.inputs.given}|{self.inputs.labelled}".encode())
            parts += [self.inputs.x, self.inputs.y.astype(np.float64)]
        for part in parts:
            made.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
        if self.graph is not None:
            made.update(f"{self.graph.sizes}".encode() + self.graph.data)
        return made.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opened) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def packed(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        parts = (part for pair in self.layers for part in pair)
        arrays: dict[str, NDArray[Any]] = {f"{k}": part for k, part in enumerate(parts)}
        told: dict[str, Any] = {
            "name": self.name, "activation": self.activation, "notes": list(self.notes)
        }  # fmt: skip
        if self.inputs is not None:
            arrays |= {"x": self.inputs.x, "y": self.inputs.y}
            told["inputs"] = [
                self.inputs.name,
                self.inputs.given,
                self.inputs.labelled,
                self.inputs.left_out,
            ]
        if self.graph is not None:
            arrays["graph"] = np.frombuffer(self.graph.data, np.uint8)
            told["graph"] = {
                "sizes": self.graph.sizes,
                "steps": self.graph.steps,
                "parameters": self.graph.parameters,
                "exact": self.graph.exact,
            }
        stream = BytesIO()
        np.savez_compressed(stream, **arrays)  # pyright: ignore[reportArgumentType]
        return told | {"arrays": base64.b64encode(stream.getvalue()).decode()}

    @staticmethod
    def unpacked(told: dict[str, Any]) -> "Opened":
        """What was packed."""
        with np.load(BytesIO(base64.b64decode(told["arrays"])), allow_pickle=False) as arrays:
            found = {name: np.asarray(arrays[name]) for name in arrays.files}
        pairs = [name for name in found if name.isdecimal()]
        flat = [found[str(k)] for k in range(len(pairs))]
        layers = tuple(zip(flat[::2], flat[1::2], strict=True))
        inputs = None
        if "inputs" in told:
            name, given, labelled, *more = told["inputs"]  # older files do not count the rows
            left_out = int(more[0]) if more else 0
            y = found["y"].astype(np.int64)
            inputs = Inputs(found["x"], y, name, given, labelled, left_out)
        graph = None
        if "graph" in told:
            said = told["graph"]
            graph = GraphFile(
                found["graph"].tobytes(),
                tuple(said["sizes"]),
                tuple(said["steps"]),
                said["parameters"],
                said["exact"],
            )
        return Opened(told["name"], layers, told["activation"], inputs, tuple(told["notes"]), graph)


def split(count: int, share: float) -> tuple[Sequence[int], Sequence[int]]:
    """Which points train and which test, drawn once and for all; of few all do both."""
    order = np.random.default_rng([0, 0xDA7A]).permutation(count).tolist()
    test = max(1, round(share * count))
    return (order[test:], order[:test]) if count > 4 else (order, order)
