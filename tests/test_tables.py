"""Tables and cards: 80 columns of text, escaped HTML, whole CSV."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast._tables import Card, Table, bracket, joined, show, significant, wrap

TABLE = Table(
    columns=("name", "value", "note"),
    rows=(
        ("E", 1.8172, "the floor " * 20),
        ("A", 477.8, None),
        ("<b>", 12, "two\nlines"),
    ),
    title="Parameters",
    notes=("A note that is long enough to be wrapped. " * 4,),
)
HOSTILE = '<script>alert("x")</script>'


def test_text_stays_within_80_columns_and_loses_no_word() -> None:
    text = TABLE.text()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.count("floor") == 20
    assert text.count("wrapped.") == 4


def test_text_is_aligned() -> None:
    lines = TABLE.text().splitlines()
    assert lines[0] == "Parameters"
    assert lines[1].index("note") == lines[2].index("the floor")
    value = lines[1].index("value") + len("value")
    assert lines[2][:value].endswith("1.817")  # numbers stand at the right of their column


@given(
    st.lists(
        st.tuples(
            st.text("abcdefgh ", max_size=12),
            st.floats(allow_nan=True) | st.none(),
            st.text("abc defgh", max_size=300),
        ),
        max_size=5,
    )
)
def test_no_line_is_ever_wider_than_asked(rows: list[tuple[str, float | None, str]]) -> None:
    text = Table(("key", "number", "text"), tuple(rows)).text(width=60)
    assert max(map(len, text.splitlines())) <= 60


def test_html_escapes_every_string() -> None:
    table = Table((HOSTILE,), ((HOSTILE,),), title=HOSTILE, notes=(HOSTILE,))
    card = Card(((HOSTILE, HOSTILE),))
    assert "<script" not in table.html()
    assert table.html().count("&lt;script&gt;") == 4
    assert "<script" not in card.html()
    assert card.html().count("&lt;script&gt;") == 2


def test_html_says_which_cells_are_headings() -> None:
    assert TABLE.html().count('<th scope="col">') == 3
    assert Card((("a", "b"),)).html().count('<th scope="row">') == 1


def test_csv_keeps_full_precision() -> None:
    text = Table(("x", "y"), ((0.1 + 0.2, "a,b"), (None, 'c"d'))).csv()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["x", "y"], [repr(0.1 + 0.2), "a,b"], ["", 'c"d']]


def test_a_table_becomes_a_frame() -> None:
    frame = TABLE.to_dataframe()
    assert list(frame.columns) == ["name", "value", "note"]
    assert frame["value"].tolist() == [1.8172, 477.8, 12]


def test_an_empty_table_is_its_heading() -> None:
    assert Table(("a", "b"), ()).text() == "a  b"
    assert Table(("a",), ()).to_dataframe().empty


def test_a_card_hangs_its_lines_under_the_label() -> None:
    text = Card((("Runs", "word " * 40), ("", "second line"), ("Law", "L = E + A/N^α"))).text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Runs  word")
    assert all(line.startswith("      ") for line in lines[1:-1])
    assert lines[-1] == "Law   L = E + A/N^α"


def test_an_indented_card_line_keeps_its_indent_when_wrapped() -> None:
    lines = Card((("Law", "  α " + "0.35 " * 30),)).text().splitlines()
    assert lines[0].startswith("Law    α 0.35")
    assert all(line.startswith("       0.35") for line in lines[1:])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (12345678, "12345678"),
        (0.34731, "0.3473"),
        (float("nan"), "nan"),
        (float("inf"), "∞"),
        ("a\nb", "a b"),
    ],
)
def test_cells_read_well(cell: object, text: str) -> None:
    assert show(cell) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "-0.5000"),
        (1.0, "1.000"),
        (482.13, "482.1"),
        (2143.4, "2143"),
        (123456.7, "123457"),
        (1.5e9, "1.500e9"),
        (1.5e-7, "1.500e-7"),
        (float("-inf"), "-∞"),
    ],
)
def test_four_digits(value: float, text: str) -> None:
    assert significant(value) == text


@given(st.floats(min_value=1e-30, max_value=1e30), st.sampled_from([1, -1]))
def test_significant_digits_are_the_value_to_half_a_unit(size: float, sign: int) -> None:
    value = sign * size
    assert math.isclose(float(significant(value)), value, rel_tol=0.6e-3)


def test_small_helpers() -> None:
    assert bracket(0.32, 0.371) == "[0.320, 0.371]"
    assert joined([]) == ""
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert wrap("one two three", width=8, indent="  ") == "one two\n  three"
