"""A question's own experiment: its preset, which is what its numbers and its verdict are of."""

from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from cellscope.app.features.sheet.parts import Facts
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.settings.links import settings_of
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.network_names import described
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

_measuring = {name: Lock() for name in QUESTIONS}
OF_PAGE = ("speed", "points", "lines")  # settings that are no part of an experiment


def start_facts(name: str) -> Facts:
    """What is measured on the question's own experiment; once, which may take seconds."""
    with _measuring[name]:  # whoever asks meanwhile waits for the same
        return _start_facts(name)


@cache
def _start_facts(name: str) -> Facts:
    preset = PRESETS[name]
    network = LiveNetwork(preset.spec)
    for _ in range(preset.step):
        network.advance()
    snapshot = network.snapshot(version=0, run=0, status="paused", rate=0.0, error=None)
    return QUESTIONS[name].measure(snapshot, preset.view.window)


def is_own(name: str, snapshot: Snapshot, window: Window) -> bool:
    """Whether a network on screen is the question's own, at its own step and in its own window.

    Hands may have changed it, or settings on the way: the same settings make another network then.
    """
    preset = PRESETS[name]
    here = (snapshot.spec, snapshot.shown_step, window)
    own = here == (preset.spec, preset.step, preset.view.window)
    return own and not snapshot.edits and snapshot.reproducible


def own_experiment(name: str) -> dict[str, Any]:
    """What the page knows of it: settings, view, step and tab, its name, the link that opens it."""
    preset = PRESETS[name]
    settings = settings_of(preset.spec, preset.view, "max")
    query = {key: value for key, value in settings.items() if key not in OF_PAGE and value != ""}
    query |= {"sheet": name, "tab": preset.tab} | ({"step": preset.step} if preset.step else {})
    return {
        "settings": {key: settings[key] for key in settings if key not in OF_PAGE},
        "sizes": list(preset.spec.sizes),
        "activation": preset.spec.activation,
        "step": preset.step,
        "tab": preset.tab,
        "named": described(preset.spec, preset.step),
        "link": f"?{urlencode(query, safe=',')}",
    }
