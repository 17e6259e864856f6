"""The confusion matrix: which class is taken for which, on training and on test points."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellscope.app.features.signal.measured import Look, Measured
from cellscope.app.features.signal.parts import NO_TABLE, Made
from cellscope.app.text.numbers import grouped
from cellscope.app.text.tables import Table
from cellscope.app.text.texts import text
from cellscope.model.inside import signals
from cellscope.model.own.on_page.scene import outputs_of

FEW = 3  # classes whose columns have room for the word; of more they are numbered, as the rows say


def confusion_part(networks: Sequence[Measured], look: Look) -> Made:
    """Rows are the true classes, columns those that are chosen; of the network looked at."""
    network = networks[1] if look.which == "b" and len(networks) > 1 else networks[0]
    diverged = network.snapshot.own_status == "diverged"
    why = {"confusion-why": text("confusion.diverged", look.language) if diverged else ""}
    if network.spec.is_regression or not network.spec.labelled or diverged:
        nothing = {"confusion-train": NO_TABLE, "confusion-test": NO_TABLE}
        return Made(tables=nothing, texts=why)
    data = network.data
    tables = {
        f"confusion-{name}": _table(network, x, y, look.language, name)
        for name, x, y in (
            ("train", data.train_x, data.train_y),
            ("test", data.test_x, data.test_y),
        )
    }
    return Made(tables=tables, texts=why)


def counted(network: Measured, x: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many points of each class get each class. (classes, classes)"""
    logits = _logits(network, x)
    classes = network.spec.classes
    chosen = logits.argmax(axis=0)
    return np.bincount(y * classes + chosen, minlength=classes * classes).reshape(classes, classes)


def _logits(network: Measured, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(classes, n)"""
    opened = network.spec.opened
    if opened is not None and opened.graph is not None:
        return outputs_of(opened, x).T
    *_, (logits, _) = signals(network.snapshot, x)
    return logits


def _table(
    network: Measured, x: NDArray[np.float64], y: NDArray[np.int64], language: str, name: str
) -> Table:
    matrix = counted(network, x, y)
    names = [text("confusion.class", language, number=k + 1) for k in range(len(matrix))]
    columns = names if len(names) <= FEW else [str(k + 1) for k in range(len(names))]
    return Table(
        [text(f"confusion.{name}", language), *columns],
        [[each, *(grouped(int(n)) for n in row)] for each, row in zip(names, matrix, strict=True)],
        frozenset((k, k + 1) for k in range(len(matrix))),
    )
