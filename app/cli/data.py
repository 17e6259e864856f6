"""`cellscope data`: what a server has stored: list, export, purge."""

import argparse
import errno
import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import numpy as np

from cellscope.app.cli.options import Parser, given, read_whole
from cellscope.app.session.store import Row, Store
from cellscope.app.text.texts import text
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.spec import SpecError
from cellscope.model.training.held import unpack
from cellscope.model.training.learner import layer_blocks, with_ones
from cellscope.model.training.normalisation import folded_theta


def add_data(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    about = text("cli.data_command")
    command: Parser = commands.add_parser("data", help=about, description=about)
    works = command.add_subparsers(required=True, metavar="WORK", parser_class=Parser)
    for name, run in (("list", run_list), ("export", run_export), ("purge", run_purge)):
        work: Parser = works.add_parser(name, help=text(f"cli.data_{name}"))
        work.set_defaults(command=run)
        work.add_argument("--data", help=text("cli.data"))
        work.add_argument("--json", action="store_true", help=text("cli.json"))
        if name != "list":
            work.add_argument("--id", help=text("cli.data_id"))
        if name == "export":
            work.add_argument("--out", help=text("cli.data_out"))
        if name == "purge":
            work.add_argument("--all", action="store_true", help=text("cli.data_all"))
            work.add_argument("--days", help=text("cli.data_days"))


def run_list(options: argparse.Namespace) -> int:
    """One line for each experiment, those used last first."""
    store = _store(options)
    rows = [_summary(row, store) for row in _told(store.rows)]
    if options.json:
        print(json.dumps({"experiments": rows}))
        return 0
    for said in rows:
        print(*(said[name] for name in ("id", "used", "step", "hidden", "bytes")), sep="\t")
    return 0


def run_export(options: argparse.Namespace) -> int:
    """One experiment's network as a file that `cellscope cells` reads."""
    row = _row(options)
    out = Path(options.out or f"{row.id}.npz")
    network = unpack(row.words, row.numbers).networks[0]
    arrays: dict[str, Any] = {"activation": np.array(network.spec.activation)}
    spec, theta = network.spec, network.state.theta
    if spec.normalised:
        theta = folded_theta(spec, theta, with_ones(train_inputs(spec, make_data(spec))))
    for k, block in enumerate(layer_blocks(theta, spec.sizes)):
        arrays |= {f"W{k}": block[:, :-1].numpy(), f"b{k}": block[:, -1].numpy()}
    arrays["settings"] = np.array(json.dumps(_summary(row, _store(options)) | row.settings))
    np.savez(out, **arrays)
    print(json.dumps({"file": str(out)}) if options.json else out)
    return 0


def run_purge(options: argparse.Namespace) -> int:
    """Delete one, those that nobody has used for so many days, or all."""
    store = _store(options)
    if sum(one is not None for one in (options.id, options.days)) + options.all != 1:
        raise SpecError("purge", "one_of", "", choices="--id, --days, --all")
    if options.id is not None:
        deleted = _told(lambda: store.forget(options.id))
    else:
        days = 0 if options.all else read_whole("days", options.days, 0, 36_500)
        until = time.time() + (1e9 if options.all else 0.0)
        deleted = _told(lambda: store.expire(until, days))
    print(json.dumps({"deleted": deleted}) if options.json else deleted)
    return 0


def _store(options: argparse.Namespace) -> Store:
    folder = given(options.data, "CELLSCOPE_DATA", "")
    if not folder or not Path(folder).is_dir():
        there = bool(folder) and Path(folder).exists()
        why = os.strerror(errno.ENOTDIR if there else errno.ENOENT)
        raise SpecError("data", "no_folder", folder, why=why)
    return Store(Path(folder))


def _row(options: argparse.Namespace) -> Row:
    row = _told(lambda: _store(options).read(options.id or ""))
    if row is None:
        raise SpecError("id", "no_experiment", options.id or "")
    return row


def _told(work: Any) -> Any:
    try:
        return work()
    except sqlite3.Error as error:
        raise SpecError("data", "unreadable", str(error)) from None


def _summary(row: Row, store: Store) -> dict[str, Any]:
    held = unpack(row.words, row.numbers)
    return {
        "id": row.id,
        "created": _date(row.created),
        "used": _date(row.used),
        "step": held.step,
        "status": held.status,
        "hidden": ",".join(map(str, held.networks[0].spec.sizes[1:-1])),
        "networks": len(held.networks),
        "bytes": len(row.words) + len(row.numbers) + store.past_bytes(row.id),
    }


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
