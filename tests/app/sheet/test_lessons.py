"""A prediction beside what is measured: right numbers, right misconceptions, nothing too early."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellscope.app.features.linear_map.message import SIDE
from cellscope.app.features.own_data.reading import read_own
from cellscope.app.features.picture.film_strip import funnel_rows
from cellscope.app.features.sheet.dialogue import (
    Lesson,
    now_message,
    own_message,
    public_table,
    read_lesson,
)
from cellscope.app.features.sheet.on_screen import named_on_screen
from cellscope.app.features.sheet.own import described, start_facts
from cellscope.app.features.sheet.parts import Number, Try, Value
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.features.sheet.wording import said, tex
from cellscope.app.features.signal.rows import signal_rows
from cellscope.app.features.signal.verdict import headline
from cellscope.app.settings.answer_policy import Answers
from cellscope.app.settings.links import read_link
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.numbers import grouped
from cellscope.model.cells.count.film_strip import survey
from cellscope.model.cells.picture.render import exact_picture
from cellscope.model.cells.power.diagram import diagram_at
from cellscope.model.datasets import make_data
from cellscope.model.linear_map import collapse
from cellscope.model.moments import measure
from cellscope.model.own_data import OwnData
from cellscope.model.sheet import trainable
from cellscope.model.spec import INITS, OWN, Spec, SpecError
from cellscope.model.theory.prediction import predict
from cellscope.model.training.edits import Edit
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, Window
from tests.snapshots import started

WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)
RIGHT: dict[str, tuple[Value, ...]] = {  # the sheet's own answers
    "1.1": (2e4,),
    "1.2a": ("grows", "differ"),
    "1.2b": ("weights", 6.0),
    "1.3": ("two",),
    "1.4": ("most", "depends"),
    "2.1": ("one",),
    "2.2": (21.0,),
    "2.3": ("sure",),
    "2.4": ("arrangement",),
    "2.5": ("not",),
    "2.6": ("not", "few"),
    "2.7": ("same", "tiny", "hardly"),
    "2.8": ("same", "zoom", "same", "four", "more"),
}


def told(
    name: str,
    prediction: tuple[Value, ...] | None,
    *,
    answers: Answers = "after-prediction",
    language: str = "en",
) -> dict[str, Any]:
    """Of the question's own experiment."""
    return own_message(Lesson(QUESTIONS[name], prediction), answers, language)


