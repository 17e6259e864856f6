"""One benchmark in a process of its own, which finds nothing in the `__main__` that asked."""

import sys
from importlib import import_module
from typing import Any


def result_of(module: str) -> dict[str, Any]:
    """The benchmark's result, its table printed."""
    result: dict[str, Any] = import_module(module).main()
    sys.stdout.flush()
    return result
