import io
import json
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.boundaries import boundary_segments
from cellscope.model.cells.exact.classes import build_classes
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.merge import LayerCells, layer_cells
from cellscope.model.cells.export.files import complex_arrays, complex_json, complex_npz, png
from cellscope.model.cells.export.svg import (
    PLOT,
    Style,
    cells_paint,
    classes_paint,
    regions_paint,
    svg,
    ticks,
)
from cellscope.model.cells.grid.patterns import Float, Weights
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.outlines import outlines
from cellscope.model.cells.picture.palette import DARK, LIGHT
from cellscope.model.cells.picture.raster import rasterise
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net, sawtooth

SVG = "{http://www.w3.org/2000/svg}"
THREE_LINES: Weights = [
    (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, -1.0]))
]


def example(hidden: tuple[int, ...] = (7, 6), layer: int = 2) -> tuple[Complex, LayerCells]:
    complex = build(random_net(hidden, 4), WINDOW, layer=layer)
    return complex, layer_cells(complex, layer)


def three_lines() -> tuple[Complex, LayerCells]:
    complex = build(THREE_LINES, WINDOW, layer=1)
    return complex, layer_cells(complex, 1)


# --- outlines and SVG ------------------------------------------------------------------------


def ring() -> Complex:
    """|x| + |y| < 1 within |x| + |y| < 2, as signs of layer 2: a square, a ring, the outside."""
    first = (np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.zeros(4))
    return build([first, (-np.ones((2, 4)), np.array([1.0, 2.0]))], WINDOW, layer=2)


def signed_area(points: Any) -> float:
    """Positive where y points up and the loop runs counter-clockwise."""
    x, y = np.asarray(points, float).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def polygons(path: ET.Element) -> list[Float]:
    """The loops of a path of M and Z only, in pixels."""
    loops = re.fullmatch(r"(M[-0-9.,e ]+Z)+", path.attrib["d"])
    assert loops
    return [
        np.array([point.split(",") for point in loop.split()], float)
        for loop in re.findall(r"M([^Z]+)Z", path.attrib["d"])
    ]


def area(path: ET.Element) -> float:
    """Enclosed by a path, in square pixels; y points down, so loops turn the other way."""
    return -sum(signed_area(loop) for loop in polygons(path))


def group(document: str, name: str) -> ET.Element:
    found = ET.fromstring(document).find(f"{SVG}g[@id='{name}']")
    assert found is not None
    return found


def drawn(complex: Complex, cells: LayerCells, **options: Any) -> str:
    return svg(complex, cells_paint(complex, cells), title="Cells", **options)


def test_a_ring_has_an_outer_loop_and_a_hole():
    complex = ring()
    loops = outlines(complex, layer_cells(complex, 2).region).loops
    areas = [sorted(signed_area(complex.vertices[loop]) for loop in piece) for piece in loops]
    assert sorted(areas) == [[-8.0, 100.0], [-2.0, 8.0], [2.0]]


def test_the_pieces_of_one_pattern_that_touch_in_a_point_are_two_loops():
    # Signs of x and y: opposite quadrants meet in the origin. As one piece they are two loops.
    weights = [(np.eye(2), np.zeros(2))]
    complex = build(weights, WINDOW, layer=1)
    quadrant = layer_cells(complex, 1).bits[:, 0][layer_cells(complex, 1).pattern]
    loops = outlines(complex, np.isin(quadrant, (0, 3)).astype(np.int32)).loops
    assert [[signed_area(complex.vertices[loop]) for loop in piece] for piece in loops] == [
        [25.0, 25.0],
        [25.0, 25.0],
    ]


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_the_polygons_areas_sum_to_the_windows_and_each_to_its_cells(family: Family):
    weights, window = family(3)
    complex = build(weights, window, layer=len(weights) - 1)
    cells = layer_cells(complex, complex.layer)
    paths = list(group(drawn(complex, cells), "cells"))
    x0, x1, y0, y1 = window
    scale = PLOT / max(x1 - x0, y1 - y0)
    areas = np.array([area(path) for path in paths]) / scale**2
    assert areas.sum() == pytest.approx((x1 - x0) * (y1 - y0), rel=1e-9)
    exact = np.bincount(cells.region, complex.areas)
    assert np.allclose(areas, exact, rtol=0, atol=1e-6)  # vertices are rounded to 1e-6 pixels


