"""The page's shell: its boxes where they are going to be, from the browser's first paint on.

Dash builds the page from a megabyte of scripts; the first picture is there long before. It is
painted into the shell, which is of the page's own components and so of its geometry. Nothing in it
can be used, read or heard: no element has its id (the style sheets' rules for ids hold for
`data-place`, see `app.server.bundles`), and what could be false, any value, is not seen
(assets/shell.css). Before it stands a sentence for who gets nothing else: without our style sheet
it is seen at once, with it when the shell is still there after a while.
"""

from html import escape
from typing import Any

from dash.development.base_component import Component

from cellscope.app.features.sheet.panel import rail_tabs
from cellscope.app.page.centre import centre
from cellscope.app.page.static import markup_of
from cellscope.app.page.top import top_bar
from cellscope.app.page.wording import properties_of
from cellscope.app.text.texts import text

KEPT = ("className", "style", "hidden", "type", "value")  # of an element's properties


def shell(values: dict[str, Any]) -> str:
    """The shell as HTML; modules/shell/shell.mjs paints into it and takes it away."""
    rail = f'<div class="rail">{_shown(rail_tabs())}</div>'
    columns = f'<div class="columns">{rail}{_shown(centre(values))}<div class="right"></div></div>'
    page = f'<div class="page">{_shown(top_bar(values))}{columns}</div>'
    blocked = f'<p class="no-scripts">{escape(text("page.blocked"), quote=False)}</p>'
    return f'{too_old()}{blocked}<div class="shell" aria-hidden="true" inert>{page}</div>'


def too_old() -> str:
    """What a browser is told for which the page's style sheets are too new (assets/shell.css).

    A popover that nothing opens: where no style sheet comes, it is not shown either.
    """
    said = escape(text("page.too_old"), quote=False)
    return f'<p class="too-old" popover="manual" data-text="page.too_old">{said}</p>'


def _shown(part: Any) -> str:
    """A component and all within as plain elements, without what acts, names or says."""
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    given = properties_of(part)
    kind = type(part).__name__
    if kind in DRAWN:
        return DRAWN[kind](given)
    kept = {name: given[name] for name in KEPT if name in given} | _place(given)
    children = given.get("children")
    held = children if isinstance(children, list | tuple) else [children]
    inside = "".join(_shown(one) for one in held if one is not None)
    return markup_of(kind.lower(), kept, inside)


def _place(given: dict[str, Any]) -> dict[str, Any]:
    return {"data-place": given["id"]} if "id" in given else {}


def _select(given: dict[str, Any]) -> str:
    options = "".join(markup_of("option", {}, escape(one["label"])) for one in given["options"])
    looks = f"{given['className']} form-select"
    return markup_of("select", {"className": looks} | _place(given), options)


def _radios(given: dict[str, Any]) -> str:
    """As dash-bootstrap-components draws them."""
    box = {"className": f"form-check-input {given['inputClassName']}", "type": "radio"}
    said = {"className": f"form-check-label {given['labelClassName']}"}
    rows = [
        markup_of("input", box | {"value": one["value"], "checked": one["value"] == given["value"]})
        + markup_of("label", said, escape(one["label"]))
        for one in given["options"]
    ]
    checks = {"className": "form-check form-check-inline"}
    inside = "".join(markup_of("div", checks, row) for row in rows)
    return markup_of("div", {"className": given["className"]} | _place(given), inside)


def _box(given: dict[str, Any]) -> str:
    return markup_of("div", {"className": f"dash-input {given['className']}"} | _place(given))


def _graph(given: dict[str, Any]) -> str:
    return markup_of("div", {"className": "dash-graph"} | _place(given))


DRAWN = {"Select": _select, "RadioItems": _radios, "Input": _box, "Graph": _graph}
