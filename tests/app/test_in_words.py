"""What is wrong with a file is said in Python as on the command line, and stays a `ValueError`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cellscope
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
