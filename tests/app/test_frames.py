import json
import re
from dataclasses import replace
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
import pytest
import torch

from cellscope.app.features.picture.story import stories
from cellscope.app.stream.frames import (
    count_text,
    encode,
    encode_both,
    message,
    note_text,
    status_text,
)
from cellscope.app.text.numbers import number
from cellscope.app.text.texts import catalogue
from cellscope.model import warm
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.picture.boundary_segments import NO_LINES
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.render import draw, grid_picture
from cellscope.model.own_data import OwnData
from cellscope.model.spec import Spec
from cellscope.model.training.edits import Edit
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot, Status
from cellscope.model.view import MODES, SHEET_PIXELS, View
from tests.app.conftest import take_apart
from tests.snapshots import started

SMALL = Spec(width=6, depth=3)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


def picture(**changes: Any) -> Picture:
    start = Picture(
        indices=np.zeros((11, 11), np.uint8), mode="cells", layer=1, count=4, colours=4, exact=True
    )
    return replace(start, **changes)


# --- the message --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pixels", [11, 60])
def test_a_frame_holds_its_header_its_pixels_and_its_lines(mode: str, pixels: int) -> None:
    spec = SMALL.but(task="regression") if mode == "value" else SMALL
    snapshot, view = started(spec, version=7), View(layer=2, mode=mode, pixels=pixels)
    drawn = draw(snapshot, view)
    header, body = take_apart(encode(snapshot, view, drawn, "en"))
    assert (header["kind"], header["version"], header["mode"]) == ("frame", 7, mode)
    assert (header["width"], header["height"]) == (pixels, pixels)
    assert (header["layer"], header["layers"]) == (2, 3)
    assert header["window"] == [-5.0, 5.0, -5.0, 5.0]
    assert header["exact"] is True
    size, lines = pixels * pixels, header["lines"]
    assert len(body) == size + 9 * lines
    indices = np.frombuffer(body[:size], np.uint8).reshape(pixels, pixels)
    assert np.array_equal(indices, drawn.indices)
    ends = np.frombuffer(body[size : size + 8 * lines], "<u2").reshape(lines, 4)
    assert np.array_equal(ends, drawn.lines.ends)
    assert np.array_equal(np.frombuffer(body[size + 8 * lines :], np.uint8), drawn.lines.style)
    assert lines > 0


def test_a_picture_has_as_many_rows_as_its_header_says() -> None:
    tall = picture(indices=np.arange(6, dtype=np.uint8).reshape(3, 2))
    header, body = take_apart(encode(started(SMALL), View(), tall, "en"))
    assert (header["width"], header["height"]) == (2, 3)
    assert body == bytes(range(6))


def test_arrays_follow_each_other_whatever_their_type() -> None:
    raw = message({"kind": "ü"}, np.array([1, 258], np.uint16), np.array([7], np.uint8))
    header, body = take_apart(raw)
    assert header == {"kind": "ü"}
    assert body == b"\x01\x00\x02\x01\x07"


def test_edges_are_shaded_only_where_all_lines_were_dropped() -> None:
    for dropped, expected in ((0, False), (9, True)):
        drawn = picture(lines=replace(NO_LINES, dropped=dropped))
        header, _ = take_apart(encode(started(SMALL), View(), drawn, "en"))
        assert header["edges"] is expected
    real = draw(started(SMALL), View(pixels=11))
    some = replace(real, lines=replace(real.lines, dropped=3))
    assert take_apart(encode(started(SMALL), View(), some, "en"))[0]["edges"] is False


def test_a_header_is_json_that_any_page_reads() -> None:
    diverged = replace(started(SMALL), status="diverged", nonfinite_layer=2, step=4)
    raw = encode(diverged, View(), draw(diverged, View(pixels=11)), "en")
    json.loads(raw[4 : 4 + int.from_bytes(raw[:4], "little")], parse_constant=pytest.fail)


# --- the words ----------------------------------------------------------------------------------


