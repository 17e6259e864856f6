"""Every text that the code asks for is in the catalogue, and none is there for nobody."""

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from cellscope.app.settings.controls import CONTROLS
from cellscope.app.text.texts import LANGUAGES, ONLY_ENGLISH, catalogue, problem, sentence, text
from cellscope.model.spec import SpecError

ROOT = Path(__file__).parents[2]
PYTHON = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "model").rglob("*.py"))]
# What runs in a request, or is laid out in one.
REQUESTS = ("page/", "cli/", "server/", "route.py", "routes.py", "panel.py", "dialog.py")
NAMES = ("activation", "choice.activation")  # of functions: in all languages the same
SAYING = [
    path
    for path in sorted((ROOT / "app").rglob("*.py"))
    if not any(part in str(path.relative_to(ROOT)) for part in REQUESTS)
]
SCRIPTS = sorted((ROOT / "assets").rglob("*.mjs"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything in a source file."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def texts_asked_for() -> tuple[set[str], re.Pattern[str]]:
    """All string constants of app/, and the f-strings as one pattern."""
    constants: set[str] = set()
    patterns: set[str] = set()
    for path in PYTHON:
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.-]+"
                    for part in node.values
                ]
                if any("." in part and "[" not in part for part in parts):
                    patterns.add("".join(parts))
    for path in SCRIPTS:
        source = path.read_text(encoding="utf-8")
        constants |= {f"page.{key}" for key in re.findall(r"[\"'`]([a-z_]+)[\"'`]", source)}
        constants |= set(re.findall(r"[\"'`](page\.[a-z_.]+)[\"'`]", source))
    return constants, re.compile("|".join(sorted(patterns)))


def calls_of_text() -> list[tuple[str, set[str]]]:
    """(id, names of the values) of every call of `text` with a plain id and plain values."""
    calls: list[tuple[str, set[str]]] = []
    for path in PYTHON:
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text"):
                continue
            key = node.args[0] if node.args else None
            names = [keyword.arg for keyword in node.keywords]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and None not in names:
                calls.append((key.value, {name for name in names if name}))
    return calls


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def rules_raised() -> set[tuple[str, frozenset[str]]]:
    """(rule, names of its limits) of every SpecError in the code whose rule is written out."""
    found: set[tuple[str, frozenset[str]]] = set()
    for path in PYTHON:
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SpecError"):
                continue
            rule = node.args[1]
            rules = [rule.body, rule.orelse] if isinstance(rule, ast.IfExp) else [rule]
            names = frozenset(keyword.arg or "**" for keyword in node.keywords)
            found |= {
                (option.value, names)
                for option in rules
                if isinstance(option, ast.Constant) and isinstance(option.value, str)
            }
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_there_twice(language: str):
    assert all(catalogue(language).values())
    path = ROOT / "app" / "text" / "locale" / language / "cellscope.po"
    keys = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_the_same_texts_with_the_same_values(language: str):
    known, here = catalogue(LANGUAGES[0]), catalogue(language)
    ours = {key for key in known if language == LANGUAGES[0] or not key.startswith(ONLY_ENGLISH)}
    assert set(here) - ours == set(), "stale"
    assert ours - set(here) == set(), "missing"
    differing = [key for key in here if placeholders(here[key]) != placeholders(known[key])]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_gettext_and_of_their_language(language: str):
    path = ROOT / "app" / "text" / "locale" / language / "cellscope.po"
    with path.open("rb") as file:
        read = read_po(file, abort_invalid=True)
    assert str(read.locale) == language
    assert not read.obsolete
    assert not any(message.fuzzy for message in read if message.id)


def test_no_german_sentence_is_still_english():
    # One word may be the same in both, a name, a symbol: Signal, Training, PyTorch, U(±1/√n).
    known, german = catalogue("en"), catalogue("de")
    same = [
        re.sub(r"{.*?}", "", said)
        for key, said in german.items()
        if known[key] == said and ".".join(key.split(".")[:-1]) not in NAMES
    ]
    assert "Cellscope" in same
    long = [said for said in same if len(re.findall(r"[^\W\d_]{3,}", said)) > 1]
    assert set(long) == {"Experiment (PyTorch)"}


