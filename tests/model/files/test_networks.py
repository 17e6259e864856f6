import io
import json
import os
import pickle
import random
import re
import struct
import time
import zipfile
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from torch import nn

from cellscope.model.files.networks import MAX_LAYERS, read_network
from cellscope.model.files.reading import MAX_BYTES
from cellscope.model.files.tensors import read_tensors
from cellscope.model.files.torch_files import MAGIC
from cellscope.model.spec import SpecError

SIZES = (2, 5, 3, 4)  # all different: a transposed or swapped matrix fits nowhere


def sequential(sizes: tuple[int, ...] = SIZES, *, bias: bool = True) -> nn.Sequential:
    torch.manual_seed(1)
    modules: list[nn.Module] = []
    for n, m in pairwise(sizes):
        modules += [nn.Linear(n, m, bias=bias), nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def arrays_of(network: nn.Sequential) -> dict[str, Any]:
    linear = [module for module in network if isinstance(module, nn.Linear)]
    arrays: dict[str, Any] = {}
    for i, module in enumerate(linear):
        arrays[f"W{i}"] = module.weight.detach().numpy()
        arrays[f"b{i}"] = module.bias.detach().numpy()
    return arrays


DTYPES = {  # from the format's page
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool, "F8_E4M3": torch.float8_e4m3fn,
}  # fmt: skip


def safetensors_bytes(state: dict[str, torch.Tensor]) -> bytes:
    """Written by hand from the format's page: length, table, numbers."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    table, body = dict[str, Any](), b""
    for name, tensor in state.items():
        data = tensor.detach().contiguous().view(torch.uint8).numpy().tobytes()
        offsets = [len(body), len(body) + len(data)]
        dtype, shape = names[tensor.dtype], list(tensor.shape)
        table[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        body += data
    head = json.dumps(table | {"__metadata__": {"format": "pt"}}).encode()
    return struct.pack("<Q", len(head)) + head + body


def refused(path: Path) -> SpecError:
    with pytest.raises(SpecError) as caught:
        read_network(str(path))
    assert caught.value.field == "network"
    return caught.value


def refused_npz(path: Path, **arrays: Any) -> SpecError:
    np.savez(path, **arrays)
    return refused(path)


def refused_state(path: Path, state: object) -> SpecError:
    torch.save(state, path)
    return refused(path)


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    return tmp_path / "network.npz"


@pytest.fixture
def pt(tmp_path: Path) -> Path:
    return tmp_path / "network.pt"


def test_the_same_network_comes_out_of_all_three_formats(tmp_path: Path):
    network = sequential()
    np.savez(tmp_path / "n.npz", **arrays_of(network))
    torch.save(network.state_dict(), tmp_path / "n.pt")
    (tmp_path / "n.safetensors").write_bytes(safetensors_bytes(network.state_dict()))
    linear = [module for module in network if isinstance(module, nn.Linear)]
    for name in ("n.npz", "n.pt", "n.safetensors"):
        layers = read_network(str(tmp_path / name)).weights
        assert [W.shape for W, _ in layers] == [(5, 2), (3, 5), (4, 3)]
        for (W, b), module in zip(layers, linear, strict=True):
            assert W.dtype == b.dtype == np.float64
            assert np.array_equal(W, module.weight.detach().numpy())
            assert np.array_equal(b, module.bias.detach().numpy())


def test_what_the_safetensors_library_writes_is_read(tmp_path: Path):
    library = pytest.importorskip("safetensors.torch")
    state = sequential().state_dict() | {"6.weight": torch.ones(2, 4, dtype=torch.bfloat16)}
    library.save_file(state, tmp_path / "n.safetensors", metadata={"format": "pt"})
    layers = read_network(str(tmp_path / "n.safetensors")).weights
    assert np.array_equal(layers[0][0], state["0.weight"].numpy())
    assert np.array_equal(layers[3][0], np.ones((2, 4)))


def test_other_arrays_of_an_npz_are_ignored_even_if_they_could_not_be_loaded(npz: Path):
    junk = np.array([{"an": "object"}], dtype=object)
    np.savez(npz, **arrays_of(sequential()), junk=junk, W=np.ones(3), weights0=np.ones(2))
    assert len(read_network(str(npz)).weights) == 3


def test_the_suffix_may_be_in_capitals(tmp_path: Path):
    np.savez(tmp_path / "n.npz", **arrays_of(sequential()))
    (tmp_path / "n.npz").rename(tmp_path / "N.NPZ")
    assert len(read_network(str(tmp_path / "N.NPZ")).weights) == 3


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8", "i1", "<u8", np.longdouble])
def test_numbers_of_every_real_kind_become_float64(npz: Path, dtype: Any):
    W = np.array([[1, 2], [3, 4], [5, 6]]).astype(dtype)
    np.savez(npz, W0=np.asfortranarray(W), b0=np.zeros(3, dtype))
    ((loaded, _),) = read_network(str(npz)).weights
    assert loaded.dtype == np.float64
    assert loaded.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32])
def test_tensors_of_every_real_kind_become_float64(tmp_path: Path, dtype: torch.dtype):
    state = {"0.weight": torch.tensor([[1, 2], [3, 4]], dtype=dtype)}
    torch.save(state, tmp_path / "n.pt")
    (tmp_path / "n.safetensors").write_bytes(safetensors_bytes(state))
    for name in ("n.pt", "n.safetensors"):
        ((W, b),) = read_network(str(tmp_path / name)).weights
        assert W.tolist() == [[1, 2], [3, 4]]
        assert b.tolist() == [0, 0]  # a Linear without bias


def test_a_second_relu_or_one_at_the_end_changes_nothing(pt: Path):
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.ReLU(), nn.Linear(3, 1), nn.ReLU())
    torch.save(network.state_dict(), pt)
    assert [W.shape for W, _ in read_network(str(pt)).weights] == [(3, 2), (1, 3)]


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    error = refused(tmp_path / "none.npz")
    assert (error.rule, error.value[-8:]) == ("file_missing", "none.npz")


def test_no_folder_no_device_and_no_pipe_is_opened(tmp_path: Path):
    (tmp_path / "folder.npz").mkdir()
    assert refused(tmp_path / "folder.npz").rule == "file_kind"
    os.mkfifo(tmp_path / "pipe.npz")
    assert refused(tmp_path / "pipe.npz").rule == "file_kind"
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    assert refused(tmp_path / "zero.npz").rule == "file_kind"


def test_a_name_no_file_can_have_is_refused(tmp_path: Path):
    assert refused(tmp_path / "a\0b.npz").rule == "file_unreadable"
    assert refused(tmp_path / ("x" * 5000 + ".npz")).rule == "file_unreadable"


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".safetensors"])
def test_an_empty_file_and_plain_text_are_no_network(tmp_path: Path, suffix: str):
    path = tmp_path / f"network{suffix}"
    path.write_bytes(b"")
    assert refused(path).rule == "file_empty"
    path.write_text("This is no network, whatever its name says.\n" * 9)
    assert refused(path).rule in ("network_broken", "network_code")


def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path: Path):
    (tmp_path / "network.h5").write_bytes(b"x")
    error = refused(tmp_path / "network.h5")
    known = ".npz, .safetensors, .pt, .pth, .ckpt, .bin, .tar, .onnx"
    assert (error.rule, error.limits) == ("file_suffix", {"choices": known})


def test_a_file_above_the_limit_is_not_read(npz: Path):
    with npz.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room on the disk
    assert refused(npz).rule == "file_large"


def test_a_zip_bomb_is_refused_by_what_it_would_become(tmp_path: Path):
    for name, member in (("bomb.npz", "W0.npy"), ("bomb.pt", "bomb/data.pkl")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("b0.npy", b"")
            with archive.open(member, "w") as file:
                for _ in range(MAX_BYTES // 2**20 + 1):
                    file.write(bytes(2**20))
        assert (tmp_path / name).stat().st_size < 2**18
        assert refused(tmp_path / name).rule == "file_large"


def test_an_array_that_claims_more_than_is_there_is_not_allocated(npz: Path):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 2)}
    )
    with zipfile.ZipFile(npz, "w") as archive:
        archive.writestr("W0.npy", head.getvalue())
        archive.writestr("b0.npy", head.getvalue())
    error = refused(npz)
    assert (error.rule, error.value) == ("array_broken", "W0")


def test_a_tensor_that_repeats_one_number_is_not_unrolled(pt: Path):
    error = refused_state(pt, {"0.weight": torch.ones(1).expand(10**10, 2)})
    assert (error.rule, error.value) == ("file_large", "0.weight")


@pytest.mark.parametrize("name", ["W0", "b0", "W1", "b1"])
def test_the_array_that_is_missing_is_named(npz: Path, name: str):
    arrays = arrays_of(sequential())
    del arrays[name]
    error = refused_npz(npz, **arrays)
    assert (error.rule, error.limits) == ("network_missing", {"array": name})


def test_an_npz_without_any_layer_is_no_network(npz: Path):
    assert refused_npz(npz, x=np.ones(3)).rule == "network_none"


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.ones((3, 2), complex), "array_numbers"),
        (np.ones((3, 2), bool), "array_numbers"),
        (np.full((3, 2), "one"), "array_numbers"),
        (np.ones((3, 2), "M8[s]"), "array_numbers"),
        (np.ones((3, 2), [("x", "f8")]), "array_numbers"),
        (np.array([[None, 1]] * 3, object), "array_objects"),
        (np.ones(3), "network_matrix"),
        (np.float64(3), "network_matrix"),
        (np.ones((3, 2, 1)), "network_matrix"),
        (np.ones((0, 2)), "network_matrix"),
    ],
)
def test_weights_are_a_matrix_of_real_numbers(npz: Path, array: Any, rule: str):
    error = refused_npz(npz, W0=array, b0=np.ones(3))
    assert (error.rule, error.value[:2]) == (rule, "W0")


def test_layers_that_do_not_fit_are_both_named(npz: Path):
    arrays = arrays_of(sequential()) | {"W2": np.ones((4, 7))}
    error = refused_npz(npz, **arrays)
    assert error.rule == "network_fit"
    assert error.limits == {"first": 2, "second": 3, "units": 3, "inputs": 7}
    assert error.value == "W1 3 × 5, W2 4 × 7"


@pytest.mark.parametrize("bias", [np.ones(4), np.ones((5, 2)), np.float64(0)])
def test_there_is_one_bias_per_unit(npz: Path, bias: Any):
    error = refused_npz(npz, **(arrays_of(sequential()) | {"b0": bias}))
    assert (error.rule, error.limits) == ("network_bias", {"array": "W0", "units": 5})


@pytest.mark.parametrize("inputs", [1, 3, 784])
def test_the_input_is_the_plane(npz: Path, inputs: int):
    error = refused_npz(npz, W0=np.ones((3, inputs)), b0=np.ones(3))
    assert (error.rule, error.value) == ("network_plane", f"W0 3 × {inputs}")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["W1", "b2"])
def test_a_number_that_is_not_finite_is_named(npz: Path, name: str, bad: float):
    arrays = arrays_of(sequential())
    arrays[name].ravel()[1] = bad
    error = refused_npz(npz, **arrays)
    assert (error.rule, error.value) == ("array_finite", f"{name}: {bad}")


def test_numbers_beyond_float64_are_not_finite(npz: Path):
    W = np.full((3, 2), np.longdouble("1e4000"))
    assert refused_npz(npz, W0=W, b0=np.ones(3)).rule == "array_finite"


def test_a_network_has_at_most_32_layers(npz: Path, pt: Path):
    network = sequential((2,) * (MAX_LAYERS + 2))
    assert refused_npz(npz, **arrays_of(network)).rule == "network_layers"
    assert refused_state(pt, network.state_dict()).rule == "network_layers"
    np.savez(npz, **arrays_of(sequential((2,) * (MAX_LAYERS + 1))))
    assert len(read_network(str(npz)).weights) == MAX_LAYERS


def test_too_many_units_are_refused(npz: Path):
    assert refused_npz(npz, W0=np.ones((5000, 2)), b0=np.ones(5000)).rule == "network_units"


class Trap:
    """Pickled code: loading it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_in_a_pickle_never_runs(tmp_path: Path, protocol: int):
    code = Trap(tmp_path / "sprung")
    for suffix in (".pt", ".npz", ".safetensors"):
        path = tmp_path / f"bare{suffix}"
        path.write_bytes(pickle.dumps(code, protocol))
        refused(path)
    torch.save({"0.weight": code}, tmp_path / "n.pt", pickle_protocol=protocol)
    assert refused(tmp_path / "n.pt").rule == "network_code"
    legacy: dict[str, Any] = {"pickle_protocol": protocol, "_use_new_zipfile_serialization": False}
    torch.save(code, tmp_path / "legacy.pt", **legacy)
    refused(tmp_path / "legacy.pt")
    np.savez(tmp_path / "n.npz", W0=np.array([code], dtype=object), b0=np.ones(1))
    assert refused(tmp_path / "n.npz").rule == "array_objects"
    assert not (tmp_path / "sprung").exists()


def test_a_whole_module_is_refused_only_its_state_dict_is_data(pt: Path):
    assert refused_state(pt, sequential()).rule == "network_code"


@pytest.mark.parametrize(
    "module", [nn.BatchNorm1d(3), nn.PReLU(), nn.LayerNorm(3), nn.Conv1d(3, 3, 1)]
)
def test_other_modules_are_refused(pt: Path, module: nn.Module):
    network = nn.Sequential(nn.Linear(2, 3), module, nn.Linear(3, 1))
    error = refused_state(pt, network.state_dict())
    assert error.rule in ("network_keys", "network_no_relu", "network_matrix")


@pytest.mark.parametrize(
    "key",
    ["weights", "net.0.running_mean", "0.weights", "0.weight_ih_l0", "0.weight\n", "٠.bias", 0],
)
def test_keys_of_no_linear_layer_are_refused(pt: Path, key: object):
    assert refused_state(pt, {key: torch.ones(3, 2)}).rule == "network_keys"


def test_a_bias_without_weights_is_refused(pt: Path):
    error = refused_state(pt, {"0.bias": torch.ones(3)})
    assert (error.rule, error.value) == ("network_keys", "0.bias")


def test_linear_modules_without_relu_between_or_not_first_are_refused(pt: Path):
    network = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    error = refused_state(pt, network.state_dict())
    assert (error.rule, error.limits) == ("network_no_relu", {"before": 0, "after": 1})
    network = nn.Sequential(nn.ReLU(), nn.Linear(2, 3))
    assert refused_state(pt, network.state_dict()).rule == "network_first"


@pytest.mark.parametrize(
    "value",
    [
        torch.ones(3, 2, dtype=torch.complex64),
        torch.ones(3, 2, dtype=torch.bool),
        torch.ones(3, 2).to_sparse(),
        torch.empty(3, 2, device="meta"),
        [[1.0, 2.0]],
        3.0,
    ],
)
def test_tensors_hold_real_numbers(pt: Path, value: object):
    assert refused_state(pt, {"0.weight": value}).rule == "array_numbers"


@pytest.mark.parametrize("state", [{}, [], torch.ones(3, 2), 1, {"model": OrderedDict()}])
def test_what_is_no_state_dict_is_refused(pt: Path, state: object):
    assert refused_state(pt, state).rule in ("network_none", "network_keys")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"F32"', b'"F99"'),
        (b"[5, 2]", b"[6, 2]"),
        (b"[5, 2]", b"[-5,2]"),
        (b"[0, 40]", b"[4, 44]"),
        (b'"0.bias"', b'"0.bi\\u"'),
        (b'{"0', b'["0'),
    ],
)
def test_a_table_that_does_not_fit_the_bytes_is_refused(tmp_path: Path, old: bytes, new: bytes):
    data = safetensors_bytes(sequential().state_dict())
    changed = data.replace(old, new, 1)
    assert len(changed) == len(data)
    assert changed != data
    (tmp_path / "n.safetensors").write_bytes(changed)
    refused(tmp_path / "n.safetensors")


