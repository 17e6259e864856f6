"""What the page needs of kernels is there before the first picture."""

import json
import os
import subprocess
import sys
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


@pytest.mark.long(seconds=80)
def test_set_up_compiles_every_kernel_and_the_page_none(tmp_path: Path):
    told(["-m", "cellscope.model.warm"], tmp_path)
    before = sorted(tmp_path.rglob("*.nbc"))
    found = json.loads(told(["-m", "tests.app.kernel_uses"], tmp_path))
    assert found == {"missing": [], "unwarmed": []}
    assert sorted(tmp_path.rglob("*.nbc")) == before
