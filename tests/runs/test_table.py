"""The table itself: provenance, dropping, splitting, saving."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import SavedFileError, UnknownNameError
from lawcast.runs.read import read_runs
from lawcast.runs.table import Runs


def table(n: int = 6) -> Runs:
    return read_runs(
        {
            "Model Size": 1e8 * 2.0 ** np.arange(n),
            "tokens": 1e9 * 3.0 ** np.arange(n),
            "loss": 4.0 - 0.2 * np.arange(n),
            "family": ["a", "b", ""] * (n // 3),
        }
    )


def test_columns_answer_to_both_names() -> None:
    runs = table()
    assert "params" in runs
    assert "Model Size" in runs
    assert "nothing" not in runs
    np.testing.assert_array_equal(runs["Model Size"], runs["params"])
    with pytest.raises(UnknownNameError, match="did you mean 'tokens'"):
        runs["token"]


def test_drop_remembers_why_and_refuses_unknown_rows() -> None:
    runs = table()
    smaller = runs.drop([4, 1], reason="wrong tokeniser")
    assert smaller.row_ids.tolist() == [0, 2, 3, 5]
    assert (smaller.set_aside[0].rows, smaller.set_aside[0].reason) == ((1, 4), "wrong tokeniser")
    assert smaller.n_read == 6
    assert smaller.sha256 == runs.sha256
    assert "wrong tokeniser" in smaller.summary()
    assert len(runs) == 6
    with pytest.raises(UnknownNameError, match="'9'"):
        runs.drop([9])
    with pytest.raises(UnknownNameError, match="set aside before"):
        smaller.drop(1)
    assert runs.drop([]) is runs


def test_split_gives_one_table_for_each_value() -> None:
    parts = table().split("family")
    assert list(parts) == ["", "a", "b"]
    assert parts["a"].row_ids.tolist() == [0, 3]
    assert sum(map(len, parts.values())) == 6
    assert "family = a" in parts["a"].notes[-1]
    by_number = table().split("params")
    assert next(iter(by_number)) == "100000000"
    with pytest.raises(UnknownNameError):
        table().split("colour")


def test_saved_and_opened_again_bit_for_bit() -> None:
    runs = table().drop([2], reason="odd")
    again = Runs.from_dict(json.loads(json.dumps(runs.to_dict())))
    assert again.to_dict() == runs.to_dict()
    for name, column in runs.columns.items():
        np.testing.assert_array_equal(again[name], column)
        assert again[name].dtype == column.dtype
    assert again.check() == runs.check()
    assert again.summary() == runs.summary()
    some = Runs.from_dict(runs.to_dict(columns=["Model Size", "loss"]))
    assert list(some.columns) == ["params", "loss"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "lawcast/runs/99"},
        {"schema": "lawcast/fit/1"},
        {"row_ids": {}},
        {"columns": {"loss": {"words": ["x"]}}},
        {"columns": 3},
        {"n_read": "many"},
        {"set_aside": [{}]},
    ],
)
def test_damaged_documents_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SavedFileError):
        Runs.from_dict({**table().to_dict(), **change})


def test_to_dataframe_keeps_ids_and_values() -> None:
    frame = table().drop([0]).to_dataframe()
    assert frame.index.tolist() == [1, 2, 3, 4, 5]
    assert frame.index.name == "row"
    assert frame["params"].iloc[0] == 2e8
    again = read_runs(frame)
    np.testing.assert_array_equal(again["loss"], frame["loss"])


def test_summary_fits_the_terminal_and_the_page() -> None:
    runs = table()
    text = runs.summary()
    assert max(map(len, text.splitlines())) <= 80
    assert "6 read, 6 used, 0 set aside" in text
    assert "N 100M-3.2B (1.5 decades)" in text
    assert "guessed: params = 'Model Size'" in text
    assert runs._repr_html_().startswith("<table>")


def test_columns_of_unequal_length_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="shape"):
        Runs(columns={"loss": np.zeros(3)}, row_ids=np.arange(2))
