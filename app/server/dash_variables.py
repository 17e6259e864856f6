"""Variables that Dash reads are other programs': a portal's prefix would move our page away."""

import os
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_dash_variables() -> Generator[None]:
    """The environment without `DASH_…`; afterwards it is as before."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("DASH_")}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)
