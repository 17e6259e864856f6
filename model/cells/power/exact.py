"""Signs of sums of w·x + b, settled exactly where float64 cannot.

A sum of products is first taken in float64 with a bound on its error. Within the bound it is done
again without any rounding: every product as the sum of two floats (Dekker 1971), all of them added
to an *expansion*, floats whose bits do not overlap and whose exact sum is the sum wanted (Shewchuk,
"Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997,
doi:10.1007/PL00009321, Theorem 10). The sign is that of its largest part.

Exact as long as no product leaves 2^±960: weights of float32 are far from that (`rescaled`).
"""

import numpy as np

from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.jit import njit

ROUNDING = 2.0**-53
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # every six bits of it, cyclically, are different
_PLACES = np.zeros(64, np.int64)
for _place in range(64):
    _PLACES[((int(_DE_BRUIJN) << _place) & (2**64 - 1)) >> 58] = _place
TERMS = 5  # floats that a w·x + b is the exact sum of


def rescaled(W: Float, b: Float) -> tuple[Float, Float]:
    """W and b times one power of two that makes the largest entry about 1: all signs stay."""
    largest = max(np.abs(W).max(initial=0.0), np.abs(b).max(initial=0.0))
    exponent = -int(np.frexp(largest)[1])
    return np.ldexp(W, exponent), np.ldexp(b, exponent)


@njit(nogil=True, cache=True, inline="always")
def lowest(bits: np.uint64) -> int:
    """Position of the lowest bit that is set; there must be one."""
    return _PLACES[((bits & (~bits + np.uint64(1))) * _DE_BRUIJN) >> np.uint64(58)]


@njit(nogil=True, cache=True)
def grow(parts: Float, length: int, value: float) -> int:
    """Add a float to an expansion without rounding; returns its new length."""
    kept, carry = 0, value
    for i in range(length):
        part = parts[i]
        total = carry + part  # Knuth's sum: total + error is carry + part exactly
        other = total - carry
        error = (carry - (total - other)) + (part - other)
        carry = total
        if error != 0.0:
            parts[kept] = error
            kept += 1
    if carry != 0.0:
        parts[kept] = carry
        kept += 1
    return kept


@njit(nogil=True, cache=True)
def grow_product(parts: Float, length: int, a: float, c: float) -> int:
    """Add a · c to an expansion without rounding; returns its new length."""
    split = 134217729.0 * a  # 2^27 + 1 splits 53 bits into 26 + 26
    a1 = split - (split - a)
    a2 = a - a1
    split = 134217729.0 * c
    c1 = split - (split - c)
    c2 = c - c1
    product = a * c
    error = ((a1 * c1 - product) + a1 * c2 + a2 * c1) + a2 * c2
    return grow(parts, grow(parts, length, error), product)


@njit(nogil=True, cache=True)
def sign_of_difference(
    first: Words, second: Words, W: Float, b: Float, x: float, y: float, parts: Float
) -> int:
    """Sign of Σ_{k ∈ first} y_k − Σ_{k ∈ second} y_k at (x, y), y_k = W_k·(x, y) + b_k. Exact.

    Units in both sets cancel and are left out, whatever their size.
    """
    length = 0
    for word in range(len(first)):
        differing = first[word] ^ second[word]
        while differing:
            bit = lowest(differing)
            differing &= differing - np.uint64(1)
            plus = 1.0 if (first[word] >> np.uint64(bit)) & np.uint64(1) else -1.0
            k = 64 * word + bit
            length = grow_product(parts, length, plus * W[k, 0], x)
            length = grow_product(parts, length, plus * W[k, 1], y)
            length = grow(parts, length, plus * b[k])
    if length == 0:
        return 0
    return 1 if parts[length - 1] > 0.0 else -1


@njit(nogil=True, cache=True)
def grid_patterns(W: Float, b: Float, x: Float, y: Float) -> Words:
    """Sign patterns of W·(x, y) + b at the points of a grid, exact. (rows · columns, words)

    Active iff > 0, packed as in `model.cells.grid.patterns`; row by row, `y` as it is given.
    """
    units = len(b)
    bits = np.zeros((len(y) * len(x), (units + 63) // 64), np.uint64)
    parts = np.empty(TERMS)
    for row in range(len(y)):
        for k in range(units):
            word, mark = k // 64, np.uint64(1) << np.uint64(k % 64)
            for column in range(len(x)):
                p, q = W[k, 0] * x[column], W[k, 1] * y[row]
                value = p + q + b[k]
                if abs(value) <= 4.0 * ROUNDING * (abs(p) + abs(q) + abs(b[k])):
                    length = grow_product(parts, 0, W[k, 0], x[column])
                    length = grow_product(parts, length, W[k, 1], y[row])
                    length = grow(parts, length, b[k])
                    value = parts[length - 1] if length else 0.0
                if value > 0.0:
                    bits[row * len(x) + column, word] |= mark
    return bits
