"""Operations of ONNX: each is the function of torch that does the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.files.onnx_file import OnnxNode
from cellscope.model.own.errors import UnsupportedLayer


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an operation's meaning depends on: the opset, and the file's own batch; 0: any."""

    opset: int
    batch: int


Operation = Callable[[Dialect, OnnxNode, list[Any]], Any]
OPERATIONS: dict[str, Operation] = {}


def operation(*names: str) -> Callable[[Operation], Operation]:
    """Register what an operation does."""

    def register(made: Operation) -> Operation:
        OPERATIONS.update(dict.fromkeys(names, made))
        return made

    return register


def refuse(node: OnnxNode, why: str) -> UnsupportedLayer:
    """What is raised for an operation."""
    return UnsupportedLayer(node.name or node.outputs[0], node.op, why)


def whole(value: Any) -> list[int]:
    """A constant of whole numbers as a list."""
    return [int(v) for v in np.atleast_1d(np.asarray(value)).ravel()]


def _simple(call: Callable[..., Any]) -> Operation:
    return lambda file, node, inputs: call(*inputs)


for _name, _call in {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Neg": torch.neg,
    "Relu": torch.relu, "Abs": torch.abs, "MatMul": torch.matmul, "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid, "Softplus": F.softplus,
}.items():  # fmt: skip
    OPERATIONS[_name] = _simple(_call)


