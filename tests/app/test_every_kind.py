"""Whatever kind of network an experiment is of, all that its page asks for can be said."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from cellscope.app.features.change.message import change_message
from cellscope.app.features.counts.message import counts_message
from cellscope.app.features.linear_map.message import collapse_study
from cellscope.app.features.network.message import about, drawing
from cellscope.app.features.own_code.routes import check_comparable, compared
from cellscope.app.features.panels import PARTS, panel
from cellscope.app.features.picture.exports import KINDS as EXPORTS
from cellscope.app.features.picture.exports import export
from cellscope.app.features.picture.film_strip import encode_survey
from cellscope.app.features.picture.inspection import inspection_message
from cellscope.app.features.picture.line_queries import draws_answer, line_answer
from cellscope.app.features.picture.points_figure import points_figure
from cellscope.app.features.picture.story import stories
from cellscope.app.features.power_diagram.message import pair_study, voronoi_study
from cellscope.app.features.sheet.dialogue import Lesson, now_message
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.features.signal.measured import Look, measured_networks
from cellscope.app.features.signal.sentences import stays_as_deep
from cellscope.app.features.surface.message import surface_study
from cellscope.app.features.take_along.film_frame import Look as Film
from cellscope.app.features.take_along.film_frame import frame_of
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Limits, Sessions
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.frames import encode
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.texts import LANGUAGES
from cellscope.model import warm
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.inspection import inspect
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inputs import train_inputs
from cellscope.model.own.opening import File, opened, spec_of
from cellscope.model.own_code.code_file import code_npz
from cellscope.model.own_data import OwnData
from cellscope.model.precision import break_of_deeper
from cellscope.model.spec import OWN, Spec, SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from cellscope.model.view import MODES, View
from tests.app.conftest import take_apart
from tests.app.test_graph_on_page import CASE

SMALL = Spec(hidden=(7, 5), samples=60, batch_size=16)
REGRESSION = SMALL.but(dataset="plane", task="regression")
WINDOW = (-3.0, 3.0, -3.0, 3.0)
VIEW = View(layer=2, window=WINDOW, pixels=101)
RNG = np.random.default_rng(5)


def own_network(inputs: int, outputs: int = 3, *, points: bool = False) -> Spec:
    stream = BytesIO()
    W = [RNG.normal(size=shape) for shape in ((6, inputs), (outputs, 6))]
    np.savez(stream, W0=W[0], b0=np.zeros(6), W1=W[1], b1=np.ones(outputs))
    files = [File("net.npz", stream.getvalue())]
    if points:
        rows = [[*RNG.normal(size=inputs), k % outputs] for k in range(3 * outputs)]
        files.append(File("points.csv", "\n".join(",".join(map(str, r)) for r in rows).encode()))
    return spec_of(opened(files), SMALL)


def own_points() -> OwnData:
    return OwnData("drawn", RNG.normal(size=(30, 2)), RNG.integers(0, 3, 30).astype(float))


KINDS: dict[str, Callable[[], Spec]] = {
    "plain": lambda: SMALL,
    "no hidden layer bends": lambda: SMALL.but(activation="identity"),
    "smooth": lambda: SMALL.but(activation="tanh"),
    "an activation a layer": lambda: SMALL.but(activation="abs,gelu"),
    "several kinks": lambda: SMALL.but(activation="relu6,hardtanh"),
    "further inputs": lambda: SMALL.but(features=("x2", "xy", "siny")),
    "batch normalisation": lambda: SMALL.but(batch_norm=True),
    "further inputs, normalised": lambda: SMALL.but(features=("y2",), batch_norm=True),
    "regression": lambda: REGRESSION,
    "regression with further inputs": lambda: REGRESSION.but(features=("x2", "siny")),
    "regression, smooth, normalised": lambda: REGRESSION.but(activation="tanh", batch_norm=True),
    "regression by a linear network": lambda: REGRESSION.but(activation="identity"),
    "one unit": lambda: SMALL.but(hidden=(1,)),
    "zero biases": lambda: SMALL.but(bias="zero"),
    "own points": lambda: SMALL.but(dataset=OWN, own=own_points()),
    "own network": lambda: own_network(2),
    "own network of five inputs": lambda: own_network(5),
    "own network of one output": lambda: own_network(2, 1),
    "own network of more outputs than colours": lambda: own_network(3, 30, points=True),
}


@pytest.fixture(scope="module", params=KINDS)
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    trainer = Trainer(KINDS[request.param]())
    try:
        if trainer.latest.spec.opened is None:
            trainer.step()
        return trainer.settle()
    finally:
        trainer.close()


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(warm, "done", lambda: True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PARTS)
def test_every_panel(snapshot: Snapshot, name: str, language: str):
    look = Look(language=language, line=((-2.0, 1.0), (2.0, -1.0)))
    networks = measured_networks(snapshot, backward=PARTS[name].backward)
    json.dumps(panel(networks, look, [name], coloured=False, points=True), allow_nan=False)


@pytest.mark.parametrize("study", [collapse_study, voronoi_study, surface_study])
def test_every_study(snapshot: Snapshot, study: Callable[[Snapshot, StudyRequest], bytes]):
    assert study(snapshot, StudyRequest(VIEW, (0.3, 0.4), "de", 1))


def picture_axes(snapshot: Snapshot) -> list[str]:
    """What stands at the axes of the picture of points."""
    spec = snapshot.spec
    figure = points_figure(
        seen_data(spec), spec.classes, "light", "en", coloured=True, cut=spec.cut
    )
    return [name["text"].strip("<i>/") for name in figure["layout"]["annotations"][:2]]


def test_every_unit_and_the_drawing(snapshot: Snapshot):
    assert drawing(snapshot, WINDOW, 0, "a", "en")
    for layer, size in enumerate(snapshot.spec.sizes[1:], start=1):
        told = json.loads(about(snapshot, WINDOW, (layer, size - 1), "a", "de"))
        assert not (snapshot.spec.is_regression and "Logit" in told["title"])
        looking = StudyRequest(replace(VIEW, unit=(layer, size)), None, "en", 1)
        header, _ = take_apart(surface_study(snapshot, looking))
        assert header["axes"] == picture_axes(snapshot)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(snapshot: Snapshot, mode: str):
    for unit in (None, (1, 1)):
        view = replace(VIEW, mode=mode, unit=unit)
        assert encode(snapshot, view, draw(snapshot, view), "en")


@pytest.mark.parametrize("kind", KINDS)
def test_every_start_that_can_go_on_deeper_does(kind: str):
    spec = KINDS[kind]()
    if not stays_as_deep(spec):
        points = train_inputs(spec, make_data(spec))
        assert break_of_deeper(spec, points, "float16", lambda layer: layer < 5) is None


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_export(snapshot: Snapshot, kind: str):
    """Of the whole: no error but those that the page words."""
    for mode in MODES:
        with suppress(BudgetExceeded, BelowReach, ValueError):
            assert export(kind, snapshot, replace(VIEW, mode=mode), "dark", "en").data
        if kind == "png":
            assert frame_of(snapshot, Film(replace(VIEW, mode=mode), "light", "de"), 0.5)


def of_graph() -> Spec:
    files = [File("net.onnx", CASE.data), File("points.csv", CASE.points or b"")]
    return spec_of(opened(files), SMALL)


FROM_FILES = {name: make for name, make in KINDS.items() if "own network" in name}


@pytest.mark.parametrize("kind", [*FROM_FILES, "graph"])
def test_every_question_about_a_network_from_a_file(kind: str):
    """What is measured on screen, or nothing; its points are not those that the controls say."""
    trainer = Trainer(of_graph() if kind == "graph" else FROM_FILES[kind]())
    try:
        found = trainer.settle()
    finally:
        trainer.close()
    for name, question in QUESTIONS.items():
        said = now_message(Lesson(question, passed=True), found, WINDOW, "shown")
        json.dumps(said, allow_nan=False)
        if found.spec.cut is not None:
            assert not {"Moons", "Points 60"} & set(said["named"]["en"].split("; "))
        if name == "2.3":
            assert (said["seen"] is not None) == (found.spec.labelled and found.spec.graph is None)
        if name == "2.7":
            assert (said["seen"] is not None) == found.spec.trains


@pytest.mark.parametrize("kind", [*FROM_FILES, "graph"])
def test_a_network_from_a_file_can_be_closed_however_it_came(kind: str):
    """By its recording it comes to one who had another experiment; by a restart, to nobody."""
    trainer = Trainer(of_graph() if kind == "graph" else FROM_FILES[kind]())
    held = trainer.hold()
    trainer.close()
    sessions = Sessions(Limits())
    try:
        session = sessions.create(SMALL, "max")
        session.open_recording(held)
        asyncio.run(close_copy(sessions, session))
        session.close_network()
        assert session.spec == SMALL
        again = sessions.create(held.specs_at_start[0], "max")
        again.close_network()
        assert again.spec.opened is None
        assert again.spec.sizes[1:-1] == (16, 16, 16, 16)  # as the controls say
    finally:
        sessions.close()


async def close_copy(sessions: Sessions, session: Session) -> None:
    """Who goes on with a copy goes back to the same."""
    copy = await sessions.copy(session)
    copy.close_network()
    assert copy.spec == SMALL


def test_my_code_compares_or_says_why_not(snapshot: Snapshot):
    """The file that goes out, and what comes back."""
    try:
        check_comparable(snapshot.spec, "upload")
    except SpecError:
        assert snapshot.spec.features
    else:
        assert code_npz(snapshot, VIEW)
    picture = BytesIO()
    np.save(picture, np.arange(32 * 32).reshape(32, 32) % 5)
    rows = [f"{layer},0.1,0.2" for layer in range(1, snapshot.spec.layers + 1)]
    moments = "\n".join(["layer,mean,variance", *rows]).encode()
    for name, data in (("pattern.npy", picture.getvalue()), ("moments.csv", moments)):
        if snapshot.spec.features:
            with pytest.raises(SpecError, match="code_features"):
                compared(data, name, snapshot, VIEW, "light")
        else:
            json.dumps(compared(data, name, snapshot, VIEW, "light"), allow_nan=False)


def test_every_answer(snapshot: Snapshot):
    record = CountRecord()
    survey = recorded_survey(snapshot, VIEW, record)
    for language in LANGUAGES:
        story = stories(snapshot, VIEW, record, language, survey.layers)
        assert encode_survey(snapshot, survey, language, story=story)
        for recorded in (counts_message, change_message):
            json.dumps(recorded(snapshot, VIEW, record, "light", language), allow_nan=False)
        assert readouts(snapshot.spec, language)
        line_answer(snapshot, VIEW, (-1.0, 0.0), (1.0, 0.5))(language)
        pair_study(snapshot, StudyRequest(VIEW, (0.3, 0.4), language, 1))
        with suppress(ValueError):  # there is no polygon to speak of: the page shows no card
            found = inspect(snapshot, VIEW, 0.3, 0.4, key=1)
            assert found is not None
            assert inspection_message(found, snapshot, language)
    answer = draws_answer(snapshot, VIEW, 2, lambda _: True)
    assert answer is None or answer("de")
