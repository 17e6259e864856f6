"""The inner loops of the exact complex: signs of all units at all vertices, and the cuts.

Half-edges are rows of one int32 array, because all four numbers are wanted together:
``half[h] = (origin vertex, twin, next around the face, face)``. Faces lie to the left (their loops
run counter-clockwise); what lies outside the window is face −1. ``marks[v]`` holds, per vertex,
the packed bits of the units that are positive there, then those that are negative; neither means
exactly 0. ``delta[v, j] − kink[j]`` is unit j's pre-activation (see `model.cells.origin`).

Arrays never grow in here: a kernel that runs out of room returns FULL with its state in `work`,
and is called again with larger arrays.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.cells.patterns import Float, Words

Ints = NDArray[np.int32]
Counts = NDArray[np.int64]

DONE, FULL, OVER_BUDGET = 0, 1, 2
VERTICES, HALF_EDGES, FACES, NEXT_FACE, WAITING, FACE_LIMIT, FACES_BEFORE = range(7)  # in `counts`
ORIGIN, TWIN, NEXT, FACE = range(4)  # columns of `half`
UNIT_BITS = 20  # a label is layer << 20 | unit; 0 is the window's border
ON_BORDER = 1  # the border where it lies on a unit's line: y is 0 there and not just inside

RELATIVE_ZERO = 2.0**-40  # 1e-12: 4 digits above float64's rounding, for sums of many terms
FLOOR = 2.0**-10 / RELATIVE_ZERO

_ONE = np.uint64(1)
_GATHER = np.uint64(0x0102040810204080)  # bit 0 of byte i to bit i of the top byte
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_POSITION = np.zeros(64, dtype=np.int64)
for _i in range(64):
    _POSITION[((0x03F79D71B4CB0A89 << _i) & ((1 << 64) - 1)) >> 58] = _i


@njit(nogil=True, cache=True, inline="always")
def lowest_bit(word: np.uint64) -> int:
    """Index of the lowest set bit of a word that is not 0 (Leiserson et al. 1998)."""
    isolated = word & (~word + _ONE)
    return _POSITION[np.int64((isolated * _DE_BRUIJN) >> np.uint64(58))]


@njit(nogil=True, cache=True)
def row_sums(W: Float, kink: Float, relative: float) -> tuple[Float, Float]:
    """``relative · Σ_k |W_jk|`` and ``relative · |kink_j|`` of every unit: what counts as 0."""
    slope, constant = np.empty(len(kink)), np.empty(len(kink))
    for j in range(W.shape[0]):
        total = 0.0
        for k in range(W.shape[1]):
            total += abs(W[j, k])
        slope[j] = relative * total
        constant[j] = relative * abs(kink[j])
    return slope, constant


@njit(nogil=True, cache=True)
def mark_signs(
    delta: Float, kink: Float, slope: Float, constant: Float, size: Float, count: int, marks: Words
):
    """Packed signs of all units at the first `count` vertices.

    |y_j| ≤ slope_j · size + constant_j counts as 0, and becomes exactly 0.
    """
    units = len(kink)
    words = marks.shape[1] // 2
    # Bytes first, then eight of them to eight bits by one product: both loops vectorise.
    above, below = np.zeros(64, np.uint8), np.zeros(64, np.uint8)
    above_words, below_words = above.view(np.uint64), below.view(np.uint64)
    for v in range(count):
        row, near = delta[v], size[v]
        for w in range(words):
            low, count_w = 64 * w, min(64, units - 64 * w)
            for j in range(count_w):
                y, zero = row[low + j] - kink[low + j], slope[low + j] * near + constant[low + j]
                above[j] = y > zero
                below[j] = y < -zero
            positive, negative = np.uint64(0), np.uint64(0)
            for g in range((count_w + 7) >> 3):
                shift = np.uint64(8 * g)
                positive |= (above_words[g] * _GATHER >> np.uint64(56)) << shift
                negative |= (below_words[g] * _GATHER >> np.uint64(56)) << shift
            full = ~np.uint64(0) >> np.uint64(64 - count_w)
            positive, negative = positive & full, negative & full
            marks[v, w] = positive
            marks[v, words + w] = negative
            if (positive | negative) != full:
                for j in range(low, low + count_w):
                    if abs(row[j] - kink[j]) <= slope[j] * near + constant[j]:
                        row[j] = kink[j]
        if count_w < 64:
            for j in range(count_w, 64):
                above[j] = below[j] = 0


@njit(nogil=True, cache=True)
def activate(
    delta: Float,
    kink: Float,
    relative: bool,
    factor: float,
    slope: Float,
    constant: Float,
    size: Float,
    count: int,
):
    """δ → δh in place; `size` becomes max_j |δh_j| of every vertex.

    δh = a(y) − a(y_c) with y = δ − kink; in the plain form (not `relative`) a(y) itself.
    Where values cancelled, their error is that of larger ones: hence the floor of 2^-10 of the
    terms' size, 4 digits above the rounding errors. Where all are 0, they are exact.
    """
    units = len(kink)
    high = np.maximum(kink, 0.0) if relative else kink.copy()
    low = np.minimum(kink, 0.0) if relative else kink.copy()
    steepest, offset = FLOOR * slope.max(), FLOOR * constant.max()
    for v in range(count):
        row = delta[v]
        if factor == 0.0:
            for j in range(units):
                row[j] = max(row[j], kink[j]) - high[j]
        elif factor != 1.0:
            for j in range(units):
                up, down = max(row[j], kink[j]) - high[j], min(row[j], kink[j]) - low[j]
                row[j] = up + factor * down
        elif not relative:
            for j in range(units):
                row[j] -= kink[j]
        largest = 0.0
        for j in range(units):
            largest = max(largest, abs(row[j]))
        if largest > 0.0:
            largest = max(largest, steepest * size[v] + offset)
        size[v] = largest


@njit(nogil=True, cache=True)
def start_square(xy: Float, window: Float, half: Ints, label: Ints, start: Ints, bits: Words):
    """The window as the only face; `window` is relative to the origin."""
    for corner in range(4):
        xy[corner, 0] = window[1] if corner in (1, 2) else window[0]
        xy[corner, 1] = window[3] if corner > 1 else window[2]
        after, before = (corner + 1) & 3, (corner + 3) & 3
        half[2 * corner] = (corner, 2 * corner + 1, 2 * after, 0)
        half[2 * corner + 1] = (after, 2 * corner, 2 * before + 1, -1)
        label[2 * corner : 2 * corner + 2] = 0
    start[0] = 0
    bits[0, :] = 0


@njit(nogil=True, cache=True)
def cut_faces(
    layer: int,
    first_word: int,
    delta: Float,
    kink: Float,
    slope: Float,
    constant: Float,
    size: Float,
    marks: Words,
    xy: Float,
    half: Ints,
    label: Ints,
    start: Ints,
    bits: Words,
    work: Ints,
    counts: Counts,
) -> int:
    """Cut every face by every unit of the layer that changes sign in it.

    A unit is affine on a face (the earlier folds are edges), so it cuts the face iff it is
    positive at one vertex and negative at another; a straight line leaves a convex face by two
    points of its border. Each cut is O(vertices of the face + units); `bits` of the faces that
    are finished get the layer's pattern.
    """
    words = marks.shape[1] // 2
    positive, negative = np.empty(words, np.uint64), np.empty(words, np.uint64)
    while True:
        if counts[WAITING] > 0:
            counts[WAITING] -= 1
            face = np.int64(work[counts[WAITING]])
        elif counts[NEXT_FACE] < counts[FACES_BEFORE]:
            face = counts[NEXT_FACE]
            counts[NEXT_FACE] += 1
        else:
            return DONE
        while True:
            unit, is_last = _first_cut(face, marks, half, start, positive, negative)
            if unit < 0:
                for w in range(words):
                    bits[face, first_word + w] = positive[w]
                break
            status = DONE
            if counts[FACES] >= counts[FACE_LIMIT]:
                status = OVER_BUDGET
            elif (
                counts[VERTICES] + 2 > len(xy)
                or counts[VERTICES] + 2 > len(delta)
                or counts[HALF_EDGES] + 6 > len(half)
                or counts[FACES] + 1 > len(start)
            ):
                status = FULL
            if status != DONE:
                work[counts[WAITING]] = face
                counts[WAITING] += 1
                return status
            new = _cut(
                face, unit, layer, delta, kink, slope, constant, size, marks, xy, half, label,
                start, counts,
            )  # fmt: skip
            for w in range(first_word):
                bits[new, w] = bits[face, w]
            if is_last:  # no other unit is in doubt on either side: no need to look again
                for w in range(words):
                    bits[face, first_word + w] = bits[new, first_word + w] = positive[w]
                bits[new, first_word + (unit >> 6)] &= ~(_ONE << np.uint64(unit & 63))
                break
            work[counts[WAITING]] = new
            counts[WAITING] += 1


@njit(nogil=True, cache=True, inline="always")
def _first_cut(
    face: int, marks: Words, half: Ints, start: Ints, positive: Words, negative: Words
) -> tuple[int, bool]:
    """The lowest unit that cuts the face, or −1, and whether it is the only one.

    Collects the signs on the face's border.
    """
    words = len(positive)
    for w in range(words):
        positive[w] = negative[w] = np.uint64(0)
    first = np.int64(start[face])
    h = first
    while True:
        v = half[h, ORIGIN]
        for w in range(words):
            positive[w] |= marks[v, w]
            negative[w] |= marks[v, words + w]
        h = np.int64(half[h, NEXT])
        if h == first:
            break
    unit, is_last = -1, True
    for w in range(words):
        both = positive[w] & negative[w]
        if both != 0:
            is_last = is_last and unit < 0 and (both & (both - _ONE)) == 0
            unit = 64 * w + lowest_bit(both) if unit < 0 else unit
    return unit, is_last


@njit(nogil=True, cache=True, inline="always")
def _cut(
    face: int,
    unit: int,
    layer: int,
    delta: Float,
    kink: Float,
    slope: Float,
    constant: Float,
    size: Float,
    marks: Words,
    xy: Float,
    half: Ints,
    label: Ints,
    start: Ints,
    counts: Counts,
) -> int:
    """Cut a face in two along unit = 0; the negative side becomes a new face, returned."""
    words = marks.shape[1] // 2
    word, shift = unit >> 6, np.uint64(unit & 63)
    # Walk the border for the half-edge that enters the negative vertices and the one that
    # leaves them. `enter` ends in the cut's first point, `leave` in its second one.
    h = np.int64(start[face])
    a = half[h, ORIGIN]
    sign_a = _sign(marks, a, word, words, shift)
    b = half[half[h, NEXT], ORIGIN]
    sign_b = _sign(marks, b, word, words, shift)
    enter, leave = np.int64(-1), np.int64(-1)
    enter_sign, leave_sign = 0, 0
    while leave < 0:
        after = np.int64(half[h, NEXT])
        c = half[half[after, NEXT], ORIGIN]
        sign_c = _sign(marks, c, word, words, shift)
        if enter < 0:
            if (sign_a > 0 and sign_b < 0) or (sign_a >= 0 and sign_b == 0 and sign_c < 0):
                enter, enter_sign = h, sign_a if sign_b < 0 else 0
        elif sign_a < 0 and (sign_b > 0 or (sign_b == 0 and sign_c >= 0)):
            leave, leave_sign = h, sign_b
        h, sign_a, sign_b = after, sign_b, sign_c
    if enter_sign != 0:
        _split_edge(enter, unit, delta, kink, slope, constant, size, marks, xy, half, label, counts)
    if leave_sign != 0:
        _split_edge(leave, unit, delta, kink, slope, constant, size, marks, xy, half, label, counts)

    # `enter` and `leave` now end in the two points p and q of the cut; join them.
    into, out_of = np.int64(half[enter, NEXT]), np.int64(half[leave, NEXT])
    p, q = half[into, ORIGIN], half[out_of, ORIGIN]
    new = counts[FACES]
    counts[FACES] += 1
    near = counts[HALF_EDGES]  # q → p, closes the negative side
    far = near + 1  # p → q, closes the positive side
    counts[HALF_EDGES] += 2
    half[near, ORIGIN] = q
    half[near, TWIN] = far
    half[near, NEXT] = into
    half[near, FACE] = new
    half[far, ORIGIN] = p
    half[far, TWIN] = near
    half[far, NEXT] = out_of
    half[far, FACE] = face
    half[leave, NEXT] = near
    half[enter, NEXT] = far
    label[near] = label[far] = (layer << UNIT_BITS) | unit
    h = into
    while h != near:
        half[h, FACE] = new
        h = np.int64(half[h, NEXT])
    start[face], start[new] = far, near
    return new


@njit(nogil=True, cache=True, inline="always")
def _sign(marks: Words, v: int, word: int, words: int, shift: np.uint64) -> int:
    positive = (marks[v, word] >> shift) & _ONE
    negative = (marks[v, words + word] >> shift) & _ONE
    return np.int64(positive) - np.int64(negative)


@njit(nogil=True, cache=True, inline="always")
def _split_edge(
    h: int,
    unit: int,
    delta: Float,
    kink: Float,
    slope: Float,
    constant: Float,
    size: Float,
    marks: Words,
    xy: Float,
    half: Ints,
    label: Ints,
    counts: Counts,
):
    """Put a vertex on edge h where the unit is 0; both faces of the edge get it at once."""
    words = marks.shape[1] // 2
    twin = np.int64(half[h, TWIN])
    a, b = np.int64(half[h, ORIGIN]), np.int64(half[twin, ORIGIN])
    v = counts[VERTICES]
    counts[VERTICES] += 1
    # From the nearer end: next to a vertex where much is 0, small values keep their digits.
    y_a, y_b = delta[a, unit] - kink[unit], delta[b, unit] - kink[unit]
    near, far = (a, b) if abs(y_a) <= abs(y_b) else (b, a)
    t = min(abs(y_a), abs(y_b)) / abs(y_a - y_b)
    xy[v, 0] = xy[near, 0] + t * (xy[far, 0] - xy[near, 0])
    xy[v, 1] = xy[near, 1] + t * (xy[far, 1] - xy[near, 1])
    size[v] = size[near] + t * (size[far] - size[near])
    row_a, row_b, row = delta[near], delta[far], delta[v]
    for j in range(len(kink)):
        row[j] = row_a[j] + t * (row_b[j] - row_a[j])
    for w in range(words):
        _mark_between(w, words, a, b, v, unit, row, kink, slope, constant, size[v], marks)
    ahead = counts[HALF_EDGES]  # v → b
    back = ahead + 1  # v → a
    counts[HALF_EDGES] += 2
    half[ahead, ORIGIN] = v
    half[ahead, TWIN] = twin
    half[ahead, NEXT] = half[h, NEXT]
    half[ahead, FACE] = half[h, FACE]
    half[back, ORIGIN] = v
    half[back, TWIN] = h
    half[back, NEXT] = half[twin, NEXT]
    half[back, FACE] = half[twin, FACE]
    half[h, NEXT], half[h, TWIN] = ahead, back
    half[twin, NEXT], half[twin, TWIN] = back, ahead
    label[ahead], label[back] = label[h], label[twin]


@njit(nogil=True, cache=True, inline="always")
def _mark_between(
    w: int,
    words: int,
    a: int,
    b: int,
    v: int,
    unit: int,
    row: Float,
    kink: Float,
    slope: Float,
    constant: Float,
    near: float,
    marks: Words,
):
    """Signs of a vertex inside edge ab. Only units with opposite signs at its ends are in doubt."""
    positive = marks[a, w] | marks[b, w]
    negative = marks[a, words + w] | marks[b, words + w]
    doubt = positive & negative
    positive &= ~doubt
    negative &= ~doubt
    while doubt != 0:
        bit = lowest_bit(doubt)
        doubt &= doubt - _ONE
        j = 64 * w + bit
        y = row[j] - kink[j]
        if j == unit or abs(y) <= slope[j] * near + constant[j]:
            row[j] = kink[j]
        elif y > 0.0:
            positive |= _ONE << np.uint64(bit)
        else:
            negative |= _ONE << np.uint64(bit)
    marks[v, w] = positive
    marks[v, words + w] = negative


@njit(nogil=True, cache=True)
def mark_border(marks: Words, half: Ints, label: Ints, start: Ints, bits: Words, first_word: int):
    """Label the pieces of the border that lie on a unit's line with ON_BORDER.

    There y is 0 (inactive) on the border itself but positive just inside, so a pixel on it has
    a pattern of its own. The half-edges 1, 3, 5, 7 lie outside the four corners' sides.
    """
    words = marks.shape[1] // 2
    first = np.int64(1)
    h = first
    while True:
        after = np.int64(half[h, NEXT])
        twin = half[h, TWIN]
        face = half[twin, FACE]
        a, b = half[h, ORIGIN], half[after, ORIGIN]
        for w in range(words):
            if bits[face, first_word + w] & ~(marks[a, w] | marks[b, w]):
                label[h] = label[twin] = ON_BORDER
        h = after
        if h == first:
            return
