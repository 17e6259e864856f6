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
    network = complex.network
    last = len(network.layers) if layer is None else layer
    A, d = line_maps(complex, faces, layer=last)
    kinks = network.rows[last - 1].kinks if last < len(network.layers) else (0.0,)
    if kinks == (0.0,):
        return A, d
    return A[:, :: len(kinks)], d[:, :: len(kinks)] + kinks[0]


def line_maps(
    complex: Complex, faces: NDArray[np.integer] | None, *, layer: int
) -> tuple[Float, Float]:
    """`affine_maps` of a layer's lines, A x + d = 0: one for each kink of each unit."""
    layers = complex.network.layers
    if not 1 <= layer <= min(complex.layer + 1, len(layers)):
        raise ValueError(f"layer: the complex has the maps of layers 1 to {complex.layer + 1}")
    chosen = np.arange(complex.faces) if faces is None else np.asarray(faces)
    maps = np.empty((len(chosen), len(layers[layer - 1][1]), 3))
    for low in range(0, len(chosen), CHUNK):
        maps[low : low + CHUNK] = _maps(complex, chosen[low : low + CHUNK], layer)
    return maps[:, :, :2], maps[:, :, 2]


def _maps(complex: Complex, faces: NDArray[np.integer], last: int) -> Float:
    """(K, lines, 3): A and d side by side."""
    maps = np.broadcast_to(np.eye(2, 3), (len(faces), 2, 3))
    network = complex.network
    with np.errstate(over="ignore", invalid="ignore"):  # slopes may leave float64: inf or nan
        for layer, (W, b) in enumerate(network.layers[:last], start=1):
            maps = np.matmul(W, maps)
            maps[:, :, 2] += b
            if layer < last:
                active = unpack_signs(complex.layer_bits(layer)[faces], len(b))
                bend = network.bends[layer - 1]
                maps *= np.where(active, bend.right, bend.left)[:, :, None]
    return maps
