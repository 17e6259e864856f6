"""A network in a few words: what names it under a picture and beside a measured number."""

from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot


def described(spec: Spec, step: int) -> dict[str, str]:
    """Language -> which network: its layers, activation, scheme, biases, seed and step."""
    return {language: network_text(spec, step, language) for language in LANGUAGES}


def network_text(spec: Spec, step: int, language: str) -> str:
    """The same in one language."""
    if spec.opened is not None:
        sizes = " → ".join(map(str, spec.sizes))
        return text("opened.named", language, name=spec.opened.name, sizes=sizes, step=step)
    return text(
        "sheet.named",
        language,
        layers=_layers(spec, language),
        activation=in_use_text(spec, language),
        scheme=_scheme(spec, language),
        biases=_biases(spec, language),
        seed=str(spec.seed),
        step=step,
    )


def shown_text(snapshot: Snapshot, language: str) -> str:
    """A network as it is shown and saved: with what its settings alone would not make of it."""
    spec = snapshot.spec
    said = [network_text(spec, snapshot.shown_step, language)]
    if spec.own is not None:
        said.append(text("choice.dataset.own", language))
    if snapshot.edits:
        said.append(text("edited.mark", language))
    return "; ".join(said)


def in_use_text(spec: Spec, language: str) -> str:
    """The activation of the network itself: one layer has none, whatever is set."""
    return (
        text("choice.activation.identity", language)
        if spec.layers == 1
        else activation_text(spec, language)
    )


def activation_text(spec: Spec, language: str) -> str:
    """The activation's short name; of several, those of the layers in order."""
    names = spec.activation.split(",")
    return ", ".join(text(f"choice.activation.{name}", language) for name in names)


def _layers(spec: Spec, language: str) -> str:
    widths = set(spec.sizes[1:-1])
    if len(widths) == 1:
        return text("sheet.named.layers", language, layers=spec.layers, width=widths.pop())
    return " → ".join(map(str, spec.sizes))


def _scheme(spec: Spec, language: str) -> str:
    if spec.init == "normal":
        return text("sheet.named.normal", language, s=spec.weight_variance)
    return text(f"sheet.named.{spec.init}", language)


def _biases(spec: Spec, language: str) -> str:
    if spec.init == "pytorch":
        return text("sheet.named.bias.pytorch", language)
    if spec.bias == "fixed" and spec.bias_variance > 0:
        return text("sheet.named.bias.fixed", language, s=spec.bias_variance)
    return text(f"sheet.named.bias.{'zero' if spec.bias == 'fixed' else spec.bias}", language)
