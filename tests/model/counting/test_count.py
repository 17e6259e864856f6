"""Counts by tiles held to fractions, to the undivided count, and to themselves in other tilings."""

import os
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from torch import nn

from cellscope.model.counting.certificate import certificate, distinct
from cellscope.model.counting.count import count
from cellscope.model.counting.job import Problem
from cellscope.model.counting.seams import Joined, join
from cellscope.model.counting.sending import from_bytes, to_bytes
from cellscope.model.counting.tile import Tile, count_tile
from cellscope.model.own.cells import show
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.plane import checked_plane, identity_plane
from tests.model.own.programs import KINDS, Case
from tests.model.own.rational import counts, pieces
from tests.model.own.test_exact import layers_of, plane_of

Weights = list[tuple[Any, Any]]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
WINDOW = (-3.0, 3.0, -2.5, 2.75)
Change = Callable[[bytes], bytes]
BROKEN: list[tuple[Change, str]] = [
    (lambda data: b"not a count\n", "line 1 is broken"),
    (lambda data: b"\x80\x04pickle", "no file of a count"),
    (lambda data: data.replace(b'"faces": ', b'"faces": 1'), "is broken"),
    (lambda data: data.replace(b'"layer": 2', b'"layer": 1'), "line 1 is broken"),
]
# Tilings whose lines lie where small whole numbers have folds: along seams, through corners.
TILINGS: dict[str, list[tuple[float, float, float, float]]] = {
    "quarters": [(-3, 0, -2.5, 0), (0, 3, -2.5, 0), (-3, 0, 0, 2.75), (0, 3, 0, 2.75)],
    "a T": [(-3, 0, -2.5, 1), (0, 3, -2.5, 1), (-3, 3, 1, 2.75)],
    "a windmill": [
        (-3, 1, -2.5, -1), (1, 3, -2.5, 1), (-1, 3, 1, 2.75), (-3, -1, -1, 2.75), (-1, 1, -1, 1),
    ],
    "stripes": [(-3, -1, -2.5, 2.75), (-1, 1, -2.5, 2.75), (1, 3, -2.5, 2.75)],
}  # fmt: skip


def he_network(hidden: tuple[int, ...], seed: int = 0, spread: float = 0.5) -> Weights:
    rng = np.random.default_rng(seed)
    sizes = [2, *hidden, 2]
    return [
        (rng.normal(0, np.sqrt(2 / n), (m, n)), rng.normal(0, spread, m) if spread else np.zeros(m))
        for n, m in pairwise(sizes)
    ]


def holds(found: dict[str, Any]) -> bool:
    assert all(found["certificate"].values()), found["certificate"]
    regions = found["faces"] - found["seam_pieces"] + found["corners"]
    return bool(found["linear_regions"] == regions and found["exact"])


def problem_of(case: Case, layer: int, seed: int) -> Problem:
    plane, _ = plane_of(case, seed)
    seen = identity_plane() if plane is None else checked_plane(plane)
    return Problem(ReadNetwork(case.module, seen.shape).graph, seen, WINDOW, layer)


@cache
def regions_in_fractions(kind: Callable[[int], Case], layer: int, seed: int) -> int:
    case = kind(seed)
    return counts(pieces(case.program, plane_of(case, seed)[1], WINDOW, layer))[2]


def tiled(problem: Problem, name: str) -> tuple[list[Tile], Joined]:
    cutter = problem.cutter()
    windows = [tuple(map(float, window)) for window in TILINGS[name]]
    tiles = [count_tile(cutter, (k,), w, 10_000, 1) for k, w in enumerate(windows)]  # pyright: ignore[reportArgumentType]
    return tiles, join(tiles, WINDOW)


@pytest.mark.parametrize("name", TILINGS)
@kinds
def test_tiles_along_folds_and_through_vertices_give_the_count_of_fractions(
    kind: Callable[[int], Case], name: str
) -> None:
    case = kind(0)
    layer = layers_of(case)
    expected = regions_in_fractions(kind, layer, 0)
    tiles, joined = tiled(problem_of(case, layer, 0), name)
    faces = sum(tile.faces for tile in tiles)
    assert faces - joined.seam_pieces + joined.corners == expected == distinct(tiles)
    assert joined.covered
    assert all(tile.euler == 1 and tile.wrong == 0 for tile in tiles)