def test_a_tensor_with_no_number_or_bytes_left_over_or_a_name_twice_is_told():
    assert read_tensors(safetensors_bytes({"a": torch.ones(0, 3)}))["a"].shape == (0, 3)
    with pytest.raises(ValueError, match="more bytes"):
        read_tensors(safetensors_bytes({"a": torch.ones(1)}) + b"x")
    with pytest.raises(ValueError, match="twice"):
        read_tensors(
            safetensors_bytes({"a": torch.ones(1), "b": torch.ones(1)}).replace(b'"b"', b'"a"')
        )


def corrupted(data: bytes, choose: random.Random) -> bytes:
    """Cut short, bytes changed, a piece doubled or taken out, or foreign bytes at one end."""
    changed = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 8))):
        at = choose.randrange(len(changed) + 1)
        length = choose.choice((1, 1, 4, 50))
        kind = choose.randrange(5)
        if kind == 0:
            changed = changed[: at or 1]
        elif kind == 1:
            changed[at : at + length] = choose.randbytes(length)
        elif kind == 2:
            changed[at:at] = changed[at : at + length]
        elif kind == 3 and len(changed) > length:
            del changed[at : at + length]
        else:
            changed[at : at + 1] = b"\xff"
    return bytes(changed) or b"x"


@pytest.mark.parametrize("suffix", [".npz", ".compressed.npz", ".pt", ".legacy.pt", ".safetensors"])
def test_damaged_files_are_refused_with_one_error_or_are_still_networks(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
):
    network, whole = sequential(), tmp_path / f"whole{suffix}"
    if suffix == ".npz":
        np.savez(whole, **arrays_of(network))
    elif suffix == ".compressed.npz":
        np.savez_compressed(whole, **arrays_of(network))
    elif suffix == ".safetensors":
        whole.write_bytes(safetensors_bytes(network.state_dict()))
    else:
        is_zip: dict[str, Any] = {"_use_new_zipfile_serialization": suffix == ".pt"}
        torch.save(network.state_dict(), whole, **is_zip)
    data, choose = whole.read_bytes(), random.Random(suffix)
    path = tmp_path / f"damaged{suffix}"
    refusals: list[SpecError] = []
    for _ in range(400):
        path.write_bytes(corrupted(data, choose))
        try:
            layers = read_network(str(path)).weights
        except SpecError as error:
            refusals.append(error)
        else:
            assert all(np.isfinite(W).all() and np.isfinite(b).all() for W, b in layers)
    assert len(refusals) > 100
    assert {error.field for error in refusals} == {"network"}
    assert all(re.fullmatch(r"[^\n]+", str(error)) for error in refusals)
    assert capfd.readouterr() == ("", "")


