"""The inner loops of the exact complex: signs of all units at all vertices, and the cuts.

Half-edges are rows of one int32 array, because all four numbers are wanted together:
``half[h] = (origin vertex, twin, next around the face, face)``. Faces lie to the left (their loops
run counter-clockwise); what lies outside the window is face −1. ``marks[v]`` holds, per vertex,
the packed bits of the units that are positive there, then those that are negative; neither means
exactly 0. ``delta[v, j] − kink[j]`` is unit j's pre-activation (see `model.cells.exact.origin`).

Arrays never grow in here: a kernel that runs out of room returns FULL with its state in `work`,
and is called again with larger arrays.
"""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.jit import njit

Ints = NDArray[np.int32]
Indices = NDArray[np.uint32]  # the same memory: unsigned indices need no checks for negative ones
Counts = NDArray[np.int64]

DONE, FULL, OVER_BUDGET = 0, 1, 2
VERTICES, HALF_EDGES, FACES, NEXT_FACE, WAITING, FACE_LIMIT, FACES_BEFORE = range(7)  # in `counts`
ORIGIN, TWIN, NEXT, FACE = range(4)  # columns of `half`
UNIT_BITS = 20  # a label is layer << 20 | unit; 0 is the window's border
GUIDE = 1024  # a layer's number, for lines that belong to no layer
ON_BORDER = 1  # the border where it lies on a unit's line: y is 0 there and not just inside

# 6e-14, 256 times float64's rounding: over 3,000 networks of few different numbers (2^-13 to 2^13),
# 2^-40 swallowed 13 true regions, 2^-46 left 10 false slivers or swallowed, 2^-44 failed on 7.
RELATIVE_ZERO = 2.0**-44
FLOOR = 2.0**-6 / RELATIVE_ZERO  # see `activate`

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
        near = size[v]
        for w in range(words):
            low, count_w = 64 * w, min(64, units - 64 * w)
            for j in range(count_w):
                y = delta[v, low + j] - kink[low + j]
                zero = slope[low + j] * near + constant[low + j]
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
                    if abs(delta[v, j] - kink[j]) <= slope[j] * near + constant[j]:
                        delta[v, j] = kink[j]


@njit(nogil=True, cache=True)
def activate(
    delta: Float,
    kink: Float,
    relative: bool,
    factor: float,
    left: Float,
    right: Float,
    slope: Float,
    size: Float,
    count: int,
):
    """δ → δh in place; `size` becomes max_j |δh_j| of every vertex.

    δh = a(y) − a(y_c) with y = δ − kink; in the plain form (not `relative`) a(y) itself.
    `factor` is NaN unless all units have the slopes `factor` and 1; `left` and `right` are each
    unit's. Where values cancelled, their error is that of larger ones: hence the floor of 2^-6 of
    δ's terms' size, so that 2^-50 of it counts as 0. The kink is no term of its own: where it and δ
    cancel δ is as large, and else |δh| is. Where all are 0, they are exact.
    """
    units = len(kink)
    high = np.maximum(kink, 0.0) if relative else kink.copy()
    low = np.minimum(kink, 0.0) if relative else kink.copy()
    steepest = FLOOR * slope.max()
    for v in range(count):
        if factor == 0.0:
            for j in range(units):
                delta[v, j] = max(delta[v, j], kink[j]) - high[j]
        elif factor == 1.0:
            if not relative:
                for j in range(units):
                    delta[v, j] -= kink[j]
        else:
            for j in range(units):
                up, down = max(delta[v, j], kink[j]) - high[j], min(delta[v, j], kink[j]) - low[j]
                delta[v, j] = right[j] * up + left[j] * down
        largest = 0.0
        for j in range(units):
            largest = max(largest, abs(delta[v, j]))
        if largest > 0.0:
            largest = max(largest, steepest * size[v])
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


