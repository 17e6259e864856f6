"""What Dash never changes is served as plain HTML."""

from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.page.static import Static, markup, with_static_parts
from cellscope.app.page.widgets import attributes
from cellscope.app.page.wording import components, properties_of
from cellscope.app.server.dash_page import Start, page_by_language
from cellscope.model.spec import Spec
from cellscope.model.view import View


def test_elements_are_written_as_a_browser_reads_them():
    tree = html.Label(
        ["a < b", html.Img(src="x.png", alt='"'), html.Br()], htmlFor="width", className="name"
    )
    assert markup(tree) == (
        '<label class="name" for="width">a &lt; b<img alt="&quot;" src="x.png"><br></label>'
    )


def test_attributes_of_what_a_screen_reader_hears_stay():
    heard = html.Span(**attributes(aria_label="x", data_text="y"), tabIndex=0)
    assert markup(heard) == '<span aria-label="x" data-text="y" tabindex="0"></span>'


def test_what_callbacks_and_scripts_drive_stays_with_dash():
    page = html.Div(
        [
            html.Div([html.Button(id="play"), html.P([html.B("bold")])]),
            html.Div([dcc.Input(id="width"), html.Ul(html.Li("one"))]),
        ]
    )
    kinds = [type(part).__name__ for part in components(with_static_parts(page))]
    assert kinds == ["Div", "Div", "Button", "Static", "Div", "Input", "Static"]


def test_of_the_page_every_element_keeps_its_id():
    page = page_by_language(Start(Spec(), View()))["en"]
    ids = set(map(identity, components(page)))
    shown = list(components(with_static_parts(page)))
    still = [properties_of(part) for part in shown if isinstance(part, Static)]
    left = set(map(identity, shown)) | {part["attributes"].get("id") for part in still}
    texts = "".join(part["markup"] for part in still)
    assert [i for i in ids - left if f' id="{i}"' not in texts] == []
    assert len(shown) < len(ids)


def identity(part: Component) -> object:
    return properties_of(part).get("id")
