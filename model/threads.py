"""One computing thread per Python thread: more of them make small products slow."""

import torch


def one_thread() -> None:
    """Process-wide, for torch; OMP, OPENBLAS and MKL read the environment before they load."""
    torch.set_num_threads(1)
