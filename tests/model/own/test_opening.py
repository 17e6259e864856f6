"""Files that are dropped on the page become what an experiment begins with."""

from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from cellscope.model.cells.exact.units import idle_units
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.opened import Opened
from cellscope.model.own.opening import (
    File,
    corners,
    cut,
    fitting_window,
    opened,
    spec_of,
    with_data,
)
from cellscope.model.own_data import OwnData
from cellscope.model.spec import OWN, Spec, SpecError
from cellscope.model.training.held import pack, unpack
from cellscope.model.training.trainer import Trainer
from tests.model.files.onnx_writer import model as onnx
from tests.model.files.onnx_writer import node

RNG = np.random.default_rng(7)


def npz(name: str, **arrays: Any) -> File:
    stream = BytesIO()
    np.savez(stream, **arrays)
    return File(name, stream.getvalue())


def network(*sizes: int) -> File:
    pairs = list(pairwise(sizes))
    Ws = {f"W{i}": RNG.normal(size=(n, m)) for i, (m, n) in enumerate(pairs)}
    bs = {f"b{i}": RNG.normal(size=n) for i, (_, n) in enumerate(pairs)}
    return npz("net.npz", **Ws, **bs)


def table(rows: int, columns: int, classes: int = 3) -> File:
    x = RNG.normal(size=(rows, columns))
    lines = [",".join(map(repr, [*map(float, row), k % classes])) for k, row in enumerate(x)]
    return File("points.csv", "\n".join(lines).encode())


def refused(*files: File) -> SpecError:
    with pytest.raises(SpecError) as error:
        opened(files)
    return error.value


def test_two_inputs_need_no_plane_and_no_data():
    found = opened([network(2, 6, 4, 3)])
    spec = spec_of(found, Spec())
    assert spec.sizes == (2, 6, 4, 3)
    assert spec.cut is None
    assert spec.dataset != "moons"  # it has two classes, and the network three
    assert not found.still


def own_points(classes: int) -> OwnData:
    """Of so many classes; of none, numbers."""
    labels = np.arange(30) % classes if classes else RNG.normal(size=30)
    return OwnData("drawn" if classes else "file", RNG.normal(size=(30, 2)), labels.astype(float))


@pytest.mark.parametrize(("classes", "kept"), [(2, True), (3, True), (4, False), (0, False)])
def test_points_of_ones_own_stay_where_the_network_has_their_classes(classes: int, kept: bool):
    task = "classes" if classes else "regression"
    before = Spec(dataset=OWN, own=own_points(classes), task=task)
    spec = spec_of(opened([network(2, 6, 3)]), before)
    assert (spec.dataset == OWN, spec.own == before.own) == (kept, kept)


def test_a_network_of_more_inputs_leaves_points_of_the_plane():
    before = Spec(dataset=OWN, own=own_points(3))
    for files in (
        [network(5, 6, 3)],
        [network(5, 6, 3), table(40, 5)],
        [network(2, 6, 2), table(9, 2, 2)],
    ):
        assert spec_of(opened(files), before).own is None


def test_with_data_the_first_two_principal_components_are_seen():
    found = opened([network(5, 6, 3), table(40, 5)])
    spec = spec_of(found, Spec())
    assert spec.cut is not None
    assert spec.cut.written == "pca"
    assert make_data(spec).train_x.shape == (30, 5)
    assert seen_data(spec).train_x.shape == (30, 2)
    x0, x1, y0, y1 = fitting_window(found, spec.cut)
    seen = np.concatenate([seen_data(spec).train_x, seen_data(spec).test_x])
    assert ((seen >= (x0, y0)) & (seen <= (x1, y1))).all()


def test_without_data_inputs_1_and_2_are_seen_and_nothing_can_be_trained():
    found = opened([network(5, 6, 3)])
    spec = spec_of(found, Spec())
    assert spec.cut is not None
    assert spec.cut.written == "inputs 1,2"
    assert found.still == "data"


def test_the_network_in_the_plane_is_the_network_at_its_points():
    found = opened([network(5, 6, 3), table(40, 5)])
    for written in ("pca", "inputs 2,5", "points 1,7,30"):
        plane = cut(found, written)
        W, b = plane.compose(found.layers)[0]
        full, bias = found.layers[0]
        xy = RNG.normal(size=(20, 2))
        x = plane.origin + xy @ np.stack([plane.u, plane.v])
        assert np.allclose(xy @ W.T + b, x @ full.T + bias, atol=1e-12)


