"""What the page's scripts need so that they can word it anew in another language.

Elements carry the ids of their texts (`app.page.widgets.words`), which the scripts look up. Entries
of menus and rows of choices are properties of Dash's components, which go to them as such.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dash.development.base_component import Component

from cellscope.app.settings.answer_policy import is_public
from cellscope.app.text.texts import catalogue

OF_SCRIPTS = ("page.", "sheet.", "control.", "choice.")  # beginnings of ids they put together
ASSETS = Path(__file__).parents[2] / "assets"
CARRIED = ("data-text", "data-title", "data-label", "data-name")  # attributes that hold ids
BY_ID = ("children", "title", "aria-", "data-")  # properties that the scripts see to
Properties = dict[str, dict[str, Any]]  # element's id -> property -> value


def page_words(pages: Mapping[str, Component]) -> dict[str, Any]:
    """Language -> texts by id, and language -> properties that differ; `pages` is by language."""
    return {
        "texts": {language: page_texts(page, language) for language, page in pages.items()},
        "properties": differing(pages),
    }


def page_texts(page: Component, language: str) -> dict[str, str]:
    """The texts of one language that the page needs, and no others: some are kept back."""
    asked = written_in_scripts() | {
        key
        for component in components(page)
        for name, key in properties_of(component).items()
        if name in CARRIED
    }
    return {
        key: said
        for key, said in catalogue(language).items()
        if is_public(key) and (key in asked or key.startswith(OF_SCRIPTS))
    }


@lru_cache
def written_in_scripts() -> frozenset[str]:
    """Everything in quotes in the scripts: ids of texts among it."""
    sources = [path.read_text(encoding="utf-8") for path in ASSETS.rglob("*.mjs")]
    return frozenset(
        said for source in sources for said in re.findall(r"[\"']([\w.-]+)[\"']", source)
    )


def differing(pages: Mapping[str, Component]) -> dict[str, Properties]:
    """Language -> element -> the properties that are not the same in every language."""
    kept = {language: _properties(page) for language, page in pages.items()}
    first, *others = kept.values()
    names = [
        (element, name)
        for element, properties in first.items()
        for name, value in properties.items()
        if any(other[element][name] != value for other in others)
    ]
    return {language: _some(properties, names) for language, properties in kept.items()}


def _properties(page: Component) -> Properties:
    found: Properties = {}
    for component in components(page):
        properties = properties_of(component)
        if "id" in properties:
            found[properties["id"]] = {
                k: v for k, v in properties.items() if not k.startswith(BY_ID)
            }
    return found


def _some(properties: Properties, names: list[tuple[str, str]]) -> Properties:
    chosen: Properties = {}
    for element, name in names:
        chosen.setdefault(element, {})[name] = properties[element][name]
    return chosen


def properties_of(component: Component) -> dict[str, Any]:
    """Those that were given."""
    described: Any = component.to_plotly_json()
    return described["props"]


def components(root: Any) -> Iterator[Component]:
    """All components of a page, outermost first."""
    if isinstance(root, list | tuple):
        for part in root:  # pyright: ignore[reportUnknownVariableType]
            yield from components(part)
    elif isinstance(root, Component):
        yield root
        yield from components(getattr(root, "children", None))
