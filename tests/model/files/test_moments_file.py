import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.model.files.moments import Table, read_moments
from cellscope.model.spec import SpecError

LAYERS = 5


def refused(data: str | bytes) -> SpecError:
    with pytest.raises(SpecError) as caught:
        read_moments(data.encode() if isinstance(data, str) else data, "m.csv", layers=LAYERS)
    assert caught.value.field == "moments"
    assert len(caught.value.value) <= 60
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "layer,mean,variance\n1,0.5,2.25\n2,-1e-3,4\n",
        "\ufefflayer,mean,variance\r\n1,0.5,2.25\r\n\r\n2,-1e-3,4",
        "Variance , LAYER,note,Mean\n2.25,1,a,.5\n4,2,,-1e-3\n",
        "Schicht;Mittelwert;Varianz\n1;0,5;2,25\n2;-0,001;4\n",
        "layer\tmean\tvar\n1\t0.5\t2.25\n2\t-0.001\t4.\n",
        "# layer mean variance\n1.000000000000000000e+00 5e-1 2.25\n2.0 -1e-3 +4e0\n",
        '"layer","mean","variance"\n"1","0.5","2.25"\n"2","-1e-3","4"\n',
        ",layer,mean,variance\n0,1,0.5,2.25\n1,2,-1e-3,4\n",
    ],
)
def test_a_table_is_read_however_it_is_written(text: str):
    table = read_moments(text.encode(), "m.csv", layers=LAYERS)
    assert table.layers == (1, 2)
    assert [w.value for w in table.columns["mean"]] == [0.5, -0.001]
    assert [w.value for w in table.columns["variance"]] == [2.25, 4.0]


def test_one_column_is_enough():
    table = read_moments(b"layer,variance\n0,1\n", "m.csv", layers=LAYERS)
    assert list(table.columns) == ["variance"]
    assert table.of("variance")[0][0] == 0


@pytest.mark.parametrize(
    ("written", "half_unit"),
    [
        ("0.68", 0.005),
        ("12", 0.5),
        ("1.5e3", 50.0),
        ("2.50e-2", 5e-5),
        ("-3.", 0.5),
        ("1e-300", 5e-301),
    ],
)
def test_a_number_is_as_exact_as_it_is_written(written: str, half_unit: float):
    table = read_moments(f"layer,mean\n1,{written}\n".encode(), "m.csv", layers=LAYERS)
    assert table.columns["mean"][0].value == float(written)
    assert table.columns["mean"][0].half_unit == pytest.approx(half_unit, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "rule", "named"),
    [
        ("", "file_empty", "m.csv"),
        ("\n \n", "file_empty", "m.csv"),
        ("layer,mean,variance\n", "moments_rows", "0"),
        ("layer,mean\n" + "1,2\n" * 34, "moments_rows", "34"),
        ("1,0.5,2.25\n", "moments_columns", "1, 0.5, 2.25"),
        ("layer,std\n1,2\n", "moments_columns", "std"),
        ("mean,variance\n1,2\n", "moments_columns", "mean"),
        ("layer,mean,Mean\n1,2,3\n", "moments_column_twice", "Mean"),
        ("layer,mean\n1,2\n1,3\n", "moments_twice", "1"),
        ("layer,mean\n6,2\n", "moments_layer", "6"),
        ("layer,mean\n-1,2\n", "moments_layer", "-1"),
        ("layer,mean\n1.5,2\n", "moments_layer", "1.5"),
        ("layer,mean\nnan,2\n", "moments_layer", "nan"),
        ("layer,mean\n,2\n", "moments_layer", ""),
        ("layer,mean\n1_0,2\n", "moments_layer", "1_0"),
        ("layer,mean\n1,nan\n", "moments_finite", "nan"),
        ("layer,mean\n1,-inf\n", "moments_finite", "-inf"),
        ("layer,mean\n1,1e999\n", "moments_finite", "1e999"),
        ("layer,mean\n1,1_000\n", "moments_number", "1_000"),
        ("layer,mean\n1,\n", "moments_number", ""),
        ("layer,mean\n1,.\n", "moments_number", "."),
        ("layer,mean\n1\n", "moments_number", ""),
        ("layer,mean\n1,tensor(0.5)\n", "moments_number", "tensor(0.5)"),
        ("layer,mean\n1,=cmd|' /C calc'!A0\n", "moments_number", "=cmd"),
        ("layer,mean\n1,0\0\n", "moments_text", "m.csv"),
    ],
)
def test_what_is_no_table_of_moments_is_named(text: str, rule: str, named: str):
    error = refused(text)
    assert error.rule == rule
    assert named in error.value


def test_bytes_that_are_no_text_and_long_tables_are_refused():
    assert refused(b"layer,mean\n1,\xff\n").rule == "moments_text"
    assert refused(np.zeros(5).tobytes()).rule == "moments_text"
    assert refused("layer,mean\n1,2" + " " * 70_000).rule == "moments_large"


def attempt(text: str) -> Table | SpecError:
    try:
        return read_moments(text.encode("utf-8", "replace"), "m.csv", layers=LAYERS)
    except SpecError as error:
        return error


@pytest.mark.parametrize("line", ["1,2,3,4", '1,"2', '1,"2"', "1,2,,,"])
def test_more_cells_than_columns_do_not_matter(line: str):
    table = attempt(f"layer,mean\n{line}\n")
    assert isinstance(table, Table)
    assert table.columns["mean"][0].value == 2.0


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_read_or_refused(text: str):
    for whole in (text, "layer,mean\n" + text, "layer;variance\n1;" + text):
        outcome = attempt(whole)
        assert isinstance(outcome, Table) or outcome.field == "moments"
