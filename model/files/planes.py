"""A plane of a network's inputs from a file: .npz with origin, u and v."""

from io import BytesIO
from zipfile import ZipFile

import numpy as np

from cellscope.model.cells.grid.patterns import Float, Weights
from cellscope.model.files.reading import MAX_BYTES, MAX_MEBIBYTES, read_file, read_npy, shown
from cellscope.model.own.plane import checked_plane
from cellscope.model.spec import SpecError

FIELD = "plane"
NAMES = ("origin", "u", "v")


def load_plane(path: str) -> tuple[Float, Float, Float]:
    """``(origin, u, v)``: the picture's point (x, y) is the input origin + x · u + y · v.

    Raises
    ------
    SpecError
        Field ``plane``: no such file, an array missing, cut short, of other shapes than the
        others or with a number that is not finite.
    """
    _, data = read_file(FIELD, path, (".npz",))
    try:
        archive = ZipFile(BytesIO(data))
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    except Exception:  # BadZipFile, and for some bytes struct.error, NotImplementedError, …
        raise SpecError(FIELD, "plane_broken", shown(path)) from None
    missing = next((name for name in NAMES if f"{name}.npy" not in sizes), None)
    if missing:
        raise SpecError(FIELD, "network_missing", shown(path), array=missing)
    if sum(sizes[f"{name}.npy"] for name in NAMES) > MAX_BYTES:
        raise SpecError(FIELD, "file_large", shown(path), high=MAX_MEBIBYTES)
    origin, u, v = (_array(archive, name) for name in NAMES)
    for name, array in zip(NAMES, (origin, u, v), strict=True):
        if not np.isfinite(array).all():
            raise SpecError(FIELD, "plane_finite", f"{name}: {array[~np.isfinite(array)][0]}")
    if not origin.shape == u.shape == v.shape:
        sizes_shown = ", ".join(str(array.shape) for array in (origin, u, v))
        raise SpecError(FIELD, "plane_shapes", sizes_shown)
    return origin, u, v


def _array(archive: ZipFile, name: str) -> Float:
    try:
        data = archive.read(f"{name}.npy")
    except Exception:  # of zlib, bz2 and lzma; encrypted; cut short; a wrong checksum; …
        raise SpecError(FIELD, "array_broken", name) from None
    return read_npy(FIELD, name, data)


def in_plane(
    weights: Weights, origin: Float, u: Float, v: Float
) -> tuple[tuple[Float, Float], ...]:
    """A network of any number of inputs as one of the plane's two: layer 1 takes (x, y).

    Raises
    ------
    SpecError
        Field ``plane``: of another number of inputs, or u and v not independent.
    """
    (W, b), *rest = weights
    check_plane(W.shape[1], origin, u, v)
    return (W @ np.stack([u.ravel(), v.ravel()], axis=1), W @ origin.ravel() + b), *rest


def check_plane(inputs: int, origin: Float, u: Float, v: Float) -> None:
    """Whether it is one of a network's inputs."""
    if origin.size != inputs:
        raise SpecError(FIELD, "plane_inputs", str(origin.shape), inputs=inputs)
    try:
        checked_plane((origin, u, v))
    except ValueError:
        raise SpecError(FIELD, "plane_independent", "u, v") from None