def on_screen(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Of another one."""
    return now_message(Lesson(QUESTIONS[name], RIGHT[name]), snapshot, WINDOW, "after-prediction")


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_sheets_own_answers_are_right(name: str):
    message = told(name, RIGHT[name])
    assert [part["right"] for part in message["parts"]] == [True] * len(RIGHT[name])
    assert message["answer"]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_wrong_choice_gets_its_misconception_and_never_just_wrong(name: str, language: str):
    for k, part in enumerate(QUESTIONS[name].parts):
        options = [0.0, 1.0, 3.0, 11.0, 1e4, 1e6] if isinstance(part, Number) else part.options
        comments: set[str] = set()
        for option in options:
            if isinstance(part, Number) and not part.low <= float(option) <= part.high:
                continue
            given = (*RIGHT[name][:k], option, *RIGHT[name][k + 1 :])
            judged = told(name, given, language=language)["parts"][k]
            if not judged["right"]:
                assert len(judged["comment"]) > 60
                assert "{" not in judged["comment"]
                comments.add(judged["comment"])
        assert len(comments) >= min(2, len(options) - 1)


def test_nothing_is_measured_before_a_prediction_unless_the_server_shows_it():
    for name in QUESTIONS:
        message = told(name, None)
        assert (message["parts"], message["answer"], message["explanation"]) == ([], None, None)
    shown = told("2.4", None, answers="shown")
    assert shown["answer"]
    assert shown["parts"][0]["right"] is None


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_server_that_hides_answers_tells_what_is_measured_and_nothing_else(name: str):
    message = told(name, RIGHT[name], answers="hidden")
    assert all(part["seen"]["en"] for part in message["parts"])
    assert all(part["right"] is None and not part["comment"] for part in message["parts"])
    assert (message["answer"], message["explanation"]) == (None, None)


# --- the numbers are those of the experiment ------------------------------------------------------


def another(name: str) -> Snapshot:
    """A network of the same shape with other weights than the question's own."""
    return started(PRESETS[name].spec.but(seed=7))


def test_11_is_the_bar_and_the_line_of_the_chart():
    snapshot = started(PRESETS["1.1"].spec)
    data = make_data(snapshot.spec)
    signal = measure(snapshot.weights, "identity", data.train_x, data.train_y)
    rows = signal_rows(signal, predict(snapshot.spec, data), "pre")
    bar, line = rows[3].moments.variance, rows[3].theory
    answer = told("1.1", RIGHT["1.1"])["answer"]
    assert tex(bar, "en") in answer
    assert line is not None
    assert tex(line, "en") in answer
    assert math.isclose(line, 2e4)


def test_12a_tells_the_means_and_variances_of_the_chart():
    snapshot = started(PRESETS["1.2a"].spec)
    data = make_data(snapshot.spec)
    layers = measure(snapshot.weights, "relu", data.train_x, data.train_y).layers
    for language, seen in told("1.2a", RIGHT["1.2a"])["parts"][0]["seen"].items():
        for value in (layers[0].pre.variance, layers[1].pre.variance, layers[1].pre.mean):
            assert said(value, language) in seen


def test_what_is_on_screen_in_13_follows_the_variance_that_is_set():
    for rule, factor in ((1.0, 0.5), (2.0, 1.0), (4.0, 2.0)):
        spec = PRESETS["1.3"].spec.but(weight_variance=rule / 64)
        seen = on_screen("1.3", started(spec))["seen"]["screen"]["en"]
        assert f"theory × {said(factor, 'en')} per layer" in seen


@pytest.mark.parametrize("each", QUESTIONS["1.3"].tries, ids=lambda each: each.name)
def test_a_rule_of_13_has_one_number_in_the_table_and_on_screen(each: Try):
    s = float(f"{(each.per_input or 0.0) / 64:.6g}")  # as the page puts it into the box
    seen = on_screen("1.3", started(PRESETS["1.3"].spec.but(weight_variance=s)))["seen"]["screen"]
    table = float(start_facts("1.3")[f"measured_{each.name}"])
    assert f"measured × {said(table, 'en')} (" in seen["en"]


def test_the_headline_of_13_has_the_number_of_the_lesson():
    spec, facts = PRESETS["1.3"].spec, start_facts("1.3")
    data = make_data(spec)
    signal = measure(started(spec).weights, "relu", data.train_x, data.train_y)
    assert headline(signal, spec, "en") == f"Explodes: × {said(facts['measured'], 'en')} per layer"


def test_23_says_nothing_of_points_that_the_network_is_not_sure_of():
    seen = on_screen("2.3", started(PRESETS["2.3"].spec.but(init="he")))["seen"]["confidence"]
    assert "at none of the training points" in seen["en"]
    assert "% are wrong" not in seen["en"]
    assert "82 % are wrong" in told("2.3", RIGHT["2.3"])["parts"][0]["seen"]["en"]


def test_23_says_no_class_of_a_diverged_network_to_be_wrong():
    snapshot = replace(started(PRESETS["2.3"].spec), status="diverged", step=2)
    assert on_screen("2.3", snapshot)["seen"] is None


def test_28_counts_the_network_on_screen_as_the_picture_does():
    spec = PRESETS["2.8"].spec.but(weight_variance=1.0, bias="like-weights", depth=7)
    snapshot = started(spec)
    funnel = survey(snapshot, View(layer=1, mode="cells")).funnel
    regions = survey(snapshot, View(layer=6, mode="regions")).funnel.window
    assert funnel.window is not None
    assert regions is not None
    seen = on_screen("2.8", snapshot)["seen"]["screen"]["en"]
    assert f"(width 16): {funnel.window} in this window, 137 in the whole plane" in seen
    assert f"all hidden layers (6): {grouped(regions)} in this window" in seen
    assert "→" not in seen


def test_what_is_measured_on_other_draws_or_depths_is_not_said_to_be_on_screen():
    parts = {
        name: on_screen(name, another(name))["of_settings"]
        for name in ("1.1", "1.2a", "1.2b", "1.4", "2.7")
    }
    assert parts == {
        "1.1": [],
        "1.2a": ["draws"],
        "1.2b": ["first", "depth"],
        "1.4": ["shallow"],
        "2.7": ["change"],
    }


def test_21_differs_from_one_matrix_as_the_tab_says():
    snapshot = started(PRESETS["2.1"].spec)
    found = collapse(snapshot, View(layer=1, mode="classes"), SIDE)
    answer = told("2.1", RIGHT["2.1"])["answer"]
    assert tex(float(f"{found.difference:.2g}"), "en") in answer
    assert tex(found.largest, "en") in answer


def test_26_counts_the_centres_as_the_tab_does():
    snapshot = started(PRESETS["2.6"].spec)
    diagram = diagram_at(snapshot, View(layer=1), None, key=0)
    own, cells = int(diagram.with_own_centre.sum()), diagram.cells
    assert f"\\({own}\\) of \\({cells}\\) cells" in told("2.6", RIGHT["2.6"])["answer"]


def test_22_counts_as_the_picture_does():
    snapshot = started(PRESETS["2.2"].spec)
    picture = exact_picture(snapshot, View(layer=2, mode="cells", pixels=101), 2)
    assert picture.on_grid is not None
    answer = told("2.2", RIGHT["2.2"])["answer"]
    assert f"{picture.count}-{picture.on_grid}={picture.count - picture.on_grid}" in answer


def test_24_and_27_count_as_the_funnel_does():
    for name in ("2.4", "2.7"):
        snapshot = started(PRESETS[name].spec)
        found = survey(snapshot, View(layer=1, mode="cells")).funnel
        answer = told(name, RIGHT[name])["answer"]
        seen = told(name, RIGHT[name])["parts"][0]["seen"]["en"]
        assert f"{found.plane} in the whole plane" in seen
        assert f"{found.window} of them in this window" in seen
        assert str(found.plane) in answer
    assert found.filled is not None
    shares = {row["key"]: row["share"].split(" ")[-1] for row in funnel_rows(found, "en")}
    assert f"{found.filled.patterns}&{tex_of(shares['sign_vectors'])}" in answer
    assert f"&{tex_of(shares['maximum'])}\\\\" in answer


def tex_of(share: str) -> str:
    """A share as the table of counts has it, in a formula."""
    return share.replace("\u202f%", "\\,\\%")


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (0, "other"),
        (0.01, "other"),
        (1, "keeps"),
        (4, "keeps"),
        (39, "other"),
        (100, "other"),
        (141, "deviation"),
        (200, "before"),
        (202, "adds"),
        (300, "adds"),
        (400, "other"),
        (10_000, "forgotten"),
        (1e6, "first"),
        (2e6, "after"),
        (5e4, "other"),
    ],
)
def test_a_wrong_variance_is_told_by_the_factor_that_is_missing(given: float, mistake: str):
    part = QUESTIONS["1.1"].parts[0]
    facts = start_facts("1.1")
    assert not part.is_right(facts, given)
    assert part.mistake(facts, given) == mistake
    assert part.is_right(facts, 17_600)
    assert part.is_right(facts, 2e4)


