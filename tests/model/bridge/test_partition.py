import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.model.own_code.partition import agreement, differing

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=30)


@given(LABELS, st.permutations(range(5)))
def test_other_numbers_for_the_same_pixels_are_the_same(labels: list[int], names: list[int]):
    ours = np.array([labels])
    theirs = np.array(names)[ours]
    found = agreement(ours, theirs)
    assert found.differing == differing(ours, theirs) == 0
    assert not found.differs.any()
    assert np.array_equal(found.partner[theirs], ours)


@given(LABELS, st.data())
def test_nothing_differs_only_if_the_same_pixels_are_alike(labels: list[int], data: st.DataObject):
    n = len(labels)
    others = data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    same = all(
        (labels[i] == labels[j]) == (others[i] == others[j]) for i in range(n) for j in range(n)
    )
    found = agreement(np.array([labels]), np.array([others]))
    assert (found.differing == 0) == same
    assert found.differing == found.differs.sum() == differing(np.array(labels), np.array(others))


@pytest.mark.parametrize(
    ("ours", "theirs", "count"),
    [
        ([0, 0, 0, 1], [7, 7, 7, 7], 1),  # of one label for all only the larger pattern is matched
        ([0, 0, 0, 0], [0, 1, 2, 2], 2),
        ([0, 0, 1, 1, 1], [0, 1, 1, 1, 1], 1),
    ],
)
def test_the_pixels_outside_of_the_best_pairs_differ(
    ours: list[int], theirs: list[int], count: int
):
    assert agreement(np.array([ours]), np.array([theirs])).differing == count


def test_finer_and_coarser_are_told_apart():
    coarse, fine = np.array([[0, 0, 1, 1]]), np.array([[0, 1, 2, 2]])
    assert agreement(coarse, fine).finer
    assert agreement(fine, coarse).coarser
    crossing = agreement(coarse, np.array([[0, 1, 1, 2]]))
    assert not crossing.finer
    assert not crossing.coarser