def test_every_text_of_a_frame_can_be_reached_and_no_other_exists() -> None:
    every = {key for key in catalogue("en") if re.match(r"(note|count|status)\.", key)}
    counted = [mode for mode in MODES if mode != "value"]  # of which there is nothing to count
    kinds = {f"count.{m}{end}" for m in counted for end in ("", ".grid")}
    kinds |= {"count.cells.live", "count.joint.grid"}
    kinds |= {f"{kind}.one" for kind in kinds} | {
        *("count.linear", "count.unit", "count.value", "count.value.regions"),
        *("count.logit", "count.logit.regression"),
    }
    whys = ("activation", "features", "budget", "reach", "warming", "unprepared")
    grid = {f"note.grid.{why}" for why in whys}
    notes = {
        f"note.{n}"
        for n in ("shown_step", "on_grid", "colours", "identity", "wedges", "lines", "lines.rest")
    }
    status = {f"status.{s}" for s in ("paused", "training", "diverged", "failed")}
    status |= {f"status.recalled.{s}" for s in ("paused", "training")}
    status |= {f"status.diverged.{what}" for what in ("logits", "parameters", "first")}
    assert every == kinds | grid | notes | status


@pytest.mark.parametrize(
    ("task", "unit", "named"),
    [
        ("classes", (1, 2), "unit 2, layer 1: "),
        ("classes", (2, 1), "logit 1: "),
        ("regression", (2, 1), "output: "),
    ],
)
def test_what_the_last_layer_gives_is_called_a_logit_as_beside_it(
    task: str, unit: tuple[int, int], named: str
) -> None:
    snapshot = started(SMALL.but(task=task, hidden=(4,)))
    view = View(pixels=11, unit=unit)
    header, _ = take_apart(encode(snapshot, view, draw(snapshot, view), "en"))
    assert header["countText"].startswith(named)


def test_one_is_not_several() -> None:
    for mode, words in (
        ("classes", "1 class"),
        ("cells", "1 cell of layer 2"),
        ("regions", "1 linear region of layers 1…2"),
    ):
        one = picture(mode=mode, count=1, pieces=1, layer=2)
        assert count_text(one, "en") == words
        assert count_text(replace(one, exact=False), "en").startswith(f"≥ {words}")


def test_linear_regions_of_one_layer_and_of_a_linear_network() -> None:
    regions = picture(mode="regions", count=12, layer=1)
    assert count_text(regions, "en") == "12 linear regions of layer 1"
    for spec in (SMALL.but(activation="identity"), SMALL.but(depth=1, activation="tanh")):
        view = View(mode="regions", layer=1)
        drawn = draw(started(spec), view)
        header, _ = take_apart(encode(started(spec), view, drawn, "en"))
        assert header["count"] == 1
        assert header["countText"] == "1 linear region: the whole network is one affine map"
        assert header["note"] == ""


def test_what_a_smooth_activation_or_further_inputs_curve_has_no_linear_regions() -> None:
    for spec in (SMALL.but(activation="tanh"), SMALL.but(features=("x2",))):
        view = View(mode="regions", layer=1)
        header, _ = take_apart(encode(started(spec), view, draw(started(spec), view), "en"))
        assert "joint patterns of layer 1, on this grid" in header["countText"]


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "value"])
def test_counts_say_how_they_are_known(mode: str) -> None:
    exact = count_text(picture(mode=mode, count=12345, pieces=12346, layer=3), "en")
    grid = count_text(picture(mode=mode, count=12345, exact=False), "en")
    assert "12\u202f345" in exact
    assert not exact.startswith("≥")
    assert grid.startswith("≥ 12\u202f345")
    assert "grid" in grid
    assert "{" not in exact + grid


def test_cells_without_a_count_of_pieces_do_not_speak_of_them() -> None:
    assert count_text(picture(pieces=None), "en") == "4 cells of layer 1"
    assert "in 5 pieces" in count_text(picture(pieces=5), "en")


def said_of(snapshot: Snapshot, picture: Picture, language: str) -> str:
    return note_text(snapshot, picture, View().window, language)


@pytest.mark.parametrize("why", ["activation", "budget", "reach", "warming"])
def test_a_picture_on_the_grid_says_why(why: str) -> None:
    note = said_of(started(SMALL), picture(exact=False, why_grid=why), "en")
    assert note == catalogue("en")[f"note.grid.{why}"]


