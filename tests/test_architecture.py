"""Imports go one way: app → model; in model from the rest down to spec. Read from the sources.

All name `cellscope.…`, the one name under which everything is installed.
"""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests import programs

ROOT = Path(__file__).parents[1]
FOLDERS = ("app", "cellscope", "model")
CODE = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
ENTRY = ROOT / "app" / "__main__.py"  # alone runs under its short name
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGE = {"dash", "plotly", "dash_bootstrap_components", "fastapi", "starlette", "uvicorn"}
# The lowest files of model/ and what of model/ each may import; all the rest is above them.
BELOW = {
    "cellscope.model.activations": set[str](),
    "cellscope.model.opened": set[str](),
    "cellscope.model.own_data": set[str](),
    "cellscope.model.spec_error": set[str](),
    "cellscope.model.spec": {
        "cellscope.model.spec_error",
        "cellscope.model.activations",
        "cellscope.model.opened",
        "cellscope.model.own_data",
    },
    "cellscope.model.formula": {"cellscope.model.spec"},
    "cellscope.model.view": {"cellscope.model.spec"},
    "cellscope.model.datasets": {
        "cellscope.model.spec",
        "cellscope.model.opened",
        "cellscope.model.own_data",
        "cellscope.model.formula",
    },
    "cellscope.model.init": {
        "cellscope.model.activations",
        "cellscope.model.spec",
        "cellscope.model.datasets",
        "cellscope.model.inputs",
    },
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] in ("app", "model"):
        parts = ("cellscope", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, module: str) -> set[str]:
    """Absolute names of all modules imported anywhere: in functions, classes, branches, by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) if node.level else ""
            name = ".".join(part for part in (base, node.module) if part)
            found.add(name)
            found |= {f"{name}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _imports_by_name(node.func):
            found.add(_constant(node.args[0]) if node.args else "?")
    return found


def _constant(argument: ast.expr) -> str:
    value = argument.value if isinstance(argument, ast.Constant) else None
    return value if isinstance(value, str) else "?"


def _imports_by_name(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


@cache
def imports_of(path: Path) -> set[str]:
    return imports(path.read_text(encoding="utf-8"), module_name(path))


def packages(names: set[str]) -> set[str]:
    """First names, and of ours the second as well."""
    ours = {".".join(name.split(".")[:2]) for name in names if name.startswith("cellscope.")}
    return {name.split(".")[0] for name in names} | ours


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_reader_of_imports_misses_none():
    source = """
import dash as d, os.path
from cellscope.model import spec
def f():
    from cellscope.app.page.layout import page
    class A:
        if True:
            import torch.nn
    import_module("plotly.graph_objects"), importlib.import_module("a.x"), __import__(name)
from . import sibling
from ..theory import bounds
"""
    ours = {"model", "model.spec", "app.page.layout", "app.page.layout.page"}
    ours |= {"model.cells", "model.cells.sibling", "model.theory", "model.theory.bounds"}
    assert imports(source, "cellscope.model.cells.counts") == {
        *(f"cellscope.{name}" for name in ours),
        *("dash", "os.path", "torch.nn", "plotly.graph_objects", "a.x", "?"),
    }


def test_there_is_code_to_read():
    names = {module_name(path) for path in CODE}
    assert set(BELOW) <= names
    assert "cellscope.model.training.trainer" in names


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_imports_go_from_app_to_model(path: Path):
    used = packages(imports_of(path))
    assert "tests" not in used
    assert "?" not in used  # a module by a computed name could be any
    assert not used & {"app", "model"}, "everything is called cellscope.…"
    if module_name(path).startswith("cellscope.model"):
        assert not used & ({"cellscope.app"} | PAGE), "model/ knows nothing of the page"
    else:
        assert "torch" not in used, "app/ leaves torch to model/"


@pytest.mark.parametrize("module", BELOW)
def test_activations_are_at_the_bottom_then_spec_view_data_sets_and_initialisation(module: str):
    path = ROOT.joinpath(*module.split(".")[1:]).with_suffix(".py")
    inside = {name for name in imports_of(path) if name.startswith("cellscope.model.")}
    allowed = BELOW[module]
    assert all(any(name == a or name.startswith(f"{a}.") for a in allowed) for name in inside)


def dependencies() -> dict[str, set[str]]:
    """Module → the modules of this repository it imports, packages' own files included."""
    names = {module_name(path) for path in CODE}
    return {module_name(path): imports_of(path) & names for path in CODE}


