"""How the computing threads share a machine of few cores."""

import os
import sys
import threading

import torch

TRAINER_NICENESS = 10  # of 19; at 5 to 15 a watched 64 × 5 shows 1.2 to 1.4 × the pictures of 0


def one_thread() -> None:
    """One computing thread per Python thread, process-wide, for torch.

    Two of them on two busy cores make small products 10 to 100 times slower. OMP, OPENBLAS and
    MKL read the environment before they load.
    """
    torch.set_num_threads(1)


def give_way(niceness: int = TRAINER_NICENESS) -> None:
    """Let other threads go first where the cores do not suffice: pictures, sockets, the browser.

    For the calling thread alone, which only Linux can; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
