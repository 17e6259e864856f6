"""The README's three lines on one's own network run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

from tests import programs

ROOT = Path(__file__).parents[1]


def three_lines() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.split("<!-- own network: begin -->")[1].split("<!-- own network: end -->")[0]
    found = re.search(r"```python\n(.*?)```", part, re.S)
    assert found is not None
    return found[1]


def test_the_readme_s_three_lines_run_as_they_stand(tmp_path: Path):
    # As a script of one's own, beside an `app.py` and a `model/` that are none of ours.
    lines = three_lines()
    assert len(lines.splitlines()) == 3
    (tmp_path / "own.py").write_text(lines, encoding="utf-8")
    script = f"import runpy, sys; sys.path.insert(1, {str(ROOT)!r})"
    script += "; runpy.run_path('own.py', run_name='__main__')"
    run = programs.run(script, folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert int(run.stdout) > 16


def test_importing_changes_nothing_global():
    program = """
import random, warnings, os, torch, numpy as np
def state():
    return (torch.get_num_threads(), torch.get_default_dtype(), random.getstate(), dict(os.environ),
            torch.random.get_rng_state().tolist(), np.random.get_state()[1].tolist(),
            list(warnings.filters))
before = state()
import cellscope
assert state() == before
cellscope.cells([([[1.0, 0.0]], [0.0])])
after = state()
assert after == before, [a == b for a, b in zip(after, before)]
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
