"""Tables of points and labels, as programs and countries write them."""

import tracemalloc
from contextlib import suppress
from time import perf_counter

import numpy as np
import pytest

from cellscope.model.files.csv_text import decoded, number
from cellscope.model.files.labelled import FIELD, read_labelled
from cellscope.model.own_data import MOST_POINTS
from cellscope.model.spec import SpecError

X = [[0.5, -1.25], [1234.5, 0.001], [-3.0, 2.0]]
WORDS = {
    "pandas": ",x,y,label\n0,0.5,-1.25,red\n1,1234.5,0.001,blue\n2,-3.0,2.0,red\n",
    "R write.csv": (
        '"","x","y","label"\n"1",0.5,-1.25,"red"\n"2",1234.5,1e-3,"blue"\n"3",-3,2,"red"\n'
    ),
    "R write.table": (
        '"x" "y" "label"\n"1" 0.5 -1.25 "red"\n"2" 1234.5 0.001 "blue"\n"3" -3 2 "red"\n'
    ),
    "Excel, German": (
        "x;y;Klasse;\r\n0,5;-1,25;red;\r\n1.234,5;1E-03;blue;\r\n-3;2;red;\r\n;;;\r\n"
    ),
    "Excel, sep": "sep=;\r\nx;y;label\r\n0,5;-1,25;red\r\n1234,5;0,001;blue\r\n-3;2;red\r\n",
    "Excel, Unicode text": (
        "\ufeffx\ty\tlabel\r\n0,5\t-1,25\tred\r\n1234,5\t0,001\tblue\r\n-3\t2\tred\r\n"
    ),
    "Excel, English": (
        '\ufeffx,y,label\r\n0.5,-1.25,red\r\n"1,234.5",1.00E-03,blue\r\n-3,2,red\r\n,,\r\n'
    ),
    "R write.csv2": (
        '"";"x";"y";"label"\n"1";0,5;-1,25;"red"\n"2";1234,5;0,001;"blue"\n"3";-3;2;"red"\n'
    ),
    "MATLAB writetable": "x,y,label\n0.5,-1.25,red\n1234.5,0.001,blue\n-3,2,red\n",
    "SPSS, English": (
        "\ufeffx,y,label\r\n.50,-1.25,red\r\n1234.50,.001,blue\r\n-3.00,2.000,red\r\n"
    ),
    "SPSS, German": (
        "\ufeffx;y;label\r\n,50;-1,25;red\r\n1234,50;,001;blue\r\n-3,00;2,000;red\r\n"
    ),
    "Stata, export delimited": "x,y,label\n.5,-1.25,red\n1234.5,.001,blue\n-3,2,red\n",
    "Stata, outsheet": 'x\ty\tlabel\n.5\t-1.25\t"red"\n1234.5\t.001\t"blue"\n-3\t2\t"red"\n',
    "Google Sheets": "x,y,label\r\n0.5,-1.25,red\r\n1234.5,0.001,blue\r\n-3,2,red",
    "Google Sheets, German": (
        'x,y,label\r\n"0,5","-1,25",red\r\n"1.234,5","0,001",blue\r\n-3,2,red'
    ),
    "Numbers": (
        "Table 1;;;;\nx;y;label;;\n0,5;-1,25;red;;\n1234,5;0,001;blue;;\n-3;2;red;;\n;;;;\n"
    ),
    "pandas, tabs": "\tx\ty\tlabel\n0\t.5\t-1.25\tred\n1\t1234.5\t1e-3\tblue\n2\t-3\t2\tred\n",
    "LibreOffice": (
        '"x","y","label"\n"0,5","-1,25","red"\n"1234,5","0,001","blue"\n"-3","2","red"\n'
    ),
    "French": "x;y;label\n0,5;-1,25;red\n1 234,5;0,001;blue\n-3;2;red\n",
    "Swiss": "x;y;label\n0.5;-1.25;red\n1'234.5;0.001;blue\n-3;2;red\n",
    "old Mac": "x,y,label\r0.5,-1.25,red\r1234.5,0.001,blue\r-3,2,red\r",
    "Matlab": "% made by me\n0.5 -1.25 red\n1234.5 1.0e-03 blue\n -3.0   2.0  red\n",
    "label first, no header": "red,0.5,-1.25\nblue,1234.5,.001\nred,\u22123,2\n",
    "Fortran": "0.5D0 -1.25D+00 red\n1.2345D3 1.D-3 blue\n-3D0 2d0 red\n",
    "numpy.savetxt": "# x y label\n0.5|-1.25|red\n1234.5|0.001|blue\n-3|2|red\n",
}


