"""How many cells there can be. Every bound says what it bounds, and holds for the whole plane.

n_l are the widths of the layers 1 … i (`widths`), the input is the plane. *Patterns* are those of
layer i alone; *linear regions* are the joint patterns of layers 1 … i.
"""

from collections.abc import Sequence
from functools import cache
from math import comb, prod

from cellscope.model.activations import Activation, activation_of


def sign_vectors(width: int, *, kinks: int = 1) -> int:
    """2^n: the sign vectors of one layer of n units. Bounds its patterns, not connected regions.

    (k + 1)^n where a unit's activation has k kinks, and so k + 1 pieces.

    >>> sign_vectors(130) == 1361129467683753853853498429727072845824
    True
    >>> sign_vectors(4, kinks=2)
    81
    """
    return (kinks + 1) ** width


def arrangement_cells(lines: int) -> int:
    """1 + n + C(n, 2): cells of n lines in general position; no n lines have more.

    Zaslavsky, "Facing up to arrangements", 1975 (Memoirs of the AMS 154), for the plane; already
    Steiner 1826. Bounds the patterns of layer 1, and of any layer of an identity network.

    >>> [arrangement_cells(n) for n in (0, 1, 2, 3, 16)]
    [1, 2, 4, 7, 137]
    """
    return 1 + lines + comb(lines, 2)


def parallel_cells(kinks: Sequence[int]) -> int:
    """Cells of straight lines in general position, some of them parallel: k for each unit.

    1 + lines + crossings (Zaslavsky 1975), and the k lines of one unit never cross.

    >>> parallel_cells([1, 1, 1]), parallel_cells([2, 2])
    (7, 9)
    """
    lines = sum(kinks)
    return 1 + lines + (lines**2 - sum(k * k for k in kinks)) // 2


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


def product_bound(widths: Sequence[int], kinks: Sequence[int]) -> int:
    """Upper bound on the linear regions of layers 1 … i of any piecewise linear network.

    Layer l cuts each convex region of the layers before by n_l sets of k_l parallel lines, and
    the regions are of as many dimensions, two at most, as the narrowest layer before: the product
    over l of 1 + n k (+ C(n, 2) k² in two dimensions). After Raghu et al., "On the Expressive
    Power of Deep Neural Networks", ICML 2017, arXiv:1606.05336, theorem 1.

    >>> product_bound([4, 4], [1, 1]), product_bound([1, 4], [1, 2])
    (121, 18)
    """
    total, dimension = 1, 2
    for n, k in zip(widths, kinks, strict=True):
        total *= 1 + n * k + (comb(n, 2) * k * k if dimension == 2 else 0)
        dimension = min(dimension, n)
    return total


def geometric_maximum(
    widths: Sequence[int], *, zero_bias: bool = False, activation: str = "relu", joint: bool = False
) -> int:
    """Upper bound in the plane on the patterns of layer i, the last of `widths`.

    Straight lines (layer 1, and beyond it while no activation bends): `parallel_cells`, or
    `central_arrangement_cells` with zero biases and kinks at 0. Both are reached in general
    position, whatever the weights are, so training cannot change them. Deeper: the smaller of
    `sign_vectors` and a bound on the linear regions: `serra_bound` after ReLU, `product_bound`
    after other pieces, none after smooth activations.

    Parameters
    ----------
    widths : sequence of int
        n_1 … n_i.
    zero_bias : bool
        Whether all biases of the layers 1 … i are 0. Used for straight lines only.
    activation : str
        A name, or a comma list with one for each hidden layer.
    joint : bool
        Of the joint patterns of layers 1 … i, the linear regions, instead.

    Examples
    --------
    >>> geometric_maximum([16]), geometric_maximum([16], zero_bias=True)
    (137, 32)
    >>> geometric_maximum([16, 3])
    8
    >>> geometric_maximum([4], activation="hardtanh"), geometric_maximum([9, 3], activation="relu6")
    (33, 27)
    """
    rows = _rows(activation, len(widths))
    kinks = [len(row.kinks) or 1 if row else 1 for row in rows]
    own = slice(None) if joint else slice(-1, None)
    vectors = prod(sign_vectors(n, kinks=k) for n, k in zip(widths[own], kinks[own], strict=True))
    before = rows[:-1]
    if not any(row and row.bends for row in before):
        central = zero_bias and all(row is None or row.kinks in ((0.0,), ()) for row in rows[own])
        each = [k for n, k in zip(widths[own], kinks[own], strict=True) for _ in range(n)]
        return central_arrangement_cells(len(each)) if central else parallel_cells(each)
    if not all(row and row.exact for row in before):
        return vectors
    relu = all(row and row.name == "relu" for row in before) and kinks[-1] == 1
    regions = serra_bound(widths) if relu else product_bound(widths, kinks)
    return min(vectors, regions)


def _rows(activation: str, count: int) -> list[Activation | None]:
    """The activations of so many layers, from the first; the output layer has none."""
    names = activation.split(",")
    if len(names) == 1:
        return [activation_of(names[0])] * count
    found: list[Activation | None] = [activation_of(name) for name in names[:count]]
    return found + [None] * (count - len(found))


def kinks_of(activation: str, count: int) -> list[int]:
    """Kinks a unit of the layers 1 … `count`; 1 where there is nothing but a sign."""
    return [len(row.kinks) or 1 if row else 1 for row in _rows(activation, count)]


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
