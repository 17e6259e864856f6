"""`Cells`: a network's cells in Python, with the counts, the map at a point, picture and files."""

import base64
import json
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cellscope.app.own.figure import figure
from cellscope.model.counting.sending import from_bytes, to_bytes
from cellscope.model.own.cells import Shown, show
from cellscope.model.own.files import drawing, json_text, npz, picture
from cellscope.model.own.plane import as_array
from cellscope.model.own.result import ExactCells, Ids, sides_of
from cellscope.model.own.surroundings import on_cpu
from cellscope.model.spec_error import shorten


class Cells:
    """The cells of one layer of a network, in a window of a plane of its inputs.

    Attributes
    ----------
    exact : bool
        Whether the counts are exact; else they are of a grid, and there may be more.
    layer : int
    layers : list of str
        The nonlinear steps in the order of execution, then the output.
    window : (x0, x1, y0, y1)
    patterns : int
        Distinct patterns of the layer alone.
    connected_regions : int
        Connected sets of points of one pattern.
    linear_regions : int
        Distinct joint patterns of layers 1 … layer.
    area : float
        The window's.
    filled : dict or None
        Of the `points` given: ``points`` inside the window, ``patterns`` and ``linear_regions``
        that hold one.
    distances : (n,) array or None
        How far the `data` given are from the plane.
    cut_off : tuple of str
        Of an .onnx file, the operations behind its output, which make labels of it.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        counts = shown.result.counts
        self.exact = shown.result.exact
        self.layer = shown.result.layer
        self.layers = [*shown.graph.names, "output"]
        self.window = shown.window
        self.patterns = counts.patterns
        self.connected_regions = counts.regions
        self.linear_regions = counts.linear_regions
        x0, x1, y0, y1 = shown.window
        self.area = (x1 - x0) * (y1 - y0)
        self.filled = shown.filled
        self.distances = shown.distances
        self.cut_off = shown.cut_off

    def __repr__(self) -> str:
        least = "" if self.exact else "≥ "
        return (
            f"Cells(layer {self.layer} of {len(self.layers)}, patterns {least}{self.patterns}, "
            f"connected regions {least}{self.connected_regions}, "
            f"linear regions {least}{self.linear_regions})"
        )

    def __reduce__(self) -> tuple[Callable[[bytes], "Cells"], tuple[bytes]]:
        """For processes with the same Cellscope, a pool's workers say. Files are `save`'s."""
        return _arrived, (to_bytes(self._shown),)

    @on_cpu()
    def ids(self, width: int = 401, height: int = 401) -> Ids:
        """One number per pattern at the points of a grid. (height, width) int64

        Column c lies at x0 + c·(x1 − x0)/(width − 1), row r at y0 + r·(y1 − y0)/(height − 1). A
        point on a fold whose pattern has no area gets −1.
        """
        for name, value in (("width", width), ("height", height)):
            if not isinstance(value, int | np.integer) or value < 2:
                raise ValueError(f"{name}: must be a whole number from 2, not {value!r}")
        return self._shown.result.ids(int(width), int(height))

    @on_cpu()
    def affine(self, x: float, y: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A (outputs, 2) and d (outputs,) of the linear region of all steps at (x, y).

        There the network's output, flattened and without a final softmax, is A · (x, y) + d. On
        a fold the tie rules decide.
        """
        point = as_array("affine", (x, y))
        if point.shape != (2,):
            raise ValueError(f"affine: must be a point, not ({shorten(x)}, {shorten(y)})")
        return self._shown.affine(*point.tolist())

    @on_cpu()
    def plot(self) -> go.Figure:
        """The picture with its boundaries; data are paler the further they are from the plane."""
        return figure(self._shown, repr(self))

    @on_cpu()
    def save(self, path: str | PathLike[str]) -> None:
        """Write the cells to a file: .svg, .png, .json or .npz (docs/own-networks.md)."""
        target, suffix = Path(path), Path(path).suffix.lower()
        if suffix == ".svg":
            target.write_text(drawing(self._shown, repr(self)), encoding="utf-8")
        elif suffix == ".png":
            target.write_bytes(picture(self._shown))
        elif suffix == ".json":
            target.write_text(json_text(self._shown), encoding="utf-8")
        elif suffix == ".npz":
            target.write_bytes(npz(self._shown))
        else:
            raise ValueError(f"path: must end in .svg, .png, .json or .npz, not {str(path)!r}")

    @on_cpu()
    def to_networkx(self) -> Any:
        """The dual graph: linear regions are its nodes, their shared sides its edges.

        Nodes are 0 … linear_regions − 1, with `area`, `centroid`, `pattern` and `connected_region`;
        edges have `layer` and `unit` of the line that cut here first, and `length`.
        """
        import networkx

        result = self._shown.result
        if not isinstance(result, ExactCells):
            raise ValueError("to_networkx: a network with a smooth step has no linear regions")
        graph: Any = networkx.Graph()
        complex, own = result.complex, result.cells
        rows = zip(
            complex.areas.tolist(), complex.centroids.tolist(), own.pattern.tolist(),
            own.region.tolist(), strict=True,
        )  # fmt: skip
        for face, (area, centroid, pattern, region) in enumerate(rows):
            graph.add_node(
                face, area=area, centroid=tuple(centroid), pattern=pattern, connected_region=region
            )
        sides = sides_of(complex)
        for a, b, layer, unit, length in sides:
            if graph.has_edge(a, b):
                graph[a][b]["length"] += length
            else:
                graph.add_edge(a, b, layer=layer, unit=unit, length=length)
        return graph

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """For notebooks: Plotly's figure, and a PNG where that is not drawn."""
        del include, exclude
        return {
            "application/vnd.plotly.v1+json": json.loads(str(self.plot().to_json())),
            "image/png": base64.b64encode(picture(self._shown, 401)).decode(),
            "text/plain": repr(self),
        }


def cells(
    network: Any,
    *,
    window: Any = (-5, 5, -5, 5),
    layer: int | None = None,
    plane: Any = None,
    points: Any = None,
    data: Any = None,
    budget: int | None = None,
) -> Cells:
    """The exact cells of a network in a window of a plane of its inputs.

    Parameters
    ----------
    network : nn.Module, path, or list of ``(W, b)``
        A module is evaluated as in `eval()` mode and left as it was; numbers are taken exactly and
        computed in float64. A fitted MLPClassifier or MLPRegressor of scikit-learn will do, too.
    window : (x0, x1, y0, y1)
    layer : int, optional
        1 … L: the nonlinear steps in the order of execution, then the output. Default: the last
        nonlinear step.
    plane : (origin, u, v), optional
        Arrays of one input's shape: the picture's point (x, y) is origin + x · u + y · v.
        Networks of two inputs need none.
    points : (n, 2), optional
        In the picture's coordinates, for `Cells.filled`.
    data : (n, *input shape), optional
        Projected to the plane and drawn; `Cells.distances` says how far they are from it.
    budget : int, optional
        The most faces. Default: what fits 2 GiB.

    Raises
    ------
    UnsupportedLayer
        An operation without exact cells.
    BudgetExceeded
    ValueError
        Naming what is wrong.
    """
    return Cells(
        show(
            network, window=window, layer=layer, plane=plane, points=points, data=data,
            budget=budget,
        )
    )  # fmt: skip


def _arrived(sent: bytes) -> Cells:
    return Cells(from_bytes(sent))