def test_every_piece_has_the_colour_of_the_live_picture():
    complex, cells = example()
    colours = assign_colours(cells.ids, cells.neighbours)
    for theme in (LIGHT, DARK):
        document = drawn(complex, cells, style=Style(theme, "#123456", "#FEDCBA"))
        paths = list(group(document, "cells"))
        assert len(paths) == cells.regions
        for piece, path in enumerate(paths):
            pattern = cells.region_pattern[piece]
            assert path.attrib["id"] == f"piece-{piece}"
            assert path.attrib["data-value"] == str(pattern)
            assert path.attrib["fill"] == theme[colours[pattern]]


def test_up_is_up_and_right_is_right():
    # y > 3 and x > 4: the corner where both are active is 1 wide and 2 high.
    complex = build([(np.eye(2)[::-1], np.array([-3.0, -4.0]))], WINDOW, layer=1)
    cells = layer_cells(complex, 1)
    document = drawn(complex, cells)
    frame = group(document, "axes")[0].attrib
    right, top = float(frame["x"]) + PLOT, float(frame["y"])
    (pattern,) = np.flatnonzero(cells.bits[:, 0] == 0b11)
    path = next(p for p in group(document, "cells") if p.attrib["data-value"] == str(pattern))
    (loop,) = polygons(path)
    assert loop.min(axis=0).tolist() == pytest.approx([right - 80, top])
    assert loop.max(axis=0).tolist() == pytest.approx([right, top + 160])


def test_the_document_stands_alone_and_says_what_it_shows():
    complex, cells = example()
    document = drawn(
        complex, cells, about='1 < 2 & "so on"', points=[(np.zeros((1, 2)), "#E69F00")]
    )
    root = ET.fromstring(document)
    assert root.tag == f"{SVG}svg"
    assert [root[0].text, root[1].text] == ["Cells", '1 < 2 & "so on"']
    assert not re.search(r"href|url\(|<style|<script|<image|@import", document)
    assert document.count("http") == 1  # the namespace
    assert float(root.attrib["viewBox"].split()[2]) == float(root.attrib["width"])
    assert [e.text for e in group(document, "axes").iter(f"{SVG}text")][-2:] == ["x₁", "x₂"]


def test_boundaries_are_one_path_per_layer_the_deeper_the_thinner():
    complex, _ = example((5, 5, 5), 3)
    lines = group(svg(complex, regions_paint(complex), title=""), "lines")
    assert [path.attrib["id"] for path in lines] == [f"boundaries-layer-{i}" for i in (1, 2, 3)]
    widths = [float(path.attrib["stroke-width"]) for path in lines]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 3
    segments = boundary_segments(complex)
    for number, path in enumerate(lines, start=1):
        assert path.attrib["d"].count("M") == np.count_nonzero(segments.layer == number)


def test_folds_inside_a_cell_are_fainter_than_its_boundaries():
    complex, cells = example()
    lines = group(drawn(complex, cells), "lines")
    kinds = {path.attrib["id"]: float(path.attrib["stroke-width"]) for path in lines}
    assert set(kinds) == {"folds-layer-1", "boundaries-layer-2"}
    assert kinds["folds-layer-1"] < kinds["boundaries-layer-2"]
    drawn_pieces = sum(path.attrib["d"].count("M") for path in lines)
    assert drawn_pieces == len(boundary_segments(complex).points)


def test_without_lines_each_piece_covers_its_own_seams():
    complex, cells = example()
    document = drawn(complex, cells, lines=False)
    assert 'id="lines"' not in document
    assert all(path.attrib["stroke"] == path.attrib["fill"] for path in group(document, "cells"))


def test_classes_are_drawn_as_their_polygons():
    classes = build_classes(random_net((6, 6), 0, outputs=3), WINDOW)
    document = svg(classes.complex, classes_paint(classes), title="", style=Style(("#E69F00",) * 3))
    paths = list(group(document, "cells"))
    for index in range(3):
        own = [area(path) for path in paths if path.attrib["data-value"] == str(index)]
        exact = classes.complex.areas[classes.of_face == index].sum()
        assert sum(own) * 100 / PLOT**2 == pytest.approx(exact, abs=1e-6)


def test_points_are_drawn_where_they_lie_and_those_outside_are_not():
    complex, cells = three_lines()
    points = np.array([[-5.0, 5.0], [0.0, 0.0], [5.1, 0.0], [5.0, -5.0]])
    document = drawn(complex, cells, points=[(points, "#D55E00")])
    frame = group(document, "axes")[0].attrib
    left, top = float(frame["x"]), float(frame["y"])
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in group(document, "points")]
    half = PLOT / 2
    assert circles == [(left, top), (left + half, top + half), (left + PLOT, top + PLOT)]