def plain(state: dict[str, torch.Tensor], names: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """The Linear layers of a Sequential under other names."""
    new: dict[str, torch.Tensor] = {}
    numbers = list(dict.fromkeys(key.split(".")[0] for key in state))
    for number, name in zip(numbers, names, strict=True):
        new |= {f"{name}weight": state[f"{number}.weight"], f"{name}bias": state[f"{number}.bias"]}
    return new


@pytest.mark.parametrize(
    "names",
    [
        ("0.", "2.", "4."),
        ("net.0.", "net.2.", "net.4."),
        ("module.0.", "module.2.", "module.4."),
        ("_orig_mod.module.net.0.", "_orig_mod.module.net.2.", "_orig_mod.module.net.4."),
        ("0.0.", "0.2.", "1."),
        ("fc1.", "fc2.", "fc10."),
        ("hidden.", "deeper.", "a_last."),
        ("fcs.0.", "fcs.1.", "fcs.2."),
        ("blocks.0.0.", "blocks.1.0.", "head."),
    ],
)
@pytest.mark.parametrize("wrap", [None, "model_state_dict", "state_dict", "any"])
def test_a_state_dict_is_read_in_the_order_of_the_file(
    pt: Path, names: tuple[str, ...], wrap: str | None
):
    state = plain(sequential().state_dict(), names)
    torch.save(state if wrap is None else {"epoch": 3, wrap: state, "optim": {"state": {}}}, pt)
    network = read_network(str(pt))
    assert [W.shape for W, _ in network.weights] == [(5, 2), (3, 5), (4, 3)]
    assert np.array_equal(network.weights[2][1], state[f"{names[2]}bias"].numpy())
    assert (network.activation, network.assumed) == ("relu", True)
    asked = read_network(str(pt), "identity")
    assert (asked.activation, asked.assumed) == ("identity", False)


def test_names_sorted_by_the_writer_are_put_in_the_order_of_their_numbers(tmp_path: Path):
    sizes = (2, *range(3, 15))
    state = plain(sequential(sizes).state_dict(), tuple(f"fc{i}." for i in range(1, 13)))
    path = tmp_path / "n.safetensors"
    path.write_bytes(safetensors_bytes(dict(sorted(state.items()))))
    assert [W.shape[1] for W, _ in read_network(str(path)).weights] == list(sizes[:-1])


@pytest.mark.parametrize("suffix", ["", ".pth", ".ckpt", ".pt.tar", ".of-monday"])
def test_what_torch_saved_is_read_under_any_name(tmp_path: Path, suffix: str):
    torch.save(sequential().state_dict(), tmp_path / f"network{suffix}")
    assert len(read_network(str(tmp_path / f"network{suffix}")).weights) == 3


def test_an_npz_may_count_from_1_have_columns_as_biases_or_hold_a_state_dict(npz: Path):
    network, arrays = sequential(), arrays_of(sequential())
    np.savez(npz, **{f"{name[0]}{int(name[1]) + 1}": a for name, a in arrays.items()})
    assert np.array_equal(read_network(str(npz)).weights[2][0], arrays["W2"])
    np.savez(npz, **{name: a.reshape(-1, 1) if a.ndim == 1 else a for name, a in arrays.items()})
    assert np.array_equal(read_network(str(npz)).weights[2][1], arrays["b2"])
    assert not read_network(str(npz)).assumed  # by its layout it is ReLU
    state: dict[str, Any] = {k: v.detach().numpy() for k, v in network.state_dict().items()}
    np.savez(npz, **state)
    assert np.array_equal(read_network(str(npz)).weights[2][1], arrays["b2"])
    assert read_network(str(npz)).assumed


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("leaky_relu", "leaky_relu"),
        ("Identity", "identity"),
        ("linear", "identity"),
        (b"nn.ReLU()", "relu"),
        (["ReLU", "Hardtanh"], "relu,hardtanh"),  # one for each hidden layer
    ],
)
def test_the_activation_that_a_file_says_is_obeyed(npz: Path, said: Any, known: str):
    np.savez(npz, **arrays_of(sequential()), activation=np.array(said))
    assert read_network(str(npz)).activation == known
    assert read_network(str(npz), known).activation == known
    other = "identity" if known == "relu" else "relu"
    with pytest.raises(SpecError, match="network_says"):
        read_network(str(npz), other)


