"""The right column: tabs, and the sections that they show."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.panels import SECTIONS
from cellscope.app.features.sheet.panel import charts_cover
from cellscope.app.hall.panel import hall_panel
from cellscope.app.page.widgets import attributes, words
from cellscope.app.settings.tabs import TABS, Tab


def right_column() -> Component:
    return html.Aside(
        [
            hall_panel(),
            _inspector(),
            _tabs(),
            *(section() for section in SECTIONS),
            charts_cover(),
        ],
        id="right",
        className="right",
        **words(label="right.label"),
    )


def _inspector() -> Component:
    """What lies under the pointer, in a place of its own and always of the same height."""
    return html.Section(
        [
            html.P(**words("inspect.idle"), className="inspector-idle here"),
            html.P(**words("inspect.below"), className="inspector-idle below"),
            html.Div(id="card", className="card"),
            html.Button(
                id="card-more",
                className="card-more",
                **words("inspect.more"),
                **attributes(aria_expanded="false", aria_controls="card"),
            ),
        ],
        id="inspector",
        className="inspector",
        **words(label="inspect.label"),
    )


def _tabs() -> Component:
    """The exercises' own tabs lie beyond the edge until they are asked for."""
    strip = html.Div(
        [_tab(tab) for tab in TABS], className="tab-strip", role="tablist", **words(label="tabs")
    )
    more = html.Button(
        id="tabs-more",
        className="tab",
        **words("tabs.more", title="tabs.more.help"),
        **attributes(aria_expanded="false", aria_controls="right"),
    )
    return html.Div([strip, more], className="tabs")


def _tab(tab: Tab) -> Component:
    chosen = "true" if tab == TABS[0] else "false"
    return html.Button(
        id=f"tab-{tab}",
        className="tab",
        role="tab",
        **words(f"tab.{tab}", title=f"tab.{tab}.help"),
        **attributes(data_tab=tab, aria_selected=chosen, aria_controls="right"),
    )
