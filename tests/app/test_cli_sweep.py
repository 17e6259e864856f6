"""`cellscope sweep`: the same numbers wherever they are made, whoever dies meanwhile."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.app.cli.commands import main
from cellscope.model.spec import Spec, SpecError
from cellscope.model.sweeps import executors
from cellscope.model.sweeps.executors import Here, Processes, events
from cellscope.model.sweeps.kept import Kept
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Axis, Most, Plan
from cellscope.model.view import View

GRID = ("--axis", "weight_variance", "--values", "1/16, 1, 4", "--seeds", "2", "--steps", "5")
SMALL = ("--width", "4", "--depth", "3", "--samples", "60")
PLAN = Plan(
    spec=Spec(width=4, depth=3, samples=60),
    view=View(),
    axes=(Axis("weight_variance", (0.0625, 1.0, 4.0)),),
    seeds=2,
    steps=5,
)


def sweep(*options: str) -> int:
    return main(["sweep", *SMALL, *GRID, *options])


def networks(found: list[Any]) -> list[Network]:
    each = (event for _, events_ in found for event in events_ if isinstance(event, Network))
    return sorted(each, key=lambda n: (n.point, n.k))


def test_a_table_has_a_row_for_each_network(tmp_path: Path):
    assert sweep("--out", str(tmp_path / "s.csv")) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "s.csv").read_text())))
    assert [float(row["weight_variance"]) for row in rows] == [0.0625, 0.0625, 1, 1, 4, 4]
    assert sweep("--out", str(tmp_path / "s.npz")) == 0
    with np.load(tmp_path / "s.npz") as arrays:
        assert arrays["weight_variance"].tolist() == [0.0625, 0.0625, 1, 1, 4, 4]
        assert arrays["train_loss_end"].tolist() == [
            float(row["train_loss_end [nat]"] or "nan") for row in rows
        ]


@pytest.mark.long
def test_processes_find_what_this_one_does_also_when_one_is_killed():
    alone = networks(list(events(PLAN, Here(PLAN))))
    apart = Processes(PLAN, 2)
    killed = False
    found: list[Any] = []
    try:
        for answer in events(PLAN, apart):
            found.append(answer)
            if not killed:
                killed = True
                next(iter(apart.running())).kill()
    finally:
        apart.close()
    assert networks(found) == alone
    assert len(alone) == PLAN.networks


def test_a_sweep_that_was_broken_off_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    file, whole, halves = (tmp_path / name for name in ("kept", "whole.csv", "halves.csv"))
    assert sweep("--out", str(whole)) == 0
    assert sweep("--resume", str(file), "--out", str(halves)) == 0
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:4]) + '\n{"point": 1, "k"')  # a crash in the fourth line
    made: list[object] = []
    real = Here.give

    def counted(self: Here, place: tuple[int, int]) -> None:
        made.append(place)
        real(self, place)

    monkeypatch.setattr(Here, "give", counted)
    assert sweep("--resume", str(file), "--out", str(halves), "--json") == 0
    assert len(made) == 3
    assert halves.read_bytes() == whole.read_bytes()
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["networks"] == 6


def test_the_file_of_another_sweep_is_refused(tmp_path: Path):
    file = tmp_path / "kept"
    Kept(file, PLAN).add(networks(list(events(PLAN, Here(PLAN))))[:1])
    other = Plan(spec=PLAN.spec, view=PLAN.view, axes=PLAN.axes, seeds=2, steps=6)
    assert len(Kept(file, PLAN).networks) == 1
    with pytest.raises(SpecError) as refused:
        Kept(file, other)
    assert (refused.value.field, refused.value.rule) == ("resume", "other_sweep")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "x.parquet"), ".csv or .npz"),
        (("--cluster", "tcp://127.0.0.1:1"), "cluster"),
        (("--workers", "0"), "workers"),
        (("--cluster", "nowhere"), "--cluster: 'nowhere'"),
        (("--axis", "speed"), "cellscope: --axis: must be one of"),
        (("--values", "1, x"), "cellscope: --values: "),
        (("--second-axis", "width", "--second-values", "0"), "cellscope: --second-values"),
        (("--second-values", "1, 2"), "cellscope: --second-axis"),
        (("--resume", "/dev/full"), "cellscope: --resume: must be a plain file"),
    ],
)
def test_what_is_wrong_is_one_line(
    options: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(executors, "CLUSTER_S", 0.1)
    assert sweep(*options) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


def test_the_page_keeps_its_own_limits():
    values = tuple(k / 100 for k in range(1, 61))
    with pytest.raises(SpecError):
        Plan(spec=PLAN.spec, view=PLAN.view, axes=(Axis("weight_variance", values),))
    many = Axis("weight_variance", values)
    assert Plan(spec=PLAN.spec, view=PLAN.view, axes=(many,), most=Most(200, 900)).points == 60


def test_a_cancelled_sweep_ends_at_once():
    asked = iter([True, True, False])
    found = list(events(PLAN, Here(PLAN), go_on=lambda: next(asked)))
    assert len(found) == 2
