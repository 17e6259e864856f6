"""`cellscope train`: train without a page."""

import argparse
import json
from math import isfinite
from typing import Any

from cellscope.app.cli.options import experiment, read_spec, read_whole
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.training.run import train

MOST_STEPS = 100_000_000


def add_train(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    command = experiment(commands, "train", run_train)
    command.add_argument("--steps", default="1000", help=text("cli.steps"))
    command.add_argument("--json", action="store_true", help=text("cli.json"))


def run_train(options: argparse.Namespace) -> int:
    """Train and print how it went."""
    spec = read_spec(options)
    result = finite(train(spec, read_whole("steps", options.steps, 0, MOST_STEPS)))
    as_json = json.dumps(result, allow_nan=False) if options.json else None
    print(as_json or text(of_task("cli.trained", spec), **result))
    return 0


def finite(values: dict[str, Any]) -> dict[str, Any]:
    """The values with null for what JSON has no number for."""
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in values.items()
    }
