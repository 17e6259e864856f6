"""How the computing threads share a machine of few cores."""

import errno
import os
import sys
import threading

import torch

# Of 19. Who gives way may do so while it holds Python's lock, and all others wait with it: at 10 a
# small picture beside four training 256 × 3 came 5 times a second, at 4 15 times, at 0 10 times; 30
# viewers of 16 × 4 had 2.5 and 3.9 frames/s (medians at 10 and 4); a watched 64 × 5 alone had as
# many at 4 as at 10 (75), at 0 a fifth less. Two cores, of which others took a part.
TRAINER_NICENESS = 4


NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def is_exhausted(error: BaseException) -> bool:
    """Whether something failed since there are no more threads, open files or memory to be had."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_exhausted, error.exceptions))
    if isinstance(error, OSError):
        return error.errno in NO_MORE
    no_thread = isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    return no_thread or isinstance(error, MemoryError)


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
