import asyncio
import json
import re
import struct
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
from fastapi import FastAPI, Request
from numpy.typing import NDArray
from starlette.responses import Response

from cellscope.app.features.picture import exports
from cellscope.app.features.picture.export_route import export_response
from cellscope.app.features.picture.exports import KINDS, export
from cellscope.app.figures.colours import palettes
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.export.svg import PLOT
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import MODES, View
from tests.model.cells.families import random_net
from tests.snapshots import chosen, layers_at, started

NET = Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3)
NAMES = {mode: text(f"choice.mode.{mode}", "en") for mode in MODES}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


# --- PNG ----------------------------------------------------------------------------------------


def read_png(data: bytes) -> tuple[NDArray[np.uint8], list[str], dict[str, bytes]]:
    """(indices, palette, all chunks), by the standard and nothing else."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[str, bytes] = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        chunks[kind.decode()] = body
        at += 12 + length
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks["IHDR"])
    assert (depth, colour, rest) == (8, 3, [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks["IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()  # no filter
    palette = [f"#{chunks['PLTE'][k : k + 3].hex()}" for k in range(0, len(chunks["PLTE"]), 3)]
    return rows[:, 1:], palette, chunks


def fitting(spec: Spec, mode: str) -> Spec:
    """An experiment that has such a picture."""
    return spec.but(task="regression") if mode == "value" else spec


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_a_png_is_the_picture_on_the_screen(mode: str, theme: str, activation: str) -> None:
    spec = fitting(NET, mode).but(activation=activation)
    snapshot, view = started(spec), View(mode=mode, pixels=61)
    file = export("png", snapshot, view, theme, "en")
    indices, palette, chunks = read_png(file.data)
    assert np.array_equal(indices, draw(snapshot, view).indices)
    expected = palettes()[theme][MODES[mode].palette]
    assert palette == [colour.lower() for colour in expected]
    assert chunks["tEXt"] == f"Title\0Cellscope: {NAMES[mode]}, step 0".encode()
    assert file.media_type == "image/png"
    assert file.name == f"cellscope-{mode}-layer-2-step-0.png"


# --- SVG ----------------------------------------------------------------------------------------


def areas(root: ElementTree.Element) -> dict[str, float]:
    """Area in pixels of every path of the cells, by its loops' signed areas."""
    found: dict[str, float] = {}
    for path in root.iter(f"{SVG}path"):
        if not path.get("id", "").startswith("piece-"):
            continue
        total = 0.0
        for loop in (path.get("d") or "").removeprefix("M").removesuffix("Z").split("ZM"):
            x, y = np.array([list(map(float, p.split(","))) for p in loop.split()]).T
            total -= float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)  # y points down
        found[str(path.get("id"))] = total
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lines", [True, False])
def test_an_svg_has_polygons_that_fill_the_window(mode: str, lines: bool) -> None:
    view = View(mode=mode, layer=3, lines=lines)
    file = export("svg", started(fitting(NET, mode)), view, "light", "en")
    root = ElementTree.fromstring(file.data)
    pieces = areas(root)
    assert all(area > 0 for area in pieces.values())
    assert sum(pieces.values()) == pytest.approx(PLOT * PLOT, rel=1e-9)
    groups = [group.get("id") for group in root.iter(f"{SVG}g")]
    assert groups == ["cells", *(["lines"] if lines else []), "points", "axes"]
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == f"Cellscope: {NAMES[mode]}, step 0"
    assert b"http" not in file.data.replace(b"http://www.w3.org/2000/svg", b"")


def test_an_svg_has_a_path_per_connected_region_or_linear_region() -> None:
    snapshot = started(NET)
    cells = layer_cells(build(snapshot.weights, View().window, layer=3), 3)
    for mode, count in (("cells", cells.regions), ("regions", cells.linear_regions)):
        file = export("svg", snapshot, View(mode=mode, layer=3), "light", "en")
        assert len(areas(ElementTree.fromstring(file.data))) == count


