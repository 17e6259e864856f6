"""Which training points the step before has learnt from."""

from typing import Any

from cellscope.app.features.picture.line_queries import Worded
from cellscope.app.text.texts import text
from cellscope.model.datasets import seen_data
from cellscope.model.recording.recorder import Recorder
from cellscope.model.training.batches import batch_before
from cellscope.model.training.snapshot import Snapshot


def batch_answer(snapshot: Snapshot, recorder: Recorder) -> Worded:
    """Their places in the picture, of each network; none before the first step.

    Beside a network at an earlier step of its own only those of its newest are told.
    """
    points = [_points(snapshot, recorder, 0)]
    other = snapshot.other
    if other is not None:
        points.append([] if snapshot.paired else _points(other, recorder, 1))
    key = "batch.ringed.both" if points[-1] and other is not None else "batch.ringed"

    def worded(language: str) -> dict[str, Any]:
        counts = {"points": len(points[0]), "other": len(points[-1])}
        said = text(key, language, step=snapshot.shown_step, **counts) if points[0] else ""
        return {
            "type": "batch",
            "run": snapshot.run,
            "step": snapshot.shown_step,
            "points": points,
            "text": said,
        }

    return worded


def _points(snapshot: Snapshot, recorder: Recorder, network: int) -> list[list[float]]:
    step, run = snapshot.shown_step, recorder.find(snapshot.run)
    if not step:
        return []
    spec = snapshot.spec if run is None else run.learnt_with(network, step)
    x = seen_data(spec).train_x
    rows = batch_before(step, len(x), spec.batch_size, spec.seed)
    return x[rows].round(6).tolist()
