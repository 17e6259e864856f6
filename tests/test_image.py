"""The container's image: what its Dockerfile copies is let into the build by `.dockerignore`."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = [
    line
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]


def copied() -> list[str]:
    """All that is taken from the checkout, but for what the build's arguments name."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    named = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return [
        name for names in named if "--from" not in names[0] for name in names if "$" not in name
    ]


def is_let_in(path: str) -> bool:
    """The last rule that fits decides; one of a folder is one of all that is in it."""
    let_in = True
    for rule in RULES:
        pattern = rule.removeprefix("!")
        parts = path.split("/")
        if any(fnmatch("/".join(parts[:n]), pattern) for n in range(1, len(parts) + 1)):
            let_in = rule.startswith("!")
    return let_in


def test_some_of_it_is_copied():
    assert {"app", "cellscope", "model", "assets"} <= set(copied())


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_is_there_and_let_in(name: str):
    source = ROOT / name
    files = [source] if source.is_file() else [one for one in source.rglob("*") if one.is_file()]
    assert files
    paths = [str(one.relative_to(ROOT)) for one in files]
    assert any(map(is_let_in, paths)), f"{name}: .dockerignore keeps all of it out"