def test_the_five_draws_are_those_that_new_draw_gives():
    seen = told("1.2a", RIGHT["1.2a"])["parts"][1]["seen"]["en"]
    assert "seeds 1 to 5" in seen
    for seed in range(1, 6):
        spec = PRESETS["1.2a"].spec.but(seed=seed)
        data = make_data(spec)
        signal = measure(started(spec).weights, "relu", data.train_x, data.train_y)
        assert said(signal.layers[-1].pre.variance, "en") in seen


def test_of_two_outputs_the_variance_is_said_beside_the_mean_square():
    answer = told("1.2a", RIGHT["1.2a"])["answer"]
    assert "it is \\(128\\), the line" in answer
    spec = PRESETS["1.2a"].spec
    data = make_data(spec)
    variances = [
        measure(started(spec.but(seed=k)).weights, "relu", data.train_x, data.train_y)
        .layers[-1]
        .pre.variance
        for k in range(300)
    ]
    expected = float(start_facts("1.2a")["expected"])
    assert abs(sum(variances) / 300 / expected - 1.0) < 0.25
    assert f"about \\({tex(expected, 'en')}\\)" in answer


def test_25_counts_cells_and_regions_apart():
    snapshot = started(PRESETS["2.5"].spec)
    cells = survey(snapshot, View(layer=3, mode="cells")).funnel.window
    regions = survey(snapshot, View(layer=3, mode="regions")).funnel.window
    assert cells is not None
    assert regions is not None
    seen = told("2.5", RIGHT["2.5"])["parts"][0]["seen"]["en"]
    assert f"of {grouped(cells)} cells" in seen
    assert f"{grouped(regions)} linear regions" in seen