def refused(text: str | bytes) -> SpecError:
    with pytest.raises(SpecError) as caught:
        read_labelled(text.encode() if isinstance(text, str) else text, "points.csv")
    assert caught.value.field == FIELD
    return caught.value


@pytest.mark.parametrize("program", WORDS)
def test_whoever_wrote_it_the_points_and_labels_are_the_same(program: str):
    own = read_labelled(WORDS[program].encode(), "points.csv").own
    np.testing.assert_allclose(own.x, X)
    assert own.words == ("blue", "red")
    assert own.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_words_of_any_encoding_are_read(encoding: str):
    text = "x;y;label\n1;2;grün\n3;4;weiß\n"
    assert read_labelled(text.encode(encoding), "a.csv").own.words == ("grün", "weiß")


def test_a_quoted_cell_may_hold_delimiters_quotes_and_ends_of_lines():
    text = 'x,y,label\n1,2,"a, ""b""\nc"\n3,4,"<b>d</b>"\n5,oops,e\n'
    error = refused(text)
    assert error.limits == {"line": 5, "column": "y"}
    own = read_labelled(text.replace("oops", "6").encode(), "a.csv").own
    assert own.words == ("<b>d</b>", 'a, "b" c', "e")


def test_numbers_are_classes_in_their_order_and_may_be_targets():
    own = read_labelled(b"1,2,10\n3,4,-1\n5,6,10\n", "a.csv").own
    assert (own.words, own.classes, own.labels.tolist()) == ((), 2, [1, 0, 1])
    assert own.targets.tolist() == [10.0, -1.0, 10.0]
    many = read_labelled("\n".join(f"{k},0,{k / 7}" for k in range(20)).encode(), "a.csv").own
    assert many.classes is None


MISSING = {
    "pandas": (",", ""),
    "numpy, MATLAB": (",", "NaN"),
    "R": (",", "NA"),
    "Stata": ("\t", "."),
    "SPSS": (";", " "),
    "Excel": (",", "#N/A"),
    "Excel, German": (";", "#NV"),
    "Excel, French": (";", "#VALEUR!"),
    "Google Sheets": (",", "#DIV/0!"),
    "a database": (",", "NULL"),
    "pandas, its own kind": (",", "<NA>"),
    "Google Sheets, an error": (",", "#ERROR!"),
    "Excel, Spanish": (";", "#¡VALOR!"),
    "Excel, Italian": (";", "#N/D"),
    "Excel, Finnish": (";", "#PUUTTUU!"),
    "LibreOffice": (",", "Err:508"),
    "C, Windows": (",", "-1.#IND"),
    "C, Linux": (" ", "-nan"),
    "Stata, another kind": ("\t", ".a"),
}


@pytest.mark.parametrize("program", MISSING)
def test_a_missing_value_is_known_however_it_is_written(program: str):
    between, missing = MISSING[program]
    rows = [["x", "y", "label"], ["1", "2", "a"], [missing, "2", "b"], ["3", "4", "b"]]
    text = "\n".join(between.join(row) for row in rows)
    found = read_labelled(text.encode(), "a.csv")
    assert found.own.x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (found.left_out, found.first_left_out) == (1, (3, "x"))


def test_numbers_of_rows_are_no_column():
    assert refused(",x,y\n0,1,2\n1,3,4\n").rule == "csv_columns"


def test_rows_without_a_value_are_left_out_and_the_first_is_told():
    found = read_labelled(b"x,y,label\n1,2,a\n,3,b\n4,#N/A,a\n5,6,\n7,8,b\n", "a.csv")
    assert found.own.count == 2
    assert (found.left_out, found.first_left_out) == (3, (3, "x"))


