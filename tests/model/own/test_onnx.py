"""Graphs in .onnx files: the module's own numbers, what is cut off, and files that are wrong."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.counting.count import count
from cellscope.model.own.cells import show
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.result import ExactCells
from cellscope.model.own.sources import FileNetwork, network_of_file
from cellscope.model.spec import SpecError
from tests.model.files.onnx_writer import field, info, model, node, tensor

Arrays = dict[str, Any]


def numbers(seed: int, **shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}


def written(path: Path, data: bytes) -> str:
    (path / "network.onnx").write_bytes(data)
    return str(path / "network.onnx")


def read(path: Path, data: bytes) -> FileNetwork:
    return network_of_file(written(path, data))


def tensors(arrays: Arrays) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.asarray(a)).double() for name, a in arrays.items()}


def outputs(network: FileNetwork, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((5, *network.inputs), generator=generator, dtype=torch.float64)
    return x, network.module(x)


MLP = numbers(0, A=(6, 2), a=(6,), B=(6, 3), b=(3,))
MLP_NODES = [
    node("Gemm", "x A a", "h", transB=1),
    node("Relu", "h", "r"),
    node("MatMul", "r B", "m"),
    node("Add", "m b", "out"),
]


def test_a_fully_connected_graph_is_the_network_of_its_weights(tmp_path: Path) -> None:
    path = written(tmp_path, model(MLP_NODES, MLP, ("n", 2)))
    weights = [(MLP["A"], MLP["a"]), (MLP["B"].T, MLP["b"])]
    for layer in (1, 2):
        assert show(path, layer=layer).result.counts == show(weights, layer=layer).result.counts
    assert count(path)["linear_regions"] == count(weights)["linear_regions"]


def test_convolutions_pools_and_reshapes_are_those_of_torch(tmp_path: Path) -> None:
    arrays = numbers(1, W=(3, 2, 3, 3), w=(3,), g=(3,), s=(3,), m=(3,), L=(12, 4), p=(3, 1, 1))
    arrays |= {"v": np.array([0.5, 1.0, 2.0], np.float32), "to": np.array([0, -1])}
    arrays |= {
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
        "low": np.float32(-1),
        "high": np.float32(1),
    }
    nodes = [
        node("Pad", "x pads", "padded", mode="constant"),
        node("Conv", "padded W w", "c", strides=[1, 1], pads=[0, 0, 0, 0], kernel_shape=[3, 3]),
        node("BatchNormalization", "c g s m v", "n", epsilon=0.5),
        node("PRelu", "n p", "r"),
        node("MaxPool", "r", "q", kernel_shape=[2, 2], strides=[2, 2]),
        node("AveragePool", "q", "k", kernel_shape=[2, 2], strides=[1, 1], pads=[1, 1, 0, 0],
             count_include_pad=1),
        node("Clip", "k low high", "l"),
        node("Reshape", "l to", "f"),
        node("MatMul", "f L", "y"),
        node("Softmax", "y", "out", axis=1),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, arrays, (1, 2, 4, 4)))
    x, own = outputs(network)
    t = tensors(arrays)
    y = F.conv2d(F.pad(x, (1, 1, 1, 1)), t["W"], t["w"])
    y = F.batch_norm(y, t["m"], t["v"], t["g"], t["s"], eps=0.5)
    y = F.max_pool2d(F.prelu(y, t["p"].flatten()), 2)
    y = F.avg_pool2d(F.pad(y, (1, 0, 1, 0)), 2, 1).clamp(-1, 1)
    assert torch.allclose(own, torch.softmax(y.flatten(1) @ t["L"], 1), atol=1e-12)
    assert network.layers == 4
    assert network.inputs == (2, 4, 4)


def test_shapes_that_a_graph_computes_and_a_batch_of_its_own_are_followed(tmp_path: Path) -> None:
    arrays = numbers(2, A=(4, 6), B=(6, 2)) | {"first": np.int64(0), "rest": np.array([-1])}
    nodes = [
        node("Shape", "x", "s"),
        node("Gather", "s first", "n", axis=0),
        node("Unsqueeze", "n", "m", axes=[0]),
        node("Concat", "m rest", "to", axis=0),
        node("Reshape", "x to", "f"),
        node("MatMul", "f A", "h"),
        node("LeakyRelu", "h", "r", alpha=0.25),
        node("Constant", "", "half", value=np.array([0.5], np.float32)),
        node("Mul", "r half", "z"),
        node("MatMul", "z B", "out"),
    ]
    network = read(tmp_path, model(nodes, arrays, (1, 2, 2)))
    x, own = outputs(network)
    t = tensors(arrays)
    expected = F.leaky_relu(x.flatten(1) @ t["A"], 0.25) / 2 @ t["B"]
    assert torch.allclose(own, expected, atol=1e-12)


def test_padding_is_read_as_pytorch_writes_it(tmp_path: Path) -> None:
    # Zeros for the axes that are not padded, and the order of the axes turned round.
    arrays = numbers(5, A=(12, 2)) | {
        "pads": np.array([0, 1, 1, 0]), "rest": np.array([4]), "pairs": np.array([-1, 2]),
        "from": np.array([-1]), "until": np.array([-(2**63) + 1]), "axis": np.array([0]),
        "back": np.array([-1]), "flat": np.array([-1]), "to": np.array([0, -1]),
    }  # fmt: skip
    nodes = [
        node("ConstantOfShape", "rest", "none", value=np.array([0])),
        node("Concat", "pads none", "all", axis=0),
        node("Reshape", "all pairs", "paired"),
        node("Slice", "paired from until axis back", "turned"),
        node("Transpose", "turned", "ends", perm=[1, 0]),
        node("Reshape", "ends flat", "wanted"),
        node("Cast", "wanted", "whole", to=7),
        node("Pad", "x whole", "padded", mode="constant"),
        node("Reshape", "padded to", "f"),
        node("MatMul", "f A", "out"),
    ]
    network = read(tmp_path, model(nodes, arrays, ("n", 1, 2, 3)))
    x, own = outputs(network)
    assert torch.allclose(own, F.pad(x, (0, 1, 1, 0)).flatten(1) @ tensors(arrays)["A"], atol=1e-12)


def test_whole_numbers_of_shapes_are_divided_as_whole_numbers(tmp_path: Path) -> None:
    # As Keras's exporter computes how much to pad: of 7 places the half is 3, also behind a cast.
    arrays = numbers(8, A=(10, 2)) | {
        "axis": np.int64(1), "two": np.int64(2), "at": np.array([0]), "ends": np.array([0, 0, 0]),
        "half": np.array([1.5]),
    }  # fmt: skip
    nodes = [
        node("Shape", "x", "sizes"),
        node("Gather", "sizes axis", "n", axis=0),
        node("Div", "n two", "three"),
        node("Unsqueeze", "three at", "more"),
        node("Concat", "ends more", "pads", axis=0),
        node("Pad", "x pads", "padded", mode="constant"),
        node("Cast", "three", "third", to=1),
        node("Div", "third half", "exactly"),  # 2, as floats
        node("Cast", "half", "one", to=7),
        node("Mul", "padded exactly", "twice"),
        node("Div", "twice one", "same"),
        node("MatMul", "same A", "out"),
    ]
    network = read(tmp_path, model(nodes, arrays, ("n", 7)))
    x, own = outputs(network)
    expected = 2 * F.pad(x, (0, 3)) @ tensors(arrays)["A"]
    assert torch.allclose(own, expected, atol=1e-12)


def test_what_depends_on_the_input_is_not_made_whole(tmp_path: Path) -> None:
    nodes = [node("Cast", "x", "whole", to=7), node("Cast", "whole", "f", to=1),
             node("Relu", "f", "out")]  # fmt: skip
    with pytest.raises(UnsupportedLayer):
        show(written(tmp_path, model(nodes, {}, ("n", 2))))


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
def test_pooling_is_padded_at_the_end_that_the_file_says(
    tmp_path: Path, op: str, mode: str
) -> None:
    pool = node(op, "x", "p", kernel_shape=[2, 2], strides=[2, 2], auto_pad=mode)
    flat = node("Flatten", "p", "out")
    network = read(tmp_path, model([pool, flat], {}, ("n", 1, 3, 3)))
    x, own = outputs(network)
    parts = [(0, 2), (2, 3)] if mode == "SAME_UPPER" else [(0, 1), (1, 3)]
    call: Any = torch.amax if op == "MaxPool" else torch.mean
    windows = [x[:, 0, a:b, c:d] for a, b in parts for c, d in parts]
    expected = torch.stack([call(w, dim=(1, 2)) for w in windows], dim=1)
    assert torch.allclose(own, expected, atol=1e-12)
    if op == "MaxPool":
        plane = np.random.default_rng(0).normal(size=(3, 1, 3, 3))
        found = show(network.module, plane=tuple(plane), layer=1).result
        assert isinstance(found, ExactCells)
        x, y = np.meshgrid(np.linspace(-5, 5, 41), np.linspace(-5, 5, 41))
        points = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
        inputs = torch.from_numpy(plane[0]) + torch.einsum(
            "nk,kabc->nabc", points, torch.from_numpy(plane[1:])
        )
        largest = [inputs[:, 0, a:b, c:d].flatten(1).argmax(1) for a, b in parts for c, d in parts]
        own_patterns = torch.stack(largest, 1).numpy()
        ids = found.ids(41, 41).ravel()
        inside = ids >= 0
        pairs = {
            (*row, k)
            for row, k in zip(own_patterns[inside].tolist(), ids[inside].tolist(), strict=True)
        }
        assert len({p[:-1] for p in pairs}) == len(pairs) == len({p[-1] for p in pairs})


def test_weight_norm_is_computed_and_a_norm_of_the_input_refused(tmp_path: Path) -> None:
    arrays = numbers(9, V=(4, 2), g=(4, 1), b=(4,))
    nodes = [
        node("ReduceL2", "V", "n", axes=[1], keepdims=1), node("Div", "V n", "u"),
        node("Mul", "g u", "W"), node("Gemm", "x W b", "y", transB=1), node("Relu", "y", "out"),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, arrays, ("n", 2)))
    x, own = outputs(network)
    V, g, b = (t for t in tensors(arrays).values())
    W = g * V / torch.linalg.vector_norm(V, dim=1, keepdim=True)
    assert torch.allclose(own, torch.relu(x @ W.T + b), atol=1e-12)
    bad = model([node("ReduceL2", "x", "out", axes=[1])], {}, ("n", 2))
    with pytest.raises(UnsupportedLayer, match=r"out \(ReduceL2\)"):
        show(written(tmp_path, bad))


def test_unflattening_is_read_as_pytorch_writes_it(tmp_path: Path) -> None:
    arrays = {"four": np.int64(4), "two": np.int64(2), "at": np.array([0]), "n": np.array([-1])}
    nodes = [
        node("Mod", "four two", "rest"), node("Div", "four two", "parts"),
        node("Add", "parts rest", "size"), node("Unsqueeze", "size at", "one"),
        node("Concat", "n one one", "to", axis=0), node("Reshape", "x to", "u"),
        node("Transpose", "u", "t", perm=[0, 2, 1]), node("Flatten", "t", "out"),
    ]  # fmt: skip
    x, own = outputs(read(tmp_path, model(nodes, arrays, ("n", 4))))
    assert torch.equal(own, x[:, [0, 2, 1, 3]])


def test_a_sum_over_no_axes_is_what_it_was(tmp_path: Path) -> None:
    nodes = [node("ReduceSum", "x none", "out", noop_with_empty_axes=1)]
    network = read(tmp_path, model(nodes, {"none": np.empty(0, np.int64)}, ("n", 2)))
    x, own = outputs(network)
    assert torch.equal(own, x)
    of_all = model([node("ReduceSum", "x none", "out")], {"none": np.empty(0, np.int64)}, ("n", 2))
    with pytest.raises(UnsupportedLayer, match="mixes the samples"):
        read(tmp_path, of_all)


def test_curves_of_newer_exporters_are_seen_on_a_grid(tmp_path: Path) -> None:
    arrays = numbers(6, A=(2, 5), g=(5,), b=(5,), B=(5, 2))
    nodes = [
        node("MatMul", "x A", "h"),
        node("LayerNormalization", "h g b", "n", axis=-1, epsilon=0.25),
        node("Gelu", "n", "r", approximate="tanh"),
        node("Sigmoid", "r", "gate"),
        node("Mul", "gate r", "s"),
        node("MatMul", "s B", "out"),
    ]
    network = read(tmp_path, model(nodes, arrays, ("n", 2)))
    x, own = outputs(network)
    t = tensors(arrays)
    h = F.layer_norm(x @ t["A"], (5,), t["g"], t["b"], 0.25)
    assert torch.allclose(own, F.silu(F.gelu(h, approximate="tanh")) @ t["B"], atol=1e-12)
    assert network.layers == 4
    assert not network.cut_off
    assert not show(network.module, layer=1).result.exact


LABELS = [
    node("ArgMax", "p", "index", axis=1),
    node("ArrayFeatureExtractor", "classes index", "found", "ai.onnx.ml"),
    node("Cast", "found", "label", to=7),
    node("ZipMap", "p", "map", "ai.onnx.ml"),
]


def test_several_labels_of_one_input_are_cut_off(tmp_path: Path) -> None:
    # As scikit-learn's converter writes a classifier that gives each input several labels.
    arrays = numbers(7, A=(2, 5), B=(5, 2)) | {"one": np.float32(1)}
    nodes = [
        node("MatMul", "x A", "h"), node("Relu", "h", "r"), node("MatMul", "r B", "logit"),
        node("Sigmoid", "logit", "q"), node("Binarizer", "q", "both", "ai.onnx.ml"),
        node("Sub", "one q", "not"), node("Concat", "not q", "p", axis=1),
        node("Cast", "both", "label", to=7), node("ZipMap", "p", "map", "ai.onnx.ml"),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, arrays, ("n", 2), "label map"))
    x, own = outputs(network)
    t = tensors(arrays)
    assert torch.allclose(own, torch.relu(x @ t["A"]) @ t["B"], atol=1e-12)


def test_labels_behind_two_probabilities_are_cut_off_and_said(tmp_path: Path) -> None:
    # As scikit-learn's converter writes a classifier of two classes.
    arrays = numbers(3, A=(2, 5), a=(5,), B=(5, 1), b=(1,))
    arrays |= {"one": np.float32(1), "classes": np.array([0, 1])}
    nodes = [
        node("Cast", "x", "f", to=1), node("MatMul", "f A", "h"), node("Add", "h a", "y"),
        node("Relu", "y", "r"), node("MatMul", "r B", "z"), node("Add", "z b", "logit"),
        node("Sigmoid", "logit", "q"), node("Sub", "one q", "not"),
        node("Concat", "not q", "p", axis=1), *LABELS,
    ]  # fmt: skip
    for named in ("label map", "label p", "p"):
        network = read(tmp_path, model(nodes, arrays, ("n", 2), named))
        x, own = outputs(network)
        t = tensors(arrays)
        assert torch.allclose(own, torch.relu(x @ t["A"] + t["a"]) @ t["B"] + t["b"], atol=1e-12)
        cut = ("Sigmoid", "Sub", "Concat", "ArgMax", "ArrayFeatureExtractor", "Cast", "ZipMap")
        assert network.cut_off == cut
        assert network.layers == 2


def test_labels_behind_a_softmax_are_cut_off_and_the_softmax_ignored(tmp_path: Path) -> None:
    nodes = [*MLP_NODES, node("Softmax", "out", "p", axis=1), *LABELS]
    constants = MLP | {"classes": np.array([0, 1, 2])}
    path = written(tmp_path, model(nodes, constants, ("n", 2), "label map"))
    assert network_of_file(path).layers == 2
    found = show(path, layer=2)
    assert found.result.exact
    assert found.cut_off[0] == "ArgMax"
    weights = [(MLP["A"], MLP["a"]), (MLP["B"].T, MLP["b"])]
    assert found.result.counts == show(weights, layer=2).result.counts


WORDS = field(5, field(1, 3) + field(2, 8) + field(8, "classes") + 3 * field(6, "a"))


def test_words_that_only_labels_need_are_passed_over(tmp_path: Path) -> None:
    """scikit-learn's exporter keeps the names of the classes among the numbers."""
    names = [*MLP_NODES[:3], node("Add", "m b", "y"), node("Softmax", "y", "p", axis=1),
             node("ArgMax", "p", "i", axis=1),
             node("ArrayFeatureExtractor", "classes i", "out", "ai.onnx.ml")]  # fmt: skip
    data = model(names, MLP, ("n", 2), outputs="out p", extra=WORDS)
    network = read(tmp_path, data)
    x, own = outputs(network)
    assert own.shape == (len(x), 3)
    needed = [node("Add", "x classes", "out")]
    with pytest.raises(UnsupportedLayer, match="'classes' comes from nowhere"):
        read(tmp_path, model(needed, {}, ("n", 2), extra=WORDS))