def test_a_number_has_the_languages_own_point():
    english = told("1.4", RIGHT["1.4"])["answer"]
    german = told("1.4", RIGHT["1.4"], language="de")["answer"]
    assert "0{,}" in german
    assert re.search(r"\d\.\d", english)
    assert not re.search(r"\d\.\d", german)


# --- other networks -------------------------------------------------------------------------------


def test_no_verdict_speaks_of_what_is_on_screen():
    message = on_screen("1.1", started(PRESETS["1.1"].spec.but(weight_variance=0.01)))
    assert message["own"] is False
    assert message["seen"]["variance"]["en"].startswith("0.0")
    assert message["named"]["en"].startswith(
        "4 layers of width 100, linear, N(0, 0.01), zero biases"
    )
    assert message.keys().isdisjoint({"parts", "right", "comment", "answer", "explanation"})


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_questions_own_experiment_needs_no_line_of_its_own(name: str):
    preset = PRESETS[name]
    network = LiveNetwork(preset.spec)
    for _ in range(preset.step):
        network.advance()
    own = network.snapshot(version=1, run=1, status="paused", rate=0.0, error=None)
    lesson = Lesson(QUESTIONS[name], RIGHT[name])
    message = now_message(lesson, own, preset.view.window, "after-prediction")
    assert (message["own"], message["seen"], message["named"]) == (True, None, None)


@pytest.mark.parametrize("name", ["1.1", "2.2", "2.4"])
def test_another_network_window_or_step_is_not_the_questions_own(name: str):
    lesson = Lesson(QUESTIONS[name], RIGHT[name])
    own = started(PRESETS[name].spec)
    zoomed: Window = (-1.0, 1.0, -1.0, 1.0)
    for snapshot, window in (
        (another(name), WINDOW),
        (own, zoomed),
        (replace(own, step=5, shown_step=5), WINDOW),
    ):
        message = now_message(lesson, snapshot, window, "after-prediction")
        assert message["own"] is False
        assert message["seen"]
        assert f"step {snapshot.shown_step}" in message["named"]["en"]


