import pickle
import struct
import tracemalloc
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cellscope.model.files.pattern import read_pattern
from cellscope.model.spec import SpecError

PICTURE = np.random.default_rng(0).integers(0, 5, (12, 12))
RAN: list[str] = []


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return RAN.append, ("boom",)


def npy(array: Any, *, pickled: bool = False) -> bytes:
    stream = BytesIO()
    np.save(stream, array, allow_pickle=pickled)
    return stream.getvalue()


def with_header(header: str, body: bytes = b"\0" * 8 * 144) -> bytes:
    text = header.encode("latin-1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def header(shape: str, descr: str = "'<i8'", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def refused(data: bytes, name: str = "p.npy") -> SpecError:
    with pytest.raises(SpecError) as caught:
        read_pattern(data, name)
    assert caught.value.field == "pattern"
    assert len(caught.value.value) <= 60
    return caught.value


def attempt(data: bytes) -> NDArray[np.int64] | SpecError:
    try:
        return read_pattern(data, "p.npy")
    except SpecError as error:
        return error


@pytest.mark.parametrize(
    "picture",
    [
        *(PICTURE.astype(kind) for kind in ("i1", "u2", "<i4", ">i4", "<i8", ">u8", "f2", "f8")),
        np.asfortranarray(PICTURE),
        PICTURE * 2**60 - 7,
        (PICTURE.astype(np.uint64) + np.uint64(2**63)),
        PICTURE * 1e300 // 1,
        np.flipud(PICTURE)[::-1],
    ],
)
def test_any_whole_numbers_are_labels(picture: Any):
    assert np.array_equal(read_pattern(npy(picture), "p.npy"), PICTURE)


def test_truth_values_are_labels():
    assert np.array_equal(read_pattern(npy(PICTURE > 2), "p.npy"), (PICTURE > 2).astype(int))


@pytest.mark.parametrize(
    ("picture", "rule", "named"),
    [
        (PICTURE + 0.5, "pattern_whole", "4.5"),
        (np.where(PICTURE == 3, np.nan, PICTURE), "pattern_finite", "nan"),
        (np.where(PICTURE == 4, -np.inf, PICTURE), "pattern_finite", "-inf"),
        (PICTURE + 1j, "pattern_numbers", "complex"),
        (PICTURE.astype(str), "pattern_numbers", "<U"),
        (PICTURE.astype("M8[s]"), "pattern_numbers", "datetime"),
        (np.zeros((12, 12), [("a", "i4"), ("b", "f8")]), "pattern_numbers", "'a'"),
        (np.zeros((12, 12, 3), np.uint8), "pattern_shape", "(12, 12, 3)"),
        (np.zeros(144, np.int64), "pattern_shape", "(144,)"),
        (np.zeros((12, 13), np.int64), "pattern_shape", "(12, 13)"),
        (np.zeros((10, 10), np.int64), "pattern_shape", "(10, 10)"),
        (np.zeros((1002, 1002), np.int8), "pattern_shape", "(1002, 1002)"),
        (np.zeros((0, 0), np.int64), "pattern_shape", "(0, 0)"),
        (np.int64(3), "pattern_shape", "()"),
    ],
)
def test_what_is_no_picture_of_labels_is_named(picture: Any, rule: str, named: str):
    error = refused(npy(picture))
    assert error.rule == rule
    assert named in error.value


def test_the_first_bad_pixel_is_named():
    picture = PICTURE.astype(float)
    picture[3, 4] = np.nan
    assert refused(npy(picture)).limits == {"row": 3, "column": 4}


def test_no_code_runs():
    objects = np.empty((12, 12), object)
    objects[:] = Bomb()
    for data in (npy(objects, pickled=True), pickle.dumps(Bomb()), pickle.dumps(objects)):
        assert refused(data).rule in ("array_objects", "array_broken")
    assert RAN == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\x93NUMPY", "array_broken"),
        (b"PK\x03\x04 a zip", "array_broken"),
        (npy(PICTURE)[:-1], "array_broken"),
        (npy(PICTURE) + b"\0", "array_broken"),
        (npy(PICTURE)[:40], "array_broken"),
        (with_header(header("(12, 12)"), b""), "array_broken"),
        (with_header(header("(-12, -12)")), "pattern_shape"),
        (with_header(header("(10**9, 10**9)")), "array_broken"),
        (with_header(header(f"({10**30}, {10**30})")), "pattern_shape"),
        (with_header(header(f"({'9' * 4000}, {'9' * 4000})")), "pattern_shape"),
        (with_header(header(f"({'9' * 5000}, 12)")), "array_broken"),
        (with_header(header("(" + "1, " * 100 + ")")), "pattern_shape"),
        (with_header(header("(12.0, 12)")), "array_broken"),
        (with_header(header("(12, 12)", "'|O'")), "array_objects"),
        (with_header(header("(12, 12)", "'|V8'")), "pattern_numbers"),
        (with_header(header("(12, 12)", "[('a', '|O')]")), "array_objects"),
        (with_header(header("(12, 12)", "'<i8'", "7")), "array_broken"),
        (with_header("__import__('os').system('true')"), "array_broken"),
        (with_header("(" * 2000), "array_broken"),
        (with_header(header("(True, True)")), "pattern_shape"),
        (b"", "array_broken"),
    ],
)
def test_broken_and_hostile_files_are_refused(data: bytes, rule: str):
    assert refused(data).rule == rule


def test_a_claimed_size_allocates_nothing():
    data = with_header(header(f"(1001, {10**12})")) + b"\0" * 100
    tracemalloc.start()
    try:
        refused(data)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(data) + 200_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(data: bytes):
    for bytes_ in (data, b"\x93NUMPY\x01\x00" + data, npy(PICTURE)[:80] + data):
        refused(bytes_)


@given(st.integers(0, 200), st.integers(0, 255))
def test_one_changed_byte_in_the_head_is_read_or_refused(place: int, value: int):
    data = bytearray(npy(PICTURE))
    data[place] = value
    outcome = attempt(bytes(data))
    assert outcome.shape == (12, 12) if isinstance(outcome, np.ndarray) else outcome.rule
