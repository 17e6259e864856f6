"""One rule says which columns of a table are which, whoever reads it."""

from pathlib import Path

import pytest

from cellscope.model.files.inputs import inputs_in
from cellscope.model.files.labelled import read_labelled
from cellscope.model.files.points import load_points
from cellscope.model.spec import SpecError

POINTS = [[-1.0, 0.5], [0.25, 0.5], [3.0, -2.0]]
TABLES = {  # the same three points, classes 1, 0, 1
    "label first": "class,length,width\n1,-1,0.5\n0,0.25,0.5\n1,3,-2\n",
    "y first, as scikit-learn writes targets": "y,f1,f2\n1,-1,0.5\n0,0.25,0.5\n1,3,-2\n",
    "y and x turned about": "label;y;x\n1;0,5;-1\n0;0,5;0,25\n1;-2;3\n",
    "numbers of rows by name": "id,x1,x2,label\n7,-1,0.5,1\n8,0.25,0.5,0\n9,3,-2,1\n",
    "pandas twice": "Unnamed: 0,x,y,target\n0,-1,0.5,1\n1,0.25,0.5,0\n2,3,-2,1\n",
    "numbered names": "feature_2\tfeature_1\ty\n0.5\t-1\t1\n0.5\t0.25\t0\n-2\t3\t1\n",
    "one of three numbered": "class pc1 pc2\n1 -1 0.5\n0 0.25 0.5\n1 3 -2\n",
    "label last, no header": "-1,0.5,1\n0.25,0.5,0\n3,-2,1\n",
}


def points(tmp_path: Path, text: str) -> list[list[float]]:
    (tmp_path / "points.csv").write_text(text)
    return load_points(str(tmp_path / "points.csv")).tolist()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_all_readers_find_the_same_columns(tmp_path: Path, table: str) -> None:
    data = table.encode()
    assert points(tmp_path, table) == POINTS
    opened = inputs_in(data, ".csv", "points.csv", 2, 2)
    assert opened.x.tolist() == POINTS
    assert opened.y.tolist() == [1, 0, 1]
    own = read_labelled(data, "points.csv").own
    assert own.x.tolist() == POINTS
    assert own.y.tolist() == [1, 0, 1]


def test_words_without_a_header_are_the_label_wherever_they_stand(tmp_path: Path) -> None:
    table = "A,-1,0.5\nB,0.25,0.5\nA,3,-2\n"
    assert points(tmp_path, table) == POINTS
    assert inputs_in(table.encode(), ".csv", "p.csv", 2, 2).x.tolist() == POINTS
    assert read_labelled(table.encode(), "p.csv").own.words == ("A", "B")


def test_a_label_or_numbers_of_rows_are_no_coordinate(tmp_path: Path) -> None:
    for table in ("x1,label\n1,0\n2,1\n", "id,length\n1,0.5\n2,0.25\n"):
        with pytest.raises(SpecError):
            points(tmp_path, table)
        with pytest.raises(SpecError):
            inputs_in(table.encode(), ".csv", "p.csv", 2, 2)


def test_inputs_stand_by_their_numbers_where_names_are_sorted_as_words() -> None:
    heads = ["label", *sorted(f"x{k}" for k in range(1, 13))]
    rows = [[str(r), *(head[1:] for head in heads[1:])] for r in (0, 1)]
    table = "\n".join(",".join(row) for row in (heads, *rows))
    opened = inputs_in(table.encode(), ".csv", "p.csv", 12, 2)
    assert opened.x.tolist() == [[float(k) for k in range(1, 13)]] * 2
    assert opened.y.tolist() == [0, 1]


def test_two_of_more_numbered_columns_are_not_the_two_inputs() -> None:
    """Points of five inputs are none of a network of two, although x1 and x2 are among them."""
    table = "x1,x2,x3,x4,x5,label\n1,2,3,4,5,0\n5,4,3,2,1,1\n"
    with pytest.raises(SpecError):
        inputs_in(table.encode(), ".csv", "p.csv", 2, 2)
    assert inputs_in(table.encode(), ".csv", "p.csv", 5, 2).x.shape == (2, 5)
