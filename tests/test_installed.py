"""Installed as a package: one name, and nobody's own files are in its way."""

import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]
HOSTILE = "raise SystemExit('a file of the user was imported')\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` would make."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT]
    subprocess.run(command, check=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of an environment of its own that has the wheel, and what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = Path(_says(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    # The dependencies are those of this environment; its own Cellscope, installed as a link to the
    # checkout, is not: paths that a .pth file adds are not searched for more of these.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(packages)
    return python


def _says(python: Path, script: str, cwd: Path | None = None) -> str:
    run = subprocess.run(
        [python, "-W", "error", "-c", script], capture_output=True, text=True, check=True, cwd=cwd
    )
    return run.stdout.strip()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder in which a user has an `app.py`, a `model.py` and others."""
    for name in ("app", "model", "assets", "tests"):
        (tmp_path / f"{name}.py").write_text(HOSTILE)
    return tmp_path


def test_everything_lies_below_one_name(wheel: Path):
    with zipfile.ZipFile(wheel) as files:
        tops = {name.split("/")[0] for name in files.namelist()}
        inside = {name.split("/")[1] for name in files.namelist() if name.startswith("cellscope/")}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cellscope"}
    assert {"app", "model", "assets", "docs", "__init__.py"} <= inside


def test_it_is_imported_beside_a_users_own_app_and_model(python: Path, hostile: Path):
    script = "import cellscope.app.cli.commands, cellscope; print(cellscope.__file__)"
    where = Path(_says(python, script, cwd=hostile))
    assert not where.is_relative_to(ROOT)
    own = "import model"  # the user's own, still
    run = subprocess.run([python, "-c", own], cwd=hostile, capture_output=True, text=True)
    assert "a file of the user" in run.stderr


def test_it_serves_from_a_folder_with_hostile_files(python: Path, hostile: Path):
    start = [python, "-c", "import sys; from cellscope.app.cli import main; sys.exit(main())"]
    with subprocess.Popen(
        [*start, "serve", "--port", "0"],
        cwd=hostile,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(hostile)},
    ) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            assert said.startswith("Cellscope is running at ")
            url = said.split()[-1]
            with urllib.request.urlopen(url, timeout=60) as page:
                text = page.read().decode()
            scripts = re.findall(r'"\./(assets/\w+\.mjs[^"]*)"', text)
            assert len(scripts) == 2
            for path in (*scripts, "theory/en", "healthz"):
                with urllib.request.urlopen(url + path, timeout=60) as answer:
                    assert answer.status == 200
        finally:
            server.terminate()
    assert server.returncode == 0
