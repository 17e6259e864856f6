"""`cellscope cells`: count and export the exact cells of a network in a file."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from cellscope.app.cli.cells_of_graph import run_cells_of_graph
from cellscope.app.cli.options import add_network, read_whole, read_window, write_file
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.text.texts import text
from cellscope.model.cells.count.report import (
    Measured,
    cells_report,
    checked_window,
    default_layer,
    measure,
)
from cellscope.model.cells.export.files import complex_json, complex_npz, png
from cellscope.model.cells.export.svg import Style, cells_paint, svg
from cellscope.model.cells.grid.patterns import Float, Weights
from cellscope.model.cells.picture.palette import DARK, LIGHT
from cellscope.model.cells.picture.raster import rasterise
from cellscope.model.files.activation import named
from cellscope.model.files.networks import read_network
from cellscope.model.files.planes import in_plane, load_plane
from cellscope.model.files.points import load_points
from cellscope.model.own.sources import is_onnx
from cellscope.model.spec import SpecError

PALETTES = {"light": LIGHT, "dark": DARK}
PIXELS = (2, 8192)  # per side of a PNG
FILES = ("svg", "png", "npz", "complex_json")


def add_cells(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    about = text("cli.cells")
    command: argparse.ArgumentParser = commands.add_parser("cells", help=about, description=about)
    command.set_defaults(command=run_cells)
    add_network(command, layer=text("cli.cells.layer"))
    command.add_argument("--points", metavar="FILE", help=text("cli.cells.points"))
    command.add_argument("--json", action="store_true", help=text("cli.json"))
    for name in FILES:
        option = f"--{name.replace('_', '-')}"
        command.add_argument(option, metavar="FILE", help=text(f"cli.cells.{name}"))
    command.add_argument("--pixels", metavar="N", default="801", help=text("cli.cells.pixels"))
    command.add_argument("--theme", metavar="THEME", default="light", help=text("cli.cells.theme"))


def run_cells(options: argparse.Namespace) -> int:
    """Read, count, write the files asked for, and print the report last."""
    window = checked_window(read_window(options.window))
    pixels = read_whole("pixels", options.pixels, *PIXELS)
    if options.theme not in PALETTES:
        raise SpecError("theme", "choice", options.theme, choices=", ".join(PALETTES))
    if is_onnx(options.network):
        return run_cells_of_graph(options, pixels)
    asked = None if options.activation is None else named("activation", options.activation)
    plane = None if options.plane is None else load_plane(options.plane)
    network = read_network(options.network, asked, any_inputs=True)
    weights = _in_plane(network.weights, plane)
    layer = default_layer(weights)
    if options.layer is not None:
        layer = read_whole("layer", options.layer, 1, len(weights))
    points = None if options.points is None else load_points(options.points)
    with np.errstate(all="ignore"):  # a diverged network's numbers may leave float64
        measured = measure(weights, window, layer=layer, activation=network.activation)
        report = cells_report(measured, points) | {
            "activation": network.activation,
            "assumed": {"activation": network.activation} if network.assumed else None,
        }
        for name, data in _exports(options, measured, report, points, pixels):
            write_file(name, getattr(options, name), data)
    print(json.dumps(report, allow_nan=False) if options.json else in_words(report))
    return 0


def _in_plane(weights: Weights, plane: tuple[Float, Float, Float] | None) -> Weights:
    """The layers as of two inputs, which need no plane."""
    if plane is not None:
        return in_plane(weights, *plane)
    inputs = weights[0][0].shape[1:]
    if inputs != (2,):
        raise SpecError("plane", "plane_needed", str(inputs))
    return weights


def _exports(
    options: argparse.Namespace,
    measured: Measured,
    report: dict[str, Any],
    points: Float | None,
    pixels: int,
) -> Iterator[tuple[str, bytes]]:
    """(option, bytes) of every file that was asked for."""
    complex, cells = measured.complex, measured.cells
    if options.svg is not None:
        yield "svg", cells_svg(measured, report, points, options.theme).encode()
    if options.png is not None:
        paint = cells_paint(complex, cells)
        title = text("export.title", layer=cells.layer)
        picture = rasterise(complex, paint.colour, pixels, pixels)
        yield "png", png(picture, PALETTES[options.theme], title=title)
    if options.npz is not None:
        yield "npz", complex_npz(complex, cells)
    if options.complex_json is not None:
        yield "complex_json", complex_json(complex, cells).encode()


def cells_svg(measured: Measured, report: dict[str, Any], points: Float | None, theme: str) -> str:
    """The cells as SVG, the data points in ink."""
    ink, surface = THEME_COLOURS[theme]["ink"], THEME_COLOURS[theme]["surface"]
    return svg(
        measured.complex,
        cells_paint(measured.complex, measured.cells),
        title=text("export.title", layer=report["layer"]),
        about=text("export.about", **report),
        style=Style(PALETTES[theme], ink, surface, THEME_COLOURS[theme]["edge"]),
        points=() if points is None else ((points, ink),),
    )


def in_words(report: dict[str, Any]) -> str:
    """The report for people."""
    bounds, filled = report["bounds"], report["filled"]
    window = " ".join(f"{value!r}" for value in report["window"])
    lines = [text("cli.cells.report", **(report | bounds | {"window": window}))]
    if filled is not None:
        lines.append(text("cli.cells.filled", **filled))
    if report["assumed"] is not None:
        lines.append(text("cli.cells.assumed", **report["assumed"]))
    return "\n".join(lines)
