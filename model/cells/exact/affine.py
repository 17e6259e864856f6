"""The affine map y_l = A x + d of each linear region."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.grid.patterns import Float, unpack_signs

CHUNK = 2048  # faces at a time: 64 units take 3 MB


def affine_maps(
    complex: Complex,
    faces: NDArray[np.integer] | None = None,
    *,
    layer: int | None = None,
) -> tuple[Float, Float]:
    """A and d of the pre-activations of a layer, on K faces. O(K · weights)

    Parameters
    ----------
    complex : Complex
        Of the layers before `layer` at least.
    faces : (K,) integers, optional
        Default: all faces.
    layer : int, optional
        1-based; default: the network's last layer, so that y = A x + d are the logits.

    Returns
    -------
    A : (K, fan_out, 2) float64
    d : (K, fan_out) float64
        In data units: y(x) = A x + d for every x of the face. Not finite where the network's
        slopes are beyond float64.

    Raises
    ------
    ValueError
        A layer that is not constant on the complex's faces.
    """
    last = len(complex.weights) if layer is None else layer
    if not 1 <= last <= min(complex.layer + 1, len(complex.weights)):
        raise ValueError(f"layer: the complex has the maps of layers 1 to {complex.layer + 1}")
    chosen = np.arange(complex.faces) if faces is None else np.asarray(faces)
    maps = np.empty((len(chosen), len(complex.weights[last - 1][1]), 3))
    for low in range(0, len(chosen), CHUNK):
        maps[low : low + CHUNK] = _maps(complex, chosen[low : low + CHUNK], last)
    return maps[:, :, :2], maps[:, :, 2]


def _maps(complex: Complex, faces: NDArray[np.integer], last: int) -> Float:
    """(K, fan_out, 3): A and d side by side."""
    maps = np.broadcast_to(np.eye(2, 3), (len(faces), 2, 3))
    with np.errstate(over="ignore", invalid="ignore"):  # slopes may leave float64: inf or nan
        for layer, (W, b) in enumerate(complex.weights[:last], start=1):
            maps = np.matmul(W, maps)
            maps[:, :, 2] += b
            if layer < last:
                active = unpack_signs(complex.layer_bits(layer)[faces], len(b))
                maps *= np.where(active, 1.0, complex.slope)[:, :, None]
    return maps