@pytest.mark.parametrize(("kind", "named"), [("formula", True), ("drawn", False)])
def test_noise_is_named_where_it_moves_points_of_ones_own(kind: str, named: bool):
    if kind == "formula":
        own = read_own("formula", b"x*y > 0", "", Spec(), None).own
    else:
        own = OwnData("drawn", np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0.0, 1.0]))
    snapshot = started(PRESETS["2.2"].spec.but(dataset=OWN, own=own, noise=0.31))
    assert ("0.31" in named_on_screen("2.2", snapshot, WINDOW)["en"]) == named


def test_what_is_on_screen_is_not_measured_before_a_prediction():
    question = QUESTIONS["2.4"]
    small = started(PRESETS["2.4"].spec.but(width=6))
    for lesson, seen in (
        (Lesson(question), False),
        (Lesson(question, passed=True), True),
        (Lesson(question, ("lines",)), True),
    ):
        message = now_message(lesson, small, WINDOW, "after-prediction")
        assert bool(message["seen"]) is seen
        assert "width 6" in message["named"]["en"]


def test_a_lecture_may_go_on_without_a_prediction_and_judges_none():
    message = own_message(Lesson(QUESTIONS["2.4"], passed=True), "after-prediction", "en")
    assert message["parts"][0]["seen"]["en"].startswith("137 ")
    assert message["parts"][0]["right"] is None
    assert message["answer"]
    assert own_message(Lesson(QUESTIONS["2.4"], passed=True), "hidden", "en")["answer"] is None


def test_a_network_is_named_whatever_it_is():
    start = Spec(seed=12345, samples=50)
    for changes, said_of_it in (
        ({"hidden": (3, 5)}, "2 → 3 → 5 → 2"),
        ({"hidden": ()}, "2 → 2"),
        ({"init": "pytorch"}, "with its own biases"),
        ({"bias_variance": 0.0}, "zero biases"),
        ({"bias": "like-weights"}, "biases drawn like the weights"),
        *(({"init": init}, "seed 12345, step 3") for init in INITS),
    ):
        for language, words in described(start.but(**changes), 3).items():
            assert "{" not in words
            if language == "en":
                assert said_of_it in words


def test_the_own_experiments_link_opens_exactly_it():
    for public in public_table():
        preset = PRESETS[public["name"]]
        asked = read_link(public["link"], Spec(width=3), View(layer=1, pixels=11))
        assert (asked.spec, asked.view) == (preset.spec, preset.view)
        assert (asked.sheet, asked.step) == (public["name"], preset.step)
        assert asked.looks["tab"] == preset.tab
        assert not asked.problems


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("1.1", {"activation": "tanh"}),
        ("1.3", {"activation": "tanh"}),
        ("1.1", {"depth": 2}),
        ("1.2a", {"depth": 1}),
        ("2.2", {"activation": "tanh"}),
        ("2.6", {"activation": "tanh"}),
        ("1.4", {"init": "pytorch"}),
        ("1.2a", {"init": "zeros"}),
        ("2.4", {"activation": "tanh"}),
    ],
)
def test_where_it_cannot_be_measured_the_line_knows_which_network_it_is(
    name: str, changes: dict[str, Any]
):
    message = on_screen(name, started(PRESETS[name].spec.but(**changes)))
    assert message["own"] is False
    assert message["named"]["de"]
    assert message["seen"] is None or all(message["seen"].values())


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_fails_on_any_activation_or_scheme(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trainable, "STEPS", 5)  # whether they train is not the question here
    start = PRESETS[name].spec.but(samples=40)
    for changes in (
        {"activation": "tanh"},
        {"activation": "leaky_relu"},
        {"init": "lsuv"},
        {"init": "zeros"},
        {"hidden": (1,)},
        {"hidden": (), "depth": 1},
        {"init": "normal", "weight_variance": 1e6},
    ):
        message = on_screen(name, started(start.but(**changes)))
        parts = {part.name for part in QUESTIONS[name].parts}
        told_of = {"screen"} if QUESTIONS[name].screen else parts
        assert message["seen"] is None or message["seen"].keys() == told_of
        assert set(message["of_settings"]) <= parts


