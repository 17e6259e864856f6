"""Operations of ONNX that move numbers, and the arithmetic of shapes that says where to."""

from typing import Any

import torch
import torch.nn.functional as F

from cellscope.model.files.onnx_file import OnnxNode
from cellscope.model.own.onnx.registry import Dialect, operation, refuse, whole


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


@operation("ArrayFeatureExtractor")
def _columns(file: Dialect, node: OnnxNode, inputs: list[Any]) -> Any:
    """Chosen by scikit-learn's ColumnTransformer and feature selection: of the last axis."""
    x, index = inputs
    return torch.index_select(x, x.ndim - 1, index.to(torch.int64).flatten())


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
