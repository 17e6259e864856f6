"""docs/architecture.md, and the other documents, speak of what is there."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DOCUMENTS = (*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md")


def test_every_file_and_folder_that_the_plan_names_is_there():
    named = re.findall(r"`((?:app|model|assets|tests|tools|cellscope)/[\w/.]*)`", DOCUMENT)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_plan_names_every_folder_of_the_app_and_of_the_model():
    plan = DOCUMENT.split("```")[1]
    folders = [
        path.name
        for top in ("app", "model")
        for path in (ROOT / top).iterdir()
        if (path / "__init__.py").exists()
    ]
    assert [name for name in folders if f"{name}/" not in plan] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_every_name_of_the_code_in_a_document_is_there(path: Path):
    text = path.read_text(encoding="utf-8")
    files = re.findall(r"`((?:app|model|assets|tests|tools|types|examples)/[\w/.-]*)", text)
    assert [name for name in files if not (ROOT / name).exists()] == []
    for name in re.findall(r"`((?:app|model)(?:\.\w+)+)`", text):
        if name != "model.py":  # a student's own
            resolve_name(f"cellscope.{name}")