# --- what a page may send -------------------------------------------------------------------------


def test_a_question_is_closed_by_none():
    assert read_lesson({"question": None}) is None
    assert read_lesson({}) is None


def test_a_prediction_is_read_as_the_parts_say():
    lesson = read_lesson({"question": "1.2b", "prediction": ["loss", 6]})
    assert lesson is not None
    assert lesson.prediction == ("loss", 6.0)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"question": "3.1"}, "question"),
        ({"question": 1.1}, "question"),
        ({"question": ["1.1"]}, "question"),
        ({"question": {}}, "question"),
        ({"question": "1.1", "prediction": 20000}, "prediction"),
        ({"question": "1.1", "prediction": []}, "prediction"),
        ({"question": "1.1", "prediction": [1, 2]}, "prediction"),
        ({"question": "1.1", "prediction": ["20000"]}, "prediction"),
        ({"question": "1.1", "prediction": [True]}, "prediction"),
        ({"question": "1.1", "prediction": [math.nan]}, "prediction"),
        ({"question": "1.1", "prediction": [math.inf]}, "prediction"),
        ({"question": "1.1", "prediction": [-1]}, "prediction"),
        ({"question": "1.1", "prediction": [10**400]}, "prediction"),
        ({"question": "1.2b", "prediction": ["loss", 33]}, "prediction"),
        ({"question": "2.4", "prediction": [137]}, "prediction"),
        ({"question": "2.4", "prediction": ["x" * 10**6]}, "prediction"),
        ({"question": "2.4", "prediction": [["arrangement"]]}, "prediction"),
        ({"question": "2.4", "prediction": {"0": "arrangement"}}, "prediction"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_nonsense_is_named(message: dict[str, Any], field: str):
    with pytest.raises(SpecError) as refused:
        read_lesson(message)
    assert refused.value.field == field
    assert len(refused.value.value) <= 60


# --- a network that hands have changed is not the question's own ----------------------------------


def edited(spec: Spec) -> Snapshot:
    """Its start with one weight changed: the same settings, another network."""
    start = started(spec)
    return replace(start, edits=((0, Edit(values=((0, 0.0, 1.0),))),))


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_edited_network_is_said_to_be_another_one(name: str):
    message = on_screen(name, edited(PRESETS[name].spec))
    assert message["own"] is False
    assert message["named"]["en"].endswith("; edited")
    assert message["named"]["de"].endswith("; bearbeitet")


@pytest.mark.parametrize("name", ["1.2b", "2.7"])
def test_what_is_measured_on_a_run_of_the_settings_is_not_told_of_another_run(name: str):
    spec = PRESETS[name].spec
    assert on_screen(name, edited(spec))["seen"] is None
    changed = replace(started(spec), reproducible=False)
    assert on_screen(name, changed)["seen"] is None
    assert "settings changed on the way" in on_screen(name, changed)["named"]["en"]


def test_what_is_on_screen_is_named_by_all_that_sets_it_apart():
    spec = PRESETS["1.2b"].spec
    adam = on_screen("1.2b", started(spec.but(optimizer="adam", learning_rate=0.001)))["named"]
    assert adam["en"].endswith("seed 0, step 0; Adam; Learning rate 0.001")
    assert adam["de"].endswith("Seed 0, Schritt 0; Adam; Lernrate 0,001")
    rings = on_screen("2.4", started(PRESETS["2.4"].spec.but(dataset="rings", momentum=0.5)))
    assert rings["named"]["en"].endswith("step 0; Rings")
    zoomed = now_message(
        Lesson(QUESTIONS["2.2"], RIGHT["2.2"]),
        started(PRESETS["2.2"].spec),
        (-1.0, 1.5, 0.0, 2.0),
        "after-prediction",
    )
    assert zoomed["named"]["de"].endswith("; Ausschnitt -1 … 1,5; 0 … 2")