def test_an_svg_has_the_colours_of_the_picture() -> None:
    snapshot, view = started(NET), View(layer=2, pixels=61)
    root = ElementTree.fromstring(export("svg", snapshot, view, "dark", "en").data)
    fills = {p.get("fill") for p in root.iter(f"{SVG}path") if "piece" in (p.get("id") or "")}
    shown = {palettes()["dark"]["cells"][i] for i in np.unique(draw(snapshot, view).indices)}
    assert shown <= fills


def test_an_svg_shows_the_data_points_of_the_window() -> None:
    view = View(layer=2, window=(0.0, 1.0, -1.0, 1.0))
    root = ElementTree.fromstring(export("svg", started(NET), view, "light", "en").data)
    x, y = make_data(NET).train_x.T
    inside = (x >= 0) & (x <= 1) & (y >= -1) & (y <= 1)
    assert len(list(root.iter(f"{SVG}circle"))) == int(inside.sum())


# --- JSON and arrays ----------------------------------------------------------------------------


def test_the_complex_comes_back_from_json() -> None:
    snapshot, view = started(NET), View(layer=2, window=(-1.0, 2.0, -2.0, 1.0))
    read = json.loads(export("json", snapshot, view, "light", "en").data)
    complex = build(snapshot.weights, view.window, layer=2)
    assert (read["layer"], read["window"]) == (2, list(view.window))
    assert np.array_equal(read["vertices"], complex.vertices)
    assert len(read["faces"]) == complex.faces
    assert len(read["edges"]) == complex.edges
    assert sum(face["area"] for face in read["faces"]) == pytest.approx(9.0, rel=1e-12)
    for face in read["faces"]:
        y = layers_at(snapshot, np.array([face["centroid"]]))
        signs = ["".join("+" if v > 0 else "-" for v in row[0]) for row in y[:2]]
        assert face["signs"] == signs
        after = np.array(face["A"]) @ face["centroid"] + face["d"]
        assert after == pytest.approx(y[2][0], rel=1e-9, abs=1e-9)


def test_the_complex_comes_back_from_arrays_which_are_a_network_as_well() -> None:
    snapshot, view = started(NET), View(layer=3)
    file = export("npz", snapshot, view, "light", "en")
    read = np.load(BytesIO(file.data), allow_pickle=False)
    complex = build(snapshot.weights, view.window, layer=3)
    weights = [(read[f"W{i}"], read[f"b{i}"]) for i in range(NET.layers)]
    again = build(weights, tuple(read["window"].tolist()), layer=int(read["layer"]))
    assert np.array_equal(again.local, complex.local)
    assert np.array_equal(read["vertices"], complex.vertices)
    assert np.array_equal(read["face_area"], complex.areas)
    assert len(read["face_signs"]) == complex.faces


def test_a_window_of_a_millionth_exports_as_well() -> None:
    view = View(layer=2, window=(1.0, 1.0 + 1e-6, 1.0, 1.0 + 1e-6), pixels=21)
    for kind in KINDS:
        assert export(kind, started(NET), view, "light", "en").data


# --- the route ----------------------------------------------------------------------------------


@dataclass
class Known:
    """Stands in for the live sessions: one, called "a"."""

    latest: Snapshot

    def get(self, name: object) -> Any:
        return SimpleNamespace(latest=self.latest) if name == "a" else None


@pytest.fixture
def known() -> Known:
    return Known(started(NET))


