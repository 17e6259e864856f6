"""A recording as a file: frames of the whole run, in the format, size and length chosen."""

import json
from dataclasses import replace
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import numpy as np
import pytest
import torch
from PIL import Image

from cellscope.app.features.take_along.film import KIND, Film, Plan, film_work, read_choice
from cellscope.app.features.take_along.film_frame import GAP, Look, frame_of
from cellscope.app.figures.colours import mix
from cellscope.app.session.jobs import Job
from cellscope.model.cells.picture.boundary_segments import FOLD, SCALE
from cellscope.model.cells.picture.render import draw
from cellscope.model.files.experiment import Experiment, experiment_zip
from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.live import Change
from cellscope.model.training.lockstep import Lockstep, Specs
from cellscope.model.view import View
from tests.app.conftest import Server, in_loop, opened, press_play, take_apart
from tests.app.test_own_network import body, upload
from tests.app.test_time import SMALL, Told
from tests.snapshots import started

SPEC = Spec(samples=60, width=4, depth=3, batch_size=10)


def recorded(specs: Specs, steps: int) -> Recorder:
    recorder = Recorder()
    with torch.inference_mode():
        lockstep = Lockstep(specs)
        recorder.begin(0, specs)
        for _ in range(steps):
            lockstep.advance()
        recorder.note(lockstep)
    return recorder


def plan_of(recorder: Recorder, kind: str, *, paired: bool = False) -> Plan:
    look = Look(View(layer=1, pixels=60), "light", "en")
    return Plan(kind, recorder.now, recorder.now.last, 3, look, paired)


def made(plan: Plan) -> Film:
    film = film_work(plan)(Job(KIND, len(plan.steps)))
    assert film is not None
    return film


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_film_has_its_frames_and_its_length(kind: str):
    recorder = recorded((SPEC,), 100)
    film = made(plan_of(recorder, kind))
    image = Image.open(BytesIO(film.data))
    assert image.format == kind.upper()
    assert image.size == (60, 88)
    assert getattr(image, "n_frames") == 30  # noqa: B009
    assert film.name == f"cellscope-recording-to-step-100.{kind}"
    shown = set[bytes]()
    for k in range(30):
        image.seek(k)
        shown.add(image.convert("RGB").crop((0, 0, 60, 60)).tobytes())
    assert len(shown) > 20  # it moves


def test_a_regressions_points_are_coloured_from_tables_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
):
    """Mixed anew for each point, a frame of 600 points took 7 s."""
    snapshot = started(SPEC.but(task="regression", dataset="plane"))
    look = Look(View(layer=1, mode="value", pixels=60), "light", "en")
    first = frame_of(snapshot, look, 0.5)
    mixed: list[str] = []

    def counted(a: str, b: str, share: float) -> str:
        mixed.append(a)
        return mix(a, b, share)

    monkeypatch.setattr("cellscope.app.figures.colours.mix", counted)
    assert frame_of(snapshot, look, 0.5).tobytes() == first.tobytes()
    assert not mixed