@pytest.mark.parametrize("said", [["relu", "abs", "relu"], "relu,abs,relu"])
def test_as_many_activations_as_hidden_layers_or_one(npz: Path, said: Any):
    assert refused_npz(npz, **arrays_of(sequential()), activation=said).rule == "activations"
    np.savez(npz, **arrays_of(sequential()))
    with pytest.raises(SpecError, match="activations"):
        read_network(str(npz), "relu,abs,relu")


@pytest.mark.parametrize("letters", [[0x110005], [0xFFFFFFFF, 65], [0xD800], [65, 0x110000]])
@pytest.mark.parametrize("count", [1, 2])
def test_letters_that_are_none_are_a_broken_array(npz: Path, letters: list[int], count: int):
    said = np.array(letters * count, "<u4").view(f"<U{len(letters)}")
    error = refused_npz(npz, **arrays_of(sequential()), activation=said)
    assert (error.rule, error.value) == ("array_broken", "activation")


@pytest.mark.parametrize("said", ["Tanh", "GELU", "", 3, ["ReLU", "Tanh"]])
def test_an_activation_without_exact_cells_is_refused(npz: Path, said: Any):
    assert refused_npz(npz, **arrays_of(sequential()), activation=said).rule == "network_activation"


def test_numbers_that_follow_each_other_in_one_sequential_have_no_relu_between(pt: Path):
    state = sequential().state_dict()
    for names in (("0.", "1.", "3."), ("0.0.", "0.1.", "0.3."), ("net.0.", "net.2.", "net.3.")):
        assert refused_state(pt, plain(state, names)).rule == "network_no_relu"