@kinds
def test_small_tiles_give_the_count_of_fractions(kind: Callable[[int], Case]) -> None:
    case = kind(1)
    plane, _ = plane_of(case, 1)
    layer = layers_of(case) - 1
    expected = regions_in_fractions(kind, layer, 1)
    found = count(case.module, window=WINDOW, layer=layer, plane=plane, tile_faces=8)
    assert holds(found)
    assert found["linear_regions"] == expected
    assert found["tiles"] > 1 or expected <= 8


@pytest.mark.parametrize("spread", [0.5, 0.0])
def test_any_tiling_gives_the_undivided_count(spread: float) -> None:
    for seed in range(2):
        weights = he_network((14, 14, 14), seed, spread)
        whole = show(weights).result.counts.linear_regions
        for faces in (25, 90, 400):
            found = count(weights, tile_faces=faces)
            assert holds(found)
            assert found["linear_regions"] == whole
        assert count(weights)["tiles"] == 1


def test_dead_layers_and_units_that_repeat_are_counted_right() -> None:
    dead = he_network((10, 10, 10), 3)
    dead[1] = dead[1][0], np.full(10, -1000.0)
    twice = he_network((10, 10), 4)
    twice[0] = np.concatenate([twice[0][0][:5]] * 2), np.concatenate([twice[0][1][:5]] * 2)
    for weights in (dead, twice):
        whole = show(weights).result.counts.linear_regions
        found = count(weights, tile_faces=20)
        assert holds(found)
        assert found["linear_regions"] == whole
        assert found["tiles"] > 1


def test_a_point_with_more_lines_than_a_tile_has_room_for_is_counted() -> None:
    angles = np.linspace(0, np.pi, 40, endpoint=False)
    star = [(np.stack([np.cos(angles), np.sin(angles)], axis=1), np.zeros(40))]
    found = count(star, tile_faces=30)
    assert holds(found)
    assert found["linear_regions"] == 80
    assert found["tiles"] > 1


@pytest.mark.long
def test_more_workers_and_a_killed_one_change_nothing() -> None:
    weights = he_network((16, 16, 16), 5)
    expected = count(weights, tile_faces=200)
    others, killed = set(psutil.Process().children()), list[int]()

    def kill(state: dict[str, Any]) -> None:
        if state["tiles"] == 2 and not killed:
            worker = min(set(psutil.Process().children()) - others, key=lambda one: one.pid)
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    found = count(weights, tile_faces=200, workers=2, progress=kill)
    assert killed
    assert holds(found)
    for key in ("linear_regions", "tiles", "faces", "seam_pieces", "corners"):
        assert found[key] == expected[key]
    assert set(psutil.Process().children()) <= others  # some of which may have ended meanwhile


