"""How many cells there can be. Every bound says what it bounds, and holds for the whole plane.

n_l are the widths of the layers 1 … i (`widths`), the input is the plane. *Patterns* are those of
layer i alone; *linear regions* are the joint patterns of layers 1 … i.
"""

from collections.abc import Sequence
from functools import cache
from math import comb

from cellscope.model.activations import activation_of


def sign_vectors(width: int) -> int:
    """2^n: the sign vectors of one layer of n units. Bounds its patterns, not connected regions.

    >>> sign_vectors(130) == 1361129467683753853853498429727072845824
    True
    """
    return 1 << width


def arrangement_cells(lines: int) -> int:
    """1 + n + C(n, 2): cells of n lines in general position; no n lines have more.

    Zaslavsky, "Facing up to arrangements", 1975 (Memoirs of the AMS 154), for the plane; already
    Steiner 1826. Bounds the patterns of layer 1, and of any layer of an identity network.

    >>> [arrangement_cells(n) for n in (0, 1, 2, 3, 16)]
    [1, 2, 4, 7, 137]
    """
    return 1 + lines + comb(lines, 2)


def central_arrangement_cells(lines: int) -> int:
    """2n: wedges of n different lines through one point (1 if there is no line).

    Zaslavsky 1975. Bounds the patterns of layer 1 when its biases are all 0.

    >>> [central_arrangement_cells(n) for n in (0, 1, 2, 16)]
    [1, 2, 4, 32]
    """
    return 2 * lines if lines else 1


def serra_bound(widths: Sequence[int]) -> int:
    """Upper bound on the linear regions of layers 1 … i of a ReLU network on the plane.

    Serra, Tjandraatmadja, Ramalingam, "Bounding and Counting Linear Regions of Deep Neural
    Networks", ICML 2018, arXiv:1711.02114, Theorem 1: the sum over all (j_1, …, j_i) with
    0 ≤ j_l ≤ min(2, n_1 − j_1, …, n_{l−1} − j_{l−1}, n_l) of Π_l C(n_l, j_l). Every pattern of
    layer i belongs to some linear region, so it bounds these as well.

    >>> serra_bound([16]) == arrangement_cells(16)
    True
    >>> serra_bound([4, 4])  # (1 + 4 + 6)², as no j_1 ≤ 2 leaves fewer than 2 dimensions
    121
    >>> serra_bound([2, 4])  # 1·(1 + 4 + 6) + 2·(1 + 4) + 1·1
    22
    """
    layers = tuple(widths)

    @cache
    def regions(layer: int, dimension: int) -> int:
        if layer == len(layers):
            return 1
        n = layers[layer]
        return sum(
            comb(n, j) * regions(layer + 1, min(dimension, n - j))
            for j in range(min(dimension, n) + 1)
        )

    return regions(0, 2)


def geometric_maximum(
    widths: Sequence[int], *, zero_bias: bool = False, activation: str = "relu"
) -> int:
    """Upper bound on the patterns of layer i, the last of `widths`, in the plane.

    Layer 1 (and the identity's layers, whose lines are straight): `arrangement_cells`, or
    `central_arrangement_cells` with zero biases. Both are reached in general position, whatever
    the weights are, so training cannot change them. Deeper: the smaller of `sign_vectors` and
    `serra_bound` up to i.

    Parameters
    ----------
    widths : sequence of int
        n_1 … n_i.
    zero_bias : bool
        Whether all biases of the layers 1 … i are 0. Used for straight lines only.
    activation : str

    Examples
    --------
    >>> geometric_maximum([16]), geometric_maximum([16], zero_bias=True)
    (137, 32)
    >>> geometric_maximum([16, 3])
    8
    """
    if len(widths) == 1 or not activation_of(activation).bends:
        count = central_arrangement_cells if zero_bias else arrangement_cells
        return count(widths[-1])
    return min(sign_vectors(widths[-1]), serra_bound(widths))


def typical_regions(widths: Sequence[int]) -> float:
    """N²/2: linear regions to expect at initialisation, N units in the layers 1 … i.

    Hanin & Rolnick, "Deep ReLU Networks Have Surprisingly Few Activation Patterns", NeurIPS 2019,
    arXiv:1906.00904: (#neurons)^d / d! in d = 2 dimensions. An average, no bound: right to 15 %
    for widths ≫ depth with random biases, too high for narrow deep networks, and for the whole
    plane: a window shows less.

    >>> typical_regions([16, 16])
    512.0
    """
    return sum(widths) ** 2 / 2
