"""The arrays of builds: kept while they are needed, given back afterwards."""

import threading
import time

import numpy as np

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.workspace import LARGE_BYTES, Workspace
from cellscope.model.cells.picture.per_thread import PerThread
from tests.model.cells.families import random_net

WINDOW = (-5.0, 5.0, -5.0, 5.0)
WIDE, NARROW = random_net((160, 160), 0), random_net((4,), 0)


def test_a_large_network_s_arrays_are_kept_while_such_networks_are_built():
    workspace = Workspace()
    sizes: list[int] = []
    for _ in range(5):
        build(WIDE, WINDOW, layer=2, workspace=workspace)
        sizes.append(workspace.nbytes)
    assert sizes[0] > LARGE_BYTES
    assert sizes[2:] == [sizes[2]] * 3


def test_small_networks_that_follow_a_large_one_give_its_arrays_back():
    workspace = Workspace()
    build(WIDE, WINDOW, layer=2, workspace=workspace)
    for _ in range(400):
        build(NARROW, WINDOW, layer=1, workspace=workspace)
    assert workspace.nbytes <= LARGE_BYTES


def test_what_is_built_after_arrays_were_given_back_is_the_same():
    workspace = Workspace()
    before = build(WIDE, WINDOW, layer=2, workspace=workspace)
    for _ in range(400):
        build(NARROW, WINDOW, layer=1, workspace=workspace)
    after = build(WIDE, WINDOW, layer=2, workspace=workspace)
    assert np.array_equal(before.bits, after.bits)
    assert np.array_equal(before.local, after.local)


def test_each_thread_has_a_value_of_its_own():
    own: PerThread[list[int]] = PerThread(list)
    found: list[list[int]] = [own.get()]
    other = threading.Thread(target=lambda: found.append(own.get()))
    other.start()
    other.join()
    assert found[0] is own.get()
    assert found[1] is not found[0]


def test_only_what_nobody_has_asked_for_lately_is_let_go():
    own: PerThread[list[int]] = PerThread(list)
    first = own.get()
    assert own.let_go(idle_s=60.0) == 0
    assert own.get() is first
    time.sleep(0.02)
    assert own.let_go(idle_s=0.01) == 1
    assert own.get() is not first
