"""The command line. `main` is what `cellscope` and `python -m app` run."""

import os
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for library in ("OMP", "OPENBLAS", "MKL"):  # before numpy and torch load their BLAS:
        # two threads on two busy cores make small matrix products 10–100 times slower.
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from cellscope.app.cli.commands import main as run

    return run(arguments)
