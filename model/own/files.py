"""Cells of one's own networks as files: arrays, JSON, SVG and PNG; docs/own-networks.md."""

import base64
import json
from io import BytesIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.export.files import png
from cellscope.model.cells.export.svg import Style, cells_paint, svg
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.palette import LIGHT
from cellscope.model.own.cells import Shown
from cellscope.model.own.graph import Choice, Kinks, Smooth, on_piece
from cellscope.model.own.result import ExactCells

FORMAT = "cellscope-cells-1"
DEFINITION = (
    "linear regions: distinct joint patterns of layers 1 to layer with an open set of points; "
    "patterns: of the layer alone; connected regions: sets of one pattern that hang together by "
    "segments; two regions may have the same affine map"
)
MAP_BYTES = 2**30  # of A and d in a file; where they need more they are left out
CHUNK = 1024  # faces at a time
GREY = "#5B616B"
PIXELS = 801


def picture(shown: Shown, pixels: int = PIXELS) -> bytes:
    """A PNG of the pattern's colours, row 0 at the top."""
    result = shown.result
    if isinstance(result, ExactCells):
        colours = assign_colours(result.cells.ids, result.cells.neighbours)
        picture = result.painted(colours[result.cells.pattern], len(LIGHT), pixels)
    else:
        picture = (result.ids(pixels, pixels)[::-1] * 37 % 64).astype(np.uint8)
    return png(picture, [*LIGHT, "#FFFFFF"])


def drawing(shown: Shown, title: str) -> str:
    """An SVG of polygons; of a grid, one with the picture in it."""
    groups = [] if shown.data is None else [(shown.data, GREY)]
    result = shown.result
    if isinstance(result, ExactCells):
        paint = cells_paint(result.complex, result.cells)
        return svg(
            result.complex, paint, title=title, about=_about(shown), style=Style(), points=groups
        )
    image = base64.b64encode(picture(shown)).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PIXELS} {PIXELS}" role="img">'
        f"<title>{title}</title><desc>{_about(shown)}</desc>"
        f'<image width="{PIXELS}" height="{PIXELS}" href="data:image/png;base64,{image}"/></svg>\n'
    )


def _about(shown: Shown) -> str:
    about = description(shown)
    return f"cellscope {about['version']}, weights {about['weights_sha256']}. {DEFINITION}."


def description(shown: Shown) -> dict[str, Any]:
    """What every file says about itself."""
    counts = shown.result.counts
    return {
        "format": FORMAT,
        "version": version(),
        "definition": DEFINITION,
        "weights_sha256": shown.weights_hash,
        "exact": shown.result.exact,
        "layer": shown.result.layer,
        "layers": [*shown.graph.names, "output"],
        "window": list(shown.window),
        "patterns": counts.patterns,
        "connected_regions": counts.regions,
        "linear_regions": counts.linear_regions,
    }


