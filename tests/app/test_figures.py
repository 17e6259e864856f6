"""Charts are valid Plotly for any numbers, and name what they cannot show."""

import json
import math
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.features.loss.figure import loss_figure
from cellscope.app.features.picture.points_figure import points_figure
from cellscope.app.features.signal.backward_figure import GradientRow, backward_figure
from cellscope.app.features.signal.beside import beside
from cellscope.app.features.signal.forward_figure import SignalRow, signal_figure, unplottable
from cellscope.app.figures.base import Figure, blank_figure, plottable, round_up
from cellscope.app.figures.colours import CLASS_COLOURS, THEME_COLOURS
from cellscope.app.figures.layers import Quantiles, layer_axis
from cellscope.model.datasets import make_data
from cellscope.model.moments import Moments
from cellscope.model.spec import DATASETS, Spec
from cellscope.model.training.history import Score

NUMBERS = st.sampled_from([0.0, 1.0, 1e-320, 1e-300, 1e300, 1.7e308, math.inf, math.nan]) | (
    st.floats(min_value=0.0)
)
MOMENTS = st.builds(
    Moments, mean=st.floats(), variance=NUMBERS, data_variance=NUMBERS, mean_square=NUMBERS
)
THEORIES = st.none() | NUMBERS
SCORES = st.builds(
    Score,
    step=st.integers(0, 10**9),
    train_loss=NUMBERS,
    test_loss=NUMBERS,
    train_accuracy=st.floats(0, 1),
    test_accuracy=st.floats(0, 1),
)


def checked(figure: Figure) -> Any:
    """The figure as Plotly takes it; it must be JSON that a browser reads, too."""
    json.dumps(figure, allow_nan=False)
    return go.Figure(figure)


def ends(bars: Any) -> list[float | None]:
    """Where bars that begin at 1 end: the values that they show, but for those next to 1."""
    return [
        None if y is None else low + y if low > 0.98 else low
        for low, y in zip(bars.base, bars.y, strict=True)
    ]


def row(layer: int, variance: float, **others: Any) -> SignalRow:
    values = {"mean": 0.0, "data_variance": variance, "mean_square": variance} | others
    return SignalRow(layer, Moments(variance=variance, **values), None, None)


@pytest.mark.parametrize("theme", THEME_COLOURS)
def test_every_chart_is_valid_plotly_in_both_themes(theme: str):
    rows = [row(0, 1.0), SignalRow(1, Moments(0.1, 2.0, 1.5, 2.01), 1.9, (1.0, 3.0))]
    history = [Score(0, 0.7, 0.8, 0.5, 0.4), Score(5, 0.1, 0.2, 0.9, 0.8)]
    signal = checked(signal_figure(rows, theme, "en"))
    assert signal.layout.yaxis.type == "log"
    checked(loss_figure(history, theme, "en"))
    checked(blank_figure())


@given(
    st.lists(
        st.tuples(MOMENTS, THEORIES, st.none() | st.tuples(NUMBERS, NUMBERS)),
        min_size=1,
        max_size=5,
    )
)
def test_no_moments_break_the_signal_chart(numbers: list[tuple[Any, Any, Any]]):
    rows = [SignalRow(layer, *values) for layer, values in enumerate(numbers)]
    figure = checked(signal_figure(rows, "light", "en"))
    low, high = figure.layout.yaxis.range
    assert -330 < low < high < 330
    (bars, *_) = (trace for trace in figure.data if trace.type == "bar")
    named = unplottable(rows, "en")
    for r, bar in zip(rows, ends(bars), strict=True):
        if bar is None:
            assert str(r.layer) in named  # never dropped silently
        else:
            assert low <= math.log10(bar) <= high


@given(st.floats(-1e6, 1e6))
def test_every_mean_is_within_its_axis_and_that_holds_still_for_small_ones(mean: float):
    rows = [row(0, 1.0), row(1, 1.0, mean=mean)]
    axis = checked(signal_figure(rows, "light", "en")).layout.yaxis2
    assert axis.range[0] < mean < axis.range[1]
    if abs(mean) < 1.19:
        assert (axis.range, axis.tickvals) == ((-1.6, 1.6), (0,))