def test_two_models_in_one_checkpoint_are_both_named(pt: Path):
    state = sequential().state_dict()
    error = refused_state(pt, {"actor": state, "critic": state})
    assert (error.rule, error.value) == ("network_several", "actor, critic")


def test_layers_whose_widths_do_not_chain_in_the_order_of_the_file_are_refused(pt: Path):
    state = plain(sequential().state_dict(), ("out.", "hidden.", "first."))
    swapped = {
        key: state[key] for name in ("first", "hidden", "out") for key in state if name in key
    }
    assert refused_state(pt, swapped).rule == "network_fit"


def test_what_a_file_is_says_its_content_not_its_name(tmp_path: Path):
    network = sequential()
    torch.save(network.state_dict(), tmp_path / "torch.npz")
    (tmp_path / "safe.pt").write_bytes(safetensors_bytes(network.state_dict()))
    with (tmp_path / "numpy.pth").open("wb") as file:
        np.savez(file, **{k: v.numpy() for k, v in network.state_dict().items()})
    torch.save(network.state_dict(), tmp_path / "right.pt")
    right = read_network(str(tmp_path / "right.pt")).weights
    for name in ("torch.npz", "safe.pt", "numpy.pth"):
        for (W, b), (V, c) in zip(read_network(str(tmp_path / name)).weights, right, strict=True):
            assert np.array_equal(W, V), name
            assert np.array_equal(b, c), name