def test_kernels_that_cannot_be_compiled_are_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cellscope.model.warm._trouble", [])
    monkeypatch.setattr("cellscope.model.warm.done", lambda: False)
    monkeypatch.setattr("cellscope.model.warm.warm", full)
    monkeypatch.setattr("cellscope.model.jit.missing", list)
    warm.prepare()
    snapshot = started(SMALL)
    note = said_of(snapshot, draw(snapshot, View()), "en")
    assert "could not be prepared (OSError: [Errno 28] No space left on device)" in note
    assert "could not be compiled" in caplog.text
    assert not warm.preparing()


def test_a_plain_picture_needs_no_note() -> None:
    assert said_of(started(SMALL), picture(), "en") == ""


def test_repeated_colours_are_told() -> None:
    assert "64 colours" in said_of(started(SMALL), picture(count=97, colours=64), "en")
    assert not said_of(started(SMALL), picture(mode="classes", count=97, colours=2), "en")


def test_the_sheets_grid_says_what_it_misses() -> None:
    snapshot = started(Spec(width=16, bias="zero"))
    note = said_of(snapshot, draw(snapshot, View(layer=1, pixels=SHEET_PIXELS)), "en")
    assert "sees 32 and misses 0" in note


def test_wedges_and_one_affine_map_are_told_where_they_are_true() -> None:
    zero, identity = SMALL.but(bias="zero"), SMALL.but(activation="identity")
    assert "wedge" in said_of(started(zero), picture(), "en")
    assert "wedge" not in said_of(started(SMALL), picture(), "en")
    assert "one affine map" in said_of(started(identity), picture(), "en")
    both = said_of(started(identity.but(bias="zero")), picture(), "en")
    assert "one affine map" in both
    assert "wedge" in both
    # tanh bends: only the first layer's cells are wedges.
    tanh = started(zero.but(activation="tanh"))
    drawn = grid_picture(tanh, View(layer=2, pixels=31), 2, "activation")
    assert "wedge" not in said_of(tanh, drawn, "en")


def test_lines_that_are_not_drawn_are_told() -> None:
    dropped = picture(lines=replace(NO_LINES, dropped=5))
    assert said_of(started(SMALL, "training"), dropped, "en") == "all lines at rest"
    assert "too many" in said_of(started(SMALL), dropped, "en")


def test_a_diverged_network_shows_its_last_finite_step() -> None:
    snapshot = replace(started(SMALL, "diverged"), step=12, shown_step=11, nonfinite_layer=3)
    assert "step 11" in said_of(snapshot, picture(), "en")
    assert status_text(snapshot, "en") == "diverged at step 12: weights not finite"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": "momentum"},
        {"optimizer": "adam", "learning_rate": 100.0, "depth": 32},
        {"activation": "leaky_relu"},
        {"activation": "identity", "width": 100},
        {"depth": 32, "width": 64},
        {"init": "he", "learning_rate": 100.0, "optimizer": "momentum"},
        {"depth": 32, "weight_variance": 1e6},
    ],
    ids=str,
)
def test_a_diverged_run_is_told_by_what_step_1_did_or_what_is_not_finite(
    changes: dict[str, Any],
) -> None:
    spec = Spec(width=16, depth=11, bias="zero", bias_variance=0.0, init="normal").but(**changes)
    network = LiveNetwork(spec)
    before = rms(network.learner.theta, spec)
    after: float | None = None
    for _ in range(3000):
        going = network.advance()
        if after is None and network.learner.step_count == 1:
            after = rms(network.learner.theta, spec)
        if not going:
            break
    snapshot = network.snapshot(version=1, run=1, status="diverged", rate=0.0, error=None)
    assert snapshot.diverged
    said = status_text(snapshot, "en")
    assert said.startswith(f"diverged at step {network.learner.step_count}: ")
    if after is None or not isfinite(after):
        finite = bool(torch.isfinite(network.learner.theta).all())
        assert said.endswith("logits not finite" if finite else "weights not finite")
    else:
        assert said.endswith(f": weights × {number(after / before, 'en')} in step 1")
    assert len(said) < 50
    assert "{" not in status_text(snapshot, "de")


def rms(theta: torch.Tensor, spec: Spec) -> float:
    """Of all weights, without the biases."""
    total, count, at = 0.0, 0, 0
    for fan_in, fan_out in pairwise(spec.sizes):
        block = theta[at : at + fan_out * (fan_in + 1)].double().view(fan_out, fan_in + 1)
        total, count = total + float((block[:, :-1] ** 2).sum()), count + fan_in * fan_out
        at += fan_out * (fan_in + 1)
    return (total / count) ** 0.5