def test_a_count_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    weights, path = he_network((16, 16, 16), 6), tmp_path / "count.jsonl"
    expected = count(weights, tile_faces=200)

    def stop(state: dict[str, Any]) -> None:
        if state["tiles"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count(weights, tile_faces=200, resume=path, progress=stop)
    with path.open("ab") as file:
        file.write(b'{"key": [0')  # as when the machine went down
    found = count(weights, tile_faces=200, resume=path)
    assert holds(found)
    assert {k: found[k] for k in ("linear_regions", "tiles", "corners")} == {
        k: expected[k] for k in ("linear_regions", "tiles", "corners")
    }
    lines = path.read_text().splitlines()
    assert sum('"names"' in line for line in lines) == found["tiles"]  # none was done twice
    assert count(weights, tile_faces=200, resume=path)["linear_regions"] == found["linear_regions"]


@pytest.mark.parametrize(("change", "says"), BROKEN)
def test_a_file_to_go_on_with_is_checked(tmp_path: Path, change: Change, says: str) -> None:
    weights, path = he_network((6, 6), 7), tmp_path / "count.jsonl"
    count(weights, resume=path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=f"resume: .*{says}"):
        count(weights, resume=path)


@pytest.mark.parametrize("most", [200, 1000])
def test_a_file_that_can_not_be_written_is_named(tmp_path: Path, most: int) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limit[1]))
    try:
        with pytest.raises(ValueError, match=r"^resume: .*: File too large$"):
            count(he_network((6, 6), 7), resume=tmp_path / "count.jsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_what_may_never_end_is_no_file_to_go_on_with(tmp_path: Path, kind: str) -> None:
    path = {"device": Path("/dev/full"), "pipe": tmp_path / "pipe", "folder": tmp_path}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(ValueError, match=r"^resume: .*: is no plain file$"):
        count(he_network((6, 6), 7), resume=path)


def test_a_file_of_another_count_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "count.jsonl"
    count(he_network((6, 6), 7), resume=path)
    with pytest.raises(ValueError, match=r"resume: .*another count: its weights"):
        count(he_network((6, 6), 8), resume=path)
    with pytest.raises(ValueError, match=r"resume: .*another count: its window"):
        count(he_network((6, 6), 7), resume=path, window=(-1, 1, -1, 1))
    with pytest.raises(ValueError, match="resume: "):
        count(he_network((6, 6), 7), resume=tmp_path)


def test_every_check_fails_where_what_it_says_is_not_true() -> None:
    problem = problem_of(KINDS[0](1), 3, 1)
    tiles, joined = tiled(problem, "a windmill")
    regions = sum(t.faces for t in tiles) - joined.seam_pieces + joined.corners
    assert all(certificate(tiles, joined, regions, WINDOW).values())
    first, *rest = tiles
    wrong = {
        "euler": replace(first, euler=2),
        "areas": replace(first, area=first.area * 1.001),
        "patterns": replace(first, wrong=1),
        "neighbours": replace(first, pairs=first.pairs * 20),
        "seams": replace(first, sides=(first.sides[0], first.sides[2], *first.sides[2:])),
        "distinct": replace(first, names=first.names[::-1].copy(), faces=first.faces + 1),
    }
    for check, tile in wrong.items():
        again = [tile, *rest]
        found = certificate(again, join(again, WINDOW), regions, WINDOW)
        assert not found[check], check
    unchecked = [replace(tile, checked=0) for tile in tiles]
    assert not certificate(unchecked, joined, regions, WINDOW)["patterns"]
    assert not certificate(tiles, joined, regions + 1, WINDOW)["distinct"]


def test_a_wrong_pattern_is_told_from_one_within_rounding_of_a_fold() -> None:
    cutter = problem_of(KINDS[0](2), 3, 2).cutter()
    good = count_tile(cutter, (), WINDOW, 10_000, 1)
    assert good.checked == good.faces
    assert good.wrong == 0
    found = cutter.cut(WINDOW)
    found.complex.bits[:, 0] ^= np.uint64(1)
    cutter.cut = lambda window, budget=None: found  # type: ignore[method-assign]
    assert count_tile(cutter, (), WINDOW, 10_000, 1).wrong > 0


def test_what_can_not_be_counted_is_named() -> None:
    smooth = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    with pytest.raises(ValueError, match="layer: 1 is behind a smooth step"):
        count(smooth)
    with pytest.raises(ValueError, match="workers: "):
        count(he_network((3,)), workers=0)
    with pytest.raises(ValueError, match="window: "):
        count(he_network((3,)), window=(1, 0, 0, 1))
    with pytest.raises(UnsupportedLayer):
        count(nn.Sequential(nn.Linear(2, 2), nn.LPPool1d(2, 2)))


def test_the_user_s_threads_and_random_numbers_are_left_alone() -> None:
    before = torch.get_num_threads(), torch.random.get_rng_state().tolist()
    names = {thread.name for thread in threading.enumerate()}
    count(he_network((6, 6)), workers=2)
    assert (torch.get_num_threads(), torch.random.get_rng_state().tolist()) == before
    assert {thread.name for thread in threading.enumerate()} <= names


@kinds
def test_a_network_of_any_kind_travels_to_a_worker(kind: Callable[[int], Case]) -> None:
    case = kind(1)
    problem = problem_of(case, layers_of(case), 1)
    sent = from_bytes(to_bytes(problem))
    one, other = (count_tile(p.cutter(), (), WINDOW, 10_000, 1) for p in (problem, sent))
    assert one.faces == other.faces
    assert (one.names == other.names).all()