@operation("Identity", "Cast", "Dropout")
def _same(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return inputs[0]


@operation("Constant")
def _constant(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    for name, value in node.attributes.items():
        if name == "value" and value is not None:
            return torch.from_numpy(value.copy())
        if name in ("value_float", "value_floats"):
            return torch.tensor(value, dtype=torch.float64)
        if name in ("value_int", "value_ints"):
            return torch.tensor(value)
    raise refuse(node, "its value can't be read")


@operation("Sum")
def _sum(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    total = inputs[0]
    for value in inputs[1:]:
        total = total + value
    return total


@operation("Max", "Min")
def _larger(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    call = torch.maximum if node.op == "Max" else torch.minimum
    found = inputs[0]
    for value in inputs[1:]:
        found = call(found, value)
    return found


@operation("Gemm")
def _gemm(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    get = node.attributes.get
    a, b = inputs[0], inputs[1]
    if get("transA", 0):
        raise refuse(node, "transA mixes the samples of a batch")
    alpha, beta = get("alpha", 1.0), get("beta", 1.0)
    W = b.T if get("transB", 0) else b
    y = torch.matmul(a, W if alpha == 1.0 else alpha * W)
    if len(inputs) > 2 and inputs[2] is not None:
        y = y + (inputs[2] if beta == 1.0 else beta * inputs[2])
    return y


@operation("LeakyRelu")
def _leaky(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return F.leaky_relu(inputs[0], node.attributes.get("alpha", 0.01))


@operation("PRelu")
def _prelu(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, slope = inputs
    flat = slope.flatten()
    if flat.numel() == 1:
        return F.prelu(x, flat)
    if slope.ndim and slope.shape[0] == flat.numel() and slope.ndim == x.ndim - 1:
        return F.prelu(x, flat)  # one a channel
    if x.ndim == 2 and flat.numel() == x.shape[1]:
        return F.prelu(x, flat)
    raise refuse(node, f"slopes of shape {tuple(slope.shape)} are not honoured")


@operation("Clip")
def _clip(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    low = inputs[1] if len(inputs) > 1 else node.attributes.get("min")
    high = inputs[2] if len(inputs) > 2 else node.attributes.get("max")
    low, high = (None if v is None else float(v) for v in (low, high))
    if low == 0.0 and high is None:
        return torch.relu(inputs[0])
    return torch.clamp(inputs[0], min=low, max=high)


@operation("BatchNormalization")
def _batch_norm(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    if node.attributes.get("training_mode", 0):
        raise refuse(node, "training_mode is not honoured")
    x, scale, bias, mean, var = inputs
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, node.attributes.get("epsilon", 1e-5))


def padded(node: OnnxNode, x: Tensor, value: float | None) -> tuple[Tensor, list[int]]:
    """x with what the padding of an operation adds at one end only; what is left for both."""
    get = node.attributes.get
    axes = x.ndim - 2
    mode = get("auto_pad", "NOTSET")
    pads = whole(get("pads", [0] * (2 * axes)))
    if mode == "VALID":
        pads = [0] * (2 * axes)
    elif mode in ("SAME_UPPER", "SAME_LOWER"):
        pads = _same_size(node, x, mode)
    elif mode != "NOTSET":
        raise refuse(node, f"auto_pad {mode} is not honoured")
    low, high = pads[:axes], pads[axes:]
    if low == high:
        return x, low
    if value is None:
        raise refuse(node, "padding at one end only is not honoured")
    order = [p for axis in reversed(range(axes)) for p in (low[axis], high[axis])]
    return F.pad(x, order, value=value), [0] * axes


def _same_size(node: OnnxNode, x: Tensor, mode: str) -> list[int]:
    get = node.attributes.get
    kernel = whole(get("kernel_shape"))
    stride = whole(get("strides", [1] * len(kernel)))
    dilation = whole(get("dilations", [1] * len(kernel)))
    low, high = list[int](), list[int]()
    for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
        small, large = total // 2, total - total // 2
        low.append(small if mode == "SAME_UPPER" else large)
        high.append(large if mode == "SAME_UPPER" else small)
    return low + high


@operation("Conv")
def _conv(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    get = node.attributes.get
    x, W, b = inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else None
    axes = W.ndim - 2
    if axes not in (1, 2):
        raise refuse(node, f"{axes} axes are not honoured")
    node.attributes.setdefault("kernel_shape", list(W.shape[2:]))
    x, pads = padded(node, x, 0.0)
    call = F.conv1d if axes == 1 else F.conv2d
    strides, dilations = whole(get("strides", [1] * axes)), whole(get("dilations", [1] * axes))
    return call(x, W, b, strides, pads, dilations, get("group", 1))


@operation("MaxPool", "AveragePool")
def _pool(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    get = node.attributes.get
    kernel = whole(get("kernel_shape"))
    axes = len(kernel)
    if axes not in (1, 2):
        raise refuse(node, f"{axes} axes are not honoured")
    strides, dilations = whole(get("strides", [1] * axes)), whole(get("dilations", [1] * axes))
    ceil, counted = bool(get("ceil_mode", 0)), bool(get("count_include_pad", 0))
    if node.op == "MaxPool":
        x, pads = padded(node, inputs[0], None)
        call: Any = F.max_pool1d if axes == 1 else F.max_pool2d
        return call(x, kernel, strides, pads, dilations, ceil)
    if any(d != 1 for d in dilations):
        raise refuse(node, "dilations are not honoured")
    x, pads = padded(node, inputs[0], 0.0 if counted else None)
    average: Any = F.avg_pool1d if axes == 1 else F.avg_pool2d
    return average(x, kernel, strides, pads, ceil, counted)


@operation("GlobalAveragePool")
def _global(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return torch.mean(inputs[0], dim=list(range(2, inputs[0].ndim)), keepdim=True)


@operation("ReduceMean", "ReduceSum")
def _reduce(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    axes = inputs[1] if len(inputs) > 1 and inputs[1] is not None else node.attributes.get("axes")
    if axes is None:
        raise refuse(node, "it mixes the samples of a batch")
    call: Any = torch.mean if node.op == "ReduceMean" else torch.sum
    return call(inputs[0], dim=whole(axes), keepdim=bool(node.attributes.get("keepdims", 1)))


@operation("Flatten")
def _flatten(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    if node.attributes.get("axis", 1) != 1:
        raise refuse(node, "its axis mixes the samples of a batch")
    return torch.flatten(inputs[0], 1)


@operation("Reshape")
def _reshape(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x = inputs[0]
    target = whole(inputs[1] if len(inputs) > 1 else node.attributes.get("shape"))
    if not node.attributes.get("allowzero", 0):
        target = [x.shape[i] if n == 0 else n for i, n in enumerate(target)]
    if file.batch and target and target[0] == file.batch:
        target[0] = x.shape[0]  # the file's own batch
    return torch.reshape(x, target)


@operation("Transpose")
def _transpose(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    order = node.attributes.get("perm") or list(reversed(range(inputs[0].ndim)))
    return inputs[0].permute(whole(order))


@operation("Squeeze", "Unsqueeze")
def _axes(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x = inputs[0]
    given = inputs[1] if len(inputs) > 1 else node.attributes.get("axes")
    if given is None:
        raise refuse(node, "it needs axes")
    if node.op == "Squeeze":
        for axis in sorted((a % x.ndim for a in whole(given)), reverse=True):
            x = torch.squeeze(x, axis)
        return x
    for axis in sorted(a % (x.ndim + len(whole(given))) for a in whole(given)):
        x = torch.unsqueeze(x, axis)
    return x


@operation("Pad")
def _pad(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, get = inputs[0], node.attributes.get
    pads = whole(inputs[1] if len(inputs) > 1 else get("pads"))
    value = inputs[2] if len(inputs) > 2 and inputs[2] is not None else get("value", 0.0)
    if len(inputs) > 3 and inputs[3] is not None:
        raise refuse(node, "axes are not honoured")
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}.get(
        get("mode", "constant")
    )
    if mode is None or len(pads) != 2 * x.ndim or pads[0] or pads[x.ndim]:
        raise refuse(node, "this padding is not honoured")
    order = [p for axis in reversed(range(x.ndim)) for p in (pads[axis], pads[x.ndim + axis])]
    if mode == "constant":
        return F.pad(x, order[:-2], value=float(value))
    if any(order[-4:]):
        raise refuse(node, "this padding is not honoured")
    return F.pad(x, order[:-4], mode=mode)


@operation("Concat")
def _concat(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return torch.cat(inputs, dim=node.attributes.get("axis", 0))


@operation("Split")
def _split(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, axis = inputs[0], node.attributes.get("axis", 0)
    given = inputs[1] if len(inputs) > 1 else node.attributes.get("split")
    if given is not None:
        return torch.split(x, whole(given), axis)
    size = -(-x.shape[axis] // max(1, node.attributes.get("num_outputs", len(node.outputs))))
    return torch.split(x, max(1, size), axis)


@operation("Scaler")
def _scaler(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    get = node.attributes.get
    offset, scale = get("offset") or 0.0, get("scale") or 1.0
    return (inputs[0] - torch.tensor(offset, dtype=torch.float64)) * torch.tensor(
        scale, dtype=torch.float64
    )


@operation("Softmax", "LogSoftmax")
def _softmax(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    call = torch.softmax if node.op == "Softmax" else torch.log_softmax
    return call(inputs[0], node.attributes.get("axis", -1 if file.opset >= 13 else 1))


@operation("Elu")
def _elu(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return F.elu(inputs[0], node.attributes.get("alpha", 1.0))


@operation("Gelu")
def _gelu(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return F.gelu(inputs[0], approximate=node.attributes.get("approximate", "none"))


@operation("Swish")
def _swish(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    if node.attributes.get("alpha", 1.0) != 1.0:
        raise refuse(node, "alpha is not honoured")
    return F.silu(inputs[0])


@operation("LayerNormalization")
def _layer_norm(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, get = inputs[0], node.attributes.get
    scale, bias = [*inputs[1:], None][:2]
    return F.layer_norm(x, x.shape[get("axis", -1) :], scale, bias, get("epsilon", 1e-5))


# --- arithmetic of shapes: whole numbers that do not depend on the input's values ----------------


@operation("Shape")
def _shape(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    get, sizes = node.attributes.get, list(inputs[0].shape)
    return torch.tensor(sizes[get("start", 0) : get("end", len(sizes))], dtype=torch.int64)


@operation("ConstantOfShape")
def _filled(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    value = node.attributes.get("value")
    one = torch.zeros(1) if value is None else torch.from_numpy(value.copy())
    return one.reshape(()).expand(whole(inputs[0])).clone()


@operation("Gather")
def _gather(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, axis = inputs[0], node.attributes.get("axis", 0)
    index = inputs[1].to(torch.int64)
    if index.ndim == 0:
        return torch.select(x, axis, int(index))
    if index.ndim > 1:
        raise refuse(node, "indices of several axes are not honoured")
    return torch.index_select(x, axis, index % x.shape[axis])


@operation("Slice")
def _slice(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x, get = inputs[0], node.attributes.get
    rest = [*inputs[1:], None, None, None, None][:4]
    starts = whole(rest[0] if rest[0] is not None else get("starts"))
    ends = whole(rest[1] if rest[1] is not None else get("ends"))
    axes = rest[2] if rest[2] is not None else get("axes", list(range(len(starts))))
    steps = whole(rest[3]) if rest[3] is not None else [1] * len(starts)
    chosen_parts: list[Any] = [slice(None)] * x.ndim
    for axis, start, end, step in zip(whole(axes), starts, ends, steps, strict=True):
        if step == 0:
            raise refuse(node, "a step of 0 is not honoured")
        part = slice(start, end, step)
        if step > 0:
            chosen_parts[axis] = part
        else:  # which torch's own slices do not know
            places = range(*part.indices(x.shape[axis]))
            x = torch.index_select(x, axis, torch.tensor([*places], dtype=torch.int64))
    return x[tuple(chosen_parts)]
