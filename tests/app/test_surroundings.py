"""The command line where a terminal, a portal or another program has set things of its own."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.app.conftest import served

ROOT = Path(__file__).parents[2]


def cellscope(
    *arguments: str, shell: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command as a process, its streams redirected by the shell."""
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(
        ["sh", "-c", f'"$@" {shell}', "sh", *command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", ["cells --help", "moments", "train --steps 1"])
def test_a_terminal_without_unicode_gets_what_it_can_show(command: str):
    done = cellscope(*command.split(), PYTHONUTF8="0", PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str):
    assert cellscope("train", "--steps", "1", shell=closed).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"), [("NUMBA_NUM_THREADS", "0"), ("NUMBA_CACHE_LOCATOR_CLASSES", "nowhere")]
)
def test_nonsense_in_a_variable_of_numba_is_one_line(name: str, value: str):
    done = cellscope("--version", **{name: value})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("cellscope: numba can't be loaded")


@pytest.mark.parametrize(
    "name",
    ["DASH_URL_BASE_PATHNAME", "DASH_REQUESTS_PATHNAME_PREFIX", "DASH_ROUTES_PATHNAME_PREFIX"],
)
def test_a_portal_s_variables_for_its_own_dash_programs_move_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "/portal/")
    with served() as running:
        assert httpx.get(running.url).status_code == 200
        assert httpx.get(f"{running.url}/_dash-dependencies").status_code == 200
    assert os.environ[name] == "/portal/"