def test_layers_without_a_bar_are_named_with_the_reason():
    rows = [row(0, 1.0), row(1, 1e305), row(2, math.inf), row(3, math.nan), row(4, 0.0)]
    sentence = unplottable([*rows, row(5, 1e-310)], "en")
    over, zero = sentence.split(" · ")
    assert "1, 2, 3" in over
    assert "4, 5" in zero
    assert unplottable(rows[:1], "en") == ""


def test_bars_theory_and_mean_are_the_numbers_given():
    rows = [
        SignalRow(0, Moments(0.0, 1.0, 1.0, 1.0), 1.0, None),
        SignalRow(1, Moments(6.0, 9.0, 4.0, 45.0), 8.0, (7.0, 10.0)),
    ]
    figure = checked(signal_figure(rows, "dark", "en"))
    pooled, alone = (trace for trace in figure.data if trace.type == "bar")
    assert ends(pooled) == pytest.approx([1.0, 9.0], rel=0.021)
    assert ends(alone) == pytest.approx([1.0, 4.0], rel=0.021)
    scatter = [trace for trace in figure.data if trace.type == "scatter"]
    (band,) = (trace for trace in scatter if trace.fill == "toself")
    (theory,) = (trace for trace in scatter if trace.mode == "lines" and trace.fill is None)
    (means,) = (trace for trace in scatter if trace.mode == "markers")
    assert list(theory.y) == [1.0, 8.0]
    assert list(means.y) == [0.0, 2.0]  # in deviations: 6 / √9
    assert list(band.x) == [1, 1]
    assert list(band.y) == [10.0, 7.0]


def test_the_full_chart_adds_median_data_theory_and_draws():
    many = (Quantiles(2.0, 1.0, 4.0), Quantiles(1.5, None, math.inf))
    rows = [
        row(0, 1.0),
        SignalRow(1, Moments(0.0, 9.0, 4.0, 9.0), 8.0, (7.0, 10.0), 7.5, 5.0, draws=many),
    ]
    full = checked(signal_figure(rows, "light", "en", full=True))
    scatter = [trace for trace in full.data if trace.type == "scatter"]
    lines = {trace.line.dash: trace for trace in scatter if trace.mode == "lines"}
    assert list(lines["dash"].y) == [None, 7.5]
    assert list(lines["dot"].y) == [None, 5.0]
    pooled, alone = (t for t in scatter if t.error_y.array is not None)
    assert pooled.x[0] < 1 < alone.x[0]  # each over its own bar
    assert (pooled.y[0], pooled.error_y.array[0], pooled.error_y.arrayminus[0]) == (2.0, 2.0, 1.0)
    assert (alone.error_y.array[0], alone.error_y.arrayminus[0]) == (0.0, 0.0)  # nothing to show
    plain = checked(signal_figure(rows, "light", "en"))
    assert len(plain.data) == len(full.data) - 4


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, THEORIES, THEORIES), min_size=1, max_size=32),
    st.sampled_from(sorted(THEME_COLOURS)),
)
def test_no_gradients_break_the_backward_chart(numbers: list[tuple[Any, ...]], theme: str):
    rows = [GradientRow(layer, *values) for layer, values in enumerate(numbers, start=1)]
    figure = checked(backward_figure(rows, theme, "en"))
    low, high = figure.layout.yaxis.range
    assert -330 < low < high < 330
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [trace.y for trace in bars] == [
        tuple(plottable(r.measured[k]) for r in rows) for k in range(3)
    ]


@pytest.mark.parametrize("layers", [1, 5, 12, 13, 20, 32])
def test_layers_are_named_upright_and_never_too_densely(layers: int):
    axis = layer_axis(layers, "layer")
    assert axis["tickangle"] == 0
    assert len(axis["tickvals"]) <= 13
    assert axis["tickvals"][0] == 0
    assert len(axis["tickvals"]) == layers + 1 or layers > 12


def test_a_chart_from_1e_minus_300_to_1e300_has_few_ticks():
    rows = [row(0, 2e-300), row(1, 1.0), row(2, 0.9e300)]
    axis = checked(signal_figure(rows, "light", "en")).layout.yaxis
    low, high = axis.range
    assert (low, high) == pytest.approx((-300, 300), abs=1.5)
    assert (high - low) / axis.dtick <= 6


