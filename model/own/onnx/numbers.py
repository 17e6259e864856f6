"""Operations of ONNX that compute: sums, products, activations, and how a network ends."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from cellscope.model.files.onnx_file import OnnxNode
from cellscope.model.own.onnx.registry import (
    OPERATIONS,
    Dialect,
    Operation,
    operation,
    refuse,
    whole,
)


def _simple(call: Callable[..., Any]) -> Operation:
    return lambda file, node, inputs: call(*inputs)


for _name, _call in {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Neg": torch.neg,
    "Relu": torch.relu, "Abs": torch.abs, "MatMul": torch.matmul, "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid, "Softplus": F.softplus,
}.items():  # fmt: skip
    OPERATIONS[_name] = _simple(_call)


FLOATS, WHOLES = {1, 10, 11, 16}, {2, 3, 4, 5, 6, 7, 12, 13}  # the types that Cast may name


@operation("Cast")
def _cast(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    """All numbers are float64 or int64 here; whole ones are those of shapes."""
    x, to = inputs[0], node.attributes.get("to", 1)
    if to in FLOATS:
        return x if x.is_floating_point() else x.double()
    if to in WHOLES:
        return torch.trunc(x).to(torch.int64) if x.is_floating_point() else x
    raise refuse(node, f"type {to} is not honoured")


@operation("Div")
def _divided(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    a, b = inputs
    if a.is_floating_point() or b.is_floating_point():
        return torch.div(a, b)
    return torch.div(a, b, rounding_mode="trunc")


@operation("Mod")
def _rest(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    call: Any = torch.fmod if node.attributes.get("fmod", 0) else torch.remainder
    return call(*inputs)


@operation("ReduceL2")
def _norm(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    """Of weights, as weight norm has it."""
    axes = inputs[1] if len(inputs) > 1 and inputs[1] is not None else node.attributes.get("axes")
    keep = bool(node.attributes.get("keepdims", 1))
    dim = None if axes is None else whole(axes)
    return torch.linalg.vector_norm(inputs[0], dim=dim, keepdim=keep)


@operation("Identity", "Dropout")
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
    if slope.numel() == 1:
        return F.prelu(x, slope.flatten())
    own = slope[0] if slope.ndim == x.ndim and slope.shape[0] == 1 else slope
    try:
        every = own.expand(x.shape[1:])
    except RuntimeError:
        raise refuse(node, f"slopes of shape {tuple(slope.shape)} are not honoured") from None
    return F.prelu(x.flatten(1), every.flatten()).reshape(x.shape)


@operation("Clip")
def _clip(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    low = inputs[1] if len(inputs) > 1 else node.attributes.get("min")
    high = inputs[2] if len(inputs) > 2 else node.attributes.get("max")
    low, high = (None if v is None else float(v) for v in (low, high))
    if low is None and high is None:
        return inputs[0]
    if low == 0.0 and high is None:
        return torch.relu(inputs[0])
    return torch.clamp(inputs[0], min=low, max=high)


@operation("BatchNormalization")
def _batch_norm(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    if node.attributes.get("training_mode", 0):
        raise refuse(node, "training_mode is not honoured")
    x, scale, bias, mean, var = inputs
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, node.attributes.get("epsilon", 1e-5))


@operation("ReduceMean", "ReduceSum")
def _reduce(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    axes = inputs[1] if len(inputs) > 1 and inputs[1] is not None else node.attributes.get("axes")
    if axes is None or not whole(axes):  # all of them, or none
        if node.attributes.get("noop_with_empty_axes", 0):
            return inputs[0]
        raise refuse(node, "it mixes the samples of a batch")
    call: Any = torch.mean if node.op == "ReduceMean" else torch.sum
    return call(inputs[0], dim=whole(axes), keepdim=bool(node.attributes.get("keepdims", 1)))


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
