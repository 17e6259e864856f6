"""One network at two of its steps, as if they were two networks."""

from dataclasses import replace

from cellscope.model.recording.replay import next_version
from cellscope.model.training.snapshot import Snapshot


def beside(now: Snapshot, then: Snapshot) -> Snapshot:
    """A state with an earlier one of the same network as its second.

    What is said of the experiment (its status, its speed, its step) is that of the first.
    """
    version = next_version()
    second = replace(then, version=version, later=())
    return replace(now, version=version, other=second, paired=True)
