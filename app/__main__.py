"""`python -m app`: the command line, in a checkout that nobody installed."""

from cellscope.app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