@njit(nogil=True, cache=True, inline="always")
def _sign(positive: np.uint64, negative: np.uint64, shift: np.uint64) -> int:
    up, down = (positive >> shift) & _ONE, (negative >> shift) & _ONE
    return np.int64(up) - np.int64(down)  # pyright: ignore[reportReturnType]


# One long function, for a reason: numba counts references for every array that is handed to a
# function, inlined or not: split into four, this took 250 ns a face instead of 180 (32 units).
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
    half: Indices,
    label: Ints,
    start: Indices,
    bits: Words,
    work: Indices,
    ring: Indices,
    counts: Counts,
) -> int:
    """Cut every face by every unit of the layer that changes sign in it.

    A unit is affine on a face (the earlier folds are edges), so it cuts the face iff it is
    positive at one vertex and negative at another; a straight line leaves a convex face by two
    points of its border. Each cut is O(vertices of the face + units); `bits` of the faces that
    are finished get the layer's pattern.
    """
    units = len(kink)
    words = marks.shape[1] // 2
    positive, negative = np.empty(words, np.uint64), np.empty(words, np.uint64)
    limit = counts[FACE_LIMIT]
    vertices, halves, faces = counts[VERTICES], counts[HALF_EDGES], counts[FACES]
    next_face, waiting = counts[NEXT_FACE], counts[WAITING]
    status = -1
    while status < 0:
        if waiting > 0:
            waiting -= 1
            face = np.uint64(work[waiting])
        elif next_face < counts[FACES_BEFORE]:
            face = np.uint64(next_face)
            next_face += 1
        else:
            status = DONE
            break
        while True:
            # --- the signs on the face's border, and its half-edges
            for w in range(words):
                positive[w] = negative[w] = np.uint64(0)
            first = np.uint64(start[face])
            h, count = first, 0
            while True:
                v = np.uint64(half[h, ORIGIN])
                for w in range(words):
                    positive[w] |= marks[v, w]
                    negative[w] |= marks[v, words + w]
                ring[count] = h
                count += 1
                h = np.uint64(half[h, NEXT])
                if h == first:
                    break
            unit, is_last = -1, True
            for w in range(words):
                both = positive[w] & negative[w]
                if both != 0:
                    is_last = is_last and unit < 0 and (both & (both - _ONE)) == 0
                    unit = 64 * w + lowest_bit(both) if unit < 0 else unit
            if unit < 0:
                for w in range(words):
                    bits[face, first_word + w] = positive[w]
                break

            if faces >= limit:
                status = OVER_BUDGET
            elif vertices + 2 > len(xy) or halves + 6 > len(half) or faces + 1 > len(start):
                status = FULL
            if status > 0:
                work[waiting] = face
                waiting += 1
                break

            # --- where the unit's line enters the negative vertices, and where it leaves them
            word, shift = unit >> 6, np.uint64(unit & 63)
            v = np.uint64(half[ring[count - 1], ORIGIN])
            before = _sign(marks[v, word], marks[v, words + word], shift)
            low, before_low, high, after_low = -1, 0, -1, 0
            for i in range(count):
                v = np.uint64(half[ring[i], ORIGIN])
                here = _sign(marks[v, word], marks[v, words + word], shift)
                if here < 0 and before >= 0 and low < 0:
                    low, before_low = i, before  # ring[low] starts at the first negative vertex
                if here >= 0 and before < 0:
                    high, after_low = i, here  # ring[high] starts behind the last one
                    if low >= 0:
                        break
                before = here
            # `enter` and `leave` end in the two points of the cut, once these are vertices.
            back = low - 1 if before_low > 0 else low - 2
            enter = np.uint64(ring[back if back >= 0 else count + back])
            leave = np.uint64(ring[high - 1 if high > 0 else count - 1])

            for side in range(2):
                if (before_low if side == 0 else after_low) == 0:
                    continue  # the line goes through a vertex
                # --- a vertex on edge h where the unit is 0; both its faces get it at once
                h = enter if side == 0 else leave
                twin = np.uint64(half[h, TWIN])
                a, b = np.uint64(half[h, ORIGIN]), np.uint64(half[twin, ORIGIN])
                v = np.uint64(vertices)
                vertices += 1
                # From the nearer end: where much is 0, small values keep their digits.
                y_a, y_b = delta[a, unit] - kink[unit], delta[b, unit] - kink[unit]
                near_v, far_v = (a, b) if abs(y_a) <= abs(y_b) else (b, a)
                t = min(abs(y_a), abs(y_b)) / abs(y_a - y_b)
                xy[v, 0] = xy[near_v, 0] + t * (xy[far_v, 0] - xy[near_v, 0])
                xy[v, 1] = xy[near_v, 1] + t * (xy[far_v, 1] - xy[near_v, 1])
                size[v] = size[near_v] + t * (size[far_v] - size[near_v])
                for j in range(units):
                    delta[v, j] = delta[near_v, j] + t * (delta[far_v, j] - delta[near_v, j])
                for w in range(words):
                    above = marks[a, w] | marks[b, w]
                    below = marks[a, words + w] | marks[b, words + w]
                    doubt = above & below  # only units with opposite signs at the ends
                    above &= ~doubt
                    below &= ~doubt
                    while doubt != 0:
                        bit = lowest_bit(doubt)
                        doubt &= doubt - _ONE
                        j = 64 * w + bit
                        y = delta[v, j] - kink[j]
                        if j == unit or abs(y) <= slope[j] * size[v] + constant[j]:
                            delta[v, j] = kink[j]
                        elif y > 0.0:
                            above |= _ONE << np.uint64(bit)
                        else:
                            below |= _ONE << np.uint64(bit)
                    marks[v, w] = above
                    marks[v, words + w] = below
                ahead, behind = (
                    np.uint64(halves),
                    np.uint64(halves + 1),
                )  # v → b beside h, v → a beside its twin
                halves += 2
                half[ahead, ORIGIN] = half[behind, ORIGIN] = v
                half[ahead, TWIN], half[behind, TWIN] = twin, h
                half[ahead, NEXT], half[behind, NEXT] = half[h, NEXT], half[twin, NEXT]
                half[ahead, FACE], half[behind, FACE] = half[h, FACE], half[twin, FACE]
                half[h, NEXT], half[h, TWIN] = ahead, behind
                half[twin, NEXT], half[twin, TWIN] = behind, ahead
                label[ahead], label[behind] = label[h], label[twin]

            # --- join the two points: the negative side becomes a new face
            into, out_of = np.uint64(half[enter, NEXT]), np.uint64(half[leave, NEXT])
            new, near, far = np.uint64(faces), np.uint64(halves), np.uint64(halves + 1)
            faces += 1
            halves += 2
            half[near, ORIGIN], half[far, ORIGIN] = half[out_of, ORIGIN], half[into, ORIGIN]
            half[near, TWIN], half[far, TWIN] = far, near
            half[near, NEXT], half[far, NEXT] = into, out_of
            half[near, FACE], half[far, FACE] = new, face
            half[leave, NEXT], half[enter, NEXT] = near, far
            label[near] = label[far] = (layer << UNIT_BITS) | unit
            h = into
            while h != near:
                half[h, FACE] = new
                h = np.uint64(half[h, NEXT])
            start[face], start[new] = far, near
            for w in range(first_word):
                bits[new, w] = bits[face, w]
            if is_last:  # no other unit is in doubt on either side: no need to look again
                for w in range(words):
                    bits[face, first_word + w] = bits[new, first_word + w] = positive[w]
                bits[new, first_word + word] &= ~(_ONE << shift)
                break
            work[waiting] = new
            waiting += 1
    counts[VERTICES], counts[HALF_EDGES], counts[FACES] = vertices, halves, faces
    counts[NEXT_FACE], counts[WAITING] = next_face, waiting
    return status


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
