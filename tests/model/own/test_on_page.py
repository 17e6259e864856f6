"""Graphs on the page: pictures, counts, inspector and signal, held to torch."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.cells.count.film_strip import survey, whole_plane
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inside import histograms
from cellscope.model.opened import Opened
from cellscope.model.own.cells import show
from cellscope.model.own.files import json_text
from cellscope.model.own.on_page.export import graph_file
from cellscope.model.own.on_page.inspection import inspect_graph
from cellscope.model.own.on_page.scene import Scene
from cellscope.model.own.on_page.signal import graph_signal
from cellscope.model.own.opening import File, checked, cut, fitting_window, opened, spec_of
from cellscope.model.own.sources import network_of_file
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import Wish
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from cellscope.model.view import View
from tests.model.files.onnx_writer import model, node

Arrays = dict[str, np.ndarray]


def numbers(seed: int, **shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}


def d(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).double()


@dataclass
class Case:
    """A file, and by hand what it computes: the outputs and each layer's pieces."""

    data: bytes
    arrays: Arrays
    points: bytes | None = None

    def steps(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        raise NotImplementedError


class Residual(Case):
    """relu, then h + B relu(A h), of two inputs."""

    @staticmethod
    def make(seed: int = 0) -> "Residual":
        a = numbers(seed, W=(6, 2), w=(6,), A=(6, 6), a=(6,), B=(6, 6), b=(6,), L=(3, 6), l=(3,))
        nodes = [
            node("Gemm", "x W w", "y", transB=1), node("Relu", "y", "h"),
            node("Gemm", "h A a", "u", transB=1), node("Relu", "u", "v"),
            node("Gemm", "v B b", "s", transB=1), node("Add", "h s", "t"), node("Relu", "t", "r"),
            node("Gemm", "r L l", "out", transB=1),
        ]  # fmt: skip
        return Residual(model(nodes, a, ("n", 2)), a)

    def steps(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        p = {name: d(value) for name, value in self.arrays.items()}
        y = x @ p["W"].T + p["w"]
        h = y.relu()
        u = h @ p["A"].T + p["a"]
        t = h + u.relu() @ p["B"].T + p["b"]
        out = t.relu() @ p["L"].T + p["l"]
        return [(v > 0).long() for v in (y, u, t, out)], out


class Pooled(Case):
    """A convolution, its maxima, a layer clipped at both ends, in a plane of 36 inputs."""

    @staticmethod
    def make(seed: int = 1) -> "Pooled":
        a = numbers(seed, W=(2, 1, 3, 3), w=(2,), A=(4, 8), a=(4,), L=(3, 4), l=(3,))
        a |= {"low": np.array(-1, np.float32), "high": np.array(1.5, np.float32)}
        nodes = [
            node("Conv", "x W w", "c", kernel_shape=[3, 3], strides=[1, 1], pads=[0, 0, 0, 0]),
            node("Relu", "c", "h"),
            node("MaxPool", "h", "m", kernel_shape=[2, 2], strides=[2, 2]),
            node("Flatten", "m", "f", axis=1),
            node("Gemm", "f A a", "u", transB=1), node("Clip", "u low high", "k"),
            node("Gemm", "k L l", "out", transB=1),
        ]  # fmt: skip
        rng = np.random.default_rng(seed)
        x = rng.normal(0, 1, (60, 36))
        rows = "\n".join(",".join([*map(repr, map(float, r)), str(k % 3)]) for k, r in enumerate(x))
        return Pooled(model(nodes, a, ("n", 1, 6, 6)), a, rows.encode())

    def steps(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        p = {name: d(np.asarray(value)) for name, value in self.arrays.items()}
        c = F.conv2d(x.reshape(-1, 1, 6, 6), p["W"], p["w"])
        h = c.relu()
        m, _ = F.max_pool2d(h, 2, return_indices=True)
        windows = h.unfold(2, 2, 2).unfold(3, 2, 2).reshape(len(x), 2, 2, 2, 4)
        winner = (windows == windows.amax(-1, keepdim=True)).int().argmax(-1)
        u = m.flatten(1) @ p["A"].T + p["a"]
        out = u.clamp(-1, 1.5) @ p["L"].T + p["l"]
        clipped = (u > -1).long() + (u > 1.5).long()
        return [(c > 0).long().flatten(1), winner.flatten(1), clipped, (out > 0).long()], out


CASES = {"residual": Residual.make, "pooled": Pooled.make}


@dataclass
class Shown:
    case: Any
    network: Opened
    snapshot: Snapshot
    window: tuple[float, float, float, float]

    def inputs(self, xy: np.ndarray) -> Tensor:
        """Points of the picture as inputs."""
        plane = self.snapshot.spec.cut
        if plane is None:
            return torch.from_numpy(xy)
        return torch.from_numpy(plane.origin + xy[:, :1] * plane.u + xy[:, 1:] * plane.v)


@pytest.fixture(params=CASES)
def shown(request: pytest.FixtureRequest) -> Shown:
    case = CASES[request.param]()
    files = [File("net.onnx", case.data)]
    files += [] if case.points is None else [File("points.csv", case.points)]
    network = opened(files)
    spec = spec_of(network, Spec())
    trainer = Trainer(spec)
    trainer.close()
    return Shown(case, network, trainer.latest, fitting_window(network, spec.cut))


def pixels(window: tuple[float, float, float, float], side: int) -> np.ndarray:
    x, y = np.linspace(*window[:2], side), np.linspace(*window[2:], side)[::-1]
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def distinct(pieces: Tensor) -> np.ndarray:
    """One number a pattern."""
    return np.unique(pieces.numpy(), axis=0, return_inverse=True)[1].ravel()


def test_one_colour_means_one_pattern_at_every_pixel_and_more_pieces_are_found_than_pixels_show(
    shown: Shown,
):
    side = 61
    patterns, _ = shown.case.steps(shown.inputs(pixels(shown.window, side)))
    for layer, own in enumerate(patterns, start=1):
        picture = draw(shown.snapshot, View(layer=layer, window=shown.window, pixels=side))
        assert picture.exact
        groups, colours = distinct(own), picture.indices.ravel()
        for group in np.unique(groups):  # a pattern has one colour, wherever it is
            assert len(np.unique(colours[groups == group])) == 1
        assert picture.count >= len(np.unique(groups))
        assert (picture.pieces or 0) >= picture.count


def test_a_download_is_what_python_saves_of_the_same_network(shown: Shown, tmp_path: Any):
    (tmp_path / "net.onnx").write_bytes(shown.case.data)
    file = network_of_file(str(tmp_path / "net.onnx"))
    plane = shown.snapshot.spec.cut
    arrays = None if plane is None else file.plane(plane.origin, plane.u, plane.v)
    told = json.loads(graph_file(Scene.of(shown.snapshot.spec, shown.window), 2, "json"))
    saved = json.loads(json_text(show(file.module, window=shown.window, plane=arrays, layer=2)))
    assert told == saved


def test_counts_are_those_of_cells_in_python(shown: Shown, tmp_path: Any):
    (tmp_path / "net.onnx").write_bytes(shown.case.data)
    file = network_of_file(str(tmp_path / "net.onnx"))
    plane = shown.snapshot.spec.cut
    arrays = None if plane is None else file.plane(plane.origin, plane.u, plane.v)
    for layer in range(1, shown.snapshot.spec.layers + 1):
        counts = show(file.module, window=shown.window, plane=arrays, layer=layer).result.counts
        view = View(layer=layer, window=shown.window, pixels=51)
        picture = draw(shown.snapshot, view)
        assert (picture.count, picture.pieces) == (counts.patterns, counts.regions)
        joint = draw(shown.snapshot, View(layer=layer, mode="regions", window=shown.window))
        assert joint.count == counts.linear_regions


def test_classes_and_confidence_are_those_of_the_module(shown: Shown):
    side = 61
    _, out = shown.case.steps(shown.inputs(pixels(shown.window, side)))
    sure, best = torch.softmax(out, 1).max(1)
    margin = out.topk(2).values.diff().abs().squeeze(1)
    clear = (margin > 1e-9).numpy()
    picture = draw(shown.snapshot, View(mode="classes", window=shown.window, pixels=side))
    assert (picture.indices.ravel()[clear] == best.numpy()[clear]).all()
    seen = draw(shown.snapshot, View(mode="confidence", window=shown.window, pixels=side))
    level = np.minimum((sure.numpy() * 32), 31)
    assert np.abs(seen.indices.ravel()[clear] - (best * 32).numpy()[clear] - level[clear]).max() < 1
    assert (seen.indices.ravel()[clear] // 32 == best.numpy()[clear]).all()


def test_colours_stay_when_the_window_moves(shown: Shown):
    x0, x1, y0, y1 = shown.window
    half = (x0, (x0 + x1) / 2, (y0 + y1) / 2, y1)
    whole = draw(shown.snapshot, View(layer=1, mode="regions", window=shown.window, pixels=81))
    part = draw(shown.snapshot, View(layer=1, mode="regions", window=half, pixels=41))
    same = whole.indices[:41, :41] == part.indices
    assert same.mean() > 0.8  # but for those repaired beside others


def test_the_film_strip_counts_what_the_pictures_count(shown: Shown):
    layers = shown.snapshot.spec.layers
    view = View(layer=layers, window=shown.window)
    found = survey(shown.snapshot, view, whole_plane(shown.snapshot, 1), side=40)
    assert found.exact
    counted = [
        draw(shown.snapshot, View(layer=k, window=shown.window)).count for k in range(1, layers + 1)
    ]
    assert [c.patterns for c in found.layers] == counted
    assert [t.count for t in found.thumbs[:-1]] == counted[:-1]
    assert found.funnel.window == counted[-1]
    x = seen_data(shown.snapshot.spec).train_x
    x0, x1, y0, y1 = shown.window
    inside = x[((x >= (x0, y0)) & (x <= (x1, y1))).all(axis=1)]
    patterns, _ = shown.case.steps(shown.inputs(inside))
    for counts, own in zip(found.layers, patterns, strict=True):
        assert counts.filled.points == len(inside)
        assert counts.filled.patterns == len(np.unique(own.numpy(), axis=0))


def test_the_map_under_a_point_is_that_of_the_module(shown: Shown):
    x0, x1, y0, y1 = shown.window
    point = np.array([[x0 + 0.31 * (x1 - x0), y0 + 0.57 * (y1 - y0)]])
    found = inspect_graph(shown.snapshot, View(layer=2, window=shown.window), *point[0].tolist())
    assert found is not None
    patterns, out = shown.case.steps(shown.inputs(point))
    assert np.allclose(found.region.A @ point[0] + found.region.d, out[0].numpy(), atol=1e-9)
    assert found.cell.units.tolist() == patterns[1][0].tolist()
    assert found.cell.area >= found.region.area > 0.0
    outside = inspect_graph(shown.snapshot, View(layer=2, window=shown.window), x1 + 1.0, y0)
    assert outside is None


def test_the_signal_is_that_of_the_module_also_in_small_parts(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
):
    data = make_data(shown.snapshot.spec)
    whole = graph_signal(shown.network, data.train_x, data.train_y, backward=True)
    x = torch.from_numpy(np.array(data.train_x)).requires_grad_()
    _, out = shown.case.steps(x)
    loss = F.cross_entropy(out, torch.from_numpy(np.array(data.train_y)))
    assert whole.loss == pytest.approx(loss.item(), rel=1e-12)
    last = whole.layers[-1].pre
    assert last.variance == pytest.approx(float(out.detach().numpy().var()), rel=1e-10)
    assert last.mean_square == pytest.approx(float((out.detach().numpy() ** 2).mean()), rel=1e-10)
    delta = torch.softmax(out, 1) - F.one_hot(torch.from_numpy(np.array(data.train_y)), 3)
    squares = float((delta.detach() ** 2).mean())
    assert whole.layers[-1].delta_mean_square == pytest.approx(squares, rel=1e-10)
    monkeypatch.setattr("cellscope.model.own.on_page.signal.NUMBERS", 500)
    parts = graph_signal(shown.network, data.train_x, data.train_y, backward=True)
    for one, other in zip(whole.layers, parts.layers, strict=True):
        for name in ("mean", "variance", "data_variance", "mean_square"):
            mine, theirs = getattr(one.pre, name), getattr(other.pre, name)
            assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        assert one.delta_mean_square == pytest.approx(other.delta_mean_square, rel=1e-9)
        assert (one.batch or 0.0) == pytest.approx(other.batch or 0.0, rel=1e-9)


def test_it_stays_at_step_0_and_has_no_weights_to_ask_for(shown: Shown):
    trainer, refused = Trainer(shown.snapshot.spec), list[object]()
    try:
        trainer.play()
        trainer.step()
        trainer.run_to(10)
        trainer.edit(Wish(values={0: 1.0}), done=refused.append)
        now = trainer.settle()
    finally:
        trainer.close()
    assert (now.step, now.status) == (0, "paused")
    assert now.history == shown.snapshot.history
    [error] = refused
    assert isinstance(error, SpecError)
    assert error.rule == "graph"
    with pytest.raises(SpecError, match="graph"):
        _ = now.weights
    assert histograms(now, make_data(now.spec), "weights") == []
    assert len(histograms(now, make_data(now.spec), "post")) == now.spec.layers


def test_it_can_be_packed_and_what_was_tampered_with_is_refused(shown: Shown):
    told = json.loads(json.dumps(shown.network.packed()))
    assert checked(Opened.unpacked(told)) == shown.network
    told["graph"]["sizes"][1] += 1
    with pytest.raises(ValueError, match="opened"):
        checked(Opened.unpacked(told))


def test_a_graph_of_one_output_has_two_classes():
    a = numbers(3, W=(5, 2), w=(5,), A=(5, 5), L=(1, 5), l=(1,))
    nodes = [
        node("Gemm", "x W w", "y", transB=1), node("Relu", "y", "h"), node("MatMul", "h A", "s"),
        node("Add", "h s", "t"), node("Relu", "t", "r"), node("Gemm", "r L l", "out", transB=1),
    ]  # fmt: skip
    network = opened([File("one.onnx", model(nodes, a, ("n", 2)))])
    assert network.sizes == (2, 5, 5, 2)
    assert network.notes == ("one_output",)
    trainer = Trainer(spec_of(network, Spec()))
    trainer.close()
    side = 41
    x = torch.from_numpy(pixels((-5.0, 5.0, -5.0, 5.0), side))
    h = (x @ d(a["W"]).T + d(a["w"])).relu()
    out = (h + h @ d(a["A"])).relu() @ d(a["L"]).T + d(a["l"])
    picture = draw(trainer.latest, View(mode="classes", pixels=side))
    assert (picture.indices.ravel() == (out > 0).numpy().ravel()).all()


def test_a_smooth_step_is_seen_on_a_grid_and_says_so():
    a = numbers(4, W=(4, 2), w=(4,), A=(4, 4), L=(2, 4))
    nodes = [
        node("Gemm", "x W w", "y", transB=1), node("Tanh", "y", "h"), node("MatMul", "h A", "s"),
        node("Add", "h s", "t"), node("Relu", "t", "r"), node("Gemm", "r L", "out", transB=1),
    ]  # fmt: skip
    network = opened([File("smooth.onnx", model(nodes, a, ("n", 2)))])
    trainer = Trainer(spec_of(network, Spec()))
    trainer.close()
    picture = draw(trainer.latest, View(layer=2, pixels=41))
    assert (picture.exact, picture.why_grid) == (False, "activation")
    x = torch.from_numpy(pixels((-5.0, 5.0, -5.0, 5.0), 41))
    h = torch.tanh(x @ d(a["W"]).T + d(a["w"]))
    groups = distinct(((h + h @ d(a["A"])) > 0).long())
    assert picture.count == len(np.unique(groups))
    assert not survey(trainer.latest, View(layer=2), (), side=30).exact
    with pytest.raises(ValueError, match="smooth"):
        inspect_graph(trainer.latest, View(layer=2), 0.0, 0.0)


def test_on_a_grid_more_than_eight_classes_are_counted_in_both_modes():
    a = numbers(6, W=(9, 2), A=(9, 9), L=(40, 9))
    nodes = [
        node("Gemm", "x W", "y", transB=1), node("Tanh", "y", "h"), node("MatMul", "h A", "s"),
        node("Add", "h s", "t"), node("Relu", "t", "r"), node("Gemm", "r L", "out", transB=1),
    ]  # fmt: skip
    trainer = Trainer(spec_of(opened([File("n.onnx", model(nodes, a, ("n", 2)))]), Spec()))
    trainer.close()
    seen = [draw(trainer.latest, View(mode=mode, pixels=41)) for mode in ("classes", "confidence")]
    assert [picture.exact for picture in seen] == [False, False]
    assert seen[0].count == seen[1].count > 8


def test_too_many_cells_are_seen_on_a_grid_with_the_same_patterns(monkeypatch: pytest.MonkeyPatch):
    network = opened([File("net.onnx", Residual.make(7).data)])
    trainer = Trainer(spec_of(network, Spec()))
    trainer.close()
    exact = draw(trainer.latest, View(layer=3, pixels=61))
    monkeypatch.setattr("cellscope.model.own.on_page.scene.Scene.cells.__defaults__", (5,))
    grid = draw(trainer.latest, View(layer=3, pixels=61))
    assert grid.why_grid == "budget"
    assert grid.count <= exact.count


def test_another_plane_shows_other_cells_of_the_same_graph():
    case = Pooled.make()
    network = opened([File("net.onnx", case.data), File("points.csv", case.points or b"")])
    spec = spec_of(network, Spec())
    trainer = Trainer(spec)
    first = draw(trainer.latest, View(layer=1))
    trainer.rebuild(spec.but(cut=cut(network, "points 1,2,3")))
    second = draw(trainer.settle(), View(layer=1))
    trainer.close()
    assert first.count != second.count


@pytest.mark.parametrize(
    ("layers", "rule"), [(33, "open_layers")]
)  # one more than can be looked at
def test_a_graph_that_is_too_deep_is_refused(layers: int, rule: str):
    a = numbers(5, W=(3, 2), w=(3,), A=(3, 3))
    nodes = [node("Gemm", "x W w", "h0", transB=1)]
    for k in range(layers):
        nodes += [node("Relu", f"h{k}", f"r{k}"), node("MatMul", f"r{k} A", f"s{k}"),
                  node("Add", f"r{k} s{k}", f"h{k + 1}" if k < layers - 1 else "out")]  # fmt: skip
    with pytest.raises(SpecError) as found:
        opened([File("deep.onnx", model(nodes, a, ("n", 2)))])
    assert found.value.rule == rule
