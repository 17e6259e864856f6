"""Files that are no networks are refused before torch is imported: in no time, in 40 MB."""

import json
import pickle
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from cellscope.app.cli import main
from cellscope.model.files.torch_files import wrong_at_sight
from tests.model.files.onnx_writer import model, node

RUN = """
import sys
from cellscope.app.cli import main
status = main(sys.argv[1:])
print(status, "torch" in sys.modules)
"""


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').system('true')",)


def npz(**arrays: object) -> bytes:
    stream = BytesIO()
    np.savez(stream, **arrays)  # pyright: ignore[reportArgumentType]
    return stream.getvalue()


def saved(state: object, *, legacy: bool = False) -> bytes:
    stream = BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def bomb() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W0.npy", bytes(300 * 2**20))
    return stream.getvalue()


TABLE = json.dumps({"0.weight": {"dtype": "F32", "shape": [10**9, 2], "data_offsets": [0, 8]}})
WRONG = {
    "cut.npz": npz(W0=np.ones((3, 2)), b0=np.zeros(3))[:150],
    "shapes.npz": npz(W0=np.ones((3, 2)), b0=np.zeros(2)),
    "nan.npz": npz(W0=np.full((3, 2), np.nan), b0=np.zeros(3)),
    "bomb.npz": bomb(),
    "claims.safetensors": len(TABLE).to_bytes(8, "little") + TABLE.encode() + bytes(8),
    "code.pt": pickle.dumps(Evil()),
    "hidden.pt": saved({"0.weight": Evil()}),
    "old.pt": saved({"0.weight": Evil()}, legacy=True),
    "noise.pt": b"no network",
    "cut.onnx": model([node("Relu", "x", "out")], {}, ("n", 2))[:20],
    "noise.onnx": bytes(range(200)),
    "exported.pt2": b"PK",
    "words.txt": b"1 2 3",
}


@pytest.mark.parametrize("name", [*WRONG, "none.npz"])
def test_a_broken_file_is_named_before_torch_is_there(tmp_path: Path, name: str):
    if name in WRONG:
        (tmp_path / name).write_bytes(WRONG[name])
    command = [sys.executable, "-c", RUN, "cells", str(tmp_path / name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["2", "False"], ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("cellscope: network: ")


@pytest.mark.parametrize("legacy", [False, True])
def test_what_torch_writes_is_not_suspected(legacy: bool):
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    optimiser = torch.optim.Adam(module.parameters())
    states = [
        module.state_dict(),
        {"model": module.half().state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3},
        {"w": torch.ones(3, dtype=torch.bfloat16), "s": torch.Size([1, 2])},
    ]
    assert [wrong_at_sight(saved(state, legacy=legacy)) for state in states] == [""] * 3


@pytest.mark.parametrize(
    "words",
    [
        ("moments", "--activation", "tanh", "--samples", "60", "--json"),
        ("cells", "--pixels", "40", "network.npz", "--json"),
        ("cells", "network.npz", "--pixels", "40", "--json"),
    ],
)
def test_the_value_of_an_option_is_no_file(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    arrays = {"W0": np.eye(2), "b0": np.ones(2), "W1": np.eye(2), "b1": np.ones(2)}
    Path("network.npz").write_bytes(npz(**arrays))
    assert main(words) == 0
