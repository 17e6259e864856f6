"""Programs of tests in processes of their own, forked from one that has imported what is slow.

Torch, numba and Dash take seconds of a core to import: one process does so once and waits, and
every program is a copy of it that runs as `python -c` would, to the end of its interpreter. Nothing
of Cellscope is imported before, and no thread runs. What is about importing starts a real one.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PREPARED = """
import gc, importlib, json, os, runpy, sys, warnings
import dash, numba, scipy.special, torch
import torch.nn.functional
for _line in sys.stdin:
    _asked = json.loads(_line)
    for _name in _asked["first"]:
        importlib.import_module(_name)
    # A copy ends three to four times as soon if it need not look for garbage in what it was given.
    gc.freeze()
    _child = os.fork()
    if not _child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(_child, 0)[1]), flush=True)
else:
    sys.exit()
for _number, _path in enumerate([os.devnull, _asked["out"], _asked["err"]]):
    os.dup2(os.open(_path, os.O_RDWR), _number)
os.chdir(_asked["folder"])
sys.argv[1:], sys.path[0] = _asked["arguments"], _asked["folder"]
if _asked["strict"]:
    warnings.simplefilter("error")
exec(compile(_asked["source"], "<string>", "exec"), {"__name__": "__main__"})
"""


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@cache
def _prepared() -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONUNBUFFERED": ""}
    command = [sys.executable, "-c", PREPARED]
    made = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=-1, stdout=-1, text=True, bufsize=1
    )
    atexit.register(made.communicate)  # it ends with its input
    return made


def run(
    source: str, *arguments: str, folder: Path = ROOT, strict: bool = False, first: str = ""
) -> Done:
    """Run a source as `python -c` in a folder.

    strict: with `-W error`. first: names of further modules that are imported before the fork.
    """
    process = _prepared()
    assert process.stdin is not None
    assert process.stdout is not None
    with tempfile.TemporaryDirectory() as made:
        out, err = Path(made) / "out", Path(made) / "err"
        out.touch()
        err.touch()
        asked = {"source": source, "arguments": arguments, "folder": str(folder), "strict": strict}
        asked |= {"first": first.split(), "out": str(out), "err": str(err)}
        process.stdin.write(json.dumps(asked) + "\n")
        status = process.stdout.readline()
        assert status, "the prepared process has ended"
        return Done(int(status), out.read_text("utf-8"), err.read_text("utf-8"))


def run_module(name: str, *arguments: str, before: str = "") -> Done:
    """`python -m name arguments`, after some lines of its own."""
    module = f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    return run(f"import os, runpy\n{before}\n{module}", *arguments)
