"""How a watched program ends: at once, as it would without, with nothing left to others."""

import gc
import multiprocessing
import os
import socket
import subprocess
import sys
import textwrap
import time
import weakref

import pytest
import torch
from torch import nn

from cellscope.app.own.watch import Watch, watch
from cellscope.model.own.cells import checked_window
from cellscope.model.own.live import Ended, Follower
from cellscope.model.own.plane import checked_plane, plane_of_inputs

# Pictures of this one take a minute: it is drawn when the program ends.
SLOW = """
    import threading, time, urllib.request
    import torch
    from torch import nn
    import cellscope

    def wide():
        return nn.Sequential(nn.Linear(900, 900), nn.Tanh())

    network = nn.Sequential(nn.Linear(2, 900), nn.Tanh(), *wide(), *wide(), nn.Linear(900, 3))
    live = cellscope.watch(network)

    def look():
        while True:
            urllib.request.urlopen(live.url + "frame?after=0&layer=3").read()

    threading.Thread(target=look, daemon=True).start()
    while live._asked == 0.0:
        time.sleep(0.01)
    time.sleep(1.0)
    print("done", flush=True)
"""


def test_a_program_that_ends_without_closing_ends_as_it_would_unwatched() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SLOW)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "done\n"
    assert "terminate called" not in done.stderr
    assert done.returncode == 0
    assert time.monotonic() - begun < 60  # no picture is waited for


def is_there(live: Watch) -> bool:
    """Whether its port is listened at."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port_of(live))) == 0


def port_of(live: Watch) -> int:
    return int(live.url.rsplit(":", 1)[1].strip("/"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_process_that_was_forked_meanwhile_keeps_no_port_and_ends_nothing() -> None:
    fork = multiprocessing.get_context("fork")
    live = watch(nn.Linear(2, 2))
    release = fork.Event()

    def load() -> None:  # as a worker of a DataLoader does
        live.close()
        release.wait(60)

    worker = fork.Process(target=load)
    worker.start()
    try:
        time.sleep(0.2)
        assert is_there(live)
        live.close()
        assert worker.is_alive()
        assert not is_there(live)
        with watch(nn.Linear(2, 2), port=port_of(live)) as again:
            assert is_there(again)
    finally:
        release.set()
        worker.join(10)
        worker.kill()
    assert worker.exitcode == 0


NETWORKS = {
    "smooth": lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)),
    "wide": lambda: nn.Sequential(nn.Linear(2, 600), nn.ReLU(), nn.Linear(600, 2)),
    "plain": lambda: nn.Sequential(nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 2)),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_picture_that_is_being_drawn_ends_with_the_watch(kind: str) -> None:
    torch.manual_seed(0)
    plane = checked_plane(plane_of_inputs(0, 1, [0.0, 0.0]))
    window = checked_window((-3, 3, -3, 3))
    follower = Follower(NETWORKS[kind](), plane, window)
    numbers, layer = follower.numbers(), 2
    assert follower.cells(numbers, layer, window).result.counts.linear_regions > 1
    follower.end()
    with pytest.raises(Ended):
        _ = follower.cells(numbers, layer, window).result.counts


def test_what_is_closed_is_not_kept_until_the_program_ends() -> None:
    live = watch(nn.Linear(2, 2))
    live.close()
    kept = weakref.ref(live)
    del live
    gc.collect()
    assert kept() is None
