"""What is run of a graph of ONNX: all but the labels, up to the numbers before them."""

from dataclasses import replace
from typing import Any

from cellscope.model.files.onnx_file import OnnxGraph, OnnxNode
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.onnx.curves import with_curves
from cellscope.model.own.onnx.known import OPERATIONS
from cellscope.model.own.onnx.registry import refuse, whole
from cellscope.model.spec_error import shorten

LABELS = {
    "ArgMax", "ArgMin", "ZipMap", "ArrayFeatureExtractor", "LabelEncoder", "TopK", "OneHot",
    "Binarizer", "CategoryMapper",
}  # fmt: skip
PLAIN = {"Identity", "Cast", "Concat", "Sub", "Reshape", "Squeeze", "Unsqueeze", "Flatten"}
COLUMNS = "ArrayFeatureExtractor"  # of labels, or of inputs and probabilities
MOST_OUTPUTS = 32  # of which each may be a part of one, compared with each other
PARTS = {"Identity", "Cast", "Reshape", "Squeeze", "Flatten", "Slice", "Gather", "Split", COLUMNS}


def chosen(graph: OnnxGraph) -> tuple[tuple[OnnxNode, ...], str, tuple[str, ...]]:
    """The operations that are run, in order; the output; and what was cut off."""
    graph = replace(graph, nodes=with_curves(graph))
    made = {name: node for node in graph.nodes for name in node.outputs}
    gone: set[str] = set()
    for node in graph.nodes:
        if _makes_labels(node, graph, made) or any(name in gone for name in node.inputs):
            gone |= set(node.outputs)
    kept = [name for name in graph.outputs if name not in gone]
    if not kept:  # labels alone: what they were made of
        kept = [
            name
            for node in graph.nodes
            if _makes_labels(node, graph, made)
            for name in node.inputs
            if name in made and name not in gone and made[name].op != "Constant"
        ]
    if len(kept) > MOST_OUTPUTS:
        raise UnsupportedLayer("", "onnx", f"{len(kept)} outputs, not one")
    kept = [n for n in dict.fromkeys(kept) if not any(_is_before(n, o, made) for o in kept)]
    kept = [n for n in kept if not any(_is_in(n, o, made) for o in kept)]
    whole_output = _made_of(kept, made)
    if whole_output is None:
        raise UnsupportedLayer("", "onnx", f"{len(kept)} outputs, not one")
    output = _before_the_sigmoid(_before_a_column(whole_output, made, graph), made)
    needed, waiting = set[str](), [output]
    while waiting:
        node = made.get(waiting.pop())
        if node is not None and node.outputs[0] not in needed:
            needed.add(node.outputs[0])
            waiting += [name for name in node.inputs if name]
    nodes = tuple(n for n in graph.nodes if n.outputs and n.outputs[0] in needed)
    for node in nodes:
        if node.op not in OPERATIONS:
            raise refuse(node, "it has no exact cells")
    known = {graph.input, "", *graph.constants}
    for node in nodes:
        unknown = [name for name in node.inputs if name not in known]
        if unknown:
            raise refuse(node, f"{shorten(unknown[0])!r} comes from nowhere")
        known |= set(node.outputs)
    if not output or output not in known:
        raise UnsupportedLayer("", "onnx", f"its output {shorten(output)!r} comes from nowhere")
    cut = tuple(n.op for n in graph.nodes if n.outputs and n.outputs[0] not in needed)
    return nodes, output, tuple(op for op in cut if op != "Constant")


def _makes_labels(node: OnnxNode, graph: OnnxGraph, made: dict[str, OnnxNode]) -> bool:
    """Whether it does; fixed columns are chosen by pipelines before the network, too."""
    if node.op == COLUMNS and len(node.inputs) == 2:
        index = node.inputs[1]
        return not (index in graph.constants or (index in made and made[index].op == "Constant"))
    return node.op in LABELS


def _is_before(name: str, other: str, made: dict[str, OnnxNode]) -> bool:
    """Whether something is made of another thing by what changes no order: a cast, a copy."""
    while other in made and other != name and made[other].op in ("Identity", "Cast", "Reshape"):
        other = made[other].inputs[0]
        if other == name:
            return True
    return False


def _is_in(name: str, other: str, made: dict[str, OnnxNode]) -> bool:
    """Whether it is the probability p where the other is 1 − p and p side by side."""
    before = _before_the_sigmoid(other, made)
    node = made.get(name)
    ends = node is not None and node.op == "Sigmoid" and node.inputs[0] == before
    return ends and before != other


def _made_of(names: list[str], made: dict[str, OnnxNode]) -> str | None:
    """The one thing that these are parts of, such as columns of the probabilities."""
    ways: list[list[str]] = []
    for name in names:
        way = [name]
        while (node := made.get(way[-1])) is not None and node.op in PARTS:
            way.append(node.inputs[0])
        ways.append(way)
    shared = [name for name in (ways[0] if ways else []) if all(name in way for way in ways)]
    return shared[0] if shared else None


def _before_a_column(output: str, made: dict[str, OnnxNode], graph: OnnxGraph) -> str:
    """What scikit-learn's exporter puts into one column at the end, however many it had."""
    node = made.get(output)
    if node is None or node.op != "Reshape" or len(node.inputs) < 2:
        return output
    given = made.get(node.inputs[1])
    to: Any = given.attributes.get("value") if given else graph.constants.get(node.inputs[1])
    column = to is not None and whole(to) == [-1, 1]
    return node.inputs[0] if column and node.inputs[0] in made else output


def _before_the_sigmoid(output: str, made: dict[str, OnnxNode]) -> str:
    """What goes into a sigmoid from which 1 − p and p are made side by side, else the output."""
    name, joined = output, False
    while (node := made.get(name)) is not None:
        if node.op == "Sigmoid":
            return node.inputs[0] if joined else output
        if node.op not in PLAIN:
            return output
        joined |= node.op == "Concat"
        inner = [n for n in node.inputs if n in made and made[n].op != "Constant"]
        if not inner:
            return output
        name = inner[-1]
    return output
