"""Networks of all kinds with small whole weights, as modules and as programs of fractions."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# pyright: reportUnknownLambdaType=false
from tests.model.own.rational import Instruction, Map, combine

RELU = ((0,), (0, 1), (0, 0))
LEAKY = ((0,), (0.25, 1), (0, 0))
ABS = ((0,), (-1, 1), (0, 0))
RELU6 = ((0, 6), (0, 1, 0), (0, 0, 6))
HARDTANH = ((-1, 1), (0, 1, 0), (-1, 0, 1))


@dataclass
class Case:
    module: nn.Module
    program: list[Instruction]
    shape: tuple[int, ...] = (2,)


class Whole:
    """Small whole numbers, so that many lines meet in a point and many values are equal."""

    def __init__(self, seed: int, dtype: torch.dtype = torch.float32, bias: bool = True) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype, self.bias = dtype, bias

    def fill(self, module: nn.Module) -> None:
        for name, value in module.named_parameters():
            size = torch.randint(-2, 3, value.shape, generator=self.generator)
            if name.endswith("bias"):
                size = torch.randint(-4, 5, value.shape, generator=self.generator) / 2
                size = size if self.bias else 0 * size
            value.data = size.to(self.dtype)


def exact(value: float) -> Fraction:
    return Fraction(float(value))


def affine(f: Any, *shapes: tuple[int, ...]) -> Callable[..., list[Map]]:
    """The matrix of an affine f, by its values at the unit vectors: whole numbers do not round."""
    sizes = [int(torch.tensor(shape).prod()) for shape in shapes]
    total = sum(sizes)
    points = torch.cat([torch.zeros(1, total), torch.eye(total)]).double()
    parts = torch.split(points, sizes, dim=1)
    with torch.no_grad():
        y = f(*(p.reshape(-1, *s) for p, s in zip(parts, shapes, strict=True))).flatten(1)
    constant = [exact(v) for v in y[0]]
    rows = [[exact(v) for v in row] for row in (y[1:] - y[:1]).T]

    def apply(*inputs: list[Map]) -> list[Map]:
        maps = [m for part in inputs for m in part]
        return [combine(row, maps, c) for row, c in zip(rows, constant, strict=True)]

    return apply


def bend(out: str, name: str, kind: Any, units: int) -> Instruction:
    kinks, slopes, offsets = kind
    return Instruction(
        out, (name,), kinks=tuple(map(exact, kinks)),
        slopes=[list(map(exact, slopes))] * units, offsets=[list(map(exact, offsets))] * units,
    )  # fmt: skip


def double(module: Any) -> Any:
    """For the program alone: a copy of the same numbers."""
    return copy.deepcopy(module).double().eval()


def chain(whole: Whole, sizes: tuple[int, ...], activation: nn.Module, kind: Any) -> Case:
    layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
    module = nn.Sequential()
    program: list[Instruction] = []
    before = "x"
    for i, layer in enumerate(layers):
        whole.fill(layer)
        module.append(layer)
        program.append(Instruction(f"y{i}", (before,), affine(double(layer), (layer.in_features,))))
        before = f"y{i}"
        if i + 1 < len(layers):
            module.append(activation)
            program.append(bend(f"h{i}", before, kind, layer.out_features))
            before = f"h{i}"
    return Case(module, program)


def relu(seed: int) -> Case:
    return chain(Whole(seed), (2, 4, 4, 3, 2), nn.ReLU(), RELU)


def relu_without_biases(seed: int) -> Case:
    return chain(Whole(seed, bias=False), (2, 4, 4, 4, 2), nn.ReLU(inplace=True), RELU)


def leaky(seed: int) -> Case:
    return chain(Whole(seed), (2, 4, 4, 2), nn.LeakyReLU(0.25), LEAKY)


def relu6(seed: int) -> Case:
    return chain(Whole(seed), (2, 4, 3, 2), nn.ReLU6(), RELU6)


def hardtanh(seed: int) -> Case:
    return chain(Whole(seed, torch.bfloat16), (2, 4, 3, 3, 2), nn.Hardtanh(), HARDTANH)


class Absolute(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return abs(x)


def absolute(seed: int) -> Case:
    return chain(Whole(seed, torch.float16), (2, 3, 3, 3, 2), Absolute(), ABS)


class Residual(nn.Module):
    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Linear(2, width)
        self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(blocks)])
        self.last = nn.Linear(width, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = x + block(F.relu(x))
        return self.last(x)


def residual(seed: int) -> Case:
    module = Residual(3, 3)
    Whole(seed).fill(module)
    same = double(module)
    assert isinstance(same, Residual)
    program = [Instruction("x0", ("x",), affine(same.first, (2,)))]
    for i, block in enumerate(same.blocks):
        program.append(bend(f"h{i}", f"x{i}", RELU, 3))
        step = affine(lambda x, h, block=block: x + block(h), (3,), (3,))
        program.append(Instruction(f"x{i + 1}", (f"x{i}", f"h{i}"), step))
    program.append(Instruction("out", ("x3",), affine(same.last, (3,))))
    return Case(module, program)


class Doubled(nn.Module):
    """The same layer and the same activation, three times."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = self.act(self.inner(x)) - 1
        return x