def test_a_window_of_a_millionth_is_as_sharp_as_any():
    x, y, side = 1 / 3, 2 / 3, 1e-6  # x + y = 1 passes through the middle
    window = (x - side / 2, x + side / 2, y - side / 2, y + side / 2)
    complex = build(THREE_LINES, window, layer=1)
    paths = list(group(drawn(complex, layer_cells(complex, 1)), "cells"))
    assert [area(path) for path in paths] == pytest.approx([PLOT**2 / 2] * 2, rel=1e-6)


def test_a_long_window_is_drawn_with_a_readable_height():
    complex = build(THREE_LINES, (-500.0, 500.0, -1.0, 1.0), layer=1)
    paths = group(drawn(complex, layer_cells(complex, 1)), "cells")
    assert sum(area(path) for path in paths) == pytest.approx(PLOT * 160, rel=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-5, 5, ["−4", "−2", "0", "2", "4"]),
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (
            1,
            1.000001,
            ["1.0000000", "1.0000002", "1.0000004", "1.0000006", "1.0000008", "1.0000010"],
        ),
        (-2e-20, 2e-20, ["−2e−20", "−1e−20", "0", "1e−20", "2e−20"]),
        (-1e6, 1e6, ["−1e+06", "−500000", "0", "500000", "1e+06"]),
    ],
)
def test_ticks_are_round_numbers_with_the_digits_that_tell_them_apart(
    low: float, high: float, labels: list[str]
):
    assert [label for _, label in ticks(low, high)] == labels
    assert all(0 <= share <= 1 for share, _ in ticks(low, high))


# --- PNG -------------------------------------------------------------------------------------


def chunks_of(data: bytes) -> dict[bytes, bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = dict[bytes, bytes](), 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    return chunks


def decoded(data: bytes) -> tuple[NDArray[np.uint8], list[str]]:
    """Indices and palette of a PNG without filters."""
    chunks = chunks_of(data)
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, kind) == (8, 3)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width)
    assert not rows[:, 0].any()
    colours = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    return rows[:, 1:], ["#" + "".join(f"{part:02X}" for part in colour) for colour in colours]


def test_a_png_decodes_to_the_raster_and_the_palette():
    complex, cells = example()
    picture = rasterise(complex, cells_paint(complex, cells).colour, 90, 70)
    indices, palette = decoded(png(picture, LIGHT, title="Layer 2 · x₁"))
    assert np.array_equal(indices, picture)
    assert palette == list(LIGHT)


def test_chunks_come_in_the_order_that_readers_need():
    data = png(np.zeros((1, 1), np.uint8), ["#000000"], title="T")
    assert list(chunks_of(data)) == [b"IHDR", b"tEXt", b"PLTE", b"IDAT", b"IEND"]


@pytest.mark.parametrize(
    ("indices", "colours"),
    [
        (np.full((2, 2), 3, np.uint8), 3),
        (np.zeros((2, 2), np.uint8), 257),
        (np.zeros((2, 2), np.int64), 4),
        (np.zeros((2, 0), np.uint8), 4),
        (np.zeros(4, np.uint8), 4),
    ],
)
def test_indices_without_a_colour_are_a_mistake(indices: NDArray[Any], colours: int):
    with pytest.raises(ValueError, match=r"^(indices|colours): "):
        png(indices, ["#000000"] * colours)


# --- JSON and npz ----------------------------------------------------------------------------


def test_json_says_of_three_lines_what_one_sees():
    complex, cells = three_lines()
    document = json.loads(complex_json(complex, cells))
    vertices = document["vertices"]
    inner = {tuple(v) for v in vertices if max(map(abs, v)) < 5}
    assert inner == {(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)}
    assert len(vertices) - len(document["edges"]) + len(document["faces"]) == 1
    triangle = next(face for face in document["faces"] if face["area"] == 0.5)
    assert triangle["signs"] == ["++-"]
    assert triangle["centroid"] == pytest.approx([1 / 3, 1 / 3])
    assert {tuple(vertices[v]) for v in triangle["vertices"]} == inner
    assert triangle["A"] == [[1, 0], [0, 1], [1, 1]]
    assert triangle["d"] == [0, 0, -1]
    hypotenuse = next(
        edge for edge in document["edges"]
        if {tuple(vertices[v]) for v in edge["vertices"]} == {(0.0, 1.0), (1.0, 0.0)}
    )  # fmt: skip
    assert (hypotenuse["layer"], hypotenuse["unit"]) == (1, 2)
    assert document["faces"].index(triangle) in hypotenuse["faces"]