def floats(*values: float) -> bytes:
    return field(7, np.array(values, np.float32).tobytes())


def test_a_scaler_of_a_pipeline_and_columns_of_probabilities_are_read(tmp_path: Path) -> None:
    scaler = field(1, "x") + field(2, "s") + field(4, "Scaler") + field(7, "ai.onnx.ml")
    scaler += field(5, field(1, "offset") + floats(0.5, -1.0))
    scaler += field(5, field(1, "scale") + floats(2.0, 0.25))
    nodes = [scaler, node("Gemm", "s A a", "h", transB=1), *MLP_NODES[1:3], node("Add", "m b", "y"),
             node("Softmax", "y", "p", axis=1)]  # fmt: skip
    arrays = MLP | {"one": np.array([1])}
    for k in range(3):
        arrays |= {f"from{k}": np.array([k]), f"to{k}": np.array([k + 1])}
        nodes.append(node("Slice", f"p from{k} to{k} one", f"c{k}"))
    network = read(tmp_path, model(nodes, arrays, ("n", 2), outputs="c0 c1 c2"))
    x, own = outputs(network)
    t = tensors(MLP)
    h = (x - torch.tensor([0.5, -1.0])) * torch.tensor([2.0, 0.25])
    y = torch.relu(h @ t["A"].T + t["a"]) @ t["B"] + t["b"]
    assert torch.allclose(own, torch.softmax(y, 1), atol=1e-12)