@given(st.lists(SCORES, min_size=1, max_size=6))
def test_no_losses_break_their_chart(history: list[Score]):
    figure = checked(loss_figure(history, "light", "en"))
    low, high = figure.layout.yaxis.range
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high


def test_an_empty_history_is_an_empty_chart():
    """Its curves have a point that is nowhere: of none Plotly would leave out an axis."""
    curves = checked(loss_figure([], "light", "en")).data
    assert len(curves) == 4
    assert all((*trace.x, *trace.y) == (None, None) for trace in curves)


def test_the_loss_axis_is_logarithmic_only_where_losses_span_more_than_a_hundredfold():
    def kind(*losses: float) -> str:
        history = [Score(k, loss, loss, 0.5, 0.5) for k, loss in enumerate(losses)]
        return checked(loss_figure(history, "light", "en")).layout.yaxis.type

    assert kind(0.7, 0.1) == "linear"
    assert kind(0.7, 0.001) == "log"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_point_is_drawn_once_with_a_marker_of_its_class(dataset: str):
    classes = DATASETS[dataset][1]
    spec = Spec(dataset=dataset, classes=classes, samples=80)
    data = make_data(spec)
    figure = checked(points_figure(data, classes, "light", "en", coloured=True))
    assert len(figure.data) == 2 * classes
    assert sum(len(trace.x) for trace in figure.data) == 80
    sets = [trace.meta for trace in figure.data]  # by which the page shows them
    assert sets == ["train"] * classes + ["test"] * classes
    first = figure.data[:classes]
    names = [f"training point of class {k}" for k in range(1, classes + 1)]  # as logits, from 1
    assert [trace.name for trace in first] == names
    assert len({trace.marker.symbol for trace in first}) == classes
    assert [trace.marker.color for trace in first] == list(CLASS_COLOURS[:classes])


def test_where_colour_means_a_cell_points_have_none():
    spec = Spec(samples=40)
    figure = checked(points_figure(make_data(spec), 2, "dark", "en", coloured=False))
    assert {trace.marker.color for trace in figure.data} == {"#FFFFFF", "#000000"}


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_axes_end_a_little_above_their_values(value: float):
    assert value <= round_up(value) * (1 + 1e-12) <= 1.34 * value


@given(st.floats())
def test_what_is_plottable_has_a_logarithm(value: float):
    shown = plottable(value)
    assert shown is None or math.isfinite(math.log10(shown))


def test_bars_begin_at_one_and_what_vanishes_hangs_down():
    rows = [row(0, 1.0), row(1, 8.0), row(2, 1 / 8)]
    (pooled, _) = (t for t in checked(signal_figure(rows, "light", "en")).data if t.type == "bar")
    low, tall = list(pooled.base), list(pooled.y)
    assert (low[1], low[1] + tall[1]) == (pytest.approx(1, rel=0.021), 8.0)
    assert (low[2], low[2] + tall[2]) == (1 / 8, pytest.approx(1, rel=0.021))
    assert tall[0] > 0  # where nothing changes there is a bar to be seen


def test_lines_and_bars_are_named_where_they_end_and_theory_with_its_factor():
    rows = [replace(row(k, 8.0**k), theory=8.0**k) for k in range(4)]
    labels = checked(signal_figure(rows, "light", "en")).layout.annotations
    assert [label.text for label in labels] == ["theory × 8", "■ pooled", "□ data only"]
    heights = [label.y for label in labels]
    assert heights == sorted(heights)
    assert len(set(heights)) == 3


def test_an_empty_chart_says_what_fills_it():
    start = Score(0, 0.7, 0.8, 0.5, 0.5)
    notes = [a.text for a in checked(loss_figure([start], "light", "en")).layout.annotations]
    assert "Fills as it trains: press play" in notes
    later = checked(loss_figure([start, replace(start, step=9)], "light", "en"))
    assert len(later.layout.annotations) == len(notes) - 1


# Two networks in one chart.


