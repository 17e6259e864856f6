"""What the page needs of kernels is there before the first picture."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def told(command: list[str], cache: Path) -> Any:
    """What a program prints that has a kernel cache of its own."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=1200,
    ).stdout


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with what set-up compiles."""
    cache = tmp_path_factory.mktemp("kernels")
    told(["-m", "cellscope.model.warm"], cache)
    return cache


@pytest.mark.long(seconds=80)
def test_set_up_compiles_every_kernel_and_the_page_none(set_up: Path, tmp_path: Path):
    cache = Path(shutil.copytree(set_up, tmp_path / "cache"))
    before = sorted(cache.rglob("*.nbc"))
    found = json.loads(told(["-m", "tests.app.kernel_uses"], cache))
    assert found == {"missing": [], "unwarmed": []}
    assert sorted(cache.rglob("*.nbc")) == before


def graphs_missing(cache: Path) -> list[str]:
    code = "from cellscope.model.own import warm_own; print(warm_own.jit.missing(graphs=True))"
    return ast.literal_eval(told(["-c", code], cache))


@pytest.mark.long(seconds=60)
def test_a_server_has_the_kernels_of_graphs_compiled_before_anybody_opens_one(
    set_up: Path, tmp_path: Path
):
    cache = Path(shutil.copytree(set_up, tmp_path / "cache"))
    assert graphs_missing(cache)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-m", "app", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            patience = time.monotonic() + 240
            while graphs_missing(cache) and time.monotonic() < patience:
                time.sleep(1)
            assert not graphs_missing(cache)
        finally:
            server.terminate()