@pytest.mark.parametrize("module", SAYING, ids=lambda path: path.name)
def test_texts_name_their_language_where_it_is_not_the_requests(module: Path):
    # A thread of a pool knows nothing of the request, so a forgotten language would be English.
    for node in nodes(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("text", "problem"):
            assert len(node.args) > 1, f"line {node.lineno}"


def test_every_text_that_is_asked_for_is_there():
    known = catalogue("en")
    missing = {key for key, _ in calls_of_text() if key not in known}
    for path in SCRIPTS:
        source = path.read_text(encoding="utf-8")
        asked = {f"page.{key}" for key in re.findall(r"\btext\(\s*[\"']([\w.]+)[\"']", source)}
        asked |= set(re.findall(r"[\"'`](page\.[a-z_.]+)[\"'`]", source))
        missing |= {key for key in asked if key not in known}
    assert missing == set()


def test_every_text_that_is_there_is_asked_for():
    constants, pattern = texts_asked_for()
    rules = {f"error.{constant}" for constant in constants}
    stale = [
        key
        for key in catalogue("en")
        if key not in constants | rules and (key.startswith("error.") or not pattern.fullmatch(key))
    ]
    assert stale == []
    choices = {f"choice.{c.name}.{choice}" for c in CONTROLS for choice in c.choices}
    choices.add("choice.dataset.own")  # a choice where there are such points
    kept = {key for key in catalogue("en") if key.startswith("choice.")}
    assert {key for key in kept - choices if not key.startswith("choice.side.")} == set()


def test_the_values_of_a_text_are_those_that_it_names():
    known = catalogue("en")
    wrong = [
        (key, names)
        for key, names in calls_of_text()
        if key in known and not placeholders(known[key]) <= names
    ]
    assert wrong == []


def test_every_rule_has_its_sentence_and_the_numbers_that_it_speaks_of():
    known = catalogue("en")
    for rule, limits in rules_raised():
        assert f"error.{rule}" in known, rule
        if "**" not in limits:
            assert placeholders(known[f"error.{rule}"]) <= limits, rule


def test_a_problem_names_field_rule_and_value():
    sentence = problem(SpecError("weight_variance", "range", -3.0, low=1e-6, high=1e6))
    assert sentence == "Weight variance s: must be between 10⁻⁶ and 10⁶; got -3"
    assert problem(SpecError("x", "object", None), name="--x").startswith("--x: ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", ["", "  ", None, "9999", "x" * 5000, "5."])
def test_what_the_page_says_of_a_problem_is_a_whole_sentence(value: object, language: str):
    said = sentence(SpecError("sheet", "choice", value, choices="1.1"), language)
    nothing = {"en": "nothing was given.", "de": "angegeben ist nichts."}[language]
    assert re.search(r"[^.]\.$", said)
    assert (isinstance(value, str) and not value.strip()) == said.endswith(nothing)
    assert len(said) < 300


def test_a_key_without_a_name_is_called_so():
    assert problem(SpecError("", "unknown_key", "5")).startswith("A setting without a name: ")


def test_a_field_that_looks_like_a_placeholder_stays_as_it_is():
    assert problem(SpecError("{0.__class__}", "unknown_key", "{value}")) == (
        "{0.__class__}: is no setting; got {value}"
    )


def test_an_unknown_text_is_a_programmers_error():
    with pytest.raises(KeyError):
        text("nonsense")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_name_that_looks_like_a_number_is_repeated_as_it_is(language: str) -> None:
    error = SpecError("sheet", "choice", "9.9", choices="1.1, 1.2a")
    assert "9.9" in sentence(error, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_menu_save_is_said_to_keep_is_an_item_of_it(language: str):
    items = tuple(
        said
        for key, said in catalogue(language).items()
        if key.startswith("save.") and not key.endswith(".help")
    )
    menu = f"{text('button.export', language)}, "
    named = [said.split(menu)[1] for said in catalogue(language).values() if menu in said]
    assert named
    assert [rest for rest in named if not rest.startswith(items)] == []
