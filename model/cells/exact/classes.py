"""Decision boundaries: the linear regions cut into the polygons of one arg max each.

The logits are affine on every linear region, so the arg max changes along straight lines. They are
the zero lines of the differences y_k − y_c, so a last layer of all differences, in place of the
logits, makes the complex that is wanted: exact, and watertight across the regions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import MAX_FACES, Complex, build
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import Float, Weights, Words, checked_weights, unpack_signs


@dataclass(frozen=True, slots=True)
class Classes:
    """A complex on whose faces the predicted class is constant.

    Attributes
    ----------
    complex : Complex
        Of the hidden layers and the differences of the logits. Edges of its last layer are
        decision boundaries where the classes on both sides differ
        (`model.cells.exact.boundaries.segments_between`).
    of_face : (F,) uint8
        The class of each face, 0-based: the first of the largest logits, as `np.argmax`. For a
        single logit, 1 where it is positive.
    logits : int
    """

    complex: Complex
    of_face: NDArray[np.uint8]
    logits: int

    def at(self, bits: Words) -> NDArray[np.uint8]:
        """The class of points with these joint patterns; a face need not have them. (K,)"""
        units = self.complex.widths[-1]
        last = bits[:, self.complex.word_offsets[-2] :]
        return _winners(unpack_signs(last, units), self.logits)


def build_classes(
    weights: Weights,
    window: Window,
    *,
    activation: str = "relu",
    budget: int = MAX_FACES,
    workspace: Workspace | None = None,
) -> Classes:
    """The polygons of the predicted classes in a window; parameters and errors as `build`."""
    layers = checked_weights(weights)
    W, b = layers[-1]
    decisive = (*layers[:-1], _differences(W, b))
    complex = build(
        decisive,
        window,
        layer=len(layers),
        activation=activation,
        budget=budget,
        workspace=workspace,
    )
    later_wins = unpack_signs(complex.layer_bits(len(layers)), len(decisive[-1][1]))
    return Classes(complex, _winners(later_wins, len(b)), len(b))


def _differences(W: Float, b: Float) -> tuple[Float, Float]:
    """Rows y_k − y_c for all c < k; a single logit stays as it is."""
    if len(b) == 1:
        return W, b
    c, k = np.triu_indices(len(b), 1)
    return W[k] - W[c], b[k] - b[c]


def _winners(later_wins: NDArray[np.bool_], classes: int) -> NDArray[np.uint8]:
    """The first class that no later one beats: a tie goes to the lower. (F, pairs) → (F,)"""
    if classes == 1:
        return later_wins[:, 0].astype(np.uint8)
    beaten = np.zeros((len(later_wins), classes), np.bool_)
    for pair, c in enumerate(np.triu_indices(classes, 1)[0]):
        beaten[:, c] |= later_wins[:, pair]
    return (~beaten).argmax(axis=1).astype(np.uint8)
