"""The confusion matrix counts every point once."""

import torch

from cellscope.app.features.signal.confusion import confusion_part, counted
from cellscope.app.features.signal.measured import Look, Measured
from cellscope.model.spec import Spec
from cellscope.model.training.lockstep import Lockstep
from cellscope.model.training.snapshot import Snapshot


def trained(spec: Spec, steps: int) -> Snapshot:
    with torch.inference_mode():
        lockstep = Lockstep((spec,))
        for _ in range(steps):
            lockstep.advance()
        lockstep.networks[0].record()
        return lockstep.snapshot(version=1, run=0, status="paused", rate=0.0, error=None)


def test_rows_are_the_points_classes_and_the_diagonal_is_the_accuracy():
    spec = Spec(dataset="blobs", classes=4, samples=200, hidden=(8,))
    snapshot = trained(spec, steps=50)
    measured = Measured(snapshot)
    data = measured.data
    matrix = counted(measured, data.train_x, data.train_y)
    assert matrix.sum() == len(data.train_y)
    assert (matrix.sum(axis=1) == [(data.train_y == k).sum() for k in range(4)]).all()
    accuracy = snapshot.history[-1].train_accuracy
    assert abs(matrix.trace() / matrix.sum() - accuracy) < 1e-6
    made = confusion_part([measured], Look(language="de"))
    assert made.tables["confusion-test"].head == ["Test", "1", "2", "3", "4"]  # words have no room
    assert made.tables["confusion-test"].rows[0][0] == "Klasse 1"


def test_of_a_diverged_run_no_matrix_is_told_as_no_accuracy_is():
    spec = Spec(activation="identity")
    snapshot = trained(spec, steps=20)
    assert snapshot.own_status == "diverged"
    made = confusion_part([Measured(snapshot)], Look())
    assert all(not table.rows for table in made.tables.values())
    assert "diverged" in made.texts["confusion-why"]
