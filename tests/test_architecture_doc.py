"""docs/architecture.md speaks of what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


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
