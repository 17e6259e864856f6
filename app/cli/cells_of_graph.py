"""`cellscope cells` of an .onnx file: any graph of steps, in any plane of its inputs."""

import argparse
import json
import time
from typing import Any

import numpy as np

from cellscope.app.cli.options import named_errors, read_whole, read_window, write_file
from cellscope.app.text.texts import text
from cellscope.model.cells.count.report import checked_window, whole
from cellscope.model.files.planes import load_plane
from cellscope.model.files.points import load_points
from cellscope.model.own.cells import Shown, show
from cellscope.model.own.files import drawing, json_text, npz, picture
from cellscope.model.own.graph import Choice, Graph, Kinks
from cellscope.model.own.sources import FileNetwork, network_of_file
from cellscope.model.spec import SpecError


def run_cells_of_graph(options: argparse.Namespace, pixels: int) -> int:
    """Read, count, write the files asked for, and print the report last."""
    window = checked_window(read_window(options.window))
    with named_errors(options):
        network = network_of_file(options.network)
    layer = None
    if options.layer is not None:
        layer = read_whole("layer", options.layer, 1, network.layers)
    points = None if options.points is None else load_points(options.points)
    began = time.perf_counter()
    with named_errors(options), np.errstate(all="ignore"):
        shown = show(
            network.module, window=window, layer=layer, plane=plane_of(options, network),
            points=points,
        )  # fmt: skip
        report = _report(shown, network, began)
        for name, data in _exports(options, shown, pixels):
            write_file(name, getattr(options, name), data)
    print(json.dumps(report, allow_nan=False) if options.json else in_words(report))
    return 0


def plane_of(options: argparse.Namespace, network: FileNetwork) -> Any:
    """The plane asked for; None where two inputs need none.

    Raises
    ------
    SpecError
        Field ``plane``: there must be one, or it is not of this network's inputs.
    """
    if options.plane is not None:
        return network.plane(*load_plane(options.plane))
    if network.inputs != (2,):
        raise SpecError("plane", "plane_needed", str(network.inputs))
    return None


def _report(shown: Shown, network: FileNetwork, began: float) -> dict[str, Any]:
    """As of other networks; what has no formula for such a graph is null."""
    result, counts = shown.result, shown.result.counts
    x0, x1, y0, y1 = shown.window
    bounds = {
        "sign_vectors": whole(_sign_vectors(shown.graph, result.layer)),
        "geometric_maximum": None,
        "typical": None,
    }
    return {
        "layer": result.layer,
        "window": list(shown.window),
        "exact": result.exact,
        "patterns": counts.patterns,
        "connected_regions": counts.regions,
        "linear_regions": counts.linear_regions,
        "area": (x1 - x0) * (y1 - y0),
        "filled": shown.filled,
        "bounds": bounds,
        "seconds": time.perf_counter() - began,
        "activation": None,
        "assumed": None,
        "layers": [*shown.graph.names, "output"],
        "cut_off": list(network.cut_off),
    }


def _sign_vectors(graph: Graph, layer: int) -> int:
    """All patterns that the units of a layer could make if they were free."""
    kind = graph.kind(layer)
    if isinstance(kind, Choice):
        total = 1
        for choices in (kind.candidates >= 0).sum(axis=1).tolist():
            total *= int(choices)
        return total
    assert isinstance(kind, Kinks)
    return (len(kind.kinks) + 1) ** graph.units(layer)


def _exports(options: argparse.Namespace, shown: Shown, pixels: int) -> Any:
    title = text("export.title", layer=shown.result.layer)
    if options.svg is not None:
        yield "svg", drawing(shown, title).encode()
    if options.png is not None:
        yield "png", picture(shown, pixels)
    if options.npz is not None:
        yield "npz", npz(shown)
    if options.complex_json is not None:
        yield "complex_json", json_text(shown).encode()


def in_words(report: dict[str, Any]) -> str:
    """The report for people."""
    window = " ".join(f"{value!r}" for value in report["window"])
    least = "" if report["exact"] else "≥ "
    values = {"window": window, "least": least, "name": report["layers"][report["layer"] - 1]}
    lines = [text("cli.cells.graph", **(report | values))]
    if report["filled"] is not None:
        lines.append(text("cli.cells.filled", **report["filled"]))
    if report["cut_off"]:
        lines.append(text("cli.cells.cut_off", names=", ".join(report["cut_off"])))
    return "\n".join(lines)