@pytest.mark.parametrize("status", ["paused", "training", "failed"])
def test_every_status_has_words(status: Status) -> None:
    snapshot = replace(started(SMALL, status), error="{disk} full")
    said = status_text(snapshot, "en")
    assert said == (status if status != "failed" else "failed: {disk} full")


# --- two networks side by side ------------------------------------------------------------------


def pair(status: Status = "training", **first: Any) -> Snapshot:
    """N(0, 1) beside He, one published state."""
    normal, he = SMALL.but(init="normal"), SMALL
    second = replace(started(he, status, version=7), step=40, shown_step=40)
    start = replace(started(normal, status, version=7), step=40, shown_step=40, other=second)
    return replace(start, **first)


def split(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    header, body = take_apart(raw)
    assert header["kind"] == "both"
    first, second = body[: header["first"]], body[header["first"] :]
    return take_apart(first)[0], take_apart(second)[0]


def both(snapshot: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    frames = [encode(snapshot, View(), picture(), "en", which=which) for which in ("a", "b")]
    return split(encode_both(*frames))


def test_both_frames_are_of_one_state_and_say_what_each_network_is() -> None:
    first, second = both(pair())
    assert (first["version"], first["step"]) == (second["version"], second["step"]) == (7, 40)
    assert (first["which"], second["which"]) == ("a", "b")
    assert (first["heading"], second["heading"]) == ("N(0, 1)", "He, 2/n")
    assert (first["own"], second["own"]) == ("training", "training")


def test_one_that_diverged_says_so_while_the_experiment_trains_on() -> None:
    diverged = pair(step=2, shown_step=2, diverged=True, nonfinite_layer=3)
    first, second = both(diverged)
    assert (first["step"], second["step"], first["experimentStep"]) == (2, 40, 40)
    assert (first["status"], first["statusText"]) == ("training", "training")
    assert first["own"] == "diverged"
    assert "step 2" in first["ownText"]
    assert (second["own"], second["ownText"]) == ("training", "training")


def test_both_diverged_are_named_with_their_steps() -> None:
    first, second = both(pair("diverged", step=2, shown_step=2, diverged=True))
    assert first["statusText"] == second["statusText"] == "both diverged, at steps 2 and 40"


def test_one_network_alone_says_nothing_of_another() -> None:
    header, _ = take_apart(encode(started(SMALL), View(), picture(), "en"))
    assert not header.keys() & {"which", "heading", "own", "experimentStep"}


def test_a_frame_says_how_often_the_points_were_seen_at_its_own_step() -> None:
    spec = SMALL.but(samples=200, batch_size=64)
    moved = replace(started(spec), step=30, shown_step=30)
    header, _ = take_apart(encode(moved, View(), picture(), "en"))
    assert header["epochText"] == "12.8"  # 30 steps of 64 of 150 points


def test_the_sentence_at_the_picture_names_no_regions_of_an_affine_network() -> None:
    spec, view = SMALL.but(activation="identity"), View(mode="regions")
    said = stories(started(spec), view, CountRecord(), "en")
    assert said["start"].startswith("One colour")
    assert said["now"] == ""
    assert "layers 1…2" in stories(started(SMALL), view, CountRecord(), "en")["start"]


# --- the network's name, under saved pictures and charts ------------------------------------------


def test_what_settings_alone_do_not_make_stands_in_the_name_of_a_network() -> None:
    drawn = OwnData("drawn", np.arange(8.0).reshape(4, 2), np.arange(4) % 2)
    of_hands = replace(
        started(SMALL.but(dataset="own", own=drawn)),
        edits=((0, Edit(values=((0, 0.0, 1.0),))),),
    )
    assert named(started(SMALL), "en").endswith("seed 0, step 0")
    assert named(of_hands, "en").endswith("seed 0, step 0; Own data; edited")
    assert named(of_hands, "de").endswith("Seed 0, Schritt 0; Eigene Daten; bearbeitet")


def named(snapshot: Snapshot, language: str) -> str:
    view = View(layer=1, mode="cells", pixels=11)
    return take_apart(encode(snapshot, view, draw(snapshot, view), language))[0]["named"]
