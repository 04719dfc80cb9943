"""A table as its source has it: columns under their own names, before anything is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, ReadError
from lawcast.runs.table import SetAside

MOST_CELLS = 100_000_000
"""Tables with more cells are refused, so that a hostile file cannot use up the memory."""

MOST_COLUMNS = 100_000

TextChooser = Callable[[Sequence[str]], set[str]]
"""Given the header, the names of the columns to keep as text whatever they look like."""


@dataclass(frozen=True)
class RawTable:
    """Columns of one source.

    Args:
        columns: name -> (n,) float64 where every cell is a number, else object array of str.
        row_ids: (n,) int64.
        row_label: ``"line"`` or ``"row"``.
        source: name to show.
        sha256: of the bytes, or "" where the columns are to be hashed.
        n_read: data rows met, those set aside included.
        set_aside: rows that could not be read as rows.
        notes: what was converted.
        findings: trouble in the file.
        is_text: whether cells were written as text (so that commas may be decimal signs).
    """

    columns: dict[str, NDArray[Any]]
    row_ids: NDArray[np.int64]
    row_label: str
    source: str
    sha256: str = ""
    n_read: int = 0
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_text: bool = False


def column_of(values: Sequence[Any], keep_text: bool = False) -> NDArray[Any]:
    """Python values as float64 if each is a number or nothing, else as text."""
    if not keep_text:
        try:
            return np.array([np.nan if value is None else _as_float(value) for value in values])
        except (TypeError, ValueError, OverflowError):
            pass
    column = np.empty(len(values), dtype=object)
    column[:] = [_as_text(value) for value in values]
    return column


def columns_of_records(
    records: Sequence[Mapping[Any, Any]], choose_text: TextChooser
) -> dict[str, NDArray[Any]]:
    """Columns of JSON-like records; nested objects give dotted names, missing keys no value."""
    flat = [_flatten(record) for record in records]
    names: dict[str, None] = {}
    for record in flat:
        names.update(dict.fromkeys(record))
    if len(names) * len(flat) > MOST_CELLS:
        raise ReadError(too_many_cells(len(flat), len(names)))
    text = choose_text(list(names))
    return {name: column_of([record.get(name) for record in flat], name in text) for name in names}


def too_many_cells(rows: int, columns: int) -> str:
    """The message for a table that is too large to hold."""
    return (
        f"{rows:,} rows x {columns:,} columns are more than {MOST_CELLS:,} cells: "
        "export only the columns that the law needs, or fewer checkpoints a run"
    )


def unique_names(header: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names made unique and non-empty, and the names that occurred twice."""
    seen: dict[str, int] = {}
    taken = set(header)
    names: list[str] = []
    twice: list[str] = []
    for position, raw in enumerate(header):
        name = raw.strip() or f"column {position + 1}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            twice.append(name)
            count = seen[name]
            while f"{name}.{count}" in taken:
                count += 1
            taken.add(f"{name}.{count}")
            names.append(f"{name}.{count}")
        else:
            names.append(name)
    return names, list(dict.fromkeys(twice))


def _as_float(value: Any) -> float:
    if isinstance(value, (str, bytes, list, dict, tuple)):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if number != number:
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return str(value)


def _flatten(record: Mapping[Any, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    stack: list[tuple[str, Mapping[Any, Any]]] = [("", record)]
    while stack:
        prefix, level = stack.pop(0)
        for key, value in level.items():
            if isinstance(value, Mapping):
                stack.append((f"{prefix}{key}.", value))
            else:
                flat[f"{prefix}{key}"] = value
    return flat
