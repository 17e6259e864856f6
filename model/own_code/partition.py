"""Two labellings of the same pixels: what matters is which pixels are alike, not their numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.own_code.labels import Labels

Ints = NDArray[np.int64]
ROUNDS = 16


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two labellings, ours and theirs, go together.

    Pairs of labels are joined, the most frequent first, each label once; pixels of any other pair
    differ. None differs iff the two are one partition.
    """

    differs: NDArray[np.bool_]  # of the labellings' shape
    differing: int
    ours: int  # distinct labels
    theirs: int
    pairs: int  # distinct (ours, theirs)
    partner: NDArray[np.int64]  # of each of their labels, ours that belongs to it, or −1

    @property
    def finer(self) -> bool:
        """Each of their labels lies within one of ours, and they have more."""
        return self.pairs == self.theirs > self.ours

    @property
    def coarser(self) -> bool:
        """Each of our labels lies within one of theirs, and they have fewer."""
        return self.pairs == self.ours > self.theirs


def agreement(ours: Labels, theirs: Labels) -> Agreement:
    """Compare labels 0 … k − 1 of one shape.

    >>> agreement(np.array([[0, 0, 1]]), np.array([[5, 5, 2]])).differing
    0
    >>> agreement(np.array([[0, 0, 1]]), np.array([[1, 0, 0]])).differing
    1
    """
    pair, index, count = np.unique(_keys(ours, theirs), return_inverse=True, return_counts=True)
    of_ours, of_theirs = np.divmod(pair, int(theirs.max()) + 1)
    together = _pairs(of_ours, of_theirs, count)
    partner = np.full(int(theirs.max()) + 1, -1, np.int64)
    partner[of_theirs[together]] = of_ours[together]
    return Agreement(
        differs=~together[index].reshape(ours.shape),
        differing=int(count[~together].sum()),
        ours=len(np.unique(of_ours)),
        theirs=len(np.unique(of_theirs)),
        pairs=len(pair),
        partner=partner,
    )


def differing(ours: Labels, theirs: Labels) -> int:
    """How many pixels differ, and nothing else: three times as fast."""
    pair, count = np.unique(_keys(ours, theirs), return_counts=True)
    return int(count[~_pairs(*np.divmod(pair, int(theirs.max()) + 1), count)].sum())


def _keys(ours: Labels, theirs: Labels) -> Labels:
    return ours.ravel().astype(np.int64) * (int(theirs.max()) + 1) + theirs.ravel()


def _pairs(of_ours: Ints, of_theirs: Ints, count: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which pairs belong together: the most frequent first, each label once.

    A round takes all pairs that are the most frequent ones of both their labels, and drops the
    others of these labels. Two labellings of networks need two or three rounds.
    """
    together = np.zeros(len(count), np.bool_)
    left = np.argsort(count, kind="stable")  # of several assignments to one place the last stays
    for _ in range(ROUNDS):
        if not len(left):
            break
        best = np.zeros((2, max(int(of_ours.max()), int(of_theirs.max())) + 1), np.intp)
        best[0, of_ours[left]] = best[1, of_theirs[left]] = left
        taken = left[(best[0, of_ours[left]] == left) & (best[1, of_theirs[left]] == left)]
        together[taken] = True
        used = np.zeros(best.shape, np.bool_)
        used[0, of_ours[taken]] = used[1, of_theirs[taken]] = True
        left = left[~used[0, of_ours[left]] & ~used[1, of_theirs[left]]]
    return together
