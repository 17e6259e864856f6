"""`cellscope sweep`: a grid of settings, here, in processes or on a cluster; CSV or .npz."""

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cellscope.app.cli.options import experiment, read_spec, read_whole, read_window, write_file
from cellscope.app.features.sweep.sweeps import read_axis
from cellscope.app.text.texts import text
from cellscope.model.spec import SpecError
from cellscope.model.sweeps.executors import (
    Cluster,
    Executor,
    ExecutorLost,
    Here,
    Processes,
    events,
)  # fmt: skip
from cellscope.model.sweeps.kept import Kept
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import AXES, SEEDS, STEPS, Most, Plan
from cellscope.model.sweeps.table import csv_table
from cellscope.model.view import View

MOST = Most(values=256, points=4096)
MOST_WORKERS = 256
OPTIONS = (
    "axis", "values", "second_axis", "second_values", "seeds", "steps", "layer", "workers",
    "cluster", "resume", "out",
)  # fmt: skip


def add_sweep(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    command = experiment(commands, "sweep", run_sweep)
    for name in OPTIONS:
        command.add_argument(f"--{name.replace('_', '-')}", help=text(f"cli.sweep.{name}"))
    command.add_argument(
        "--window", nargs=4, metavar=("X0", "X1", "Y0", "Y1"), help=text("cli.cells.window")
    )
    command.add_argument("--json", action="store_true", help=text("cli.json"))


def run_sweep(options: argparse.Namespace) -> int:
    """Every network of the grid; what is there is kept, whatever happens to who makes it."""
    plan = plan_of(options)
    out = options.out
    if out is not None and Path(out).suffix not in (".csv", ".npz"):
        raise SpecError("out", "sweep_file", out)
    kept = Kept(None if options.resume is None else Path(options.resume), plan)
    executor = _executor(options, plan)
    here = {(network.point, network.k) for network in kept.networks}
    try:
        for _, found in events(plan, executor, here.__contains__):
            kept.add(event for event in found if isinstance(event, Network))
            _tell(len(kept.networks), plan.networks)
    except ExecutorLost as lost:
        field, _, why = str(lost).partition(": ")
        limits: dict[str, Any] = {"done": len(kept.networks), "total": plan.networks}
        raise SpecError(
            field, "sweep_lost", getattr(options, field), reason=why, **limits
        ) from None
    finally:
        _tell(-1, 0)
        executor.close()
    _write(out, plan, kept.networks)
    if options.json or out is None:
        diverged = sum(network.diverged for network in kept.networks)
        counts = {"networks": len(kept.networks), "points": plan.points, "diverged": diverged}
        print(json.dumps(counts) if options.json else text("cli.sweep.done", **counts))
    return 0


def plan_of(options: argparse.Namespace) -> Plan:
    """The grid that the options ask for."""
    try:
        return _plan_of(options)
    except SpecError as error:  # `sweep_axis` on the page is the option `--axis` here
        name = error.field.removeprefix("sweep_")
        raise SpecError(name, error.rule, error.value, **error.limits) from None


def _plan_of(options: argparse.Namespace) -> Plan:
    if options.second_axis is None and options.second_values is not None:
        raise SpecError("second_axis", "choice", "", choices=", ".join(AXES))
    axes = [read_axis(options.axis, options.values, 0)]
    if options.second_axis is not None:
        axes.append(read_axis(options.second_axis, options.second_values, 1))
    window = read_window(options.window)
    view = View(window=window, **_layer(options.layer))  # pyright: ignore[reportArgumentType]
    return Plan(
        spec=read_spec(options),
        view=view,
        axes=tuple(axes),
        seeds=read_whole("seeds", options.seeds or "3", *SEEDS),
        steps=read_whole("steps", options.steps or "300", *STEPS),
        most=MOST,
    )


def _layer(raw: str | None) -> dict[str, int]:
    return {} if raw is None else {"layer": read_whole("layer", raw, 1, 32)}


def _executor(options: argparse.Namespace, plan: Plan) -> Executor:
    workers = read_whole("workers", options.workers or "1", 1, MOST_WORKERS)
    if options.cluster is not None:
        try:
            return Cluster(plan, options.cluster)
        except ValueError as error:
            why = str(error).partition(": ")[2]
            raise SpecError("cluster", "own", options.cluster, reason=why) from None
    return Here(plan) if workers == 1 else Processes(plan, workers)


def _tell(done: int, total: int) -> None:
    if not sys.stderr.isatty():
        return
    line = "" if done < 0 else text("cli.sweep.progress", done=done, total=total)
    print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def _write(out: str | None, plan: Plan, networks: list[Network]) -> None:
    if out is None:
        return
    table = csv_table(plan, networks)
    write_file("out", out, table.encode() if out.endswith(".csv") else as_npz(table))


def as_npz(table: str) -> bytes:
    """The table's columns as arrays: numbers as float64 (none is NaN), words as text."""
    head, *rows = csv.reader(io.StringIO(table))
    columns = {name.split(" [")[0]: [row[k] for row in rows] for k, name in enumerate(head)}
    file = io.BytesIO()
    np.savez_compressed(file, **{name: _array(values) for name, values in columns.items()})  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def _array(values: list[str]) -> Any:
    words = {"true": 1.0, "false": 0.0, "": float("nan")}
    try:
        return np.array([words[v] if v in words else float(v) for v in values])
    except ValueError:
        return np.array(values)
