"""docs/stream.md names every kind of message, and its viewer runs."""

import re
import subprocess
import sys
from pathlib import Path

from cellscope.app.stream.dispatch import HANDLERS
from tests.app.conftest import Server

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "stream.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "app").rglob("*.py"))]
SCRIPTS = [path.read_text(encoding="utf-8") for path in (ROOT / "assets").rglob("*.mjs")]


def named(section: str) -> set[str]:
    """The kinds in the first column of a section's table."""
    body = DOCUMENT.split(f"## {section}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
    return {kind for cell in cells for kind in re.findall(r"`([^`]+)`", cell)}


def heard(kinds: str, call: str) -> set[str]:
    """The kinds that the page's scripts hear."""
    return {kind for text in SCRIPTS for kind in re.findall(rf'\b{call}\("({kinds})"', text)}


def test_all_that_a_page_may_say_is_described():
    assert named("What a page says") == set(HANDLERS)


def test_all_that_the_server_says_is_described():
    said = named("What the server says")
    sent = {k for text in SOURCES for k in re.findall(r'as_json\(\s*type="([a-z-]+)"', text)}
    assert sent <= said
    assert heard(r"[a-z-]+", "on") == said


def test_all_binary_messages_are_described():
    assert heard(r"[a-z-]+", "onBinary") == named("Binary messages")


def test_the_scripts_types_have_every_kind():
    assert typed("Messages", "stream") == named("What the server says")
    assert typed("BinaryHeaders", "binary") == named("Binary messages")


def typed(interface: str, file: str) -> set[str]:
    """The kinds that types/ declares."""
    text = (ROOT / "types" / f"{file}.d.ts").read_text(encoding="utf-8")
    body = text.split(f"interface {interface} {{\n")[1].split("\n}")[0]
    return set(re.findall(r'^  "([a-z-]+)"', body, re.MULTILINE))


def test_the_viewer_of_the_document_runs_and_is_short(server: Server, tmp_path: Path):
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    assert len([line for line in source.splitlines() if line.strip()]) <= 40
    script = tmp_path / "viewer.py"
    script.write_text(source, encoding="utf-8")
    address = f"{server.url.replace('http', 'ws', 1)}/stream"
    command = [sys.executable, script, address, "?width=8&depth=3&layer=1", "3"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 3
    assert re.match(r"step 0: (≥ )?\d+ cells", lines[0])


def test_the_viewer_says_what_was_wrong(server: Server, tmp_path: Path):
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    script = tmp_path / "viewer.py"
    wrong = source.replace('say(type="next")', 'say(type="nothing")')
    script.write_text(wrong, encoding="utf-8")
    address = f"{server.url.replace('http', 'ws', 1)}/stream"
    ran = subprocess.run(
        [sys.executable, script, address, "", "1"], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 1
    assert "nothing" in ran.stderr
