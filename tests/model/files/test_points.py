from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.model.files.points import load_points
from cellscope.model.spec import SpecError

POINTS = [[0.0, 1.5], [-2.0, 1e-3]]


def csv(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "points.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def refused(path: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load_points(path)
    assert caught.value.field == "points"
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "0,1.5\n-2,1e-3\n",
        "0,1.5\r\n-2,1e-3",
        "x1,x2\n0,1.5\n-2,1e-3\n",
        "x1,x2,label\n0,1.5,red\n-2,1e-3,\n",
        "\n 0 , 1.5 ,0\n\n-2,+.001,nan\n \n",
        '"x","y"\n"0","1.5"\n"-2","1e-3"\n',
        "\ufeff0,1.5\n-2,1e-3\n",
        "0;1,5\n-2;1e-3\n",
        "0 1.5\n-2 1e-3\n",
        "0\t1,5\n-2\t0,001\n",
        ",x,y\n0,0,1.5\n1,-2,.001\n",
        '"x" "y"\n"1" 0 1.5\n"2" -2 0.001\n',
    ],
)
def test_a_csv_has_two_columns_perhaps_a_label_and_perhaps_a_header(tmp_path: Path, text: str):
    assert load_points(csv(tmp_path, text)).tolist() == POINTS


def test_a_header_alone_is_a_file_without_points(tmp_path: Path):
    assert load_points(csv(tmp_path, "x,y\n")).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "file_empty"),
        ("\n\n", "file_empty"),
        ("1\n2\n", "points_columns"),
        ("1,2,3,4\n", "points_columns"),
        ("1,2\n3,4\n5\n", "points_finite"),
        ("1,nan\n", "points_finite"),
        ("1,2\n-inf,3\n", "points_finite"),
        ("1,2\nx,y\n", "points_finite"),
        ("x,y\nx,y\n1,2\n", "points_finite"),
        ("x,2\n1,2\n", "points_finite"),  # half a header is a broken row
        ("1,\n", "points_columns"),
        (b"1,2\n\xff\xfe,3\n", "points_finite"),
        ("1,2\n" + "9" * 200_000 + ",1\n", "csv_cell"),
    ],
)
def test_a_csv_of_anything_else_is_refused(tmp_path: Path, text: str | bytes, rule: str):
    assert refused(csv(tmp_path, text)).rule == rule


def test_the_row_that_is_wrong_is_named(tmp_path: Path):
    error = refused(csv(tmp_path, "x,y\n1,2\n\n3,four\n"))
    assert (error.limits, error.value) == ({"line": 4}, "3, four")
    np.save(tmp_path / "points.npy", [[1, 2], [3, np.nan]])
    error = refused(str(tmp_path / "points.npy"))
    assert (error.limits, error.value) == ({"line": 2}, "3.0, nan")


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "i2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_npy_of_any_real_kind_is_read(tmp_path: Path, dtype: str, order: Any):
    array = np.array([[1, 2, 7], [3, -4, 7]]).astype(dtype, order=order)
    for columns in (2, 3):
        np.save(tmp_path / "points.npy", array[:, :columns])
        points = load_points(str(tmp_path / "points.npy"))
        assert points.dtype == np.float64
        assert points.tolist() == [[1, 2], [3, -4]]


def test_the_label_may_be_anything_a_number_can_be(tmp_path: Path):
    np.save(tmp_path / "points.npy", [[1, 2, np.nan]])
    assert load_points(str(tmp_path / "points.npy")).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.ones(4), "points_columns"),
        (np.ones((4, 1)), "points_columns"),
        (np.ones((2, 4)), "points_columns"),
        (np.ones((4, 2, 1)), "points_columns"),
        (np.ones((4, 2), complex), "array_numbers"),
        (np.full((4, 2), "1"), "array_numbers"),
        (np.array([[1, None]], dtype=object), "array_objects"),
    ],
)
def test_an_npy_of_anything_else_is_refused(tmp_path: Path, array: Any, rule: str):
    np.save(tmp_path / "points.npy", array)
    assert refused(str(tmp_path / "points.npy")).rule == rule


def test_an_npy_cut_short_or_of_an_impossible_shape_is_refused(tmp_path: Path):
    path = tmp_path / "points.npy"
    np.save(path, np.ones((9, 2)))
    whole = path.read_bytes()
    for data in (whole[:-1], whole[:40], whole[:7], whole.replace(b"(9, 2)", b"(9,-2)")):
        path.write_bytes(data)
        assert refused(str(path)).rule == "array_broken"


def test_other_files_are_refused_by_their_suffix(tmp_path: Path):
    path = tmp_path / "points.txt"
    path.write_text("1,2\n")
    assert refused(str(path)).limits == {"choices": ".npy, .csv"}


@pytest.mark.parametrize("head", [",x,y", "label,x,y", "y_true,x1,x2", "label,X,Y"])
def test_a_header_says_which_columns_are_the_points(tmp_path: Path, head: str):
    assert load_points(csv(tmp_path, f"{head}\n7,0,1.5\n8,-2,1e-3\n")).tolist() == POINTS
    assert load_points(csv(tmp_path, "y,x\n1.5,0\n1e-3,-2\n")).tolist() == POINTS


def test_a_decimal_comma_in_the_first_row_is_no_header(tmp_path: Path):
    assert load_points(csv(tmp_path, '"4,5","1,0"\n"1","2"\n')).tolist() == [[4.5, 1.0], [1.0, 2.0]]