def test_columns_that_a_pipeline_chooses_are_read(tmp_path: Path) -> None:
    nodes = [
        node("ArrayFeatureExtractor", "x columns", "s", "ai.onnx.ml"),
        node("Gemm", "s A a", "h", transB=1), *MLP_NODES[1:3], node("Add", "m b", "y"),
        node("ArgMax", "y", "i", axis=1),
        node("ArrayFeatureExtractor", "classes i", "label", "ai.onnx.ml"),
    ]  # fmt: skip
    arrays = MLP | {"columns": np.array([[3, 0]]), "classes": np.array([0, 1, 2])}
    network = read(tmp_path, model(nodes, arrays, ("n", 4), outputs="label y"))
    assert network.inputs == (4,)
    assert network.cut_off == ("ArgMax", "ArrayFeatureExtractor")
    x, own = outputs(network)
    t = tensors(MLP)
    y = torch.relu(x[:, [3, 0]] @ t["A"].T + t["a"]) @ t["B"] + t["b"]
    assert torch.allclose(own, y, atol=1e-12)


def test_numbers_put_into_one_column_at_the_end_are_taken_before(tmp_path: Path) -> None:
    """Of a regression of several numbers: (n, 3) becomes (3 n, 1) in scikit-learn's exporter."""
    nodes = [*MLP_NODES[:3], node("Add", "m b", "y"), node("Reshape", "y to", "out")]
    network = read(tmp_path, model(nodes, MLP | {"to": np.array([-1, 1])}, ("n", 2)))
    assert outputs(network)[1].shape == (5, 3)


