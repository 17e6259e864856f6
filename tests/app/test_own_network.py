"""A network of one's own on a live server: seen in planes, trained on; bad files do no harm."""

import json
import pickle
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch

from cellscope.app.text.texts import LANGUAGES
from tests.app.conftest import Page, Server, in_loop, opened, press_play

RNG = np.random.default_rng(3)
Files = list[tuple[str, bytes]]


def npz(**arrays: Any) -> bytes:
    stream = BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def network(inputs: int = 5) -> bytes:
    return npz(
        W0=RNG.normal(size=(6, inputs)), b0=RNG.normal(size=6), W1=RNG.normal(size=(3, 6)),
        b1=np.zeros(3),
    )  # fmt: skip


def points(inputs: int = 5) -> bytes:
    x = RNG.normal(size=(40, inputs))
    return "\n".join(",".join([*map(str, row), str(k % 3)]) for k, row in enumerate(x)).encode()


def body(files: Files) -> bytes:
    head = json.dumps([{"name": name, "size": len(data)} for name, data in files])
    return b"\n".join([head.encode(), b"".join(data for _, data in files)])


async def upload(server: Server, session: str, content: bytes) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(base_url=server.url, timeout=60.0) as http:
        answer = await http.post(f"/open?session={session}", content=content)
        return answer.status_code, answer.json()


async def hears(page: Page, **wanted: Any) -> dict[str, Any]:
    while True:
        message = await page.hear("opened")
        if all(message.get(name) == value for name, value in wanted.items()):
            return message


def test_a_network_of_five_inputs_shows_in_planes_trains_and_is_closed_again(server: Server):
    async def story() -> None:
        async with opened(server, "?speed=max") as (page, welcome):
            session = welcome["session"]
            files = [("net.npz", network()), ("points.csv", points())]
            assert await upload(server, session, body(files)) == (200, {})
            told = await hears(page, name="net.npz")
            assert told["plane"] == "pca"
            assert told["refit"]
            assert told["trainable"]
            header, _ = await page.frame()
            while header["layers"] != 2:
                header, _ = await page.frame()
            assert header["named"].startswith("net.npz, 5 → 6 → 3")
            await press_play(server, session)
            while header["step"] == 0:
                header, _ = await page.frame()
            await press_play(server, session)  # pause
            await page.say(type="plane", plane="points 1,2,3")
            seen = await hears(page, plane="points 1,2,3")
            assert len(seen["corners"]) == 3
            header, _ = await page.frame()
            assert header["step"] > 0  # what was trained stays
            await page.say(type="plane", plane="points 1,1,1")
            assert (await page.hear("problem"))["field"] == "plane"
            await page.say(type="close-network")
            assert (await hears(page, name=""))["refit"]
            header, _ = await page.frame()
            while header["named"].startswith("net.npz"):
                header, _ = await page.frame()

    in_loop(story())


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, ("/tmp/cellscope-was-run",)  # pyright: ignore[reportReturnType]


def zip_of(name: str, data: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def claims(shape: str) -> bytes:
    """A .npy whose header claims an array that is not there."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    head = head.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode()


def pt(state: Any) -> bytes:
    stream = BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def huge_header() -> bytes:
    table = {"0.weight": {"dtype": "F32", "shape": [10**9, 2], "data_offsets": [0, 8 * 10**9]}}
    head = json.dumps(table).encode()
    return len(head).to_bytes(8, "little") + head


HOSTILE: dict[str, Callable[[], Files]] = {
    "pickle with code": lambda: [("net.pt", pickle.dumps(Evil()))],
    "torch file with code": lambda: [("net.pt", pt({"0.weight": Evil()}))],
    "zip bomb": lambda: [("net.npz", zip_of("W0.npy", b"\0" * 300 * 2**20))],
    "a billion units in a .npy": lambda: [("net.npz", zip_of("W0.npy", claims("(1000000000, 2)")))],
    "a billion units in a .safetensors": lambda: [("net.safetensors", huge_header())],
    "nan": lambda: [("net.npz", npz(W0=np.full((3, 2), np.nan), b0=np.zeros(3)))],
    "shapes": lambda: [("net.npz", npz(W0=np.ones((3, 2)), b0=np.zeros(2)))],
    "cut short": lambda: [("net.npz", network()[:200])],
    "exported program": lambda: [("net.pt2", zip_of("data.pkl", b""))],
    "noise": lambda: [("net.onnx", RNG.bytes(2000))],
    "data alone": lambda: [("points.csv", points())],
    "points of another network": lambda: [("net.npz", network(4)), ("points.csv", points())],
    "a name that is a path": lambda: [("../../etc/passwd", b"root")],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_file_is_one_line_soon_and_the_server_goes_on(server: Server, name: str):
    async def story() -> None:
        async with opened(server) as (page, welcome):
            content, begun = body(HOSTILE[name]()), time.monotonic()
            status, answer = await upload(server, welcome["session"], content)
            assert time.monotonic() - begun < 2.0 * 5  # of a machine that does other things, too
            assert status == 200  # an answer, which no console notes as a failure
            assert set(answer["problem"]) == set(LANGUAGES)
            assert all(said and "\n" not in said for said in answer["problem"].values())
            header, _ = await page.frame()
            assert header["named"] != name

    in_loop(story())
    assert not Path("/tmp/cellscope-was-run").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]\n", b'[{"name": "a.npz", "size": 9}]\nabc', b"[" * 5000, b"[1]\n"]
)
def test_a_body_that_is_none_is_refused(server: Server, content: bytes):
    async def story() -> None:
        async with opened(server) as (_, welcome):
            status, answer = await upload(server, welcome["session"], content)
            assert status == 200  # an answer, which no console notes as a failure
            assert answer["problem"]

    in_loop(story())


def test_an_unknown_experiment_and_a_page_of_another_site_are_refused(
    server: Server, http: httpx.Client
):
    assert http.post("/open?session=none", content=b"").status_code == 404
    stranger = {"Origin": "https://elsewhere.example"}
    assert http.post("/open?session=none", content=b"", headers=stranger).status_code == 403


@pytest.mark.parametrize("changed", [False, True])
def test_a_saved_experiment_without_its_run_says_what_does_not_come_back(
    server: Server, changed: bool
):
    async def story() -> None:
        async with opened(server, "?width=4&depth=3&samples=60") as (page, welcome):
            session = welcome["session"]
            if changed:
                await page.say(type="edit", which="a", layer=1, unit=1, bias=0.5)
                while not (await page.hear("hands"))["byHand"]:
                    pass
            async with httpx.AsyncClient(base_url=server.url, timeout=60.0) as http:
                saved = (await http.get(f"/export/experiment?session={session}")).content
            without = BytesIO()
            with zipfile.ZipFile(BytesIO(saved)) as old, zipfile.ZipFile(without, "w") as new:
                for name in set(old.namelist()) - {"run.npz"}:
                    new.writestr(name, old.read(name))
            _, answer = await upload(server, session, body([("a.zip", without.getvalue())]))
        said = answer.get("said", {}).get("en", "")
        assert ("train.py" in said) == changed
        assert "problem" not in answer

    in_loop(story())