@pytest.mark.parametrize(
    ("between", "name"),
    [
        (nn.LayerNorm(8), "1.weight 8"),
        (nn.PReLU(), "1.weight 1"),
        (nn.GroupNorm(2, 8), "1.weight 8"),
    ],
)
def test_a_weight_that_is_no_matrix_is_the_cause_and_not_a_missing_relu(
    tmp_path: Path, between: nn.Module, name: str
):
    module = nn.Sequential(nn.Linear(2, 8), between, nn.Linear(8, 3))
    torch.save(module.state_dict(), tmp_path / "n.pt")
    error = refused(tmp_path / "n.pt")
    assert (error.rule, error.value) == ("network_matrix", name)


def test_weights_kept_in_parts_are_named_rather_than_their_bias(tmp_path: Path):
    normed = nn.utils.parametrizations.weight_norm(nn.Linear(2, 8))
    torch.save(nn.Sequential(normed, nn.ReLU(), nn.Linear(8, 3)).state_dict(), tmp_path / "n.pt")
    assert refused(tmp_path / "n.pt").value == "0.parametrizations.weight.original0"


def test_the_count_of_an_averaged_model_is_no_tensor_of_another_module(tmp_path: Path):
    average = torch.optim.swa_utils.AveragedModel(sequential())
    torch.save(average.state_dict(), tmp_path / "n.pt")
    assert len(read_network(str(tmp_path / "n.pt")).weights) == 3