def test_parts_of_a_split_and_a_part_of_the_shape_are_followed(tmp_path: Path) -> None:
    nodes = [
        node("Shape", "x", "n", start=0, end=1), node("Concat", "n rest", "to", axis=0),
        node("Reshape", "x to", "f"), node("Split", "f sizes", "l r", axis=1),
        node("Abs", "r", "q"), node("Concat", "l q", "out", axis=1),
    ]  # fmt: skip
    arrays = {"rest": np.array([-1]), "sizes": np.array([1, 3])}
    network = read(tmp_path, model(nodes, arrays, ("n", 2, 2)))
    x, own = outputs(network)
    x = x.flatten(1)
    assert torch.equal(own, torch.cat([x[:, :1], x[:, 1:].abs()], 1))


def test_a_picture_with_channels_last_is_read_as_keras_writes_it(tmp_path: Path) -> None:
    """As tf2onnx: transposed for the convolutions and back, SAME padding, a dense layer behind."""
    arrays = numbers(5, K=(4, 2, 3, 3), k=(4,), g=(4,), s=(4,), D=(36, 3), d=(3,))
    arrays |= {"mean": arrays["k"] / 2, "var": arrays["g"] ** 2 + 1, "to": np.array([-1, 36])}
    nodes = [
        node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
        node("Conv", "t K k", "c", auto_pad="SAME_UPPER", strides=[1, 1], kernel_shape=[3, 3]),
        node("BatchNormalization", "c g s mean var", "n", epsilon=0.001),
        node("Relu", "n", "r"),
        node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID"),
        node("Transpose", "p", "back", perm=[0, 2, 3, 1]),
        node("Reshape", "back to", "f"), node("MatMul", "f D", "m"), node("Add", "m d", "y"),
        node("Softmax", "y", "out"),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, arrays, ("unk", 6, 6, 2)))
    x, own = outputs(network)
    t = tensors(arrays)
    y = F.conv2d(x.permute(0, 3, 1, 2), t["K"], t["k"], padding=1)
    y = F.max_pool2d(F.relu(F.batch_norm(y, t["mean"], t["var"], t["g"], t["s"], eps=0.001)), 2)
    y = y.permute(0, 2, 3, 1).flatten(1) @ t["D"] + t["d"]
    assert torch.allclose(own, torch.softmax(y, 1), atol=1e-7)


