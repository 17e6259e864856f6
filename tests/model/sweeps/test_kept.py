"""A sweep's file is taken for no more than what it says of this sweep."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cellscope.model.spec import Spec, SpecError
from cellscope.model.sweeps.kept import Kept
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Axis, Plan
from cellscope.model.sweeps.run import run
from cellscope.model.view import View

PLAN = Plan(
    spec=Spec(width=3, depth=2, samples=40),
    view=View(layer=1),
    axes=(Axis("weight_variance", (0.5, 1.0)),),
    seeds=1,
    steps=2,
)


@pytest.fixture(scope="module")
def made() -> list[Network]:
    return [event for event in run(PLAN) if isinstance(event, Network)]


@pytest.fixture
def file(tmp_path: Path, made: list[Network]) -> Path:
    Kept(tmp_path / "kept", PLAN).add(made)
    return tmp_path / "kept"


DAMAGED: dict[str, Any] = {
    "a point that there is not": {"point": 2},
    "a seed that there is not": {"k": -1},
    "a number beyond all": {"k": float("inf")},
    "no numbers": {"step": "two"},
    "other names": {"start": {"cells": 1}},
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_line_of_no_network_of_the_sweep_is_done_again(file: Path, kind: str) -> None:
    head, first, second = file.read_text().splitlines()
    damaged = json.dumps(json.loads(second) | DAMAGED[kind])
    file.write_text(f"{head}\n{first}\n{damaged}\n")
    assert len(Kept(file, PLAN).networks) == 1
    assert file.read_text() == f"{head}\n{first}\n"


def test_lists_without_end_are_no_line_and_no_file(file: Path) -> None:
    whole = file.read_text()
    file.write_text(whole + "[" * 100_000)
    assert len(Kept(file, PLAN).networks) == 2
    assert file.read_text() == whole
    file.write_text("[" * 100_000)
    with pytest.raises(SpecError) as refused:
        Kept(file, PLAN)
    assert refused.value.rule == "other_sweep"


def test_an_empty_file_is_begun(tmp_path: Path, made: list[Network]) -> None:
    file = tmp_path / "kept"
    file.touch()
    kept = Kept(file, PLAN)
    assert kept.networks == []
    kept.add(made)
    assert len(Kept(file, PLAN).networks) == 2


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_what_may_never_end_is_not_read(tmp_path: Path, kind: str) -> None:
    path = {"device": Path("/dev/full"), "pipe": tmp_path / "pipe", "folder": tmp_path}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(SpecError) as refused:
        Kept(path, PLAN)
    assert (refused.value.field, refused.value.rule) == ("resume", "file_kind")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, made: list[Network]) -> None:
    with pytest.raises(SpecError) as refused:
        Kept(tmp_path / "no" / "kept", PLAN).add(made)
    assert (refused.value.field, refused.value.rule) == ("resume", "file_unwritable")


def test_what_is_kept_is_never_half_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(file.read_text() + '{"point": 1, "k"')
    before = file.read_bytes()

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", ended)
    with pytest.raises(KeyboardInterrupt):
        Kept(file, PLAN)
    assert file.read_bytes() == before
