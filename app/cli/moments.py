"""`cellscope moments`: the signal of every layer, measured and predicted."""

import argparse
import json
from typing import Any

from cellscope.app.cli.options import experiment, read_spec, read_whole
from cellscope.app.text.texts import text
from cellscope.model.moments_over_draws import moments_report

MOST_DRAWS = 10_000


def add_moments(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    command = experiment(commands, "moments", run_moments)
    command.add_argument("--draws", default="1", help=text("cli.draws"))
    command.add_argument("--json", action="store_true", help=text("cli.json"))


def run_moments(options: argparse.Namespace) -> int:
    """Moments of every layer, measured and predicted."""
    spec = read_spec(options)
    report = moments_report(spec, read_whole("draws", options.draws, 1, MOST_DRAWS))
    print(json.dumps(report, allow_nan=False) if options.json else moments_table(report))
    return 0


def moments_table(report: dict[str, Any]) -> str:
    """The report for people: a line a layer, before the activation, theory beside it."""
    rows = [text("cli.moments_head")]
    for layer in report["layers"]:
        pre, theory = layer["pre"], layer["theory"]
        predicted = None if theory is None else theory["pre_variance"]
        numbers = (pre["mean"], pre["variance"], pre["data_variance"], predicted)
        shown = ["–" if n is None else f"{n:.4g}" for n in numbers]
        rows.append(f"{layer['layer']:>5} " + " ".join(f"{n:>12}" for n in shown))
    return "\n".join(rows)
