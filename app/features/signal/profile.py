"""The outputs along the line over the picture, with a joint wherever a unit folds them."""

from collections.abc import Sequence
from math import hypot

from cellscope.app.features.signal.measured import Look, Measured
from cellscope.app.features.signal.parts import Made
from cellscope.app.figures.base import Figure, axis_title, base_layout, empty_note
from cellscope.app.figures.colours import MARKERS, THEME_COLOURS, class_colour, mix
from cellscope.app.stream.frames import of_layers
from cellscope.app.text.texts import text
from cellscope.model.cells.count.profile import Profile, profile


def profile_part(networks: Sequence[Measured], look: Look) -> Made:
    """One curve a logit; of two networks those of the one that is looked at."""
    network = networks[1] if look.which == "b" and len(networks) > 1 else networks[0]
    layout = base_layout(look.theme, look.language)
    graph = network.spec.graph is not None
    if look.line is None or graph:
        key = "opened.graph.line" if graph else "profile.empty"
        note = empty_note(text(key, look.language), THEME_COLOURS[look.theme]["ink2"])
        empty: Figure = {"data": [], "layout": layout | {"annotations": [note]}}
        return Made(figures={"profile": empty}, texts={"profile-caption": ""})
    p, q = look.line
    found = profile(network.snapshot, p, q)
    return Made(
        figures={
            "profile": _curves(
                found,
                hypot(q[0] - p[0], q[1] - p[1]),
                look,
                _names(network, look.language),
                last=network.spec.folding_layers,
            )
        },
        texts={"profile-caption": _caption(network, found, look.language)},
    )


def _caption(network: Measured, found: Profile, language: str) -> str:
    """How many breakpoints, and of which layers: the line over the picture may be of fewer."""
    spec = network.spec
    key = {0: "linear", 1: "caption.one"}.get(spec.folding_layers, "caption")
    return text(
        f"profile.{key if found.exact else f'smooth.{spec.why_grid}'}",
        language,
        joints=int((found.layers > 0).sum()),
        of_layers=of_layers(max(1, spec.folding_layers), language),
        step=network.snapshot.shown_step,
    )


def _names(network: Measured, language: str) -> list[str]:
    """Of the axis and of each curve: a regression has one output and no logits."""
    if network.spec.is_regression:
        return [text("profile.output", language)] * 2
    logits = [text("profile.logit", language, number=k + 1) for k in range(network.spec.sizes[-1])]
    return [text("profile.value", language), *logits]


def _curves(found: Profile, length: float, look: Look, names: list[str], *, last: int) -> Figure:
    colours = THEME_COLOURS[look.theme]
    layout = base_layout(look.theme, look.language)
    layout["xaxis"] |= {
        "range": [0, length],
        "title": axis_title(text("profile.axis", look.language)),
    }
    layout["yaxis"] |= {"title": axis_title(names[0])}
    layout["uirevision"] = f"{look.line}"  # another line, another range
    layout["hovermode"] = "closest"
    x = (found.t * length).tolist()
    joints = [layer > 0 for layer in found.layers.tolist()]
    size = [7 if joint else 0 for joint in joints]
    marker = {
        "size": size,
        "color": [_shade(int(layer), last, colours) for layer in found.layers],
        "line": {"color": colours["ink"], "width": 0.8},
    }
    layers = [
        text("profile.joint", look.language, layer=int(layer)) if layer else ""
        for layer in found.layers
    ]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers" if any(joints) else "lines",
                "x": x,
                "y": values.tolist(),
                "line": {"color": class_colour(k), "width": 2},
                "marker": marker | {"symbol": MARKERS[k % len(MARKERS)]},
                "text": layers,
                "name": names[k + 1],
                "hovertemplate": f"{names[k + 1]} %{{y:.4g}} %{{text}}<extra></extra>",
                "showlegend": False,
            }
            for k, values in enumerate(found.values)
        ],
        "layout": layout,
    }


def _shade(layer: int, last: int, colours: dict[str, str]) -> str:
    """From the first layer, pale, to the network's last that folds, full: on every line alike."""
    share = (max(1, layer) - 1) / max(1, last - 1)
    return mix(colours["surface"], colours["bar"], 0.15 + 0.85 * share)
