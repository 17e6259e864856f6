"""An experiment to take along: its weights as .safetensors, and a PyTorch script that trains it."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.live import Change
from cellscope.model.training.snapshot import Snapshot

SCRIPT, DATA = "train.py", "data.npz"
OPTIMIZERS = {
    "sgd": 'SGD(net.parameters(), lr=now["lr"])',
    "momentum": 'SGD(net.parameters(), lr=now["lr"], momentum=now["momentum"])',
    "adam": 'Adam(net.parameters(), lr=now["lr"])',
}
PENALTY = """\
    weights = [W for name, W in net.named_parameters() if name.endswith("weight")]
    loss = loss + now["l1"] * sum(W.abs().sum() for W in weights)
    loss = loss + now["l2"] / 2 * sum(W.square().sum() for W in weights)
"""
TEMPLATE = '''\
"""{named}: trained again in PyTorch.

Points and initial weights are in {data}; the batches are drawn here as they were there. Losses
agree to about 1e-6 in the first hundred steps. Then they drift: float32 sums that are added up in
another order are rounded otherwise, and training magnifies that. Where it ends is as good.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

now = {settings}  # of the training
CHANGES = {changes}  # step: what is otherwise from then on
STEPS = {steps}
SEED = {seed}  # of the batches

data = np.load(Path(__file__).with_name("{data}"))
x_train, x_test = (torch.tensor(data[name], dtype=torch.float32) for name in ("x_train", "x_test"))
y_train, y_test = (torch.tensor(data[name]) for name in ("y_train", "y_test"))

net = nn.Sequential(
{layers}
)
net.load_state_dict({{name: torch.tensor(data[name]) for name in net.state_dict()}})
optimizer = torch.optim.{optimizer}
loss_of = nn.CrossEntropyLoss()


def batch(step, size):
    """The points that a step sees: each epoch goes through all of them in an order of its own."""
    points = len(x_train)
    if size >= points:
        return slice(None)
    epoch, k = divmod(step, points // size)
    order = np.random.default_rng([SEED, epoch, 2]).permutation(points)
    return torch.from_numpy(order[k * size : (k + 1) * size])


def report(step):
    """Loss on all training points, accuracy on training and test points."""
    with torch.no_grad():
        logits = net(x_train)
        train = (logits.argmax(1) == y_train).float().mean()
        test = (net(x_test).argmax(1) == y_test).float().mean()
        loss = loss_of(logits, y_train)
        print(f"step {{step}}: loss {{loss:.9g}}, accuracy {{train:.4f}}, test {{test:.4f}}")


for step in range(STEPS):
    if step <= 100 or step % 100 == 0:
        report(step)
    if step in CHANGES:
        now |= CHANGES[step]
        for group in optimizer.param_groups:
            group |= {{name: now[name] for name in ("lr", "momentum") if name in now}}
    rows = batch(step, now["batch"])
    optimizer.zero_grad()
    loss = loss_of(net(x_train[rows]), y_train[rows])
{penalty}    loss.backward()
    optimizer.step()
report(STEPS)
'''


@dataclass(frozen=True, slots=True)
class Experiment:
    """A run up to a step: its settings at the start, what was changed, where it is now."""

    changes: Sequence[Change]
    snapshot: Snapshot

    @property
    def spec(self) -> Spec:
        return self.changes[0].spec


def weights_safetensors(snapshot: Snapshot) -> bytes:
    """The state dict of an `nn.Sequential` of Linear and activation, as .safetensors."""
    arrays = _state(snapshot.full_weights)
    return save(arrays, metadata={"activation": snapshot.spec.activation})


def script(experiment: Experiment, named: str) -> str:
    """A PyTorch script of ordinary style that trains the same network with the same batches."""
    spec, snapshot = experiment.spec, experiment.snapshot
    trained = [change for change in experiment.changes if change.step < snapshot.step]
    penalised = any(change.spec.l1 or change.spec.l2 for change in trained)
    start = _settings(spec, penalised)
    changes: dict[int, dict[str, float]] = {}
    before = start
    for change in trained[1:]:
        now = _settings(change.spec, penalised)
        other = {name: value for name, value in now.items() if value != before[name]}
        changes[change.step] = changes.get(change.step, {}) | other
        before = now
    return TEMPLATE.format(
        named=named,
        data=DATA,
        settings=start,
        changes=changes,
        steps=snapshot.step,
        seed=spec.seed,
        layers="\n".join(_modules(spec)),
        optimizer=OPTIMIZERS[spec.optimizer],
        penalty=PENALTY if penalised else "",
    )


def _settings(spec: Spec, penalised: bool) -> dict[str, float]:
    """What can be changed on the way, as far as it acts in this run."""
    found: dict[str, float] = {"lr": spec.learning_rate, "batch": spec.batch_size}
    if spec.optimizer == "momentum":
        found["momentum"] = spec.momentum
    return found | ({"l1": spec.l1, "l2": spec.l2} if penalised else {})


def _modules(spec: Spec) -> list[str]:
    lines: list[str] = []
    for k, (fan_in, fan_out) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False)):
        last = k == spec.layers - 1
        after = "" if last else f" nn.{spec.activations[k].module}(),"
        lines.append(f"    nn.Linear({fan_in}, {fan_out}),{after}")
    return lines


def experiment_zip(experiment: Experiment, named: str) -> bytes:
    """The script with points and initial weights beside it, and the weights it came to."""
    spec = experiment.spec
    data = make_data(spec)
    arrays: dict[str, Any] = {
        "x_train": data.train_x,
        "y_train": data.train_y,
        "x_test": data.test_x,
        "y_test": data.test_y,
        **_state(initial_weights(spec, data)),
    }
    beside, stream = BytesIO(), BytesIO()
    np.savez_compressed(beside, **arrays)
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(SCRIPT, script(experiment, named))
        archive.writestr(DATA, beside.getvalue())
        archive.writestr("weights.safetensors", weights_safetensors(experiment.snapshot))
    return stream.getvalue()


def _state(
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]],
) -> dict[str, NDArray[np.float32]]:
    """As `nn.Sequential` names them: between two Linear there is an activation."""
    state: dict[str, NDArray[np.float32]] = {}
    for k, (W, b) in enumerate(weights):
        state[f"{2 * k}.weight"] = np.ascontiguousarray(W, dtype=np.float32)
        state[f"{2 * k}.bias"] = np.ascontiguousarray(b, dtype=np.float32)
    return state
