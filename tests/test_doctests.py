"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.test_architecture import CODE, module_name

WITH_EXAMPLES = [path for path in CODE if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_the_examples_of_a_module_are_true(path: Path):
    failed, tried = doctest.testmod(import_module(module_name(path)))
    assert tried > 0
    assert failed == 0
