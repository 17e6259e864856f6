"""The page's modules and style sheets as three files: a browser has six lines, queues cost time.

On the disk each module is a file of its own; here they are put one after the other, those that
others import first, each in a function of its own and without the comments that hold types (a sixth
of what would be sent). What opens the socket and paints the first picture is a bundle by itself,
since it is needed long before the rest.
"""

import hashlib
import re
import time
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path

from cellscope.model.view import MODES

ASSETS = Path(__file__).parents[2] / "assets"
MAIN = ASSETS / "main.mjs"
FIRST = ASSETS / "modules" / "shell" / "early.mjs"
EARLY, PAGE, STYLE = "early.mjs", "page.mjs", "page.css"
LOOK_S = 1.0  # how often the files are looked at: who changes one sees it with the next visit

_IMPORT = re.compile(r'^import (?:(.+?) from )?"(\.{1,2}/[^"]+)";$', re.MULTILINE)
_AGAIN = re.compile(r'^export \{ (.+?) \} from "(\.{1,2}/[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:(?:async )?function|class|const) (\w+|\{ .+? \}))", re.MULTILINE
)
_TYPES = re.compile(r"^ */\*\*(?:[^*]|\*(?!/))*\*/\n", re.MULTILINE)
_RULES = re.compile(r"([^{}]*)(\{[^{}]*\}|\{)")
_ID = re.compile(r"#([A-Za-z][\w-]*)")


def bundles() -> dict[str, str]:
    """Name below assets/ -> its text."""
    return _bundles(int(time.monotonic() / LOOK_S))


def address(name: str) -> str:
    """A bundle as the page names it, with the version of its content."""
    return f"./assets/{name}?m={_version(bundles()[name])}"


@lru_cache(maxsize=1)
def _bundles(_moment: int) -> dict[str, str]:
    files = [*sorted(ASSETS.glob("*.css")), MAIN, *sorted((ASSETS / "modules").rglob("*.mjs"))]
    return _made(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _made(files: tuple[tuple[Path, int], ...]) -> dict[str, str]:
    sources = {path: path.read_text("utf-8") for path, _ in files}
    first = in_order(FIRST, sources)
    later = [path for path in in_order(MAIN, sources) if path not in first]
    names = {path: f"m{k}" for k, path in enumerate([*first, *later])}
    shared = ", ".join(names[path] for path in first)
    early = together(first, sources, names) + f"export const early = {{ {shared} }};\n"
    head = f'import {{ early }} from "./{EARLY}?m={_version(early)}";\n'
    head += f"const {{ {shared} }} = early;\n"
    sheets = [text for path, text in sources.items() if path.suffix == ".css"]
    return {
        EARLY: early,
        PAGE: head + together(later, sources, names),
        STYLE: "\n".join([*map(for_shell, sheets), task_rules()]),
    }


def in_order(path: Path, sources: dict[Path, str]) -> list[Path]:
    """A module and all that it needs, each after those that it imports."""
    needs: dict[Path, list[Path]] = {}
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one not in needs:
            needs[one] = _imported(one, sources[one])
            waiting += needs[one]
    return list(TopologicalSorter(needs).static_order())


def together(paths: list[Path], sources: dict[Path, str], names: dict[Path, str]) -> str:
    """One after the other, so that each finds what it imports."""
    return "".join(module(path, sources[path], names) for path in paths)


def module(path: Path, source: str, names: dict[Path, str]) -> str:
    """A module as the value of a function: its imports are others' values, its exports its own."""
    given: list[str] = []

    def bring(found: re.Match[str]) -> str:
        what = found[1] or ""
        name = names[_beside(path, found[2])]
        if what.startswith("* as "):
            return f"const {what[5:]} = {name};"
        return f"const {what.replace(' as ', ': ')} = {name};" if what else ""

    def hand_on(found: re.Match[str]) -> str:
        name = names[_beside(path, found[2])]
        given.extend(f"{one}: {name}.{one}" for one in found[1].split(", "))
        return ""

    def note(found: re.Match[str]) -> str:
        given.extend(found[1].strip("{ }").split(", "))
        return ""

    body = _EXPORT.sub(note, _AGAIN.sub(hand_on, _IMPORT.sub(bring, _TYPES.sub("", source))))
    held = f"(() => {{\n{body}\nreturn {{ {', '.join(given)} }};\n}})()"
    return f"// {path.parent.name}/{path.name}\nconst {names[path]} = {held};\n"


def for_shell(sheet: str) -> str:
    """A style sheet whose rules for an id hold for the id's place in the page's shell, too.

    >>> for_shell("#play > b { color: #fff; }")
    ':is(#play, [data-place="play"]) > b { color: #fff; }'
    """
    twice = r':is(#\1, [data-place="\1"])'
    return _RULES.sub(lambda rule: _ID.sub(twice, rule[1]) + rule[2], sheet)


def task_rules() -> str:
    """A mode of one task is hidden in the other, from the first moment on: in the shell, too."""
    elsewhere = {
        "classes": ':root[data-task="regression"]',
        "regression": ':root:not([data-task="regression"])',
    }
    return "\n".join(
        f'{elsewhere[m.task]} .mode-row .form-check:has([value="{m.name}"]) {{ display: none; }}'
        for m in MODES.values()
        if m.task
    )


def _imported(path: Path, source: str) -> list[Path]:
    named = [name for _, name in _IMPORT.findall(source) + _AGAIN.findall(source)]
    return [_beside(path, name) for name in named]


def _beside(path: Path, name: str) -> Path:
    return (path.parent / name).resolve()


def _version(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