def chart(*variances: float, theory: float | None = None) -> Figure:
    rows = [replace(row(k, v), theory=theory, band=(0.5, 2.0)) for k, v in enumerate(variances)]
    return signal_figure(rows, "light", "en")


def test_logarithmic_steps_begin_with_the_first_that_was_taken():
    start = Score(0, 1.2, 1.3, 0.5, 0.5)
    taken = [replace(start, step=step) for step in (16, 32)]
    figure = checked(loss_figure([start, *taken], "light", "en", axes=("log", "auto")))
    assert all(list(trace.x) == [16, 32] for trace in figure.data)
    second = checked(loss_figure([start], "light", "en", [start, *taken], axes=("log", "auto")))
    assert {tuple(trace.x) for trace in second.data if trace.mode == "lines"} == {(None,), (16, 32)}
    recalled = checked(loss_figure([start], "light", "en", later=taken, at=0, axes=("log", "log")))
    assert all(0 not in trace.x for trace in recalled.data)


def test_bars_of_two_networks_stand_beside_each_other_on_an_axis_that_holds_both():
    figure = checked(beside(chart(1.0, 1e6, 1e12, theory=4.0), chart(1.0, 0.9), "light"))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert ends(bars[0]) == pytest.approx([1.0, 1e6, 1e12], rel=0.021)
    assert ends(bars[1]) == pytest.approx([1.0, 0.9], rel=0.021)
    assert not figure.layout.annotations  # they would stand on the first one's axis
    colours = THEME_COLOURS["light"]
    assert [bar.marker.color for bar in bars] == [colours["bar"], colours["second"]]
    low, high = figure.layout.yaxis.range
    assert 10**low < 0.9 < 1e12 < 10**high
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2]
    assert bars[1].hovertext[0].startswith("<b>B</b>")


def test_a_deeper_second_network_has_room_and_only_one_band_is_drawn():
    figure = checked(beside(chart(1.0, 2.0), chart(*[1.0] * 9), "dark"))
    assert figure.layout.xaxis.range[1] > 8
    assert sum("fill" in trace and trace["fill"] == "toself" for trace in figure.data) == 1


@given(st.lists(MOMENTS, min_size=1, max_size=4), st.lists(MOMENTS, min_size=1, max_size=4))
def test_any_two_networks_fit_into_one_chart(one: list[Moments], two: list[Moments]):
    first, second = (
        signal_figure([SignalRow(k, m, None, None) for k, m in enumerate(moments)], "light", "en")
        for moments in (one, two)
    )
    checked(beside(first, second, "light"))


def test_curves_of_two_networks_are_named_at_their_ends():
    diverged = [Score(0, 1e4, 1e4, 0.5, 0.5), Score(2, math.nan, math.nan, 0.5, 0.5)]
    trained = [Score(0, 0.7, 0.8, 0.5, 0.4), Score(900, 0.1, 0.2, 0.9, 0.8)]
    figure = checked(loss_figure(diverged, "light", "en", trained))
    names = {trace.text[0]: (trace.x[0], trace.y[0]) for trace in figure.data if trace.text}
    assert names == {"<b>A</b>": (0, 1e4), "<b>B</b>": (900, 0.1)}
    assert figure.layout.xaxis.range[1] >= 900
    assert figure.layout.yaxis.type == "log"


def test_letters_of_curves_that_end_together_lie_apart_and_behind_all_curves():
    low, high = [Score(9, 0.1, 0.2, 0.9, 0.8)], [Score(9, 0.11, 0.2, 0.9, 0.8)]
    far = [Score(9, 1e4, 1e4, 0.5, 0.5)]
    for first, second, places in (
        (low, far, ["middle right", "middle right"]),
        (low, high, ["bottom right", "top right"]),
        (high, low, ["top right", "bottom right"]),
    ):
        figure = checked(loss_figure(first, "light", "en", second))
        assert [trace.textposition for trace in figure.data if trace.text] == places


@given(st.lists(SCORES, max_size=3), st.lists(SCORES, min_size=1, max_size=3))
def test_any_two_histories_fit_into_one_chart(one: list[Score], two: list[Score]):
    checked(loss_figure(one, "dark", "en", two))