def test_every_edge_has_its_faces_to_the_left_and_right_and_lies_on_its_units_line():
    complex, cells = example()
    arrays = complex_arrays(complex, cells)
    start, end = (arrays["vertices"][arrays["edges"][:, i]] for i in (0, 1))
    for side, sign in ((0, 1.0), (1, -1.0)):
        inside = arrays["edge_faces"][:, side] >= 0
        centre = arrays["face_centroid"][arrays["edge_faces"][inside, side]]
        along, across = (end - start)[inside], centre - start[inside]
        assert (sign * (along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]) > 0).all()
    (W, b), *_ = complex.weights
    ours = arrays["edge_layer"] == 1
    middle = (start + end)[ours] / 2
    unit = arrays["edge_unit"][ours]
    assert np.allclose((W[unit] * middle).sum(axis=1) + b[unit], 0, atol=1e-9)
    on_border = (arrays["edge_faces"] < 0).any(axis=1)
    assert np.array_equal(on_border, arrays["edge_layer"] == 0)
    assert np.array_equal(on_border, arrays["edge_unit"] == -1)


def forward(weights: Weights, x: Float) -> list[Float]:
    values: list[Float] = []
    for W, b in weights:
        values.append(W @ x + b)
        x = np.maximum(values[-1], 0)
    return values


@pytest.mark.parametrize(("layer", "map_layer"), [(1, 2), (2, 3), (3, 3)])
def test_signs_and_affine_maps_are_those_of_the_network_at_the_centroid(layer: int, map_layer: int):
    complex, cells = example((5, 4), layer)
    arrays = complex_arrays(complex, cells)
    assert arrays["map_layer"] == map_layer
    for face, centre in enumerate(arrays["face_centroid"]):
        values = forward(complex.weights, centre)
        joint = np.concatenate(values[:layer])
        assert np.array_equal(arrays["face_signs"][face], np.where(joint > 0, 1, -1))
        there = arrays["A"][face] @ centre + arrays["d"][face]
        assert np.allclose(there, values[map_layer - 1], atol=1e-12)


def test_the_npz_has_all_arrays_and_equal_bytes_for_equal_complexes():
    complex, cells = example()
    data = complex_npz(complex, cells)
    loaded = np.load(io.BytesIO(data), allow_pickle=False)
    arrays = complex_arrays(complex, cells)
    assert set(loaded.files) == set(arrays)
    assert all(np.array_equal(loaded[name], array) for name, array in arrays.items())
    assert data == complex_npz(*example())
    assert (arrays["face_area"].sum(), arrays["face_offsets"][-1]) == (
        pytest.approx(100.0, rel=1e-12),
        len(arrays["face_vertices"]),
    )


def test_json_and_npz_say_the_same():
    weights, window = sawtooth(3)
    complex = build(weights, window, layer=2)
    cells = layer_cells(complex, 2)
    document, arrays = json.loads(complex_json(complex, cells)), complex_arrays(complex, cells)
    for i, face in enumerate(document["faces"]):
        low, high = arrays["face_offsets"][i : i + 2]
        assert face["vertices"] == arrays["face_vertices"][low:high].tolist()
        assert [len(signs) for signs in face["signs"]] == [2, 2]
        signs = [1 if sign == "+" else -1 for sign in "".join(face["signs"])]
        assert signs == arrays["face_signs"][i].tolist()
        for name in ("pattern", "region", "area", "centroid"):
            assert face[name] == arrays[f"face_{name}"][i].tolist()
        assert (face["A"], face["d"]) == (arrays["A"][i].tolist(), arrays["d"][i].tolist())
    assert [(e["vertices"], e["layer"]) for e in document["edges"]] == list(
        zip(arrays["edges"].tolist(), arrays["edge_layer"].tolist(), strict=True)
    )


def test_slopes_beyond_float64_are_null():
    weights = [(1e200 * np.eye(2), np.ones(2)), (1e200 * np.eye(2), np.ones(2))]
    complex = build(weights, WINDOW, layer=1)
    with np.errstate(all="ignore"):
        document = json.loads(complex_json(complex, layer_cells(complex, 1)))
    active = next(face for face in document["faces"] if face["signs"] == ["++"])
    assert active["A"][0][0] is None