def test_what_has_no_exact_cells_is_named(tmp_path: Path) -> None:
    for op, says in (("Sin", "Sin"), ("ai.other.Relu", "ai.other.Relu")):
        domain, _, short = op.rpartition(".")
        nodes = [node(short, "x", "h", domain), node("MatMul", "h C", "out")]
        with pytest.raises(UnsupportedLayer, match=says):
            read(tmp_path, model(nodes, numbers(0, C=(2, 2)), ("n", 2)))


def graph(extra: bytes) -> bytes:
    return model(MLP_NODES, MLP, ("n", 2), extra=extra)


def outside(entry: bytes) -> bytes:
    claim = field(1, 6) + field(1, 2) + field(2, 1) + field(8, "Z")
    return graph(field(5, claim + entry))


HUGE = field(1, 10**9) + field(1, 10**9) + field(2, 1) + field(8, "Z")
PLACE = field(13, field(1, "location") + field(2, "../../etc/passwd"))
NOT_A_NUMBER = np.array([[np.nan, 1.0]], np.float32)
SIGNALLING = np.array([[0x7FA00000, 0]], np.uint32).view(np.float32)
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no bytes of a graph": (lambda: b"not onnx at all", "network_"),
    "a pickle": (lambda: b"\x80\x04cos\nsystem\n(S'true'\ntR.", "network_"),
    "cut short": (lambda: graph(b"")[:-40], "network_broken"),
    "numbers in another file": (lambda: outside(PLACE), "onnx_external"),
    "said to be in another file": (lambda: outside(field(14, 1)), "onnx_external"),
    "a claim of 10^18 numbers": (lambda: graph(field(5, HUGE)), "array_broken"),
    "fewer numbers than claimed": (lambda: outside(field(9, b"1234")), "network_broken"),
    "a number that is none": (lambda: graph(field(5, tensor("Z", NOT_A_NUMBER))), "array_finite"),
    "one that rings a bell": (lambda: graph(field(5, tensor("Z", SIGNALLING))), "array_finite"),
    "complex numbers": (lambda: graph(field(5, field(2, 14) + field(8, "Z"))), "array_numbers"),
    "a sparse array": (lambda: graph(field(15, b"")), "onnx_sparse"),
    "two inputs": (lambda: graph(field(11, info("y", ("n", 2)))), "onnx_inputs"),
    "no size of its input": (lambda: model(MLP_NODES, MLP, ("n", "d")), "onnx_shape"),
    "10^9 inputs": (lambda: model(MLP_NODES, MLP, ("n", 10**9)), "onnx_large"),
    "a million operations": (
        lambda: graph(field(1, b"") * 1_000_000), "network_broken",
    ),
    "5000 operations": (lambda: graph(field(1, field(4, "Relu")) * 5000), "onnx_nodes"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_not_right_is_refused_quickly(tmp_path: Path, name: str) -> None:
    make, rule = BAD[name]
    path = written(tmp_path, make())
    began = time.thread_time()
    with pytest.raises(SpecError) as caught:
        network_of_file(path)
    assert time.thread_time() - began < 2
    assert caught.value.field == "network"
    assert caught.value.rule.startswith(rule)


BOMBS: dict[str, list[bytes]] = {
    "doubled thirty times": [
        node("Relu", "x", "d0"),
        *(node("Concat", f"d{i} d{i}", f"d{i + 1}", axis=1) for i in range(30)),
        node("Relu", "d30", "out"),
    ],
    "a constant of 10^18": [
        node("ConstantOfShape", "sizes", "z"),
        node("Add", "x z", "out"),
    ],
    "padded to 10^9": [node("Pad", "x far", "out", mode="constant")],
    "a product of 10^9": [
        node("Unsqueeze", "x", "u", axes=[2]), node("MatMul", "u row", "w"),
        node("Reshape", "w flat", "v"), node("Unsqueeze", "v", "z", axes=[2]),
        node("MatMul", "z row", "out"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_graph_that_asks_for_too_many_numbers_is_refused(tmp_path: Path, name: str) -> None:
    constants = {
        "far": np.array([0, 10**9, 0, 0]),
        "row": np.ones((1, 60_000), np.float32),
        "sizes": np.array([10**9, 10**9]),
        "flat": np.array([0, -1]),
    }
    with pytest.raises(ValueError, match="more than 1048576 numbers"):
        read(tmp_path, model(BOMBS[name], constants, ("n", 2)))


@pytest.mark.parametrize("shape", [(3, 1, 1), (1, 3, 1, 1), (1, 1, 4), (3, 4, 4), (1, 1), (1,)])
def test_slopes_of_prelu_are_spread_as_onnx_spreads_them(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    """The exporter of torch writes those of channels with an axis for the batch."""
    arrays = numbers(3, W=(3, 1, 1, 1), p=shape)
    nodes = [
        node("Conv", "x W", "c", strides=[1, 1], pads=[0, 0, 0, 0], kernel_shape=[1, 1]),
        node("PRelu", "c p", "out"),
    ]
    network = read(tmp_path, model(nodes, arrays, ("n", 1, 4, 4)))
    x, found = outputs(network)
    given = tensors(arrays)
    y = F.conv2d(x, given["W"])
    assert torch.equal(found, torch.where(y > 0, y, given["p"] * y))


def test_slopes_of_prelu_that_fit_no_axis_are_refused(tmp_path: Path) -> None:
    nodes = [node("PRelu", "x p", "out")]
    with pytest.raises(UnsupportedLayer, match=r"slopes of shape \(3,\)"):
        show(written(tmp_path, model(nodes, numbers(3, p=(3,)), ("n", 2))))


@pytest.mark.parametrize("shape", [(2, 5), (2, 3, 4)])
def test_the_largest_of_a_whole_channel_is_max_pooling(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    network = read(tmp_path, model([node("GlobalMaxPool", "x", "out")], {}, ("n", *shape)))
    x, found = outputs(network)
    assert torch.equal(found.flatten(1), x.flatten(2).amax(dim=2))
    assert found.ndim == x.ndim
