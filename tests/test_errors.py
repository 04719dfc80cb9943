"""The exception tree and the findings."""

from __future__ import annotations

import json

import pytest

from lawcast import _errors
from lawcast._errors import (
    Finding,
    FindingKind,
    FitRefused,
    LawcastError,
    MissingExtraError,
    ReadError,
    Severity,
    TableError,
    UnitError,
    UnknownNameError,
    list_rows,
    worst_first,
)

KIND = FindingKind("R099", Severity.WARNING, "two of a kind", "Rows are equal.")


def classes() -> list[type[LawcastError]]:
    found, todo = [], [LawcastError]
    while todo:
        found.append(todo.pop())
        todo.extend(found[-1].__subclasses__())
    return found


def test_the_drawn_tree_names_every_error() -> None:
    assert _errors.__doc__
    for error in classes():
        assert f" {error.__name__} " in _errors.__doc__ or error is LawcastError


def test_errors_are_also_what_python_expects() -> None:
    assert issubclass(UnknownNameError, LookupError)
    assert issubclass(UnitError, ValueError)
    assert issubclass(MissingExtraError, ImportError)


def test_a_finding_says_what_where_and_how_to_fix_it() -> None:
    finding = KIND.found("2 rows are equal.", fix='keep="all"', rows=[3, 8], row_label="line")
    assert str(finding) == 'R099 warning: 2 rows are equal. [lines 3, 8]\n  Fix: keep="all"'


def test_a_finding_without_rows_or_fix_is_one_sentence() -> None:
    assert str(KIND.found("Equal.")) == "R099 warning: Equal."


def test_a_check_may_raise_the_severity() -> None:
    assert KIND.found("Equal.", severity=Severity.ERROR).severity is Severity.ERROR
    assert KIND.found("Equal.").severity is Severity.WARNING


def test_a_finding_survives_json() -> None:
    finding = KIND.found("α <b>", fix="x", rows=(1, 2))
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding


@pytest.mark.parametrize(
    ("rows", "text"),
    [((), "rows "), ((4,), "row 4"), ((4, 5), "rows 4, 5"), (range(10), "rows 0, 1 and 8 more")],
)
def test_rows_are_listed_and_cut(rows: tuple[int, ...], text: str) -> None:
    assert list_rows(tuple(rows), most=2) == text


def test_the_worst_comes_first_then_the_code() -> None:
    notes = [
        Finding(code, severity, (), "m")
        for code, severity in [
            ("R009", Severity.NOTE),
            ("R012", Severity.WARNING),
            ("R002", Severity.WARNING),
            ("R020", Severity.ERROR),
        ]
    ]
    assert [finding.code for finding in worst_first(notes)] == ["R020", "R002", "R012", "R009"]


def test_a_table_error_shows_every_finding_and_is_hashable_like_any_exception() -> None:
    error = TableError((KIND.found("One."), KIND.found("Two.")))
    assert "One." in str(error)
    assert "Two." in str(error)
    assert {error}
    with pytest.raises(LawcastError, match="Two"):
        raise error


def test_a_refusal_carries_the_estimate() -> None:
    with pytest.raises(FitRefused, match="7 runs") as caught:
        raise FitRefused("7 runs cannot bear 5 parameters", (), fit="the estimate")
    assert caught.value.fit == "the estimate"


def test_an_unknown_name_offers_the_nearest_one() -> None:
    error = UnknownNameError("law", "chinchila", ["chinchilla", "power"], hint="See: lawcast laws")
    assert str(error) == (
        "there is no law 'chinchila'; did you mean 'chinchilla'? Known: chinchilla, power. "
        "See: lawcast laws"
    )


def test_an_unknown_name_far_from_all_offers_none_and_cuts_the_list() -> None:
    text = str(UnknownNameError("column", "zzz", [f"column_{k}" for k in range(30)]))
    assert "did you mean" not in text
    assert "column_19, ..." in text
    assert "column_20" not in text


def test_a_missing_extra_gives_the_command() -> None:
    error = MissingExtraError("parquet", "reading Parquet")
    assert 'pip install "lawcast[parquet]"' in str(error)
    assert error.extra == "parquet"


def test_a_read_error_is_ours() -> None:
    assert issubclass(ReadError, LawcastError)
