"""Operations of ONNX that look through a window: convolutions and pooling, with their padding."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.files.onnx_file import OnnxNode
from cellscope.model.own.onnx.registry import Dialect, operation, refuse, whole


def pads_of(node: OnnxNode, x: Tensor) -> tuple[list[int], list[int]]:
    """What the padding of an operation adds at the low ends and at the high ends."""
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
    return pads[:axes], pads[axes:]


def padded(x: Tensor, low: list[int], high: list[int], mode: str = "constant") -> Tensor:
    """x with zeros, or what its ends are, around its last axes."""
    both = zip(reversed(low), reversed(high), strict=True)
    return F.pad(x, [p for ends in both for p in ends], mode=mode)


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
    pads, high = pads_of(node, x)
    if pads != high:
        x, pads = padded(x, pads, high), [0] * axes
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
    x = inputs[0]
    low, high = pads_of(node, x)
    as_torch = low == high and all(2 * p <= k for p, k in zip(low, kernel, strict=True))
    if not as_torch and (ceil or any(d != 1 for d in dilations)):
        raise refuse(node, "padding at one end only is not honoured here")
    if node.op == "MaxPool":
        call: Any = F.max_pool1d if axes == 1 else F.max_pool2d
        if as_torch:
            return call(x, kernel, strides, low, dilations, ceil)
        if any(p >= k for p, k in zip(low + high, kernel * 2, strict=True)):
            raise refuse(node, "this padding is not honoured")
        # A window that reaches beyond the end has the end itself in it, too.
        return call(padded(x, low, high, "replicate"), kernel, strides)
    if any(d != 1 for d in dilations):
        raise refuse(node, "dilations are not honoured")
    average: Any = F.avg_pool1d if axes == 1 else F.avg_pool2d
    if as_torch:
        return average(x, kernel, strides, low, ceil, counted)
    found = average(padded(x, low, high), kernel, strides)
    if counted:
        return found
    ones = torch.ones((1, *x.shape[1:]), dtype=x.dtype)
    return found / average(padded(ones, low, high), kernel, strides)


@operation("GlobalAveragePool")
def _global(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    return torch.mean(inputs[0], dim=list(range(2, inputs[0].ndim)), keepdim=True)


@operation("GlobalMaxPool")
def _largest(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    x = inputs[0]
    if x.ndim not in (3, 4):
        raise refuse(node, f"{x.ndim - 2} axes are not honoured")
    return (F.max_pool1d if x.ndim == 3 else F.max_pool2d)(x, x.shape[2:])