@pytest.mark.parametrize(
    ("cell", "line"),
    [("=1+1", 3), ("=cmd|' /C calc'!A0", 3), ("12%", 3), ("0x10", 3), ("1_000", 3), ("abc", 3)],
)
def test_a_cell_that_is_no_number_is_named_with_row_and_column(cell: str, line: int):
    error = refused(f'x,height,label\n1,2,a\n3,"{cell}",b\n')
    assert (error.rule, error.value) == ("csv_number", cell)
    assert error.limits == {"line": line, "column": "height"}


def test_two_decimal_signs_in_one_file_are_one_too_many():
    assert refused("1,5;2,5;a\n1.5;2,5;b\n").limits["line"] == 2


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "csv_empty"),
        ("x,y,label\n", "csv_empty"),
        ("1,2\n3,4\n", "csv_columns"),
        ("1,2,3,4,5\n3,4,5,6,7\n", "csv_columns"),
        ("1,2,a\n", "csv_short"),
        ("\n".join(f"{k},0,l{k}" for k in range(9)), "csv_labels"),
        ("1e400,2,a\n1,2,b\n", "csv_far"),
        (b"PK\x03\x04 a workbook", "csv_workbook"),
        (b"1,2,\0a\n" * 40, "csv_text"),
        (b"x,y,label\n" + b"1," * 2_000_000, "csv_wide"),  # at once, not after 10 s
        (b"x,y,label\n1,2,a\n" + b'3,4,"' + b"b" * 200_000, "csv_cell"),
        (b"x,y,label\n" + b"1," * 60_000, "csv_wide"),
        ("x,y,label\n0,5,1,5,a\n1,5,2,5,b\n", "csv_cells"),  # decimal commas between commas
        ("x,y,label\n1,2,a\n1,5,2,b\n", "csv_cells"),
    ],
)
def test_what_is_no_such_table_is_refused_by_name(text: str | bytes, rule: str):
    begin = perf_counter()
    assert refused(text).rule == rule
    assert perf_counter() - begin < 4.0


def test_ten_thousand_rows_are_read_and_one_more_is_refused():
    rows = [f"{k},{k % 7},{k % 3}" for k in range(MOST_POINTS)]
    assert read_labelled("\n".join(rows).encode(), "a.csv").own.count == MOST_POINTS
    assert refused("\n".join([*rows, "1,2,0"])).rule == "csv_long"


def test_a_table_that_is_far_too_long_is_not_read_to_its_end():
    for rows in (b"1,2,3\n" * 690_000, b"1,2,a\n" * 2 + b"NA,1,b\n" * 600_000, b",,\n" * 1_300_000):
        tracemalloc.start()
        error = refused(rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (error.rule, error.limits) == ("csv_long", {"high": 2 * MOST_POINTS})
        assert peak < 60e6  # 250 MB where all lines are kept


@pytest.mark.parametrize(
    "cell",
    [
        *("9" * 120_000 + "x", "." * 120_000, "1,999" * 20_000 + "x", "1 " * 60_000, "1d" * 60_000),
        *(
            "1e" + "9" * 120_000 + "x",
            "#" + "a." * 60_000,
            "1'" * 60_000,
            "x" + "1" * 120_000 + "x",
        ),
    ],
)
def test_a_long_cell_costs_no_more_than_its_length(cell: str):
    begin = perf_counter()
    for text in (f'x,y,label\n1,2,a\n"{cell}",2,b\n3,4,b\n', f'"{cell}"\n1,2\n3,4\n'):
        with suppress(SpecError):  # whatever is said of it
            read_labelled(text.encode(), "points.csv")
    assert perf_counter() - begin < 4.0  # 0.1 s; of digits, tried at every place, minutes


def test_a_row_that_begins_with_a_spreadsheet_s_error_is_no_comment():
    found = read_labelled(b"x,y,label\n1,2,a\n#ERROR!,2,b\n# a note\n3,4,b\n", "a.csv")
    assert (found.left_out, found.first_left_out) == (1, (3, "x"))


def test_numbers_have_one_decimal_sign_and_groups_of_three():
    assert number("1.234.567", ",") == 1234567.0
    assert number("1.23.456", ",") is None
    assert number("12,34,567.5", ".") == 1234567.5
    assert number("1\u202f234,5", ",") == 1234.5
    assert number("inf", ".") is None


def test_nothing_but_a_workbook_or_zero_bytes_is_no_text():
    assert decoded(FIELD, b"\xe4,1") == "ä,1"
