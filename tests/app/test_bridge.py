"""The bridge to one's own code: what goes out runs, what comes in is recognised or refused."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.app.features.own_code import routes
from cellscope.app.features.own_code.moments_answer import moments_said
from cellscope.app.features.own_code.picture_answer import picture_said
from cellscope.app.features.own_code.routes import LARGEST_MEBIBYTES, compared
from cellscope.app.features.own_code.snippets import CHECK, EXAMPLE_FILE, LOADER
from cellscope.app.text.texts import LANGUAGES
from cellscope.model.datasets import make_data
from cellscope.model.files.moments import read_moments
from cellscope.model.own_code.code_file import code_arrays, code_npz
from cellscope.model.own_code.labels import Content
from cellscope.model.own_code.moments import Reference, explain_column
from cellscope.model.own_code.pictures import Question, explain_picture
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests import programs
from tests.app.conftest import Server, in_loop, opened
from tests.snapshots import started

ROOT = Path(__file__).parents[2]
SPEC = Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3)
VIEW = View(layer=2, pixels=101)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


# --- the code that is shown ----------------------------------------------------------------------


def run(code: str, folder: Path) -> str:
    """What a student's own Python prints."""
    done = programs.run(code, folder=folder, strict=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh", "abs", "gelu"])
def test_the_loader_runs_and_its_results_are_the_page_s(activation: str, tmp_path: Path):
    snapshot = started(SPEC.but(activation=activation))
    (tmp_path / EXAMPLE_FILE).write_bytes(code_npz(snapshot, VIEW))
    printed = run(LOADER.format(file=EXAMPLE_FILE) + "print(net)\n" + CHECK, tmp_path)
    assert printed.count("Linear(") == SPEC.layers
    assert printed.splitlines()[-2:] == ["True", "True"]
    pattern = compared(
        (tmp_path / "pattern.npy").read_bytes(), "pattern.npy", snapshot, VIEW, "light"
    )
    moments = compared(
        (tmp_path / "moments.csv").read_bytes(), "moments.csv", snapshot, VIEW, "light"
    )
    assert (pattern["status"], moments["status"]) == ("same", "same")
    ours = code_arrays(snapshot, VIEW)
    assert np.array_equal(np.load(tmp_path / "pattern.npy"), ours["picture"])
    theirs = np.loadtxt(tmp_path / "moments.csv", delimiter=",")
    assert theirs[:, 1] == pytest.approx(ours["mean"], rel=1e-6)
    assert theirs[:, 2] == pytest.approx(ours["variance"], rel=1e-6)


def test_the_loader_has_five_lines_that_the_page_shows_whole():
    assert len(LOADER.splitlines()) == 5
    assert ";" not in LOADER
    assert max(len(line) for line in (LOADER + CHECK).splitlines()) <= 85


@pytest.mark.parametrize("name", ["README.md", "docs/own-code.md", "docs/own-code.de.md"])
def test_the_documents_have_the_code_of_the_page(name: str):
    document = (ROOT / name).read_text(encoding="utf-8")
    assert f"```python\n{LOADER.format(file=EXAMPLE_FILE)}```" in document
    if name.startswith("docs"):
        assert f"```python\n{CHECK}```" in document
        arrays = {re.sub(r"^post_|[2-9]$", "", array) for array in code_arrays(started(SPEC), VIEW)}
        assert {array for array in arrays if f"`{array}`" not in document} <= {"b1", "W", "b", "x"}


# --- recognised, and named, in both languages ----------------------------------------------------


def picture(layer: int = 2, kind: str = "pattern") -> NDArray[np.int64]:
    question = Question(started(SPEC).weights, "relu", 2, VIEW.window)
    content = Content(kind, layer)  # pyright: ignore[reportArgumentType]
    return question.picture(content, question.axes("ends", 101))


def picture_text(labels: NDArray[np.int64], language: str) -> str:
    question = Question(started(SPEC).weights, "relu", 2, VIEW.window)
    said: Any = picture_said(explain_picture(question, labels), question, language)
    return " ".join([said["head"], *said["named"], *said["lines"], *said["choices"]])


FINER = picture() * 2 + (np.arange(101) < 50)  # each pattern cut in two
PICTURES: dict[str, tuple[NDArray[np.int64], str, str]] = {
    "same": (picture(), "all 10\u202f201 pixels agree", "alle 10\u202f201 Pixel stimmen überein"),
    "flipped": (picture()[::-1], "The rows are turned over", "Die Zeilen stehen auf dem Kopf"),
    "mirrored": (
        picture()[:, ::-1],
        "Left and right are swapped",
        "Links und rechts sind vertauscht",
    ),
    "transposed": (picture().T, "swapped (transposed)", "vertauscht (transponiert)"),
    "ij": (np.rot90(picture(), -1), 'indexing="ij"', 'indexing="ij"'),
    "layer": (picture(3), "of layer 3, not of layer 2", "von Schicht 3, nicht von Schicht 2"),
    "regions": (
        picture(2, "regions"),
        "linear regions of layers 1…2",
        "linearen Regionen der Schichten 1…2",
    ),
    "classes": (picture(4, "classes"), "the arg max of layer 4", "das arg max von Schicht 4"),
    "foreign": (picture() * picture(3).T % 7, "None of the mistakes", "Keiner der Fehler"),
    "finer": (FINER, "tells more apart", "unterscheidet mehr"),
    "unlike": (np.arange(101**2).reshape(101, 101), "a label of their own", "eine eigene Nummer"),
    "coarser": (picture() // 2, "tells less apart", "unterscheidet weniger"),
    "one label": (
        np.zeros((101, 101), np.int64),
        "one label everywhere",
        "überall dieselbe Nummer",
    ),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mistake_in_a_picture_is_named(name: str, language: str):
    labels, english, german = PICTURES[name]
    said = picture_text(labels, language)
    assert (english if language == "en" else german) in said


def moments_text(text: str, language: str) -> str:
    snapshot = started(SPEC)
    table = read_moments(text.encode(), "m.csv", layers=SPEC.layers)
    reference = Reference(snapshot.weights, "relu", make_data(SPEC))
    verdicts = [explain_column(column, table.of(column), reference) for column in table.columns]
    said: Any = moments_said(verdicts, language)
    return " ".join([said["head"], *said["named"], *said["lines"]])


def table(factor: Any = 1.0, *, power: float = 1.0, first: int = 1) -> str:
    values = code_arrays(started(SPEC), VIEW)["variance"] ** power * factor
    rows = (f"{k},{float(v)!r}" for k, v in enumerate(values, start=first))
    return "layer,variance\n" + "\n".join(rows)


COUNT = 600 * np.array([8, 8, 8, 3])  # numbers in each layer
MOMENTS: dict[str, tuple[str, str, str]] = {
    "same": (table(), "The same moments.", "Dieselben Momente."),
    "deviations": (table(power=0.5), "standard deviations, not", "Standardabweichungen, keine"),
    "n - 1": (table(COUNT / (COUNT - 1)), "by N − 1", "durch N − 1"),
    "shifted": (table(first=0), "the layer after", "die Schicht nach"),
    "foreign": (table(1.3), "None of the mistakes", "Keiner der Fehler"),
}


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mistake_in_moments_is_named(name: str, language: str):
    text, english, german = MOMENTS[name]
    assert (english if language == "en" else german) in moments_text(text, language)


def test_several_explanations_are_a_list():
    snapshot = started(Spec(width=8, depth=3, bias="zero"))
    question = Question(snapshot.weights, "relu", 1, VIEW.window)
    labels = question.picture(question.asked, question.axes("ends", 101))[::-1]
    said: Any = picture_said(explain_picture(question, labels), question, "en")
    assert said["named"] == []
    assert said["several"] == "Several explanations fit equally well:"
    assert len(said["choices"]) == 2


def test_the_three_pictures_are_pngs_of_the_size_that_was_compared():
    answer = compared(npy(picture()[::-1]), "a.npy", started(SPEC), VIEW, "dark")
    assert len(answer["pictures"]) == 3
    for address in answer["pictures"]:
        kind, data = address.split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data)[16:24] == (101).to_bytes(4) * 2


# --- over HTTP -----------------------------------------------------------------------------------


def npy(array: Any) -> bytes:
    stream = BytesIO()
    np.save(stream, array)
    return stream.getvalue()


QUERY = "width=6&depth=3&seed=3"
Story = Callable[[httpx.AsyncClient, str], Awaitable[None]]


def with_session(server: Server, story: Story) -> None:
    """Run a story with a client of an experiment that somebody looks at."""

    async def told() -> None:
        async with (
            opened(server, QUERY) as (_, welcome),
            httpx.AsyncClient(base_url=server.url, timeout=30.0) as client,
        ):
            await story(client, welcome["session"])

    in_loop(told())


async def hand_in(
    client: httpx.AsyncClient, session: str, name: str, data: bytes, **headers: str
) -> httpx.Response:
    query = {"session": session, "name": name, "layer": "2"}
    return await client.post("/compare", params=query, content=data, headers=headers)


async def take(client: httpx.AsyncClient, session: str) -> Any:
    query = {"session": session, "layer": 2, "pixels": 31}
    answer = await client.get("/export/code", params=query)
    assert answer.status_code == 200
    named = answer.headers["content-disposition"]
    assert named == f'attachment; filename="{EXAMPLE_FILE}"'
    return np.load(BytesIO(answer.content), allow_pickle=False)


def test_what_comes_in_is_compared_with_what_went_out(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        file = await take(client, session)
        # Another network by now: still it is the file that counts.
        async with opened(server, QUERY + "&init=lecun", session):
            answer = await hand_in(client, session, "mine.npy", npy(file["picture"][::-1]))
        said = answer.json()["said"]["en"]
        assert answer.json()["status"] == "named"
        assert said["named"][0].startswith("The rows are turned over")
        assert "compared with your download: step 0, layer 2" in said["compared"]

    with_session(server, story)


async def both_there(client: httpx.AsyncClient, session: str) -> None:
    """Wait until the trainer has begun anew, with two networks."""
    while True:
        answer = await client.get("/export/code", params={"session": session})
        if "cellscope-a-" in answer.headers["content-disposition"]:
            return
        await asyncio.sleep(0.02)


def test_of_two_networks_side_by_side_the_chosen_one_goes_out(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        async with opened(server, QUERY + "&compare=init:lecun", session):
            await both_there(client, session)
            files: dict[str, Any] = {}
            for which in ("a", "b"):
                query = {"session": session, "which": which}
                answer = await client.get("/export/code", params=query)
                assert f"cellscope-{which}-step-0.npz" in answer.headers["content-disposition"]
                files[which] = np.load(BytesIO(answer.content), allow_pickle=False)
            assert json.loads(str(files["b"]["spec"]))["init"] == "lecun"
            assert json.loads(str(files["a"]["spec"]))["init"] == "he"
            wrong = await client.get("/export/code", params={"session": session, "which": "c"})
            assert wrong.status_code == 422
            again = await hand_in(client, session, "b.npy", npy(files["b"]["picture"]))
            assert again.json()["status"] == "same"

    with_session(server, story)


def test_before_any_download_the_page_itself_is_compared_with(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        answer = await hand_in(client, session, "m.csv", b"layer,mean\n1,100\n")
        assert answer.status_code == 200
        assert answer.json()["status"] == "differs"
        for language in LANGUAGES:
            assert "m.csv" in answer.json()["said"][language]["compared"]
        assert "as it is now" in answer.json()["said"]["en"]["compared"]

    with_session(server, story)


REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "empty": ("a.npy", b"", 422, "is empty"),
    "broken": ("a.npy", b"\x93NUMPY\x01\x00", 422, "damaged or cut short"),
    "pickled": ("a.npy", b"\x80\x04\x95.", 422, "damaged or cut short"),
    "another kind": ("a.pkl", b"\x80\x04\x95.", 422, ".npy, .csv"),
    "no kind": ("", npy(np.zeros((12, 12), int)), 422, ".npy, .csv"),
    "hostile name": ("<b>\n" * 50 + ".exe", b"x", 422, ".npy, .csv"),
    "shape": ("a.npy", npy(np.zeros((12, 13), int)), 422, "square"),
    "nan": ("a.npy", npy(np.full((12, 12), np.nan)), 422, "finite"),
    "csv nan": ("a.csv", b"layer,mean\n1,nan\n", 422, "finite"),
    "layer": ("a.csv", b"layer,mean\n4,1\n", 422, "to 3"),
    "huge": ("a.npy", b"0" * (LARGEST_MEBIBYTES * 2**20 + 1), 413, "at most 9 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compared_gets_one_clear_message(server: Server, name: str):
    file, data, status, rule = REFUSED[name]

    async def story(client: httpx.AsyncClient, session: str) -> None:
        await take(client, session)
        answer = await hand_in(client, session, file, data)
        assert answer.status_code == status
        assert set(answer.json()["problem"]) == set(LANGUAGES)
        said = answer.json()["problem"]["en"]
        assert rule in said
        assert len(said.splitlines()) == 1
        assert len(said) < 250
        # Nothing is lost: the experiment lives, and its file is still what counts.
        again = await hand_in(client, session, "m.csv", b"layer,mean\n1,100\n")
        assert "compared with your download" in again.json()["said"]["en"]["compared"]

    with_session(server, story)


def test_a_file_for_nobody_and_a_file_from_elsewhere_are_refused(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        nobody = await hand_in(client, "nobody", "a.npy", b"x" * 100_000)
        assert nobody.status_code == 404
        assert "experiment has ended" in nobody.json()["problem"]["en"]
        for origin in ("http://elsewhere.example", "http://["):
            foreign = await hand_in(client, session, "a.npy", b"x", Origin=origin)
            assert foreign.status_code == 403
        own = await hand_in(client, session, "a.npy", b"x", Origin=server.url)
        assert own.status_code == 422

    with_session(server, story)


def test_the_file_of_nobody_or_of_an_impossible_view_is_refused(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        assert (await client.get("/export/code")).status_code == 404
        wrong = await client.get("/export/code", params={"session": session, "layer": 99})
        assert wrong.status_code == 422
        assert "Layer" in wrong.text

    with_session(server, story)


def test_too_many_files_at_once_are_put_off(server: Server):
    async def story(client: httpx.AsyncClient, session: str) -> None:
        go_on = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"x" * 1000
            await go_on.wait()

        query = {"session": session, "name": "a.npy", "layer": "2"}
        posted = [
            asyncio.create_task(client.post("/compare", params=query, content=slow()))
            for _ in range(routes.MOST_OF_ONE + 1)
        ]
        await asyncio.sleep(0.5)  # all of them have begun
        go_on.set()
        answers = sorted([await one for one in posted], key=lambda answer: answer.status_code)
        assert [one.status_code for one in answers] == [422] * routes.MOST_OF_ONE + [429]
        assert "try again" in answers[-1].json()["problem"]["en"]
        assert (await hand_in(client, session, "a.npy", b"x")).status_code == 422

    with_session(server, story)


def test_a_file_that_does_not_arrive_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cellscope.app.server.request_bodies.PATIENCE_S", 0.05)

    async def slowly() -> AsyncGenerator[bytes]:
        yield b"x"
        await asyncio.sleep(0.5)
        yield b"x"

    async def story(client: httpx.AsyncClient, session: str) -> None:
        query = {"session": session, "name": "a.npy"}
        answer = await client.post("/compare", params=query, content=slowly())
        assert answer.status_code == 408
        assert (await hand_in(client, session, "a.npy", b"x")).status_code == 422

    with_session(server, story)
