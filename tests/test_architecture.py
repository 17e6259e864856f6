"""Imports go one way: app → model; in model from the rest down to spec. Read from the sources."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "model").rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGE = {"dash", "plotly", "dash_bootstrap_components", "fastapi", "starlette", "uvicorn"}
# The lowest files of model/ and what of model/ each may import; all the rest is above them.
BELOW = {
    "cellscope.model.spec": set[str](),
    "cellscope.model.view": {"cellscope.model.spec"},
    "cellscope.model.datasets": {"cellscope.model.spec"},
    "cellscope.model.init": {"cellscope.model.spec", "cellscope.model.datasets"},
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
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


def imports_of(path: Path) -> set[str]:
    return imports(path.read_text(encoding="utf-8"), module_name(path))


def packages(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_reader_of_imports_misses_none():
    source = """
import dash as d, os.path
from model import spec
def f():
    from cellscope.app.page.layout import page
    class A:
        if True:
            import torch.nn
    import_module("plotly.graph_objects"), importlib.import_module("app.x"), __import__(name)
from . import sibling
from ..theory import bounds
"""
    assert imports(source, "cellscope.model.cells.exact.counts") == {
        *(
            "dash",
            "os.path",
            "model",
            "cellscope.model.spec",
            "cellscope.app.page.layout",
            "torch.nn",
        ),
        *(
            "cellscope.app.page.layout.page",
            "plotly.graph_objects",
            "app.x",
            "?",
            "cellscope.model.cells",
            "cellscope.model.cells.sibling",
        ),
        *("cellscope.model.theory", "cellscope.model.theory.bounds"),
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
    if module_name(path).split(".")[0] == "model":
        assert not used & ({"app"} | PAGE), "model/ knows nothing of the page"
    else:
        assert "torch" not in used, "app/ leaves torch to model/"


@pytest.mark.parametrize("module", BELOW)
def test_spec_is_at_the_bottom_then_view_data_sets_and_initialisation(module: str):
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    inside = {name for name in imports_of(path) if name.startswith("model.")}
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
    for module, used in dependencies().items():
        if module.startswith(
            ("cellscope.model.cells", "cellscope.model.theory", "cellscope.model.moments")
        ):
            assert not used & {
                "cellscope.model.training.trainer",
                "cellscope.model.training.learner",
            }, module


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_of_the_model_need_no_page(path: Path):
    if path.is_relative_to(ROOT / "tests" / "model"):
        assert not packages(imports_of(path)) & ({"app"} | PAGE)