class Client:
    """Asks an app directly, without a socket; what it raises is raised here."""

    def __init__(self, server: FastAPI) -> None:
        self.server = server

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.server)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture
def client(known: Known) -> Client:
    server = FastAPI()

    @server.get("/export/{kind}")
    def download(kind: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return export_response(known, kind, request)  # pyright: ignore[reportArgumentType]

    return Client(server)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_file_is_sent_under_a_name_of_its_own(client: Client, kind: str) -> None:
    answer = client.get(f"/export/{kind}?session=a&layer=2&mode=cells&pixels=31&theme=dark")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == KINDS[kind]
    name = f'attachment; filename="cellscope-cells-layer-2-step-0.{kind}"'
    assert answer.headers["content-disposition"] == name
    view = View(layer=2, pixels=31)
    expected = export(kind, started(NET), view, "dark", "en").data
    assert kind == "npz" or answer.content == expected  # a zip holds the time


def test_a_page_gets_the_state_that_it_shows_or_nothing(client: Client, known: Known) -> None:
    version = known.latest.version
    there = client.get(f"/export/png?session=a&pixels=31&version={version}")
    assert there.status_code == 200
    gone = client.get(f"/export/png?session=a&pixels=31&version={version + 1}")
    assert (gone.status_code, gone.content) == (204, b"")


def test_in_a_lecture_a_file_has_the_halls_colours(client: Client) -> None:
    for theme, colours in (("light", "lecture"), ("dark", "dark")):
        asked = f"session=a&pixels=31&theme={theme}&lecture=1"
        _, palette, _ = read_png(client.get(f"/export/png?{asked}").content)
        assert palette == [colour.lower() for colour in palettes()[colours]["cells"]]
        svg = client.get(f"/export/svg?{asked}").text
        assert any(colour in svg for colour in palettes()[colours]["cells"])


def test_of_two_networks_the_name_says_which(client: Client, known: Known) -> None:
    known.latest = replace(known.latest, other=started(NET.but(init="he", seed=6)))
    for which in ("a", "b"):
        answer = client.get(f"/export/npz?session=a&layer=2&which={which}")
        name = f'attachment; filename="cellscope-{which}-cells-layer-2-step-0.npz"'
        assert answer.headers["content-disposition"] == name


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("png", 404, "experiment has ended"),
        ("png?session=", 404, "experiment has ended"),
        ("png?session=b", 404, "experiment has ended"),
        ("gif?session=a", 404, "kind"),
        ("%0A%3Cb%3E?session=a", 404, "kind"),
        ("png?session=a&layer=0", 422, "between 1 and 32"),
        ("png?session=a&layer=two", 422, "whole number"),
        ("png?session=a&mode=cubes", 422, "one of cells"),
        ("png?session=a&window=1,0,0,1", 422, "x0 < x1"),
        ("png?session=a&window=1,2,3", 422, "four numbers"),
        ("png?session=a&window=nan,2,3,4", 422, "Window"),
        ("svg?session=a&window=1,1.0000000000001,0,1", 422, "narrower"),
        ("png?session=a&pixels=100000", 422, "between 11 and"),
        ("png?session=a&theme=neon", 422, "light, dark"),
        ("png?session=a&lines=maybe", 422, "true, false"),
    ],
)
def test_what_cannot_be_exported_is_named_in_one_line(
    client: Client, path: str, status: int, named: str
) -> None:
    answer = client.get(f"/export/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert named in answer.text
    assert "\n" not in answer.text


@pytest.mark.parametrize("mode", MODES)
def test_tanh_has_a_picture_but_no_polygons(client: Client, known: Known, mode: str) -> None:
    known.latest = started(NET.but(activation="tanh"))
    for kind in KINDS:
        answer = client.get(f"/export/{kind}?session=a&mode={mode}&pixels=31")
        assert answer.status_code == (200 if kind == "png" else 422)
        assert kind == "png" or answer.text == (
            "This network has no polygons here to export; PNG works."
        )


def test_a_fault_of_ours_is_not_said_to_be_the_network_s(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(exports, "layer_cells", broken)
    with pytest.raises(ValueError, match="of ours"):
        client.get("/export/npz?session=a&layer=1")


def test_a_network_beyond_the_budget_is_refused_in_one_line(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "REST_FACES", 30)
    for kind in ("svg", "json", "npz"):
        for mode in ("cells", "classes"):
            answer = client.get(f"/export/{kind}?session=a&layer=3&mode={mode}")
            assert answer.status_code == 422
            assert re.fullmatch(r"Too large to export: more than \d+ pieces\.", answer.text)
    assert client.get("/export/png?session=a&layer=3&pixels=31").status_code == 200


def test_weights_at_the_end_of_float32_are_exported_or_refused(
    client: Client, known: Known
) -> None:
    weights = random_net((6,) * 11, 1)
    known.latest = chosen([(W * 1e30, b * 1e30) for W, b in weights])
    for kind in KINDS:
        for mode in MODES:
            answer = client.get(f"/export/{kind}?session=a&layer=11&pixels=31&mode={mode}")
            assert answer.status_code in (200, 422)