def test_a_frame_has_the_folds_and_the_test_points_that_the_page_shows(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)  # so that it is exact
    snapshot = started(SPEC.but(samples=400))
    view = View(layer=2, pixels=201, points="none")
    bare = frame_of(snapshot, Look(replace(view, lines=False), "light", "en"), 0.5).convert("RGB")
    lined = frame_of(snapshot, Look(view, "light", "en"), 0.5).convert("RGB")
    lines = draw(snapshot, view).lines
    folds = lines.ends[lines.style == FOLD] * (200 / SCALE)
    assert len(folds) > 4
    for x0, y0, x1, y1 in folds.tolist():
        middle = round((x0 + x1) / 2), round(200 - (y0 + y1) / 2)
        around = [(middle[0] + i, middle[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        around = [at for at in around if max(at) <= 200 and min(at) >= 0]
        assert any(bare.getpixel(at) != lined.getpixel(at) for at in around)
    changed: dict[str, int] = {}
    for points in ("train", "all"):
        shown = frame_of(snapshot, Look(replace(view, points=points), "light", "en"), 0.5)
        changed[points] = int((np.array(shown.convert("RGB")) != np.array(lined)).any(axis=2).sum())
    assert changed["all"] > 1.05 * changed["train"] > 0


def test_a_short_run_has_no_step_twice():
    plan = plan_of(recorded((SPEC,), 4), "npz")
    assert plan.steps == [0, 1, 2, 3, 4]


def test_two_pictures_stand_side_by_side():
    both = recorded((SPEC, SPEC.but(init="normal")), 10)
    image = Image.open(BytesIO(made(plan_of(both, "gif")).data))
    assert image.size == (2 * 60 + GAP, 88)
    paired = Image.open(BytesIO(made(plan_of(recorded((SPEC,), 10), "gif", paired=True)).data))
    assert paired.size == image.size


def test_the_arrays_are_the_weights_of_the_same_steps():
    recorder = recorded((SPEC,), 100)
    plan = plan_of(recorder, "npz")
    with np.load(BytesIO(made(plan).data)) as file:
        assert file["steps"].tolist() == plan.steps
        seen = Replayer().snapshot(recorder.now, plan.steps[7])
        assert seen is not None
        W, b = seen.weights[0]
        assert np.array_equal(file["theta"][7][: W.size + b.size], np.r_[W.ravel(), b])
        assert file["shapes"].tolist() == [[2, 4], [4, 4], [4, 2]]


def test_a_film_that_is_cancelled_ends():
    plan = plan_of(recorded((SPEC,), 100), "gif")
    job = Job(KIND, len(plan.steps))
    job.cancel()
    assert film_work(plan)(job) is None


def test_a_film_of_large_pictures_has_fewer_frames():
    plan = plan_of(recorded((SPEC,), 100), "gif", paired=True)
    large = replace(plan, seconds=30, look=replace(plan.look, view=View(pixels=900)))
    assert len(large.steps) == 82


def test_choices_that_are_none_are_named():
    for name, raw in (("format", "avi"), ("size", 5000), ("seconds", None)):
        with pytest.raises(SpecError) as refused:
            read_choice(name, raw, ("gif", 300, 3))
        assert refused.value.field == name


def test_a_page_starts_a_film_and_fetches_it(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            told = Told(page)
            await told.until(lambda m: m["timeline"]["last"] == 150)
            await page.say(type="recording-start", format="gif", size="300", seconds="x")
            await told.until(lambda m: m["problem"]["field"] == "seconds")
            await page.say(type="recording-start", format="npz", size="300", seconds="3")
            await told.until(lambda m: m["job"]["status"] == "finished")
            async with httpx.AsyncClient(base_url=server.url) as client:
                answer = await client.get(
                    "/export/recording", params={"session": welcome["session"]}
                )
            assert answer.status_code == 200
            assert "to-step-150.npz" in answer.headers["Content-Disposition"]
            await press_play(server, welcome["session"], "step")
            await told.until(lambda m: m["frame"]["step"] == 151)
            await goes_on_elsewhere(server, answer.content, told.pixels)

    in_loop(story())


async def goes_on_elsewhere(server: Server, recording: bytes, after: bytes) -> None:
    """The file, opened in another experiment, is the run, and undo is the other one again."""
    async with opened(server, "width=3&depth=2&samples=60&step=7") as (page, welcome):
        told = Told(page)
        await told.until(lambda m: m["frame"]["step"] == 7)
        status, answer = await upload(server, welcome["session"], body([("r.npz", recording)]))
        assert status == 200
        assert answer["said"]["en"].startswith("The recording is open, paused at step 150")
        now = await told.until(lambda m: m["timeline"]["last"] == 150 and m["frame"]["step"] == 150)
        await told.until(lambda m: m["settings"]["settings"]["width"] == 6)
        await page.say(type="time", run=now["timeline"]["run"], step=70)
        await told.until(lambda m: m["frame"]["step"] == 70 and m["frame"]["recalled"])
        await page.say(type="time", step=None)
        await press_play(server, welcome["session"], "step")
        await told.until(lambda m: m["frame"]["step"] == 151)
        assert told.pixels == after
        await told.until(lambda m: m["hands"]["undo"] == "opening a recording")
        await page.say(type="undo")
        await told.until(lambda m: m["frame"]["step"] == 7)
        await told.until(lambda m: m["settings"]["settings"]["width"] == 3)
        await page.say(type="redo")
        await told.until(lambda m: m["frame"]["step"] == 151)


def test_a_file_that_is_no_recording_is_refused_and_nothing_is_lost(server: Server):
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("log.json", json.dumps({"format": 1, "run": {"networks": []}}))

    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            told = Told(page)
            await told.until(lambda m: m["frame"]["step"] == 150)
            bad = body([("<b>r</b>.npz", stream.getvalue())])
            status, answer = await upload(server, welcome["session"], bad)
            assert status == 200
            assert "is no recording of Cellscope" in answer["problem"]["en"]
            await press_play(server, welcome["session"], "step")
            await told.until(lambda m: m["frame"]["step"] == 151)

    in_loop(story())


def test_a_saved_experiment_comes_back_with_its_second_network_and_what_hands_did(server: Server):
    async def story() -> None:
        async with opened(server, f"{SMALL}&compare=init:normal") as (page, welcome):
            told = Told(page)
            await told.until(lambda m: m["both"]["frames"][0]["step"] == 150)
            await page.say(type="edit", which="b", layer=1, unit=1, bias=0.5)
            await told.until(lambda m: m["hands"]["byHand"])
            await press_play(server, welcome["session"], "step")
            await told.until(lambda m: m["both"]["frames"][1]["step"] == 151)
            async with httpx.AsyncClient(base_url=server.url) as client:
                saved = await client.get(
                    "/export/experiment", params={"session": welcome["session"]}
                )
            await comes_back(server, saved.content, rasters(told))

    in_loop(story())


def rasters(told: Told) -> list[bytes]:
    """Both networks' pictures, without what is said of them."""
    first = told.newest["both"]["first"]
    return [take_apart(part)[1] for part in (told.pixels[:first], told.pixels[first:])]


def test_of_two_networks_the_one_that_goes_on_comes_back_where_it_is(server: Server):
    query = "width=16&depth=11&bias=zero&init=normal&samples=100&compare=init:he&step=15"

    async def story() -> None:
        async with opened(server, query) as (page, welcome):
            told = Told(page)
            await told.until(lambda m: [f["step"] for f in m["both"]["frames"]] == [2, 15])
            async with httpx.AsyncClient(base_url=server.url) as client:
                saved = await client.get(
                    "/export/experiment", params={"session": welcome["session"]}
                )
        async with opened(server, "width=3&depth=2&samples=60") as (page, welcome):
            told = Told(page)
            await upload(server, welcome["session"], body([("e.zip", saved.content)]))
            await told.until(lambda m: [f["step"] for f in m["both"]["frames"]] == [2, 15])

    in_loop(story())


async def comes_back(server: Server, saved: bytes, pictures: list[bytes]) -> None:
    """The file, opened in another experiment, is the run where it was left."""
    async with opened(server, "width=3&depth=2&samples=60&step=7") as (page, welcome):
        told = Told(page)
        await told.until(lambda m: m["frame"]["step"] == 7)
        status, answer = await upload(server, welcome["session"], body([("e.zip", saved)]))
        assert status == 200
        assert answer["said"]["en"].startswith("The saved experiment is open, paused at step 151")
        await told.until(lambda m: [f["step"] for f in m["both"]["frames"]] == [151, 151])
        assert rasters(told) == pictures
        seen = await told.until(lambda m: m["hands"]["byHand"] and m["timeline"]["last"] == 151)
        await page.say(type="time", run=seen["timeline"]["run"], step=70)
        await told.until(lambda m: [f["step"] for f in m["both"]["frames"]] == [70, 70])


def test_a_saved_experiment_whose_run_is_broken_or_huge_is_refused_in_a_sentence(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            await Told(page).until(lambda m: m["frame"]["step"] == 150)
            async with httpx.AsyncClient(base_url=server.url) as client:
                asked = {"session": welcome["session"]}
                saved = (await client.get("/export/experiment", params=asked)).content
            for run, said in ((b"no run", "no recording"), (bytes(65 * 2**20), "64")):
                stream = BytesIO()
                with ZipFile(BytesIO(saved)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
                    for name in old.namelist():
                        new.writestr(name, run if name == "run.npz" else old.read(name))
                bad = body([("e.zip", stream.getvalue())])
                status, answer = await upload(server, welcome["session"], bad)
                assert (status, said in answer["problem"]["en"]) == (200, True), answer

    in_loop(story())


def test_a_saved_experiment_opens_by_the_same_button(server: Server):
    spec = Spec(width=5, depth=3, samples=80)
    snapshot = Lockstep((spec,)).snapshot(version=0, run=0, status="paused", rate=0.0, error=None)
    saved = experiment_zip(Experiment([Change(0, spec)], snapshot), "Cellscope")

    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            told = Told(page)
            await told.until(lambda m: m["frame"]["step"] == 150)
            status, answer = await upload(server, welcome["session"], body([("e.zip", saved)]))
            assert (status, answer) == (200, {})
            await told.until(lambda m: m["settings"]["settings"]["width"] == 5)

    in_loop(story())
