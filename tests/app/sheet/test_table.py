"""The table of questions is complete: every question of the sheet, every text, every control."""

import pytest

from cellscope.app.features.sheet.dialogue import public_table
from cellscope.app.features.sheet.own import start_facts
from cellscope.app.features.sheet.parts import Choice, Number, Question
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.page.layout import page
from cellscope.app.settings.answer_policy import is_public
from cellscope.app.settings.controls import BY_NAME, CONTROLS
from cellscope.app.settings.presets import PRESETS
from cellscope.app.settings.tabs import TABS
from cellscope.app.text.texts import catalogue
from cellscope.model.spec import Spec
from cellscope.model.view import View

SHEET = ("1.1", "1.2a", "1.2b", "1.3", "1.4", *(f"2.{k}" for k in range(1, 9)))
LANGUAGES = ("en", "de")
each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def public_keys(question: Question) -> set[str]:
    """The texts that the page shows of a question."""
    name = question.name
    keys = {f"sheet.{name}.{text}" for text in ("title", "ask", "cover", "do")}
    keys |= {f"sheet.{name}.why.{explanation}" for explanation in question.explanations}
    keys |= {f"sheet.{name}.try.{each.name}" for each in question.tries}
    for part in question.parts:
        keys.add(f"sheet.{name}.{part.name}")
        if isinstance(part, Choice):
            keys |= {f"sheet.{name}.{part.name}.{option}" for option in part.options}
    return keys


def secret_keys(question: Question) -> set[str]:
    """The texts that it gets in answer to a prediction only."""
    name = question.name
    keys = {f"sheet.answer.{name}"} | ({f"sheet.now.{name}"} if question.screen else set())
    for part in question.parts:
        keys.add(f"sheet.seen.{name}.{part.name}")
        right = part.right(start_facts(name)) if isinstance(part, Choice) else None
        keys |= {
            f"sheet.misconception.{name}.{part.name}.{mistake}"
            for mistake in part.mistakes
            if mistake != right
        }
    return keys


def test_every_question_of_the_sheet_is_there_with_its_preset():
    assert tuple(QUESTIONS) == SHEET
    assert set(SHEET) <= set(PRESETS)


@each_language
@each_question
def test_every_text_of_a_question_is_there(question: Question, language: str):
    keys = public_keys(question) | secret_keys(question)
    assert keys - catalogue(language).keys() == set()


@each_language
def test_no_text_speaks_of_what_no_question_has(language: str):
    known = set[str]().union(*(public_keys(q) | secret_keys(q) for q in QUESTIONS.values()))
    known |= {f"sheet.seen.1.2b.{end}" for end in ("logits", "weights", "stays")}
    known |= {f"sheet.seen.2.3.{end}" for end in ("wrong", "unsure")}
    kept = {
        key
        for key in catalogue(language)
        if key.startswith(
            ("sheet.1", "sheet.2", "sheet.seen.", "sheet.now.", "sheet.answer.", "sheet.misc")
        )
    }
    assert kept - known == set()


@each_question
def test_what_gives_an_answer_away_is_secret_and_the_rest_is_not(question: Question):
    assert all(is_public(key) for key in public_keys(question))
    assert not any(is_public(key) for key in secret_keys(question))


def test_the_public_table_says_nothing_of_what_is_right():
    told = str(public_table())
    for word in ("right", "mistake", "measure", "misconception", "answer"):
        assert f"'{word}'" not in told
    for question, public in zip(QUESTIONS.values(), public_table(), strict=True):
        assert public["explanations"] == sorted(question.explanations)


def elements() -> set[str]:
    """The ids of everything on the page."""
    layout = page(Spec(), View(), "max")
    return {str(getattr(node, "id", "")) for node in layout._traverse()}  # pyright: ignore[reportPrivateUsage]


@each_question
def test_every_control_that_is_named_exists_and_every_setting_is_one(question: Question):
    assert set(question.controls) <= elements()
    assert PRESETS[question.name].tab in TABS
    for each in question.tries:
        assert each.settings or each.per_input
        for name, value in each.settings.items():
            assert BY_NAME[name].read(name, value) == value


@each_question
def test_the_controls_to_try_out_are_shown(question: Question):
    spec_elements = {control.element for control in CONTROLS if control.group != "view"}
    for each in question.tries:
        for name in each.settings if each.per_input is None else ("weight_variance",):
            if BY_NAME[name].element in spec_elements - {"weight-variance", "init"}:
                assert BY_NAME[name].element in question.controls


@each_question
def test_the_start_is_a_valid_experiment(question: Question):
    assert PRESETS[question.name].spec.layers >= 1


@each_question
@each_language
def test_numbers_named_in_a_question_are_those_of_its_experiment(question: Question, language: str):
    spec = PRESETS[question.name].spec
    words = catalogue(language)
    asked = words[f"sheet.{question.name}.ask"] + str(
        [words[f"sheet.{question.name}.{part.name}"] for part in question.parts]
    )
    named = {"1.1": "2 → 100 → 100 → 100 → 2", "2.4": "16", "1.3": "ReLU", "2.7": "600"}
    assert named.get(question.name, "") in asked
    if "2 → 100" in asked:
        assert spec.sizes == (2, 100, 100, 100, 2)
    for count, word in ((16, "width 16"), (16, "Breite 16"), (16, "16 units"), (16, "16 Neuronen")):
        if word in asked:
            assert set(spec.sizes[1:-1]) == {count}
    for layers, word in ((11, "leven layers"), (11, "lf Schichten"), (5, "ive linear layers")):
        if word in asked:
            assert spec.layers == layers


def test_each_numbers_mistakes_are_all_that_its_zones_can_say():
    for question in QUESTIONS.values():
        facts = start_facts(question.name)
        for part in question.parts:
            if isinstance(part, Number):
                values = [part.low + (part.high - part.low) * 10.0**-k for k in range(40)]
                values += [float(k) for k in range(1, 400) if part.low <= k <= part.high]
                found = {part.mistake(facts, v) for v in values if not part.is_right(facts, v)}
                assert found <= set(part.mistakes)
                assert len(found) >= 2


def test_texts_have_no_formula_before_the_answer():
    # The page shows them as they are; only worked answers go through MathJax.
    for language in LANGUAGES:
        for key, value in catalogue(language).items():
            if key.startswith("sheet.") and not key.startswith("sheet.answer."):
                assert "\\" not in value, key
                assert "{{" not in value, key
