"""Small pages beside the large one: plain HTML, one style sheet, one script, no Dash."""

import json
from html import escape
from typing import Any

from cellscope.app.server.scripts import ASSETS, FIRST, import_map
from cellscope.app.text.texts import LANGUAGES, text


class Words:
    """Writes an element's text with its id, by which the script words it anew."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        """The end of an opening tag, and the text."""
        return f'data-text="{key}">{escape(text(key, self.language))}'


def small_page(
    language: str, *, title: str, known: dict[str, Any], style: str, script: str, body: str
) -> str:
    """The whole page; `known` is what its script finds, `body` all between the body's tags."""
    data = json.dumps({"controls": [], "languages": LANGUAGES} | known).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="{language}" data-languages="{" ".join(LANGUAGES)}" data-theme="light">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(text(title, language))}</title>
<link rel="icon" href="./_favicon.ico">
<script type="application/json" id="cellscope-data">{data}</script>
<link rel="stylesheet" href="{_asset(style)}">
<script src="./assets/{FIRST}"></script>
<script type="importmap">{import_map()}</script>
<script type="module" src="{_asset(script)}"></script></head>
<body>
{body}</body></html>"""


def _asset(name: str) -> str:
    """Its address, with the version that lets browsers keep it."""
    return f"./assets/{name}?m={(ASSETS / name).stat().st_mtime_ns}"