def version() -> str:
    """The package's."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cellscope")
    except PackageNotFoundError:
        return "unknown"


def arrays(shown: Shown) -> dict[str, NDArray[Any]]:
    """The contents of a .npz."""
    out = {key: np.array(value) for key, value in description(shown).items()}
    for name in ("origin", "u", "v"):
        out[f"plane_{name}"] = getattr(shown.plane, name)
    if shown.data is not None and shown.distances is not None:
        out |= {"data": shown.data, "distances": shown.distances}
    result = shown.result
    if not isinstance(result, ExactCells):
        return out | {"ids": result.ids(401, 401)}
    complex, cells = result.complex, result.cells
    half = complex.half
    edges = np.flatnonzero(np.arange(len(half)) < half[:, TWIN])
    twins = half[edges, TWIN]
    offsets, loops = complex.loops
    used, number = np.unique(loops, return_inverse=True)
    place = np.full(len(complex.local), -1, np.int64)
    place[used] = np.arange(len(used))
    out |= {
        "vertices": complex.vertices[used],
        "edges": place[np.stack([half[edges, ORIGIN], half[twins, ORIGIN]], axis=1)],
        "edge_faces": np.stack([half[edges, FACE], half[twins, FACE]], axis=1),
        "edge_layer": complex.edge_layer[edges],
        "edge_unit": complex.edge_unit[edges],
        "face_offsets": offsets,
        "face_vertices": number,
        "face_area": complex.areas,
        "face_centroid": complex.centroids,
        "face_pattern": cells.pattern,
        "face_region": cells.region,
    }
    for layer in range(1, result.layer + 1):
        pieces = result.pieces(layer)
        out[f"units_{layer}"] = np.array(pieces.shape[1])
        two = pieces.max(initial=0) <= 1 and not isinstance(shown.graph.kind(layer), Choice)
        name = f"bits_{layer}" if two else f"pieces_{layer}"
        out[name] = np.packbits(pieces, axis=1, bitorder="little") if two else pieces
    maps = region_maps(result)
    if maps is not None:
        out |= {"map_layer": np.array(map_layer(result)), "A": maps[0], "d": maps[1]}
    return out


def map_layer(result: ExactCells) -> int:
    """The layer whose input is A · (x, y) + d on each region: the next, or the last."""
    return min(result.layer + 1, result.values.graph.layers)


def region_maps(result: ExactCells) -> tuple[Float, Float] | None:
    """A (F, n, 2) and d (F, n) of `map_layer`; None where they are too large."""
    graph = result.values.graph
    target = graph.seen(map_layer(result))
    by_curve = map_layer(result) < graph.layers
    if by_curve and isinstance(graph.nodes[graph.steps[map_layer(result) - 1]].step, Smooth):
        target = graph.nodes[graph.steps[map_layer(result) - 1]].inputs[0]
    faces, units = result.complex.faces, int(np.prod(graph.nodes[target].shape))
    if 24 * faces * units > MAP_BYTES:
        return None
    pieces = [result.pieces(layer) for layer in range(1, min(result.layer, len(graph.steps)) + 1)]
    out = np.empty((faces, 3, units))
    for low in range(0, faces, CHUNK):
        own = [torch.from_numpy(p[low : low + CHUNK].astype(np.int64)) for p in pieces]
        out[low : low + CHUNK] = _maps(result, target, own)
    return np.ascontiguousarray(out[:, 1:].transpose(0, 2, 1)), out[:, 0].copy()


def _maps(result: ExactCells, target: int, pieces: list[torch.Tensor]) -> Float:
    """(K, 3, units): constants, then the parts of x and of y, of K regions."""
    graph, count = result.values.graph, len(pieces[0]) if pieces else 1
    base = result.values.plane.tensors()
    maps = [base.expand(count, *base.shape)]
    for i, node in enumerate(graph.nodes[1 : target + 1], start=1):
        parts = [maps[j] for j in node.inputs]
        if node.map is not None:
            constant = node.map([p[:, 0] for p in parts], False, True)
            linear = node.map([p[:, 1:].flatten(0, 1) for p in parts], False, False)
            linear = linear.reshape(-1, 2, *node.shape).expand(count, 2, *node.shape)
            maps.append(torch.cat([constant.expand(count, *node.shape)[:, None], linear], 1))
            continue
        step = graph.steps.index(i)
        if step >= len(pieces):  # beyond the regions' layers: not needed for the target
            maps.append(torch.zeros((count, 3, *node.shape), dtype=torch.float64))
            continue
        maps.append(_bent(node.step, parts[0], pieces[step]).reshape(count, 3, *node.shape))
    return maps[target].reshape(len(maps[target]), 3, -1).expand(count, 3, -1).numpy()


def _bent(step: Any, part: torch.Tensor, piece: torch.Tensor) -> torch.Tensor:
    if isinstance(step, Choice):
        index = torch.from_numpy(step.candidates)[None].expand(len(piece), -1, -1)
        source = index.gather(2, piece[:, :, None])[:, :, 0]
        flat = part.reshape(len(part), 3, -1)
        return flat.gather(2, source[:, None].expand(-1, 3, -1))
    assert isinstance(step, Kinks)
    shape = part.shape[2:]
    own = piece.reshape(len(piece), *shape)
    constant = on_piece(step, part[:, 0], own, constants=True)
    linear = [on_piece(step, part[:, k], own, constants=False) for k in (1, 2)]
    return torch.stack([constant, *linear], 1)


def npz(shown: Shown) -> bytes:
    """The arrays as a compressed .npz."""
    stream = BytesIO()
    found: dict[str, Any] = arrays(shown)
    np.savez_compressed(stream, **found)
    return stream.getvalue()


def json_text(shown: Shown) -> str:
    """The same as one JSON object; numbers beyond float64 are null."""
    found = arrays(shown)
    for layer in range(1, shown.result.layer + 1):
        if f"bits_{layer}" in found:
            bits = np.unpackbits(found.pop(f"bits_{layer}"), axis=1, bitorder="little")
            found[f"pieces_{layer}"] = bits[:, : int(found[f"units_{layer}"])]
    values = description(shown) | {
        key: _plain(value) for key, value in found.items() if key not in description(shown)
    }
    return json.dumps(values, allow_nan=False, separators=(",", ":"))


def _plain(value: NDArray[Any]) -> Any:
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        boxed = value.astype(object)
        boxed[~np.isfinite(value)] = None
        return boxed.tolist()
    return value.tolist()