def test_no_module_imports_itself_through_others():
    graph = dependencies()
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module in done:
            return
        for other in sorted(graph[module]):
            if not module.startswith(f"{other}."):
                visit(other, (*way, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_cells_and_theory_need_no_trainer():
    # They take (spec, weights) or a snapshot: a network read from a file is the same thing.
    trainer = {f"cellscope.model.training.{name}" for name in ("trainer", "learner")}
    for module, used in dependencies().items():
        if module.startswith(tuple(f"cellscope.model.{n}" for n in ("cells", "theory", "moments"))):
            assert not used & trainer, module


def feature(module: str) -> str:
    parts = module.split(".")
    return parts[3] if parts[:3] == ["cellscope", "app", "features"] and len(parts) > 4 else ""


def test_features_do_not_import_each_other():
    # What two of them need moves down. `features/panels.py` hangs them into one message.
    for module, used in dependencies().items():
        mine = feature(module)
        if mine:
            assert {feature(name) for name in used} <= {mine, ""}, module


def test_every_room_of_the_app_is_a_folder():
    loose = {path.name for path in (ROOT / "app").glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}


ALL_BUT_LONG_NAMES = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from cellscope.app.cli import main
assert main(["cells", "--help"]) == 0
short = {name for name in sys.modules if name.split(".")[0] in ("app", "model")}
assert not short, short
"""


def test_nothing_is_ever_imported_under_a_short_name():
    names = [module_name(path) for path in CODE if path != ENTRY]
    run = programs.run(ALL_BUT_LONG_NAMES, *names)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_of_the_model_need_no_page(path: Path):
    if path.is_relative_to(ROOT / "tests" / "model"):
        assert not packages(imports_of(path)) & ({"cellscope.app"} | PAGE)


MODULES = ROOT / "assets" / "modules"


def page_imports() -> dict[Path, list[Path]]:
    """Module of the page -> those that it imports."""
    scripts = [ROOT / "assets" / "main.mjs", *sorted(MODULES.rglob("*.mjs"))]
    named = re.compile(r'^(?:import|export) .*?from "(\.{1,2}/[^"]+)";$', re.MULTILINE)
    return {
        script: [(script.parent / name).resolve() for name in named.findall(script.read_text())]
        for script in scripts
    }


def test_the_modules_of_the_page_import_what_is_there():
    named = [name for names in page_imports().values() for name in names]
    assert [str(name) for name in named if not name.exists()] == []
    assert len(named) > 200


def test_no_module_of_the_page_imports_itself_through_others():
    try:
        order = list(TopologicalSorter(page_imports()).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(module.name for module in error.args[1]))
    assert order[-1] == ROOT / "assets" / "main.mjs"


def test_a_circle_of_modules_would_be_found():
    looped = page_imports() | {MODULES / "core" / "state.mjs": [MODULES / "core" / "page.mjs"]}
    with pytest.raises(CycleError):
        list(TopologicalSorter(looped).static_order())


def test_of_the_page_only_its_first_module_lies_loose():
    assert [path.name for path in (ROOT / "assets").glob("*.mjs")] == ["main.mjs"]


def test_the_lowest_modules_of_the_page_know_nothing_of_its_features():
    core = {path: names for path, names in page_imports().items() if path.parent.name == "core"}
    above = [f"{path.name} → {n.name}" for path, ns in core.items() for n in ns if n not in core]
    assert above == []


def test_of_the_scripts_nothing_is_exported_that_no_other_one_imports():
    folders = (ROOT / "assets", ROOT / "tests" / "page")
    scripts = [path for folder in folders for path in sorted(folder.rglob("*.mjs"))]
    texts = {path: path.read_text(encoding="utf-8") for path in scripts}
    whole = "\n".join(texts.values())
    named = re.findall(r"^(?:import|export) \{([^}]*)\} from", whole, re.MULTILINE)
    wanted = {name.split(" as ")[0].strip() for names in named for name in names.split(",")}
    at_all = set(re.findall(r'^import \* as \w+ from ".*/([\w-]+)\.mjs"', whole, re.MULTILINE))
    exports = r"^export (?:async )?(?:function\*?|const|let|class) (\w+)"
    found = [
        f"{path.name}: {name}"
        for path, text in texts.items()
        if path.stem not in at_all
        for name in re.findall(exports, text, re.MULTILINE)
        if name not in wanted
    ]
    assert found == []


def test_the_vendored_sheet_lies_in_a_layer_and_ours_shout_only_at_sizes_written_at_elements():
    vendored, *ours = sorted((ROOT / "assets").glob("*.css"))
    assert vendored.name == "00-bootstrap.min.css"
    assert vendored.read_text().startswith("@layer vendored{")
    assert ours
    for sheet in ours:
        for rule in re.findall(r"[^{}]*{[^{}]*!important[^{}]*}", sheet.read_text()):
            # Dash writes a chart's height at its element, Plotly the sizes of its texts.
            assert ".dash-graph" in rule or "font-size: 1rem" in rule, rule


WRITTEN_IN = (
    ":root", "html", "body", ".page", ".columns", ".centre", ".right", ".rail", ".top-bar",
    ".counters", ".layers", ".layer-buttons", ".panel", ".panel-signal",
)  # fmt: skip


def test_no_rule_asks_what_is_in_a_box_that_every_frame_writes_in() -> None:
    """A browser would style some 200 elements anew for each new digit (docs/decisions.md)."""
    asked = list[str]()
    for sheet in sorted((ROOT / "assets").glob("[!0]*.css")):
        for found in re.finditer(r"([^\s,{}>+~()]*):(?:not\(:)?has\(", sheet.read_text()):
            box = re.sub(r"\[[^]]*\]|:not$|:is$", "", found[1])
            if box in WRITTEN_IN:
                asked.append(f"{sheet.name}: {found[0]}")
    assert asked == []
