"""Tables and arguments that are broken in ways a reader must not pass over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lawcast import ArgumentError, ReadError, TableError, read_runs

ROWS = [f"{n}e7,{d}e9,{3 - n / 100 - d / 100:.3f}" for n in range(1, 6) for d in range(1, 5)]
HEAD = "params,tokens,loss"


def lines(*, stray: dict[int, str] | None = None, head: str = HEAD) -> str:
    """The table, with some lines (1 is the header) replaced."""
    every = [head, *ROWS]
    for number, text in (stray or {}).items():
        every[number - 1] = text
    return "\n".join(every) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "swallowed"),
    [
        (lines(stray={11: '1e7,"2e9,2.5'}), 11, "10 lines"),
        (lines(stray={11: '1e7,"2e9,2.5'}).rstrip("\n"), 11, "10 lines"),
        (lines(stray={5: '1e7,"2e9,2.5', 9: '1e7,2e9",2.5'}), 5, "4 lines"),
        (lines(stray={5: '1e7,"2e9,2.5', 7: '1e7,2e9",2.5'}), 5, "2 lines"),
        (lines(head='"' + HEAD), 1, "20 lines"),
        ("\n\n" + lines(head='"' + HEAD), 3, "20 lines"),
        (lines(stray={21: '1e7,2e9,"2.5'}), 21, ""),
        (lines(stray={21: '1e7,2e9,"2.5'}).rstrip("\n"), 21, ""),
    ],
)
def test_a_stray_quote_is_an_error_that_names_its_line(
    text: str, line: int, swallowed: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TableError) as caught:
        read_runs(tmp_path / "t.csv")
    (finding,) = caught.value.findings
    assert (finding.code, finding.severity, finding.rows) == ("R020", "error", (line,))
    assert swallowed in finding.message
    assert len(str(finding)) < 300


def test_quoted_cells_with_a_line_break_or_two_are_read(tmp_path: Path) -> None:
    rows = [f'{row},"a note\nof two\nlines"' for row in ROWS]
    (tmp_path / "t.csv").write_text("\n".join(['params,tokens,loss,"my\nnote"', *rows]))
    runs = read_runs(tmp_path / "t.csv")
    assert len(runs) == len(ROWS)
    assert not runs.set_aside
    assert runs.row_ids[:2].tolist() == [3, 6]


def test_the_mark_of_the_end_may_stand_in_the_table(tmp_path: Path) -> None:
    rows = [f"{row},\x1f" for row in ROWS * 30]
    (tmp_path / "t.csv").write_text("\n".join([HEAD + ",note", *rows]) + "\n")
    assert read_runs(tmp_path / "t.csv").n_read == len(rows)


def test_a_long_name_is_cut_in_the_fix(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(lines(head="params,tokens,loss" + "x" * 500))
    with pytest.raises(TableError) as caught:
        read_runs(tmp_path / "t.csv")
    assert all(len(finding.fix) < 90 for finding in caught.value.findings)


@pytest.mark.parametrize("head", [HEAD, HEAD + ","])
def test_a_comma_at_the_end_of_every_line_is_no_column(head: str, tmp_path: Path) -> None:
    text = "\n".join([head, *(row + "," for row in ROWS)]) + "\n"
    (tmp_path / "t.csv").write_text(text)
    runs = read_runs(tmp_path / "t.csv")
    assert len(runs) == len(ROWS)
    assert not runs.reading


def test_columns_separated_by_spaces_are_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(lines().replace(",", "  "))
    with pytest.raises(TableError, match="separated by spaces"):
        read_runs(tmp_path / "t.csv")


def test_an_address_is_not_opened() -> None:
    with pytest.raises(ReadError, match="download it first"):
        read_runs("https://example.org/runs.csv")


ARRAYS = {
    "params": np.repeat([1e7, 2e7, 4e7], 4),
    "tokens": np.tile([1e9, 2e9, 4e9, 8e9], 3),
    "loss": np.linspace(4, 3, 12),
}


@pytest.mark.parametrize(
    "names",
    [
        {"loss": "params"},
        {"params": "tokens"},
        {"step": "params"},
        {"run": "params"},
        {"params": "params", "loss": "params"},
        {"run": "x", "family": "x"},
    ],
)
def test_one_column_in_two_roles_is_refused(names: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match="is named for both"):
        read_runs(ARRAYS, **names)  # type: ignore[arg-type]


def test_columns_whose_names_are_swapped_can_be_swapped_back() -> None:
    swapped = {"tokens": ARRAYS["params"], "params": ARRAYS["tokens"], "loss": ARRAYS["loss"]}
    runs = read_runs(swapped, params="tokens", tokens="params")
    np.testing.assert_array_equal(runs["params"], ARRAYS["params"])


@pytest.mark.parametrize(
    "argument",
    [
        {"params": 5}, {"columns": 5}, {"drop": 5}, {"params_unit": 5}, {"accounting": 5},
        {"columns": [1]}, {"loss_unit": 1.0}, {"checkpoints": True}, {"columns": {"a": 1}},
    ],
)  # fmt: skip
def test_arguments_of_a_wrong_type(argument: dict[str, Any]) -> None:
    (name,) = argument
    with pytest.raises(ArgumentError, match=f"{name}= takes"):
        read_runs(ARRAYS, **argument)


def frames() -> list[Any]:
    frame = pd.DataFrame(ARRAYS)
    structured = np.rec.fromarrays(list(ARRAYS.values()), names=list(ARRAYS))
    return [frame.set_index("params", drop=False), pa.RecordBatch.from_pandas(frame), structured]


@pytest.mark.parametrize("frame", frames(), ids=["index", "batch", "structured"])
def test_frames_that_are_read(frame: Any) -> None:
    runs = read_runs(frame)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(runs[name], values)


def test_columns_named_by_numbers_are_named_by_their_text() -> None:
    frame = pd.DataFrame(np.column_stack(list(ARRAYS.values())))
    runs = read_runs(frame, params="0", tokens="1", loss="2")
    np.testing.assert_array_equal(runs["loss"], ARRAYS["loss"])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(), "no columns"),
        (pd.DataFrame({"params": []}), "no rows"),
        (pd.concat({"a": pd.DataFrame(ARRAYS)}, axis=1), "2 levels"),
        (np.ones((3, 3)), "no column names"),
    ],
)
def test_frames_that_are_refused(frame: Any, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_runs(frame)