def test_three_points_lie_at_the_corners_of_their_plane():
    found = opened([network(5, 6, 3), table(40, 5)])
    plane = cut(found, "points 3,9,27")
    assert found.inputs is not None
    a, b, c = (plane.origin + xy @ np.stack([plane.u, plane.v]) for xy in corners(found, plane))
    assert np.allclose([a, b, c], found.inputs.x[[2, 8, 26]])


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("points 1,1,2", "plane_line"),
        ("inputs 2,2", "plane_line"),
        ("inputs 1,6", "plane_numbers"),
        ("inputs 0,1", "plane_numbers"),
        ("points 1,2", "plane_numbers"),
        ("pca 3", "plane_written"),
        ("", "plane_written"),
    ],
)
def test_a_plane_that_is_none_is_named(written: str, rule: str):
    found = opened([network(5, 6, 3), table(40, 5)])
    with pytest.raises(SpecError) as error:
        cut(found, written)
    assert (error.value.field, error.value.rule) == ("plane", rule)


def test_a_plane_can_be_changed_while_it_trains_and_the_weights_stay():
    found = opened([network(5, 6, 3), table(40, 5)])
    spec = spec_of(found, Spec(batch_size=8))
    trainer = Trainer(spec)
    try:
        for _ in range(3):
            trainer.step()
        before = trainer.settle()
        trainer.rebuild(spec.but(cut=cut(found, "inputs 1,2")))
        after = trainer.settle()
    finally:
        trainer.close()
    assert before.step == after.step == 3
    assert before.run == after.run
    assert (before.theta == after.theta).all()
    assert not np.array_equal(before.weights[0][0], after.weights[0][0])


def test_step_0_is_the_file_to_the_last_bit():
    found = opened([network(2, 6, 2)])
    trainer = Trainer(spec_of(found, Spec()))
    trainer.close()
    pairs = zip(trainer.latest.weights, found.layers, strict=True)
    assert all(np.array_equal(W, V) and np.array_equal(b, c) for (W, b), (V, c) in pairs)


def test_it_trains_as_pytorch_does_on_all_its_inputs():
    found = opened([network(5, 6, 3), table(40, 5)])
    spec = spec_of(found, Spec(batch_size=64, learning_rate=0.1))
    trainer = Trainer(spec)
    try:
        trainer.step()
        after = trainer.settle()
    finally:
        trainer.close()
    parts = [torch.tensor(p, requires_grad=True) for layer in found.layers for p in layer]
    data = make_data(spec)
    h = torch.relu(torch.tensor(data.train_x) @ parts[0].T + parts[1]) @ parts[2].T + parts[3]
    torch.nn.functional.cross_entropy(h, torch.tensor(data.train_y)).backward()
    assert parts[0].grad is not None
    W = (parts[0] - 0.1 * parts[0].grad).detach().numpy()
    assert np.allclose(after.full_weights[0][0], W, atol=1e-6)


def test_it_is_kept_for_another_day():
    found = opened([network(5, 6, 3), table(40, 5)])
    spec = spec_of(found, Spec(batch_size=8)).but(cut=cut(found, "points 1,2,3"))
    trainer = Trainer(spec)
    try:
        trainer.step()
        held = trainer.hold()
    finally:
        trainer.close()
    again = unpack(*pack(held))
    assert again.networks[0].spec == spec
    kept, first = again.networks[0].spec.cut, spec.cut
    assert kept is not None
    assert first is not None
    assert np.array_equal(kept.u, first.u)


def test_one_output_is_two_classes_with_the_sigmoid_of_one():
    found = opened([network(2, 6, 1)])
    assert found.sizes == (2, 6, 2)
    assert "one_output" in found.notes
    W, b = found.layers[-1]
    assert not W[0].any()
    assert b[0] == 0.0


def test_data_alone_belong_to_the_network_that_is_there():
    found = opened([network(5, 6, 3)])
    again = with_data(found, table(40, 5))
    assert not again.still
    assert again.layers is found.layers


def test_labels_are_words_or_numbers_and_a_header_says_where():
    rows = "kind,a,b,c\n" + "\n".join(f"{'xyz'[k % 3]},{k},{k * k},1" for k in range(9))
    found = opened([network(3, 4, 3), File("points.csv", rows.replace("kind", "label").encode())])
    assert found.inputs is not None
    assert found.inputs.y.tolist() == [0, 1, 2] * 3
    assert found.inputs.x[2].tolist() == [2.0, 4.0, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        "a;b;c;Klasse\n0,5;-1,25;1;rot\n1.234,5;2;3;blau\n;2;3;rot\n",
        ",a,b,c,class\n0,0.5,-1.25,1,rot\n1,1234.5,2,3,blau\n2,NaN,2,3,rot\n",
        '"a" "b" "c" "z"\n"1" 0.5 -1.25 1 "rot"\n"2" 1234.5 2 3 "blau"\n"3" NA 2 3 "rot"\n',
        "\ufeff0.5\t-1.25\t1\trot\r\n1234.5\t2\t3\tblau\r\n\t2\t3\trot\r\n",
    ],
)
def test_points_are_read_by_the_rules_of_all_tables(text: str):
    found = opened([network(3, 4, 2), File("points.csv", text.encode("utf-16"))])
    points = found.inputs
    assert points is not None
    assert points.x.tolist() == [[0.5, -1.25, 1.0], [1234.5, 2.0, 3.0]]
    assert points.y.tolist() == [1, 0]
    assert points.left_out == 1
    assert Opened.unpacked(found.packed()) == found


