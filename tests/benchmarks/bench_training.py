"""Optimizer steps per second: written out, as the live thread runs it, and with autograd.

Ratios compare what was measured in turns within one run, in CPU seconds of this process and on
one thread, so that other work on the machine matters little:

    python -m tests.benchmarks.bench_training
"""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import nn

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.batches import batch_slice, epoch_order
from cellscope.model.training.learner import Learner
from cellscope.model.training.trainer import Trainer

NETS = {"4-2": (4, 2), "8-8": (8, 8), "16×5": (16,) * 5, "64×5": (64,) * 5}
COMPARED = "8-8"  # with autograd, and the goal is
GOAL = 5.0
# TensorFlow Playground's own steps/s in a headless Chromium, with its picture: the ones seen.
PLAYGROUND = {"4-2": 800, "8-8": 330, "16×5": 60, "64×5": 9}
ROUNDS = 7
WARM_UP = 600  # steps: past the start, where the curve is scored at every step

Step = Callable[[], object]


def spec_of(net: str) -> Spec:
    return Spec(hidden=NETS[net], batch_size=10, learning_rate=0.03)


def written_out(spec: Spec) -> Step:
    data = make_data(spec)
    learner = Learner(spec, initial_weights(spec, data), data)

    def step() -> None:
        if not learner.step():
            raise RuntimeError("diverged")

    return step


def autograd(spec: Spec) -> Step:
    """The same network, batches and optimiser as a student writes them."""
    data = make_data(spec)
    x = torch.tensor(data.train_x, dtype=torch.float32)
    y = torch.tensor(data.train_y)
    layers: list[nn.Module] = []
    for W, b in initial_weights(spec, data):
        linear = nn.Linear(W.shape[1], W.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(W))
            linear.bias.copy_(torch.tensor(b))
        layers += [linear, nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=spec.learning_rate)
    state: dict[str, Any] = {"step": 0, "epoch": -1}

    def step() -> None:
        epoch, rows = batch_slice(state["step"], len(x), spec.batch_size)
        if epoch != state["epoch"]:
            order = torch.from_numpy(epoch_order(spec.seed, epoch, len(x)))
            state.update(epoch=epoch, x=x[order], y=y[order])
        optimizer.zero_grad()
        loss = loss_of(net(state["x"][rows]), state["y"][rows])
        loss.backward()
        optimizer.step()
        state["step"] += 1

    return step


def rate(step: Step, seconds: float) -> float:
    """Steps per CPU second."""
    count = 0
    began = time.process_time()
    while (elapsed := time.process_time() - began) < seconds:
        for _ in range(20):
            step()
        count += 20
    return count / elapsed


def trainer_rate(trainer: Trainer, seconds: float) -> float:
    """The live thread's steps per CPU second of the process, flat out, nobody watching."""
    trainer.suspend(False)
    first, began = trainer.settle(), time.process_time()
    time.sleep(seconds)
    trainer.suspend(True)
    last, ended = trainer.settle(), time.process_time()
    return (last.step - first.step) / (ended - began)


def bench_net(net: str, seconds: float) -> dict[str, float]:
    """Bare, live (and autograd, where compared), in turns."""
    spec = spec_of(net)
    bare, other = written_out(spec), autograd(spec)
    trainer = Trainer(spec)
    trainer.play()
    while trainer.settle().step < WARM_UP:
        time.sleep(0.01)
    trainer.suspend(True)
    rates: dict[str, list[float]] = {"bare": [], "live": [], "autograd": []}
    try:
        for _ in range(ROUNDS):
            with torch.inference_mode():
                rates["bare"].append(rate(bare, seconds))
            rates["live"].append(trainer_rate(trainer, seconds))
            rates["autograd"].append(rate(other, seconds))
    finally:
        trainer.close()
    pairs = zip(rates["bare"], rates["autograd"], rates["live"], strict=True)
    ratios = [(ours / theirs, live / ours) for ours, theirs, live in pairs]
    return {
        "steps_per_second": round(median(rates["bare"])),
        "live_steps_per_second": round(median(rates["live"])),
        "autograd_steps_per_second": round(median(rates["autograd"])),
        "times_autograd": round(median(ratio for ratio, _ in ratios), 2),
        "live_share": round(median(share for _, share in ratios), 3),
        "playground_steps_per_second": PLAYGROUND[net],
    }


def run(seconds: float = 0.3) -> dict[str, Any]:
    """Measure all nets; a value for JSON."""
    torch.set_num_threads(1)
    nets = {net: bench_net(net, seconds) for net in NETS}
    times = nets[COMPARED]["times_autograd"]
    return {
        "benchmark": "training",
        "batch_size": 10,
        "threads": torch.get_num_threads(),
        "nets": nets,
        "goals": {
            f"times_autograd_{COMPARED}": {"value": times, "at_least": GOAL, "met": times >= GOAL}
        },
    }


def table(result: dict[str, Any]) -> str:
    head = f"{'net':6}{'steps/s':>10}{'live':>10}{'share':>8}{'autograd':>10}{'times':>8}"
    lines = [head + f"{'Playground':>12}"]
    for net, row in result["nets"].items():
        lines.append(
            f"{net:6}{row['steps_per_second']:>10,}{row['live_steps_per_second']:>10,}"
            f"{row['live_share']:>8.0%}{row['autograd_steps_per_second']:>10,}"
            f"{row['times_autograd']:>7.1f}×{row['playground_steps_per_second']:>12,}"
        )
    return "\n".join(lines)


def main() -> dict[str, Any]:
    result = run()
    print("Optimizer steps per CPU second, batch 10, one thread")
    print(table(result))
    return result


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
