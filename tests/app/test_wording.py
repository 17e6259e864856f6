"""No word of the page is in one language only."""

import json
import re
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

from cellscope.app.page.wording import (
    ASSETS,
    BY_ID,
    components,
    differing,
    page_texts,
    page_words,
    properties_of,
)
from cellscope.app.server.dash_page import Start, page_by_language
from cellscope.app.settings.answer_policy import is_public
from cellscope.app.settings.comparison import COMPARED
from cellscope.app.settings.controls import CONTROLS
from cellscope.app.text.texts import LANGUAGES, catalogue, text
from cellscope.model.spec import Spec
from cellscope.model.view import View

PAGES = page_by_language(Start(Spec(), View()))
FORMATS = {"float64", "float32", "bfloat16", "float16"}
NAMES = {"Cellscope", "PNG", "SVG", "JSON", "NPZ"} | FORMATS  # the same in every language
WORDS = re.compile(r"[^\W\d_]{2,}")


def leaves(root: Any, above: Component | None = None) -> list[tuple[Component | None, str]]:
    """All strings of a page, each with the component that it stands in."""
    if isinstance(root, str):
        return [(above, root)]
    if isinstance(root, list | tuple):
        return [leaf for part in root for leaf in leaves(part, above)]  # pyright: ignore[reportUnknownVariableType]
    return leaves(getattr(root, "children", None), root) if isinstance(root, Component) else []


def labels(options: Any) -> list[str]:
    return [option["label"] for option in options]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_an_id_by_which_it_can_be_said_in_another_language(language: str):
    for component, said in leaves(PAGES[language]):
        if said in NAMES or isinstance(component, html.Code | html.Kbd) or not WORDS.search(said):
            continue
        key = None if component is None else properties_of(component).get("data-text")
        assert key is not None, said
        assert text(key, language) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_tooltips_and_names_have_ids_as_well(language: str):
    for component in components(PAGES[language]):
        properties = properties_of(component)
        for name, attribute in (("title", "data-title"), ("aria-label", "data-label")):
            key = properties.get(attribute)
            assert properties.get(name) == (None if key is None else text(key, language))


def test_what_has_no_such_id_goes_to_dash_as_properties_of_an_element_with_an_id():
    found = differing(PAGES)
    assert set(found) == set(LANGUAGES)
    assert labels(found["de"]["mode"]["options"])[0] == "Zellen"
    assert labels(found["en"]["mode"]["options"])[0] == "Cells"
    assert found["de"].keys() == found["en"].keys() >= {"dataset", "preset", "side", "speed"}
    for english, german in zip(components(PAGES["en"]), components(PAGES["de"]), strict=True):
        one, other = properties_of(english), properties_of(german)
        names = {name for name in one if not name.startswith(BY_ID) and one[name] != other[name]}
        assert not names or one["id"] in found["de"], f"{names} of an element without an id"


def test_ids_that_scripts_put_together_are_all_there():
    scripts = "".join(path.read_text(encoding="utf-8") for path in ASSETS.rglob("*.mjs"))
    built = re.findall(r"`([a-z]+\.(?:[\w.]|\$\{[^}]*\})*)`", scripts)
    patterns = [re.compile(re.sub(r"\$\{[^}]*\}", r"[\\w.-]+", key)) for key in built]
    assert any(pattern.fullmatch("choice.init.he") for pattern in patterns)
    texts = page_texts(PAGES["en"], "en")
    public = [key for key in catalogue("en") if is_public(key)]
    wanted = {key for key in public if any(pattern.fullmatch(key) for pattern in patterns)}
    assert wanted - set(texts) == set()


def test_pages_of_all_languages_are_the_same_but_for_the_words():
    shapes = {
        json.dumps(
            [
                [type(component).__name__, *sorted(properties_of(component))]
                for component in components(PAGES[language])
            ]
        )
        for language in LANGUAGES
    }
    assert len(shapes) == 1


def test_the_page_gets_the_texts_that_it_needs_and_no_others():
    words = page_words(PAGES)
    for language in LANGUAGES:
        texts = words["texts"][language]
        assert texts == page_texts(PAGES[language], language)
        assert {"page.pause", "group.data", "button.play.help", "control.noise"} <= set(texts)
        kept_back = ("cli.", "error.", "sheet.answer.", "sheet.misconception.", "verdict.")
        assert not [key for key in texts if key.startswith(kept_back)]
    assert len({frozenset(texts) for texts in words["texts"].values()}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rows_in_which_a_second_network_differs_have_their_words(language: str):
    # The scripts put these ids together, from a control's name and its choices.
    words = page_texts(PAGES[language], language)
    for control in CONTROLS:
        if control.name in COMPARED:
            assert words[f"control.{control.name}"]
            assert all(words[f"choice.{control.name}.{choice}"] for choice in control.choices)


BADLY = {  # what a lecturer would not write, and what has another word here
    "Biase": r"\bBiasen?\b",
    "Bias-Werte": r"\bBias-Wert",
    "vervielfacht um": r"vervielfach",
    "Das hält … für": r"Das hält [^.]* für\b",
    "Gitter": r"\bGitter",  # Raster
    "Vieleck": r"\bVieleck",  # Polygon
    "Reihe": r"\bReihe\b",  # Sweep
    "teilt": r"\bwas eine Farbe teilt\b",
    "Pause": r"^Pause$",
    "am Start": r"\bam Start\b",  # am Anfang
    "Sie": r"\b(?:zeigen|Zeigen|wählen|Wählen|sehen|Sehen|drücken|Drücken) Sie\b",
    "Ihr": r"(?<![.:!?] )(?<!^)\bIhr(?:e[mnrs]?)?\b",  # begins a sentence where it means hers
    "der Logit": r"\b(?:größter|der größte) \|?Logit",
    "ein ReLU": r"\bk?ein ReLU\b",
}


@pytest.mark.parametrize("why", BADLY)
def test_german_is_that_of_lecturers_and_has_one_word_for_one_thing(why: str):
    bad = re.compile(BADLY[why])
    assert [key for key, said in catalogue("de").items() if bad.search(said)] == []


IN_FORMULA = re.compile(r"\\text\{\{([^}]*)\}\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_in_formulas_have_no_letters_that_the_formulas_font_lacks(language: str):
    words = [word for said in catalogue(language).values() for word in IN_FORMULA.findall(said)]
    assert words
    assert [word for word in words if not word.isascii()] == []
