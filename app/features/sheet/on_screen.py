"""Which network is on screen while a question is open: named by all that sets it apart."""

from cellscope.app.settings.comparison import setting_text
from cellscope.app.settings.controls import SPEC_NAMES
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.network_names import network_text
from cellscope.app.text.numbers import typed
from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.datasets import out_of_use
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

# What `network_text` says anyway.
NAMED = ("width", "depth", "hidden", "activation", "init", "weight_variance", "seed")
NAMED_BIASES = ("bias", "bias_variance")


def named_on_screen(question: str, snapshot: Snapshot, window: Window) -> dict[str, str]:
    """Language -> the network, what it has otherwise than the question's own, and the window."""
    return {
        language: "; ".join(_parts(question, snapshot, window, language)) for language in LANGUAGES
    }


def _parts(question: str, snapshot: Snapshot, window: Window, language: str) -> list[str]:
    spec, own = snapshot.spec, PRESETS[question]
    said = [network_text(spec, snapshot.shown_step, language)]
    said += [setting_text(name, spec, language) for name in _different(spec, own.spec)]
    if snapshot.edits:
        said.append(text("edited.mark", language))
    elif snapshot.changed_since:
        said.append(text("sheet.named.since", language))
    elif not snapshot.reproducible:
        said.append(text("sheet.named.changed", language))
    if window != own.view.window:
        x0, x1, y0, y1 = (typed(float(f"{v:.3g}"), language) for v in window)
        said.append(text("sheet.named.window", language, x0=x0, x1=x1, y0=y0, y1=y1))
    return [one for one in said if one]


def _different(spec: Spec, own: Spec) -> list[str]:
    """Settings that differ and that the network's name does not tell."""
    unused = out_of_use(spec) | ({"dataset"} if _has_points(spec) else set())
    return [
        name
        for name in SPEC_NAMES
        if name not in (*NAMED, *NAMED_BIASES)
        and getattr(spec, name) != getattr(own, name)
        and (name != "momentum" or spec.optimizer == "momentum")
        and name not in unused
    ]


def _has_points(spec: Spec) -> bool:
    """Whether its points came with the network's file, or stand in for such."""
    return spec.opened is not None and spec.opened.inputs is not None
