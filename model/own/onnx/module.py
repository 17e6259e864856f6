"""A graph of ONNX operations as a module: each is the function of torch that does the same.

What ends in labels (ArgMax, ZipMap, look-ups) is cut off, and a sigmoid with what makes two
probabilities of it: the output are the numbers before it. `OnnxModule.cut_off` says what.
"""

import math
from itertools import zip_longest
from typing import Any

import torch
from torch import Tensor, nn

from cellscope.model.files.onnx_file import FIELD, OnnxGraph, OnnxNode, read_onnx
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.onnx.chosen import chosen
from cellscope.model.own.onnx.known import OPERATIONS
from cellscope.model.own.onnx.registry import Dialect, refuse, whole
from cellscope.model.spec_error import SpecError, printable

MOST_NUMBERS = 2**20  # that an operation makes of one sample
LONGEST_FAILURE = 200  # characters of what torch says
MOST_PRODUCTS = 2**28  # of all operations, of one sample


class OnnxModule(nn.Module):
    """Runs a graph; `shape` is that of its input without the batch."""

    def __init__(self, graph: OnnxGraph) -> None:
        """Choose what is run.

        Raises
        ------
        UnsupportedLayer
            An operation that is not known, or no single output.
        """
        super().__init__()
        try:
            self.nodes, self.output, self.cut_off = chosen(graph)
        except UnsupportedLayer:
            raise
        except Exception:  # of whatever operations take, or do not
            raise UnsupportedLayer("", "onnx", "an operation does not take what it needs") from None
        self.at: OnnxNode | None = None  # what is run, or was at last
        self.input = graph.input
        self.shape = graph.shape[1:]
        self.dialect = Dialect(graph.opset, graph.shape[0] if graph.shape else 0)
        self.last = {name: i for i, node in enumerate(self.nodes) for name in node.inputs}
        used = self.last
        self.names: list[str] = []
        for name, array in graph.constants.items():
            if name in used:
                self.register_buffer(f"constant_{len(self.names)}", torch.from_numpy(array.copy()))
                self.names.append(name)

    def forward(self, x: Tensor) -> Tensor:
        known: dict[str, Any] = {
            name: self.get_buffer(f"constant_{i}") for i, name in enumerate(self.names)
        }
        known[self.input] = x
        work = 0
        for number, node in enumerate(self.nodes):
            self.at = node
            inputs = [known[name] if name else None for name in node.inputs]
            made, products = size_of(node, inputs)
            work += products
            if made > MOST_NUMBERS * len(x) or work > MOST_PRODUCTS * len(x):
                raise refuse(node, f"more than {MOST_NUMBERS} numbers, or too much to compute")
            try:
                found = OPERATIONS[node.op](self.dialect, node, inputs)
            except UnsupportedLayer as error:  # of torch's function, perhaps: here it has a name
                raise refuse(node, error.why) from None
            several = found if isinstance(found, list | tuple) else [found]
            known.update(zip(node.outputs, several, strict=False))
            for name in node.inputs:
                if self.last[name] == number and name != self.output:
                    known.pop(name, None)
        return known[self.output]


def onnx_in(data: bytes, path: str) -> OnnxModule:
    """The graph in a file's bytes, of inputs that are known and not too many.

    Raises
    ------
    SpecError
    UnsupportedLayer
    """
    module = OnnxModule(read_onnx(data, path))
    told = f"{module.input}: {module.shape}"
    if not module.shape or not all(module.shape):
        raise SpecError(FIELD, "onnx_shape", told)
    if math.prod(module.shape) > MOST_NUMBERS:
        raise SpecError(FIELD, "onnx_large", told, high=MOST_NUMBERS)
    return module


def tried(module: OnnxModule) -> None:
    """Run it once, on zeros: what can't be run is found before anything else is loaded.

    Raises
    ------
    UnsupportedLayer
        An operation that is refused.
    ValueError
        The operations do not fit each other or the input.
    """
    try:
        with torch.no_grad():
            module.double()(torch.zeros((3, *module.shape), dtype=torch.float64))
    except UnsupportedLayer:
        raise
    except Exception as error:
        first = (str(error).splitlines() or [""])[0]
        failure = printable(f"{type(error).__name__}: {first}"[:LONGEST_FAILURE])
        said = f"takes no inputs of shape {module.shape}: {failure}"
        raise ValueError(f"{FIELD}: {refuse(module.at, said) if module.at else said}") from None


def size_of(node: OnnxNode, inputs: list[Any]) -> tuple[int, int]:
    """At most how many numbers an operation makes, and products it takes for them.

    A file of few bytes can ask for any number of them, so it is asked before.
    """
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    most = sum(value.numel() for value in tensors)
    if node.op in ("MatMul", "Gemm") and len(tensors) > 1:
        inner = max(1, tensors[0].shape[-1] if tensors[0].ndim else 1)
        wide = max(tensors[1].shape, default=1)
        rows = max(1, tensors[0].numel() // inner)
        return rows * wide, rows * tensors[1].numel()
    if node.op == "ConstantOfShape":
        sizes = whole(inputs[0])
        return (math.prod(sizes) if min(sizes, default=0) >= 0 else 0), 0
    if node.op in ("Conv", "Pad", "AveragePool", "MaxPool"):
        pads = node.attributes.get("pads") or []
        if node.op == "Pad" and len(inputs) > 1:
            pads = whole(inputs[1])
        shape = list(tensors[0].shape)
        both = zip(pads, pads[len(pads) // 2 :], strict=False)
        ends = [abs(low) + abs(high) for low, high in both]
        for axis, end in enumerate(reversed(ends[: len(shape)])):
            shape[-1 - axis] += end
        made = math.prod(shape)
        if node.op != "Conv":
            return made, made * math.prod(node.attributes.get("kernel_shape") or [1])
        points = made // max(1, tensors[0].shape[1])
        return max(made, points * tensors[1].shape[0]), points * tensors[1].numel()
    if node.op == "Gather" and len(tensors) > 1:
        return tensors[0].numel() * max(1, tensors[1].numel()), most
    if len(tensors) > 1 and node.op != "Concat":
        made = math.prod(max(sizes) for sizes in zip_longest(
            *(reversed(value.shape) for value in tensors), fillvalue=1))  # fmt: skip
        return made, made
    return most, most
