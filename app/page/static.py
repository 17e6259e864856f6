"""What Dash never changes, as plain HTML: of 670 components it then keeps track of 280.

Every message that Dash's page store gets is told to every component. Scripts may do with this HTML
what they like; Dash writes it once.
"""

from html import escape
from typing import Any

from dash.development.base_component import Component

from cellscope.app.page.wording import components, properties_of

DRIVEN = {
    "play",
    "step",
    "rewind",
    "reseed",
    "theory-text",
    "guide-formula",
}  # by callbacks or set_props
NAMES = {"className": "class", "htmlFor": "for"}  # properties that HTML calls otherwise
ALONE = {"img", "input", "br", "hr"}  # elements that hold nothing
Attributes = dict[str, Any]


class Static(Component):
    """An element that holds HTML; its browser side is in assets/clientside.js."""

    _namespace = "cellscope_page"
    _type = "Static"
    _prop_names = ["tag", "attributes", "markup"]  # noqa: RUF012 (as Dash has it)
    _base_nodes = []  # noqa: RUF012
    _children_props = []  # noqa: RUF012
    _valid_wildcard_attributes = []  # noqa: RUF012

    def __init__(self, tag: str, attributes: Attributes, markup: str) -> None:
        super().__init__(tag=tag, attributes=attributes, markup=markup)


def with_static_parts(component: Any) -> Any:
    """The same page, its largest parts that are nothing but HTML written out."""
    if not isinstance(component, Component):
        return component
    held = _held(component)
    if not any(isinstance(part, Component) for part in held):
        return component
    if _is_plain(component):
        return Static(_tag(component), _attributes(component), "".join(map(markup, held)))
    component.children = [with_static_parts(part) for part in held]  # pyright: ignore[reportAttributeAccessIssue]
    return component


def markup(part: Any) -> str:
    """HTML of a text, or of a component that is one element of HTML."""
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    return markup_of(_tag(part), _attributes(part), "".join(map(markup, _held(part))))


def markup_of(tag: str, given: Attributes, inside: str = "") -> str:
    """HTML of one element."""
    opened = f"<{tag}{''.join(_written(*pair) for pair in given.items())}>"
    return opened if tag in ALONE else f"{opened}{inside}</{tag}>"


def _is_plain(component: Component) -> bool:
    return all(
        _namespace(part) == "dash_html_components" and getattr(part, "id", "") not in DRIVEN
        for part in components(component)
    )


def _held(component: Component) -> list[Any]:
    children = getattr(component, "children", None)
    held = list(children) if isinstance(children, list | tuple) else [children]
    return [part for part in held if part is not None]


def _attributes(component: Component) -> Attributes:
    given = sorted(properties_of(component).items())
    return {name: value for name, value in given if name != "children"}


def _written(name: str, value: Any) -> str:
    if value is False or value is None:
        return ""
    shown = "" if value is True else escape(str(value))
    return f' {NAMES.get(name, name.lower())}="{shown}"'


def _tag(component: Component) -> str:
    described: Any = component.to_plotly_json()
    return described["type"].lower()


def _namespace(component: Component) -> str:
    described: Any = component.to_plotly_json()
    return described["namespace"]
