"""The arrays a complex is built in, kept from frame to frame so that nothing is allocated twice."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import Float, Words

GROWTH = 1.6
LARGE_BYTES = 32 * 1024 * 1024  # below, nothing is given back
SPARE = 6.0  # times what the last builds needed
FORGET = 0.98  # a build: a large one counts for some hundred more


class Workspace:
    """Buffers of `build`, grown as needed and reused.

    **Threads**: one build at a time; give each thread its own.
    """

    def __init__(self, go_on: Callable[[], object] = lambda: None) -> None:
        """`go_on`, called at every growth, raises where nobody waits for the build any more."""
        self._go_on = go_on
        self._needed = 0.0
        self._empty()

    def _empty(self) -> None:
        self.xy: Float = np.empty((256, 2))
        self.size: Float = np.empty(256)
        self.half: NDArray[np.int32] = np.empty((1024, 4), np.int32)
        self.ring: NDArray[np.int32] = np.empty(1024, np.int32)
        self.label: NDArray[np.int32] = np.empty(1024, np.int32)
        self.start: NDArray[np.int32] = np.empty(256, np.int32)
        self.work: NDArray[np.int32] = np.empty(264, np.int32)
        self._marks: Words = np.empty(0, np.uint64)
        self._bits: Words = np.empty(0, np.uint64)
        self._rows: list[Float] = [np.empty(0), np.empty(0)]

    def rows(self, which: int, units: int) -> Float:
        """Buffer `which` (0 or 1) for one float per vertex and unit. (vertices, units)"""
        size = len(self.xy) * units
        if len(self._rows[which]) < size:
            self._rows[which] = np.empty(size)
        return self._rows[which][:size].reshape(len(self.xy), units)

    def marks(self, words: int) -> Words:
        """Packed signs: positive words, then negative words. (vertices, 2 words)"""
        size = len(self.xy) * 2 * words
        if len(self._marks) < size:
            self._marks = np.empty(size, np.uint64)
        return self._marks[:size].reshape(len(self.xy), 2 * words)

    def bits(self, words: int) -> Words:
        """Joint patterns. (faces, words)"""
        size = len(self.start) * words
        if len(self._bits) < size:
            self._bits = np.empty(size, np.uint64)
        return self._bits[:size].reshape(len(self.start), words)

    def grow(self, *, words: int, mark_words: int, which: int, units: int) -> None:
        """More room for everything, what is stored included."""
        self._go_on()
        rows, marks = self.rows(which, units), self.marks(mark_words)
        bits = self.bits(words)
        self.xy, self.size = _longer(self.xy), _longer(self.size)
        self.half, self.label = _longer(self.half), _longer(self.label)
        self.ring = np.empty(len(self.half), np.int32)
        self.start, self.work = _longer(self.start), _longer(self.work)
        self._rows[which] = _longer(rows).reshape(-1)
        self._rows[1 - which] = np.empty(0)  # holds nothing that is still needed
        self._marks = _longer(marks).reshape(-1)
        self._bits = _longer(bits).reshape(-1)

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        own = (self.xy, self.size, self.half, self.ring, self.label, self.start, self.work)
        return sum(array.nbytes for array in (*own, self._marks, self._bits, *self._rows))

    def settle(self, vertices: int, units: int) -> None:
        """After a build of so many vertices, `units` in its widest layer: give back what is idle.

        A large network that somebody looked at once must not cost the others its arrays for ever.
        """
        need = vertices * (16.0 * units + 128.0)  # two rows of floats; points, edges, patterns
        self._needed = max(need, FORGET * self._needed)
        if self.nbytes > max(LARGE_BYTES, SPARE * self._needed):
            self._empty()


def _longer(array: NDArray[Any]) -> NDArray[Any]:
    longer = np.empty((int(len(array) * GROWTH) + 16, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
