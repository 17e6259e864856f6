"""The parts of the page that show the signal: charts, tables and sentences of what is measured.

Of two networks the charts show both and the tables the one looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cellscope.app.features.signal.backward_figure import backward_figure
from cellscope.app.features.signal.beside import beside
from cellscope.app.features.signal.forward_figure import SignalRow, signal_figure, unplottable
from cellscope.app.features.signal.init_advice import lesson
from cellscope.app.features.signal.measured import Look, Measured, of_each
from cellscope.app.features.signal.rows import gradient_rows, signal_rows
from cellscope.app.features.signal.sentences import (
    average_text,
    few_units_text,
    precision_text,
    predicted_break,
    short_break,
    spread_text,
)
from cellscope.app.features.signal.tables import (
    backward_table,
    broken_table,
    forward_table,
    gains_table,
    gains_text,
    health_table,
)
from cellscope.app.features.signal.verdict import headline, measured_text, verdict_text
from cellscope.app.figures.base import Figure
from cellscope.app.text.numbers import grouped
from cellscope.app.text.of_task import of_task
from cellscope.app.text.tables import Table
from cellscope.app.text.texts import text
from cellscope.model.precision import PRECISIONS
from cellscope.model.training.replay import replay

NO_TABLE = Table([], [])


@dataclass(frozen=True, slots=True)
class Made:
    """What a part of the page consists of: element id -> figure, text or table."""

    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    tables: dict[str, Table] = field(default_factory=dict[str, Table])


def moments_part(networks: Sequence[Measured], look: Look) -> Made:
    """The forward chart with its sentences, and once a run has diverged what broke it."""
    language = look.language
    rows = [forward_rows(network, look) for network in networks]
    full = look.tab == "signal" and len(networks) == 1  # with two, none of it could be read
    charts = [signal_figure(one, look.theme, language, full=full) for one in rows]
    texts = {
        "moments-caption": _caption(networks, look),
        "verdict": of_each([headline(n.signal, n.spec, language) for n in networks]),
        "explained": _explained(networks, language),
        "lesson": of_each([_lesson(n, language) for n in networks]),
        "overflow": of_each([unplottable(one, language) for one in rows]),
        "broken-text": _broken_text(networks, language),
    }
    if look.tab == "signal":
        texts |= _sentences(networks, look)
    return Made(
        figures={"moments": _together(charts, look)},
        texts=texts,
        tables={"broken": _broken(networks, language)},
    )


def backward_part(networks: Sequence[Measured], look: Look) -> Made:
    """The backward chart and the tables of the signal tab."""
    language, network = look.language, shown_of(networks, look)
    full = len(networks) == 1
    rows = [gradient_rows(n.signal, n.prediction, n.average if full else None) for n in networks]
    charts = [backward_figure(one, look.theme, language, full=full) for one in rows]
    signal, prediction, spec = network.signal, network.prediction, network.spec
    key = "backward.caption" if spec.labelled else "backward.unlabelled"
    caption = text(key, language) + _steps(networks, language)
    return Made(
        figures={"backward": _together(charts, look)},
        texts={
            "backward-caption": caption,
            "gains-text": _named(networks, look, gains_text(prediction, spec, language)),
        },
        tables={
            "gains": _of_layers(network, lambda: gains_table(signal, prediction, spec, language)),
            "health": health_table(signal, spec.sizes[1:-1], language),
            "forward-values": forward_table(forward_rows(network, look), language),
            "backward-values": backward_table(rows[networks.index(network)], signal, language),
            "formats": _of_layers(network, lambda: _formats(network, language)),
        },
    )


def _of_layers(network: Measured, make: Callable[[], Table]) -> Table:
    """A table of weights by layer, which a graph has not."""
    return NO_TABLE if network.spec.graph is not None else make()


def forward_rows(network: Measured, look: Look) -> list[SignalRow]:
    """The rows of the forward chart, in the precision that is looked at."""
    return signal_rows(
        network.signal,
        network.prediction,
        look.side,
        spread=network.spread(look.side),
        draws=network.average,
        held=None if _is_plain(network, look) else network.in_format(look.precision),
    )


def _is_plain(network: Measured, look: Look) -> bool:
    """Whether it is measured in float64, as graphs always are."""
    return look.precision == PRECISIONS[0] or network.spec.graph is not None


def shown_of(networks: Sequence[Measured], look: Look) -> Measured:
    """The network whose tables are shown."""
    return networks[-1] if look.which == "b" else networks[0]


def _together(charts: Sequence[Figure], look: Look) -> Figure:
    return charts[0] if len(charts) == 1 else beside(charts[0], charts[1], look.theme)


def _named(networks: Sequence[Measured], look: Look, said: str) -> str:
    """What is said of the shown network; of two, with its name."""
    return said if len(networks) == 1 or not said else f"{look.which.upper()}: {said}"


def _sentences(networks: Sequence[Measured], look: Look) -> dict[str, str]:
    """Those of the signal tab alone."""
    network, language = shown_of(networks, look), look.language
    prediction = network.prediction
    spread = spread_text(network.spread("pre"), prediction, network.spec, language)
    formats = [
        ""
        if _is_plain(one, look) and one.broken_in(look.precision) is None
        else precision_text(one, look.precision, language)
        for one in networks
    ]
    return {
        "spread-text": _named(networks, look, spread),
        "few-text": _named(networks, look, few_units_text(prediction, language)),
        "precision-text": of_each(formats),
        "average-text": average_text(network.average, language),
    }


def _explained(networks: Sequence[Measured], language: str) -> str:
    """Of one network with theory in words; of two, to be read at a glance, what was measured."""
    if len(networks) > 1:
        return of_each([measured_text(n.signal, n.spec, language) for n in networks])
    one = networks[0]
    return verdict_text(one.signal, one.prediction, one.spec, language)


def _lesson(network: Measured, language: str) -> str:
    edited = bool(network.snapshot.edits)
    return lesson(network.spec, network.prediction, language, edited=edited)


def _caption(networks: Sequence[Measured], look: Look) -> str:
    """What the chart shows."""
    if networks[0].spec.graph is not None:
        return text(f"signal.caption.graph.{look.side}", look.language)
    used = ["identity" if n.spec.layers == 1 else n.spec.activation for n in networks]
    names = [_activation(name, look.language) for name in used]
    linear = all(n.spec.folding_layers == 0 for n in networks)  # one layer has no activation
    key = "signal.caption.linear" if linear else f"signal.caption.{look.side}"
    said = text(key, look.language, activation=_each(names))
    said += _steps(networks, look.language)
    if look.precision == PRECISIONS[0]:
        return said
    return f"{said} · {text('precision.in', look.language, format=look.precision)}"


def _activation(name: str, language: str) -> str:
    """Its name in a sentence, where the short one of the button would not do."""
    named = dict.fromkeys(text(f"activation.{one}", language) for one in name.split(","))
    return ", ".join(named)  # each once


def _each(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else " | ".join(values)


def _steps(networks: Sequence[Measured], language: str) -> str:
    """Of two networks that are at different steps, both; else the page's own step rules."""
    steps = {network.snapshot.shown_step: None for network in networks}
    if len(steps) == 1:
        return ""
    said = " | ".join(map(grouped, steps))
    return " · " + text("signal.steps", language, steps=said)