def test_numbers_of_a_kind_that_numpy_has_not_are_named(tmp_path: Path):
    state = {"0.weight": torch.ones(4, 2, dtype=torch.float8_e4m3fn)}
    (tmp_path / "n.safetensors").write_bytes(safetensors_bytes(state))
    error = refused(tmp_path / "n.safetensors")
    assert (error.rule, error.value) == ("array_numbers", "0.weight: F8_E4M3")


def test_numbers_within_names_may_have_any_number_of_digits(tmp_path: Path):
    W, b = np.eye(2, dtype=np.float32), np.zeros(2, np.float32)
    first, second = "9" * 4999, "1" + "0" * 4999
    path = tmp_path / "a.safetensors"
    named = {f"l{k}.weight": W + i for i, k in enumerate((first, second))}
    path.write_bytes(save(named | {f"l{k}.bias": b for k in (first, second)}))
    assert [layer[0][0, 0] for layer in read_network(str(path)).weights] == [1.0, 2.0]


def _in_zip(pickle: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/version", "3")
    return packed.getvalue()


TENSORS = {f"{k}.weight": {"dtype": "F32", "shape": [1, 1], "data_offsets": [4 * k, 4 * k + 4]}
           for k in range(100_000)}  # fmt: skip
TABLE = json.dumps(TENSORS).encode()
BEFORE_1_6 = b"\x80\x02\x8a\n" + MAGIC + b".\x80\x02M\xe9\x03.\x80\x02}."  # how torch began then
LONG = {  # took 12 s, and as many minutes as it has megabytes
    "a.safetensors": (
        len(TABLE).to_bytes(8, "little") + TABLE + bytes(4 * len(TENSORS)),
        "network_layers",
    ),
    "a.pt": (_in_zip(b"\x80\x02" + b"(" * 40_000_000 + b"."), "network_broken"),
    "old.pt": (BEFORE_1_6 + b"\x80\x02" + b"(" * 4_000_000, "network_broken"),
}


@pytest.mark.parametrize("name", LONG)
def test_a_file_of_far_too_many_parts_is_refused_at_once(name: str, tmp_path: Path):
    data, rule = LONG[name]
    (tmp_path / name).write_bytes(data)
    begin = time.process_time()
    with pytest.raises(SpecError) as refused:
        read_network(str(tmp_path / name))
    assert refused.value.rule == rule
    assert time.process_time() - begin < 6.0  # 1 s on a quiet machine
