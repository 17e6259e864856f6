"""A picture as PNG, a complex as JSON or as arrays. `model.cells.export.svg` draws it as polygons.

All of them are the same bytes for the same input, on every machine.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import LayerCells
from cellscope.model.cells.grid.patterns import Float, unpack_signs

FORMAT = "cellscope-complex-1"


def png(indices: NDArray[np.uint8], colours: Sequence[str], *, title: str = "") -> bytes:
    """A PNG with a palette: one byte per pixel, exactly the indices.

    Parameters
    ----------
    indices : (height, width) uint8
        Row 0 is the top.
    colours : sequence of "#RRGGBB"
        At most 256; all indices point into it.
    title : str
        Latin-1 text for readers of the file, no pixel.

    Raises
    ------
    ValueError
        An index without a colour, more than 256 colours, or an empty picture.

    References
    ----------
    PNG (Third Edition), https://www.w3.org/TR/png-3/: colour type 3, bit depth 8.
    """
    if indices.ndim != 2 or not indices.size or indices.dtype != np.uint8:
        raise ValueError(f"indices: (height, width) of uint8, not {indices.shape} {indices.dtype}")
    if not int(indices.max()) < len(colours) <= 256:
        raise ValueError(f"colours: {int(indices.max()) + 1} to 256 are needed, not {len(colours)}")
    height, width = indices.shape
    rows = np.zeros((height, 1 + width), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = indices
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(bytes.fromhex(colour[1:]) for colour in colours)),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    ]
    if title:
        chunks.insert(1, (b"tEXt", b"Title\0" + title.encode("latin-1", "replace")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def complex_arrays(complex: Complex, cells: LayerCells) -> dict[str, NDArray[Any]]:
    """The complex as named arrays, with V vertices, E edges, F faces and N units in 1 … i.

    ====================  ==============  ========================================================
    ``W0, b0, W1, …``                     the network, so that the file is a NETWORK as well
    ``activation``        ()              between its layers
    ``layer, window``     (), (4,)        i and (x0, x1, y0, y1)
    ``widths``            (i,)            units of the layers 1 … i
    ``vertices``          (V, 2)          data units
    ``edges``             (E, 2)          the vertices at both ends
    ``edge_faces``        (E, 2)          faces to the left and right of it; −1 outside the window
    ``edge_layer``        (E,)            whose line it is, from 1; 0 is the window's border
    ``edge_unit``         (E,)            from 0; −1 on the window's border
    ``face_offsets``      (F + 1,)        face f is face_vertices[face_offsets[f] : …[f + 1]]
    ``face_vertices``     (…,)            counter-clockwise
    ``face_signs``        (F, N)          int8, −1 or +1 (y > 0), layer after layer
    ``face_pattern``      (F,)            number of layer i's pattern
    ``face_region``       (F,)            number of the connected region
    ``face_area``         (F,)            data units squared
    ``face_centroid``     (F, 2)          data units
    ``map_layer``         ()              layer of the affine map: i + 1, or L for the last
    ``A, d``              (F, n, 2), …    y(x) = A x + d of layer map_layer on the face
    ====================  ==============  ========================================================
    """
    offsets, loops = complex.loops
    half = complex.half
    edges = np.flatnonzero(np.arange(len(half)) < half[:, TWIN])
    twins = half[edges, TWIN]
    map_layer = min(complex.layer + 1, len(complex.weights))
    A, d = affine_maps(complex, layer=map_layer)
    network = {
        name: array
        for i, layer in enumerate(complex.weights)
        for name, array in zip((f"W{i}", f"b{i}"), layer, strict=True)
    }
    return network | {
        "activation": np.array(complex.activation),
        "layer": np.array(complex.layer),
        "window": np.array(complex.window),
        "widths": np.array(complex.widths),
        "vertices": complex.vertices,
        "edges": np.stack([half[edges, ORIGIN], half[twins, ORIGIN]], axis=1),
        "edge_faces": np.stack([half[edges, FACE], half[twins, FACE]], axis=1),
        "edge_layer": complex.edge_layer[edges],
        "edge_unit": complex.edge_unit[edges],
        "face_offsets": offsets,
        "face_vertices": loops,
        "face_signs": _signs(complex),
        "face_pattern": cells.pattern,
        "face_region": cells.region,
        "face_area": complex.areas,
        "face_centroid": complex.centroids,
        "map_layer": np.array(map_layer),
        "A": A,
        "d": d,
    }


def complex_npz(complex: Complex, cells: LayerCells) -> bytes:
    """`complex_arrays` as a .npz file, which is a network file as well."""
    stream = BytesIO()
    arrays: dict[str, Any] = complex_arrays(complex, cells)
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def complex_json(complex: Complex, cells: LayerCells) -> str:
    """The complex as one JSON object; numbers beyond float64 are null.

    ``format, layer, window, map_layer, activation``; ``network``: a list of ``{W, b}``;
    ``vertices``: a list of ``[x, y]``; ``edges``: a list of
    ``{vertices, faces, layer, unit}`` (faces to the left and
    right, −1 outside; layer 0 and unit −1 on the window's border); ``faces``: a list of
    ``{vertices, signs, pattern, region, area, centroid, A, d}``, where ``signs`` has a text of
    − and + per layer 1 … i, such as ``["+-+", "--"]``. Meanings as in `complex_arrays`.
    """
    arrays = complex_arrays(complex, cells)
    document = {
        "format": FORMAT,
        "layer": complex.layer,
        "window": list(complex.window),
        "map_layer": int(arrays["map_layer"]),
        "activation": complex.activation,
        "network": [{"W": W.tolist(), "b": b.tolist()} for W, b in complex.weights],
        "vertices": arrays["vertices"].tolist(),
        "edges": list(_edges(arrays)),
        "faces": list(_faces(complex, arrays)),
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _edges(arrays: dict[str, NDArray[Any]]) -> Iterable[dict[str, Any]]:
    columns = [arrays[name].tolist() for name in ("edges", "edge_faces", "edge_layer", "edge_unit")]
    for vertices, faces, layer, unit in zip(*columns, strict=True):
        yield {"vertices": vertices, "faces": faces, "layer": layer, "unit": unit}


def _faces(complex: Complex, arrays: dict[str, NDArray[Any]]) -> Iterable[dict[str, Any]]:
    names = ("face_pattern", "face_region", "face_area", "face_centroid")
    columns = [arrays[name].tolist() for name in names]
    maps = [_finite(arrays[name]) for name in ("A", "d")]
    offsets, loops = arrays["face_offsets"].tolist(), arrays["face_vertices"].tolist()
    for face, row in enumerate(zip(*columns, *maps, _texts(complex, arrays), strict=True)):
        pattern, region, area, centroid, A, d, signs = row
        yield {
            "vertices": loops[offsets[face] : offsets[face + 1]],
            "signs": signs,
            "pattern": pattern,
            "region": region,
            "area": area,
            "centroid": centroid,
            "A": A,
            "d": d,
        }


def _texts(complex: Complex, arrays: dict[str, NDArray[Any]]) -> Iterable[list[str]]:
    """The signs of every face as a text per layer."""
    ends = np.cumsum(complex.widths)[:-1].tolist()
    bounds = list(zip([0, *ends], [*ends, sum(complex.widths)], strict=True))
    for row in np.where(arrays["face_signs"] > 0, "+", "-"):
        text = "".join(row)
        yield [text[low:high] for low, high in bounds]


def _signs(complex: Complex) -> NDArray[np.int8]:
    layers = [
        unpack_signs(complex.layer_bits(layer), width)
        for layer, width in enumerate(complex.widths, start=1)
    ]
    return np.where(np.concatenate(layers, axis=1), 1, -1).astype(np.int8)


def _finite(values: Float) -> list[Any]:
    """Nested lists; None where a network's slopes leave float64."""
    if np.isfinite(values).all():
        return values.tolist()
    boxed = values.astype(object)
    boxed[~np.isfinite(values)] = None
    return boxed.tolist()
