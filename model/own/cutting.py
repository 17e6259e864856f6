"""The inner loops of the exact complex of a graph: faces cut by units known at some vertices only.

As `model.cells.exact.kernels`, with two differences. Numbers are kept in *rows* for the vertices
of the faces at hand (`row[v]`, −1 for others), so that thousands of units need no memory for all
vertices. And a unit may choose the largest of several candidates: where none is the largest at
all corners of a face, the face is cut along the line where two of them are equal.

A face's pattern is kept as its differences to that of the first face: bits in the order in which
units first differ (`slot_of`), so that units that are the same everywhere take no room.
"""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.kernels import (
    FACE,
    NEXT,
    ORIGIN,
    RELATIVE_ZERO,
    TWIN,
    UNIT_BITS,
    lowest_bit,
)
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.jit import njit

Ints = NDArray[np.int32]
Counts = NDArray[np.int64]

DONE, NO_ROWS, FULL, NO_SLOTS, OVER_BUDGET = range(5)
VERTICES, HALF_EDGES, FACES, ROWS, WAITING, FINISHED, LIMIT, SLOT, WORDS, HAS_REFERENCE = range(10)

_ONE = np.uint64(1)


@njit(nogil=True, cache=True)
def mark_choices(
    delta: Float, candidates: Ints, slope: Float, constant: Float, size: Float, low: int, high: int,
    marks: Words,
):  # fmt: skip
    """Per row and unit, which of the candidates are the largest, within rounding.

    A unit has as many words of bits as its candidates need.
    """
    units, most = candidates.shape
    wide = -(-most // 64)
    for r in range(low, high):
        for w in range(units):
            marks[r, w * wide : (w + 1) * wide] = 0
            best = -1
            for c in range(most):
                j = candidates[w, c]
                if j >= 0 and (best < 0 or delta[r, j] > delta[r, best]):
                    best = j
            reach = slope[best] * size[r] + constant[best]
            for c in range(most):
                j = candidates[w, c]
                if j >= 0:
                    near = reach + slope[j] * size[r] + constant[j]
                    if delta[r, best] - delta[r, j] <= near:
                        marks[r, w * wide + (c >> 6)] |= _ONE << np.uint64(c & 63)


@njit(nogil=True, cache=True, inline="always")
def _first_of(words: Words, unit: int, wide: int) -> int:
    """The lowest bit that is set among a unit's words, −1 if none is."""
    for w in range(unit * wide, (unit + 1) * wide):
        if words[w] != 0:
            return 64 * (w - unit * wide) + lowest_bit(words[w])
    return -1


@njit(nogil=True, cache=True, inline="always")
def _has(words: Words, bit: int) -> bool:
    return (words[bit >> 6] >> np.uint64(bit & 63)) & _ONE != 0


@njit(nogil=True, cache=True)
def take_rows(
    half: Ints, start: Ints, faces: Ints, row: Ints, vertex: Ints, most: int
) -> tuple[int, int]:
    """Give rows to the vertices of the first faces, at most about `most`: (faces, rows)."""
    rows = 0
    for i in range(len(faces)):
        if i > 0 and rows >= most:
            return i, rows
        first = start[faces[i]]
        h = first
        while True:
            v = half[h, ORIGIN]
            if row[v] < 0:
                if rows >= len(vertex):
                    return -1, rows
                row[v] = rows
                vertex[rows] = v
                rows += 1
            h = half[h, NEXT]
            if h == first:
                break
    return len(faces), rows


@njit(nogil=True, cache=True)
def interpolate(values: Float, near: Ints, far: Ints, at: Float, low: int):
    """Fill the rows from `low` on: each lies between two earlier ones."""
    for r in range(low, len(values)):
        a, b, t = near[r], far[r], at[r]
        for j in range(values.shape[1]):
            values[r, j] = values[a, j] + t * (values[b, j] - values[a, j])


@njit(nogil=True, cache=True)
def cut(
    layer: int,
    choosing: bool,
    candidates: Ints,
    line_of: Ints,
    units_of_layer: int,
    delta: Float,
    kink: Float,
    slope: Float,
    constant: Float,
    size: Float,
    marks: Words,
    row: Ints,
    vertex: Ints,
    near: Ints,
    far: Ints,
    at: Float,
    xy: Float,
    half: Ints,
    label: Ints,
    start: Ints,
    bits: Words,
    work: Ints,
    finished: Ints,
    ring: Ints,
    reference: Words,
    slot_of: Ints,
    stamp: Words,
    counts: Counts,
) -> int:
    """Cut the faces in `work` by the units of a layer; those that are done go to `finished`.

    Only the units `line_of` may change on these faces; what the others differ by is `stamp`. `kink`
    has an entry per column of `delta` where the layer is not `choosing`; then `marks` are the
    units' signs, else which candidates are largest. Calls that run out of room leave what is not
    done in `work`.
    """
    columns = delta.shape[1]
    units, most = candidates.shape
    wide = -(-most // 64)  # words of a unit that chooses
    words = units * wide if choosing else marks.shape[1] // 2
    above, below = np.empty(words, np.uint64), np.empty(words, np.uint64)
    side = np.empty(len(ring), np.int8)
    vertices, halves, faces = counts[VERTICES], counts[HALF_EDGES], counts[FACES]
    rows, waiting, ends = counts[ROWS], counts[WAITING], counts[FINISHED]
    next_slot, used_words = counts[SLOT], counts[WORDS]
    status = DONE
    while waiting > 0 and status == DONE:
        waiting -= 1
        face = work[waiting]
        # --- the face's border, and the first unit that changes on it
        first = start[face]
        h, count = first, 0
        if choosing:
            above[:] = ~np.uint64(0)
        else:
            above[:] = np.uint64(0)
        below[:] = np.uint64(0)
        while True:
            r = row[half[h, ORIGIN]]
            if choosing:
                for w in range(words):
                    above[w] &= marks[r, w]
                    below[w] |= marks[r, w]
            else:
                for w in range(words):
                    above[w] |= marks[r, w]
                    below[w] |= marks[r, words + w]
            ring[count] = h
            count += 1
            h = half[h, NEXT]
            if h == first:
                break
        unit, one, two = -1, -1, -1  # the columns that are equal on the cut; two < 0: the kink
        if choosing:
            for w in range(units):
                if _first_of(above, w, wide) >= 0:
                    continue
                # The strictest pair: one is the larger here, the other one there.
                base = 64 * w * wide
                for c in range(most):
                    if unit >= 0 or not _has(below, base + c):
                        continue
                    i = candidates[w, c]
                    for d in range(c + 1, most):
                        if unit >= 0 or not _has(below, base + d):
                            continue
                        j = candidates[w, d]
                        up, down = False, False
                        for q in range(count):
                            r = row[half[ring[q], ORIGIN]]
                            y = delta[r, i] - delta[r, j]
                            zero = (slope[i] + slope[j]) * size[r] + constant[i] + constant[j]
                            up |= y > zero
                            down |= y < -zero
                        if up and down:
                            unit, one, two = w, i, j
                if unit >= 0:
                    break
        else:
            for w in range(words):
                both = above[w] & below[w]
                if both != 0:
                    unit = 64 * w + lowest_bit(both)
                    one = unit
                    break

        if unit < 0:
            # --- done: note where the pattern differs from that of the first face
            if choosing:
                for w in range(units):
                    if _first_of(above, w, wide) < 0:
                        # Within rounding of a tie of three: the lowest at a corner.
                        corner = row[half[ring[0], ORIGIN]]
                        for v in range(w * wide, (w + 1) * wide):
                            above[v] = marks[corner, v]
            if counts[HAS_REFERENCE] == 0:
                counts[HAS_REFERENCE] = 1
                for w in range(len(reference)):
                    reference[w] = np.uint64(_first_of(above, w, wide)) if choosing else above[w]
            fits, winner = True, 0
            for w in range(len(reference)):
                if choosing:
                    winner = _first_of(above, w, wide)
                    different = _ONE if np.uint64(winner) != reference[w] else np.uint64(0)
                else:
                    different = above[w] ^ reference[w]
                while different != 0 and fits:
                    if choosing:
                        line = line_of[w] * most + winner
                    else:
                        line = line_of[64 * w + lowest_bit(different)]
                    different &= different - _ONE
                    slot = slot_of[line]
                    if slot < 0:
                        if next_slot & 63 == 0:  # words belong to one layer
                            if used_words >= bits.shape[1]:
                                fits = False
                                break
                            next_slot = 64 * used_words
                            used_words += 1
                        slot = slot_of[line] = next_slot
                        next_slot += 1
                    bits[face, slot >> 6] |= _ONE << np.uint64(slot & 63)
            if not fits:
                status = NO_SLOTS  # bits that are set already will be set again
                work[waiting] = face
                waiting += 1
            else:
                for w in range(len(stamp)):
                    bits[face, w] |= stamp[w]
                finished[ends] = face
                ends += 1
            continue

        if faces >= counts[LIMIT]:
            status = OVER_BUDGET
        elif rows + 2 > len(vertex):
            status = NO_ROWS
        elif vertices + 2 > len(xy) or halves + 6 > len(half) or faces + 1 > len(start):
            status = FULL
        if status != DONE:
            work[waiting] = face
            waiting += 1
            break

        # --- on which side of the cut each corner lies
        for q in range(count):
            r = row[half[ring[q], ORIGIN]]
            if choosing:
                y = delta[r, one] - delta[r, two]
                zero = (slope[one] + slope[two]) * size[r] + constant[one] + constant[two]
                side[q] = 1 if y > zero else (-1 if y < -zero else 0)
            else:
                bit = np.uint64(unit & 63)
                up = (marks[r, unit >> 6] >> bit) & _ONE
                down = (marks[r, words + (unit >> 6)] >> bit) & _ONE
                side[q] = np.int8(up) - np.int8(down)
        before = side[count - 1]
        low, before_low, high, after_low = -1, 0, -1, 0
        for i in range(count):
            here = side[i]
            if here < 0 and before >= 0 and low < 0:
                low, before_low = i, before
            if here >= 0 and before < 0:
                high, after_low = i, here
                if low >= 0:
                    break
            before = here
        back = low - 1 if before_low > 0 else low - 2
        enter = ring[back if back >= 0 else count + back]
        leave = ring[high - 1 if high > 0 else count - 1]

        # --- new vertices where the cut crosses an edge
        for crossing in range(2):
            if crossing == 0 and before_low <= 0:
                continue
            if crossing == 1 and after_low <= 0:
                continue
            h = enter if crossing == 0 else leave
            twin = half[h, TWIN]
            a, b = row[half[h, ORIGIN]], row[half[half[h, NEXT], ORIGIN]]
            v, r = vertices, rows
            vertices += 1
            rows += 1
            row[v], vertex[r] = r, v
            if choosing:
                y_a, y_b = delta[a, one] - delta[a, two], delta[b, one] - delta[b, two]
            else:
                y_a, y_b = delta[a, one] - kink[one], delta[b, one] - kink[one]
            n, f = (a, b) if abs(y_a) <= abs(y_b) else (b, a)
            t = min(abs(y_a), abs(y_b)) / abs(y_a - y_b)
            near[r], far[r], at[r] = n, f, t
            p, q = vertex[n], vertex[f]
            xy[v, 0] = xy[p, 0] + t * (xy[q, 0] - xy[p, 0])
            xy[v, 1] = xy[p, 1] + t * (xy[q, 1] - xy[p, 1])
            size[r] = size[n] + t * (size[f] - size[n])
            for j in range(columns):
                delta[r, j] = delta[n, j] + t * (delta[f, j] - delta[n, j])
            if choosing:
                delta[r, two] = delta[r, one]
                mark_choices(delta, candidates, slope, constant, size, r, r + 1, marks)
            else:
                for w in range(words):
                    positive = marks[a, w] | marks[b, w]
                    negative = marks[a, words + w] | marks[b, words + w]
                    doubt = positive & negative
                    positive &= ~doubt
                    negative &= ~doubt
                    while doubt != 0:
                        bit = lowest_bit(doubt)  # pyright: ignore[reportArgumentType]
                        doubt &= doubt - _ONE
                        j = 64 * w + bit
                        y = delta[r, j] - kink[j]
                        if j == unit or abs(y) <= slope[j] * size[r] + constant[j]:
                            delta[r, j] = kink[j]
                        elif y > 0.0:
                            positive |= _ONE << np.uint64(bit)
                        else:
                            negative |= _ONE << np.uint64(bit)
                    marks[r, w] = positive
                    marks[r, words + w] = negative
            ahead, behind = halves, halves + 1
            halves += 2
            half[ahead, ORIGIN] = half[behind, ORIGIN] = v
            half[ahead, TWIN], half[behind, TWIN] = twin, h
            half[ahead, NEXT], half[behind, NEXT] = half[h, NEXT], half[twin, NEXT]
            half[ahead, FACE], half[behind, FACE] = half[h, FACE], half[twin, FACE]
            half[h, NEXT], half[h, TWIN] = ahead, behind
            half[twin, NEXT], half[twin, TWIN] = behind, ahead
            label[ahead], label[behind] = label[h], label[twin]

        # --- join the two points: the negative side becomes a new face
        into, out_of = half[enter, NEXT], half[leave, NEXT]
        new, ahead, behind = faces, halves, halves + 1
        faces += 1
        halves += 2
        half[ahead, ORIGIN], half[behind, ORIGIN] = half[out_of, ORIGIN], half[into, ORIGIN]
        half[ahead, TWIN], half[behind, TWIN] = behind, ahead
        half[ahead, NEXT], half[behind, NEXT] = into, out_of
        half[ahead, FACE], half[behind, FACE] = new, face
        half[leave, NEXT], half[enter, NEXT] = ahead, behind
        label[ahead] = label[behind] = (layer << UNIT_BITS) | (line_of[unit] % units_of_layer)
        h = into
        while h != ahead:
            half[h, FACE] = new
            h = half[h, NEXT]
        start[face], start[new] = behind, ahead
        for w in range(bits.shape[1]):
            bits[new, w] = bits[face, w]
        work[waiting] = new
        work[waiting + 1] = face
        waiting += 2
    counts[VERTICES], counts[HALF_EDGES], counts[FACES] = vertices, halves, faces
    counts[ROWS], counts[WAITING], counts[FINISHED] = rows, waiting, ends
    counts[SLOT], counts[WORDS] = next_slot, used_words
    return status


@njit(nogil=True, cache=True)
def plane_rows(base: Float, xy: Float) -> Float:
    """origin + x · u + y · v of every unit at points: base (3, units), xy (n, 2)."""
    out = np.empty((len(xy), base.shape[1]))
    for r in range(len(xy)):
        x, y = xy[r, 0], xy[r, 1]
        for j in range(base.shape[1]):
            out[r, j] = base[0, j] + x * base[1, j] + y * base[2, j]
    return out


@njit(nogil=True, cache=True)
def column_signs(y: Float, kink: float, slope: Float, constant: Float, size: Float) -> Ints:
    """Per column, bit 0 if it is > kink in some row and bit 1 if it is not in another one."""
    units, extra = y.shape[1], RELATIVE_ZERO * abs(kink)
    low, high = np.full(units, np.inf), np.full(units, -np.inf)
    for r in range(len(y)):
        near = size[r]
        for j in range(units):
            over = y[r, j] - kink - (slope[j] * near + constant[j] + extra)
            low[j] = over if over < low[j] else low[j]
            high[j] = over if over > high[j] else high[j]
    found = np.zeros(units, np.int32)
    for j in range(units):
        found[j] = (1 if high[j] > 0.0 else 0) | (2 if low[j] <= 0.0 else 0)
    return found


@njit(nogil=True, cache=True)
def bent_rows(
    y: Float, kinks: Float, slopes: Float, offsets: Float, line_of: Ints, column_of: Ints,
    delta: Float, near: Ints, far: Ints, at: Float, out: Float,
):  # fmt: skip
    """A step's output at rows that are known, `y`, and at those that the cuts have added.

    Between two rows of one face a unit that has not been cut there is on one piece: its output is
    interpolated. The others, `column_of`, have numbers of their own in `delta`, exact on kinks.
    slopes (pieces, units).
    """
    units = y.shape[1]
    first, low, high = kinks[0], offsets[0], offsets[1]
    for r in range(len(y)):
        for j in range(units):
            value = y[r, j]
            up, down = value * slopes[1, j] + high, value * slopes[0, j] + low
            out[r, j] = up if value > first else down
        for p in range(1, len(kinks)):
            kink, offset = kinks[p], offsets[p + 1]
            for j in range(units):
                value = y[r, j]
                out[r, j] = value * slopes[p + 1, j] + offset if value > kink else out[r, j]
    _between(out, near, far, at, len(y))
    for r in range(len(out)):
        for exactly in range(2 if len(kinks) > 1 else 1):
            for i in range(len(column_of)):
                j, value = column_of[i], delta[r, i]
                if exactly and value != kinks[line_of[i] // units]:
                    continue  # of a unit's two lines, the one that it lies on decides
                piece = 0
                for p in range(len(kinks)):
                    piece += 1 if value > kinks[p] else 0
                out[r, j] = value * slopes[piece, j] + offsets[piece]


@njit(nogil=True, cache=True)
def chosen_rows(
    y: Float, candidates: Ints, line_of: Ints, own: Ints, delta: Float, near: Ints, far: Ints,
    at: Float, out: Float,
):  # fmt: skip
    """As `bent_rows`, of units that choose; `own` are the candidates of `line_of` in `delta`."""
    units, most = candidates.shape
    for r in range(len(y)):
        for w in range(units):
            largest = -np.inf
            for c in range(most):
                j = candidates[w, c]
                if j >= 0 and y[r, j] > largest:
                    largest = y[r, j]
            out[r, w] = largest
    _between(out, near, far, at, len(y))
    for r in range(len(y), len(out)):
        for i in range(len(line_of)):
            largest = -np.inf
            for c in range(most):
                j = own[i, c]
                if j >= 0 and delta[r, j] > largest:
                    largest = delta[r, j]
            out[r, line_of[i]] = largest


@njit(nogil=True, cache=True, inline="always")
def _between(values: Float, near: Ints, far: Ints, at: Float, low: int):
    for r in range(low, len(values)):
        a, b, t = near[r], far[r], at[r]
        for j in range(values.shape[1]):
            values[r, j] = values[a, j] + t * (values[b, j] - values[a, j])


# Of a largest number, which of several is taken makes no difference: no order to keep.
@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def sizes_of(y: Float, share: Float, floor: float, beta: float, before: Float) -> Float:
    """What each row counts by: its largest number, see `model.cells.exact.kernels.activate`.

    `share`: one over what each unit is measured by.
    """
    out = np.empty(len(y))
    for r in range(len(y)):
        largest = 0.0
        for j in range(y.shape[1]):
            value = abs(y[r, j]) * share[j]
            largest = value if value > largest else largest
        if largest > 0.0:
            largest = max(largest, floor * before[r] + beta)
        out[r] = largest
    return out
