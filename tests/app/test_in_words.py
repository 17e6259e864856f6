"""What is wrong is said in Python as on the command line, and reaches another process whole."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import nn

import cellscope
from cellscope.model.cells.exact.complex import build
from cellscope.model.spec_error import SpecError


def moments_of(path: object) -> object:
    return cellscope.moments(path, np.zeros((3, 2)))


ASKED: dict[str, Callable[[object], object]] = {
    "cells": cellscope.cells,
    "count": cellscope.count,
    "moments": moments_of,
    "watch": cellscope.watch,
}


@pytest.mark.parametrize("name", ASKED)
def test_a_file_that_is_no_network_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    absent, broken = tmp_path / "absent.npz", tmp_path / "broken.npz"
    broken.write_text("hi")
    with pytest.raises(SpecError, match=r"^network: there is no such file; got ") as caught:
        ASKED[name](str(absent))
    assert (caught.value.field, caught.value.rule) == ("network", "file_missing")
    with pytest.raises(ValueError, match=r"^network: is no network file that can be read: "):
        ASKED[name](broken)


LINES = [(np.eye(2), np.zeros(2))] * 2


def asks_too_much() -> object:
    return cellscope.cells(LINES, budget=1)


def asks_too_much_of_plain_layers() -> object:
    return build(LINES, (-1, 1, -1, 1), layer=1, budget=1)


REFUSED: dict[str, Callable[[], object]] = {
    "no file": lambda: cellscope.cells("nowhere.npz"),
    "too many faces": asks_too_much,
    "a layer": lambda: cellscope.cells(nn.Sequential(nn.Linear(2, 3), nn.Mish())),
    "too many faces of plain layers": asks_too_much_of_plain_layers,
    "a tiny window": lambda: cellscope.cells(nn.ReLU(), window=(1, 1 + 1e-15, 0, 1)),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_who_asks_in_many_processes_is_told_as_well(kind: str) -> None:
    """An exception that can't be rebuilt ends a whole pool of processes."""
    with pytest.raises((ValueError, RuntimeError)) as caught:
        REFUSED[kind]()
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert vars(again) == vars(caught.value)