def doubled(seed: int) -> Case:
    module = Doubled()
    Whole(seed).fill(module)
    same = double(module)
    assert isinstance(same, Doubled)
    program: list[Instruction] = []
    before = "x"
    for i in range(3):
        program += [
            Instruction(f"y{i}", (before,), affine(same.inner, (2,))),
            bend(f"h{i}", f"y{i}", RELU, 2),
            Instruction(f"z{i}", (f"h{i}",), affine(lambda h: h - 1, (2,))),
        ]
        before = f"z{i}"
    return Case(module.train(), program)


class Branches(nn.Module):
    """Chunks, slices, a concatenation, a maximum, a minimum and a clamp."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 4)
        self.last = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x).chunk(2, dim=1)
        high, low = torch.maximum(a, b), torch.minimum(a, b.relu())
        return self.last(torch.cat([high.clamp(max=2), low[:, 1:], low[:, :1]], 1))


def branches(seed: int) -> Case:
    module = Branches()
    Whole(seed).fill(module)
    same = double(module)
    assert isinstance(same, Branches)
    first = same.first
    program = [
        Instruction("y", ("x",), affine(first, (2,))),
        Instruction("a", ("y",), affine(lambda y: y[:, :2], (4,))),
        Instruction("b", ("y",), affine(lambda y: y[:, 2:], (4,))),
        Instruction("ab", ("a", "b"), affine(lambda a, b: torch.cat([a, b], 1), (2,), (2,))),
        Instruction("high", ("ab",), groups=[[0, 2], [1, 3]]),
        bend("r", "b", RELU, 2),
        Instruction("ar", ("a", "r"), affine(lambda a, r: -torch.cat([a, r], 1), (2,), (2,))),
        Instruction("minus", ("ar",), groups=[[0, 2], [1, 3]]),
        bend("c", "high", ((2,), (1, 0), (0, 2)), 2),
        Instruction(
            "out", ("c", "minus"),
            affine(lambda c, m: same.last(torch.cat([c, -m[:, 1:], -m[:, :1]], 1)), (2,), (2,)),
        ),
    ]  # fmt: skip
    return Case(module, program)


def pooled(seed: int) -> Case:
    """A convolution, ReLU and max-pooling over four: after a ReLU many zeros are equal."""
    module = nn.Sequential(
        nn.Conv2d(1, 2, 2, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
        nn.Flatten(), nn.Linear(8, 2),
    )  # fmt: skip
    Whole(seed).fill(module)
    same = double(module)
    index = torch.arange(32).reshape(2, 4, 4)
    groups = [
        index[k, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].flatten().tolist()
        for k in range(2) for i in range(2) for j in range(2)
    ]  # fmt: skip
    program = [
        Instruction("y", ("x",), affine(same[0], (1, 3, 3))),
        bend("h", "y", RELU, 32),
        Instruction("p", ("h",), groups=groups),
        Instruction("out", ("p",), affine(same[4], (8,))),
    ]
    return Case(module, program, (1, 3, 3))


def overlapping(seed: int) -> Case:
    """Max-pooling over three, with padding, of overlapping windows, then PReLU."""
    module = nn.Sequential(
        nn.Linear(2, 5), nn.Unflatten(1, (1, 5)), nn.MaxPool1d(3, stride=2, padding=1),
        nn.PReLU(), nn.AvgPool1d(2, stride=1), nn.Flatten(), nn.Linear(2, 2),
    )  # fmt: skip
    Whole(seed).fill(module)
    slopes: Any = module[3]
    nn.init.constant_(slopes.weight, 0.5)
    same = double(module)
    program = [
        Instruction("y", ("x",), affine(same[0], (2,))),
        Instruction("p", ("y",), groups=[[0, 1], [1, 2, 3], [3, 4]]),
        bend("h", "p", ((0,), (0.5, 1), (0, 0)), 3),
        Instruction("out", ("h",), affine(lambda h: same[4:](h[:, None]), (3,))),
    ]
    return Case(module, program)


def far_ones(seed: int) -> Case:
    """Max-pooling over 70 numbers, of which 10 are zeros once: more than a word has bits."""
    module = nn.Sequential(
        nn.Linear(2, 80), nn.Unflatten(1, (1, 80)), nn.ZeroPad1d((0, 10)),
        nn.MaxPool1d(70, stride=20), nn.Flatten(), nn.Linear(2, 2),
    )  # fmt: skip
    Whole(seed + 1).fill(module)
    same = double(module)
    program = [
        Instruction("y", ("x",), affine(same[:3], (2,))),
        Instruction("p", ("y",), groups=[list(range(70)), list(range(20, 90))]),
        Instruction("out", ("p",), affine(same[5], (2,))),
    ]
    return Case(module, program)


def normed(seed: int) -> Case:
    """BatchNorm left in training mode, statistics that are squares, a mean over places."""
    module = nn.Sequential(
        nn.Conv1d(1, 2, 3, padding=1, padding_mode="circular"), nn.BatchNorm1d(2, eps=0.0),
        nn.ReLU(inplace=True), nn.AdaptiveAvgPool1d(2), nn.Flatten(), nn.Dropout(),
        nn.Linear(4, 3), nn.ReLU(),
    )  # fmt: skip
    Whole(seed).fill(module)
    norm: Any = module[1]
    norm.running_var.fill_(0.25)
    norm.running_mean.fill_(0.5)
    same = double(module)
    program = [
        Instruction("y", ("x",), affine(same[:2], (1, 4))),
        bend("h", "y", RELU, 8),
        Instruction("z", ("h",), affine(lambda h: same[6](same[4](same[3](h))), (2, 4))),
        bend("out", "z", RELU, 3),
    ]
    return Case(module.train(), program, (1, 4))


def dead(seed: int) -> Case:
    case = chain(Whole(seed), (2, 4, 3, 3, 2), nn.ReLU(), RELU)
    linear: Any = case.module[2]  # pyright: ignore[reportIndexIssue]
    with torch.no_grad():
        linear.weight.copy_(-linear.weight.abs())
        linear.bias.copy_(-linear.bias.abs())
    case.program[2] = Instruction("y1", ("h0",), affine(double(linear), (4,)))
    return case


KINDS = (
    relu, relu_without_biases, leaky, relu6, hardtanh, absolute, residual, doubled, branches,
    pooled, overlapping, far_ones, normed, dead,
)  # fmt: skip