def _broken(networks: Sequence[Measured], language: str) -> Table:
    """The steps that led to the end of the first of the networks that diverged."""
    broken = _first_diverged(networks)
    if broken is None or broken.snapshot.edits:  # from its settings alone it would go another way
        return NO_TABLE
    spec = broken.spec
    return broken_table(replay(spec, broken.snapshot.step), language, regression=spec.is_regression)


def _broken_text(networks: Sequence[Measured], language: str) -> str:
    broken = _first_diverged(networks)
    if broken is None or broken.snapshot.edits:
        return ""
    ended = replay(broken.spec, broken.snapshot.step).ended
    why = of_task("broken.why", broken.spec)
    said = text(why if ended else "broken.other_course", language)
    return said if len(networks) == 1 else f"{'AB'[networks.index(broken)]}: {said}"


def _first_diverged(networks: Sequence[Measured]) -> Measured | None:
    return next((network for network in networks if network.diverged), None)


def _formats(network: Measured, language: str) -> Table:
    """Per format: where theory expects the end, where this network and a deeper one have it."""
    deeper, moving = network.deeper, network.snapshot.status == "training"
    rows: list[list[str]] = []
    for precision in PRECISIONS:
        expected = predicted_break(network.spec, precision, network.prediction)
        found = "–"
        if deeper is not None and precision in deeper.breaks:
            none = text("formats.none", language, layers=deeper.layers)
            found = short_break(deeper.breaks[precision], none, language)
        # Four forward passes more: not while it trains.
        here = "…" if moving else short_break(network.broken_in(precision), "–", language)
        rows.append([precision, short_break(expected, "–", language), here, found])
    names = ("format", "predicted", "here", "deeper")
    return Table([text(f"precision.column.{name}", language) for name in names], rows)
