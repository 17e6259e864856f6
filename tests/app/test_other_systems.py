"""Windows and macOS: what only Linux has is not relied on. Read from the sources, and tried."""

import ast
import mimetypes
import tomllib
from functools import cache
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "cellscope", "model")
CODE = {path: path.read_text("utf-8") for one in FOLDERS for path in (ROOT / one).rglob("*.py")}
NOT_ON_WINDOWS = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_OF_OS = {
    "chown", "fchmod", "fork", "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo",
    "nice", "sched_getaffinity", "setsid", "statvfs", "uname",
}  # fmt: skip
POSIX_OF_SIGNAL = {"SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGUSR2", "setitimer"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(CODE[path])


def named(node: ast.AST) -> set[str]:
    """What an import names."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {node.module or ""} if isinstance(node, ast.ImportFrom) else set()


def may_fail(path: Path) -> set[ast.AST]:
    """What stands where an ImportError is awaited."""
    tries = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Try)]
    awaited = [one for one in tries if "ImportError" in map(_name, one.handlers)]
    return {node for one in awaited for part in one.body for node in ast.walk(part)}


def _name(handler: ast.ExceptHandler) -> str:
    return handler.type.id if isinstance(handler.type, ast.Name) else ""


def test_no_file_asks_a_system_for_what_only_some_have():
    modules = [path for path in CODE if said(path, *NOT_ON_WINDOWS)]
    found = [f"{path}: {name}" for path in modules for name in needed(path) & NOT_ON_WINDOWS]
    parts = [path for path in CODE if said(path, *POSIX_OF_OS, *POSIX_OF_SIGNAL)]
    found += [f"{path}: {name}" for path in parts for name in unguarded(path)]
    assert found == []


def said(path: Path, *words: str) -> bool:
    """Whether a file is worth to be taken apart."""
    return any(word in CODE[path] for word in words)


def needed(path: Path) -> set[str]:
    """The modules that a file can't do without."""
    awaited = may_fail(path)
    return {name for node in ast.walk(tree(path)) if node not in awaited for name in named(node)}


def unguarded(path: Path) -> list[str]:
    """What it takes of `os` and `signal` without a look whether it is there."""
    source = CODE[path]
    parts = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
    taken = {(part.value.id, part.attr) for part in parts if isinstance(part.value, ast.Name)}
    posix = {("os", name) for name in POSIX_OF_OS} | {("signal", name) for name in POSIX_OF_SIGNAL}
    return [
        f"{of}.{name}" for of, name in taken & posix if f'hasattr({of}, "{name}")' not in source
    ]


def test_every_file_reads_and_writes_text_in_an_encoding_that_it_names():
    files = [path for path in CODE if said(path, "open(", "read_text(", "write_text(")]
    calls = [(p, node) for p in files for node in ast.walk(tree(p)) if isinstance(node, ast.Call)]
    assert [
        f"{path}:{c.lineno}" for path, c in calls if _is_of_text(c) and not _names_encoding(c)
    ] == []


def _is_of_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("read_text", "write_text"):
        return True
    # `something.open` is a Path's only where it is given a mode; the built-in one is always meant.
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    is_mode = bool(modes) and set(modes[-1]) <= set("rwaxbt+")
    if name != "open" or (isinstance(call.func, ast.Attribute) and not is_mode):
        return False
    return not (is_mode and "b" in modes[-1])


def _names_encoding(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {keyword.arg for keyword in call.keywords}
    return "encoding" in given or (len(call.args) > (name == "write_text") and name != "open")


def test_scripts_are_scripts_whatever_the_computer_says_of_their_names(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    for suffix in (".js", ".mjs", ".css"):
        monkeypatch.setitem(mimetypes.types_map, suffix, "text/plain")
    for name in ("00-language.js", "modules/picture/pane.mjs", "hall/hall.mjs"):
        kind = http.get(f"/assets/{name}").headers["Content-Type"]
        assert kind == "text/javascript; charset=utf-8", name
    assert http.get("/assets/hall/hall.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert "text/plain" in http.get("/assets/nothing.mjs").headers["Content-Type"]


def test_the_folder_of_data_is_locked_by_a_library_that_knows_each_system():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert any(one.startswith("filelock==") for one in needed)
