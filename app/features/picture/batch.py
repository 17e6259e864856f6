"""Which training points the step before has learnt from."""

from typing import Any

from cellscope.app.features.picture.line_queries import Worded
from cellscope.app.text.texts import text
from cellscope.model.datasets import seen_data
from cellscope.model.training.batches import batch_before
from cellscope.model.training.snapshot import Snapshot


def batch_answer(snapshot: Snapshot) -> Worded:
    """Their places in the picture, of each network; none before the first step."""
    shown = [snapshot] if snapshot.other is None else [snapshot, snapshot.other]
    points = [_points(one) for one in shown]
    key = "batch.ringed" if len(points) == 1 else "batch.ringed.both"

    def worded(language: str) -> dict[str, Any]:
        counts = {"points": len(points[0]), "other": len(points[-1])}
        said = text(key, language, step=snapshot.shown_step, **counts) if points[0] else ""
        return {
            "type": "batch",
            "step": snapshot.shown_step,
            "points": points,
            "text": said,
        }

    return worded


def _points(snapshot: Snapshot) -> list[list[float]]:
    x = seen_data(snapshot.spec).train_x
    step = snapshot.shown_step
    if not step:
        return []
    rows = batch_before(step, len(x), snapshot.spec.batch_size, snapshot.spec.seed)
    return x[rows].round(6).tolist()
