"""`python -m app` and `cellscope`: the command line."""

import os

for _library in ("OMP", "OPENBLAS", "MKL"):  # before numpy and torch load their BLAS:
    # two threads on two busy cores make small matrix products 10–100 times slower.
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from cellscope.app.cli.commands import main  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main())