def test_points_of_a_regression_are_shown_and_not_trained_on():
    x = RNG.normal(size=(20, 3))
    found = opened([network(3, 4, 1), npz("points.npz", X=x, y=x[:, 0])])
    assert found.still == "labels"


@pytest.mark.parametrize(
    ("files", "field", "rule"),
    [
        ([table(9, 3)], "network", "open_no_network"),
        ([network(2, 3, 2), network(2, 3, 2)], "network", "open_several"),
        ([network(5, 3, 2), table(9, 3)], "data", "inputs_columns"),
        ([network(3, 3, 2), table(9, 3, classes=3)], "data", "inputs_classes"),
        ([network(3, 3, 2), File("p.csv", b"1,2,inf,0\n1,2,3,1")], "data", "csv_number"),
        ([network(3, 3, 2), File("p.csv", b"1,2,=1+1,0\n1,2,3,1")], "data", "csv_number"),
        ([network(3, 3, 2), File("p.csv", b"1,2,3,0\n1,2,3")], "data", "inputs_few"),
        ([network(3, 3, 2), File("p.csv", b"\xff\xfe")], "data", "file_empty"),
        ([network(3, 3, 2), File("p.csv", b"PK\x03\x04")], "data", "csv_workbook"),
        ([network(3, 3, 2), File("p.npy", b"\x93NUMPY\x01\x00")], "data", "array_broken"),
        ([File("net.npz", b"PK\x03\x04 cut short")], "network", "network_broken"),
        ([File("net.pt2", b"PK")], "network", "network_code"),
        ([File("net.pkl", b"\x80\x04")], "network", "network_code"),
        ([File("net.onnx", b"\x08\x07nonsense")], "network", "network_broken"),
        ([File("net.onnx", b"")], "network", "file_empty"),
        ([File("net.onnx", b"\x08\x07")], "network", "network_broken"),  # of no graph
        ([File("net.onnx", onnx([node("Erf", "x", "out")], {}, ("n", 2)))], "network", "own"),
        ([File("net.txt", b"1 2 3")], "network", "file_suffix"),
        ([File("net.pt", b"")], "network", "file_empty"),
        ([network(1, 3, 2)], "network", "open_inputs"),
        ([network(2, 1500, 1500, 2)], "network", "open_parameters"),
    ],
)
def test_what_can_not_be_opened_says_file_rule_and_value(files: list[File], field: str, rule: str):
    error = refused(*files)
    assert (error.field, error.rule) == (field, rule)
    assert error.value


@pytest.mark.parametrize("inputs", [2, 5])
@pytest.mark.parametrize("far", [1e8, 1e12, 1e200, 1e308])
def test_points_that_no_window_reaches_are_refused_by_their_rule(inputs: int, far: float):
    x = RNG.uniform(0.5, 1, size=(20, inputs))
    x[:3] *= far
    with pytest.raises(SpecError) as caught:
        spec_of(opened([network(inputs, 4, 3), npz("far.npz", X=x, y=np.arange(20) % 3)]), Spec())
    assert (caught.value.field, caught.value.rule) == ("data", "within")


def test_a_plane_in_which_points_lie_too_far_out_is_not_chosen():
    x = RNG.normal(size=(20, 3))
    x[:, 2] *= 1e7
    spec = spec_of(opened([network(3, 4, 3), npz("far.npz", X=x, y=np.arange(20) % 3)]), Spec())
    assert spec.opened is not None
    assert spec.cut is not None
    assert spec.cut.written == "inputs 1,2"  # the largest component is input 3
    with pytest.raises(SpecError) as caught:
        cut(spec.opened, "inputs 1,3")
    assert (caught.value.field, caught.value.rule) == ("data", "within")


def test_a_network_is_equal_to_one_with_the_same_numbers_alone():
    file = network(2, 6, 2)
    first, second = opened([file]), opened([file])
    assert first == second
    assert hash(first) == hash(second)
    W, b = first.layers[0]
    other = Opened(first.name, ((W + 1e-12, b), *first.layers[1:]), "relu", None, first.notes)
    assert first != other


def test_units_are_idle_on_the_points_themselves_and_not_in_the_plane():
    found = opened([network(5, 6, 3), table(40, 5)])
    spec = spec_of(found, Spec())
    trainer = Trainer(spec)
    trainer.close()
    W, b = found.layers[0]
    active = make_data(spec).train_x @ W.T + b > 0
    idle = idle_units(trainer.latest, 1)
    assert idle.dead == tuple((np.flatnonzero(~active.any(axis=0)) + 1).tolist())
    assert idle.always == tuple((np.flatnonzero(active.all(axis=0)) + 1).tolist())
