"""TypeScript's compiler, as `make check` runs it over the scripts."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
DENO = Path(sys.executable).parent / "deno"


def faults_and_files(*what: str | Path) -> tuple[list[tuple[str, int]], set[str]]:
    """Where it finds a fault, by file and line, and which files it has read."""
    command = [DENO, "check", "--config", ROOT / "deno.jsonc", *what]
    settings = {"DENO_DIR": "build/deno", "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    found = re.findall(r"^    at file://(.+):(\d+):\d+$", ran.stderr, re.MULTILINE)
    read = set(re.findall(r"^Check (\S+)$", ran.stderr, re.MULTILINE))
    assert (ran.returncode == 0) == (not found), ran.stderr
    return [(unquote(file), int(line)) for file, line in found], read
