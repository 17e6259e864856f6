"""`cellscope count`: the linear regions of a network in a file, tile by tile in bounded memory."""

import argparse
import json
import sys
from typing import Any

from cellscope.app.cli.cells_of_graph import plane_of
from cellscope.app.cli.options import add_network, named_errors, read_whole, read_window
from cellscope.app.text.texts import text
from cellscope.model.counting.count import MOST_WORKERS, count
from cellscope.model.files.activation import named
from cellscope.model.own.sources import network_of_file

UNTRUE = 1  # exit status where a check of the certificate fails


def add_count(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    about = text("cli.count")
    command: argparse.ArgumentParser = commands.add_parser("count", help=about, description=about)
    command.set_defaults(command=run_count)
    add_network(command, layer=text("cli.count.layer"))
    command.add_argument("--workers", metavar="N", default="1", help=text("cli.count.workers"))
    command.add_argument("--cluster", metavar="URL", help=text("cli.count.cluster"))
    command.add_argument("--resume", metavar="FILE", help=text("cli.count.resume"))
    command.add_argument("--json", action="store_true", help=text("cli.json"))


def run_count(options: argparse.Namespace) -> int:
    """Read, count, and print the report; what is done is told on a terminal's stderr."""
    window = read_window(options.window)
    workers = read_whole("workers", options.workers, 1, MOST_WORKERS)
    asked = None if options.activation is None else named("activation", options.activation)
    with named_errors(options):
        network = network_of_file(options.network, asked)
    layer = None
    if options.layer is not None:
        layer = read_whole("layer", options.layer, 1, network.layers)
    tell = _tell if sys.stderr.isatty() else None
    with named_errors(options):
        found = count(
            network.module, window=window, layer=layer, plane=plane_of(options, network),
            workers=workers,
            cluster=options.cluster, resume=options.resume, progress=tell,
        )  # fmt: skip
    if tell:
        print("\r\x1b[K", end="", file=sys.stderr)
    if network.cut_off:
        found["cut_off"] = list(network.cut_off)
    print(json.dumps(found, allow_nan=False) if options.json else in_words(found))
    return 0 if all(found["certificate"].values()) else UNTRUE


def _tell(state: dict[str, Any]) -> None:
    line = text("cli.count.progress", **(state | {"percent": 100 * state["share"]}))
    print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def in_words(found: dict[str, Any]) -> str:
    """The report for people, its certificate included."""
    window = " ".join(f"{value!r}" for value in found["window"])
    checks = "\n".join(
        f"  {text(f'cli.count.check.{name}')}: {text(f'cli.count.{str(true).lower()}')}"
        for name, true in found["certificate"].items()
    )
    lines = [text("cli.count.report", **(found | {"window": window, "checks": checks}))]
    if found.get("cut_off"):
        lines.append(text("cli.cells.cut_off", names=", ".join(found["cut_off"])))
    return "\n".join(lines)
