"""docs/theory.md leads from every question of the sheet to what is really there."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from cellscope.app.settings.controls import BY_NAME

ROOT = Path(__file__).parents[1]
DOCUMENTS = {"en": ROOT / "docs" / "theory.md", "de": ROOT / "docs" / "theory.de.md"}
QUESTIONS = (
    *("1.1", "1.2a", "1.2b", "1.3", "1.4"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8"),
)


def sections(language: str) -> dict[str, str]:
    """Question -> its section."""
    parts = re.split(r"^## (\S+) .*$", DOCUMENTS[language].read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def references(section: str) -> list[str]:
    return re.findall(r"`([^`]+)`", section)


def public_functions_of_theory() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "model" / "theory").glob("*.py"):
        names = re.findall(r"^def ([a-z]\w*)", path.read_text("utf-8"), re.MULTILINE)
        found |= {f"model.theory.{path.stem}.{name}" for name in names}
    return found


@pytest.mark.parametrize("language", DOCUMENTS)
def test_every_question_has_a_section(language: str):
    assert tuple(sections(language)) == QUESTIONS


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_languages_lead_to_the_same(question: str):
    english, german = (sections(language)[question] for language in DOCUMENTS)
    assert references(english) == references(german)
    assert len(re.findall(r"\$\$", english)) == len(re.findall(r"\$\$", german))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_section_names_controls_functions_and_tests(question: str):
    named = references(sections("en")[question])
    assert any(name in BY_NAME for name in named)
    assert any(name.startswith("model.") for name in named)
    assert any(name.startswith("tests/") for name in named)


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_a_section_names_is_there(question: str):
    for name in references(sections("en")[question]):
        if name.startswith("tests/"):
            file, test = name.split("::")
            assert f"def {test}(" in (ROOT / file).read_text("utf-8"), name
        elif name.startswith("model."):
            module, function = name.rsplit(".", 1)
            assert callable(getattr(import_module(module), function)), name
        else:
            assert name in BY_NAME, name


def test_every_function_of_theory_belongs_to_a_question():
    named = {name for section in sections("en").values() for name in references(section)}
    assert public_functions_of_theory() <= named
