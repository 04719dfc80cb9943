"""JSON lines, a JSON array of objects, or one JSON object of columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lawcast._errors import ReadError, Severity, TableError
from lawcast.runs.findings import FILE_TROUBLE
from lawcast.runs.sources.opened import NotUtf8, Opened, encoding_of, read_lines
from lawcast.runs.sources.raw import (
    MOST_CELLS,
    RawTable,
    TextChooser,
    column_of,
    columns_of_records,
    too_many_cells,
)
from lawcast.runs.table import SetAside

_MOST_ARRAY = 64 * 2**20
_NOT_UTF8 = "{} is not UTF-8, as JSON has to be; save it as UTF-8"


def read_json(opened: Opened, choose_text: TextChooser) -> RawTable:
    """Read JSON text: an array is one value, otherwise each line is an object.

    Raises:
        ReadError: not JSON, too large for one value, or not made of objects.
        TableError: R020, when most lines are no objects.
    """
    encoding = encoding_of(opened.head())
    try:
        lines = read_lines(opened, encoding)
        first = next((line for line in lines if line.strip()), "")
    except NotUtf8 as error:
        raise ReadError(_NOT_UTF8.format(opened.name)) from error
    if first.lstrip("\ufeff \t").startswith("[") or not _is_object(first):
        return _read_whole(opened, encoding, choose_text)
    return _read_lines(opened, encoding, choose_text)


def _read_lines(opened: Opened, encoding: str, choose_text: TextChooser) -> RawTable:
    records: list[Mapping[str, Any]] = []
    ids: list[int] = []
    bad: list[int] = []
    cells = 0
    try:
        for number, line in enumerate(read_lines(opened, encoding), start=1):
            if not line.strip():
                continue
            value = _loads(line)
            if not isinstance(value, dict):
                bad.append(number)
                continue
            cells += len(value)
            if cells > MOST_CELLS // 10:  # Python objects take ten times the room of an array
                raise ReadError(f"{opened.name}: {too_many_cells(len(records), len(value))}")
            records.append(value)
            ids.append(number)
    except NotUtf8 as error:
        raise ReadError(_NOT_UTF8.format(opened.name)) from error
    if len(records) == 1 and not bad:
        _refuse_saved(records[0], opened.name)
        if _is_columns(records[0]):
            return _of_columns(opened, records[0], choose_text)
    findings, aside = [], []
    if bad:
        found = FILE_TROUBLE.found(
            f"{len(bad)} of {len(bad) + len(records)} lines are not JSON objects (a line cut off "
            "while writing, perhaps); set aside",
            rows=bad,
            row_label="line",
            fix="repair or delete those lines",
            severity=Severity.ERROR if len(bad) > max(1, 0.05 * len(records)) else Severity.WARNING,
        )
        if len(bad) > len(records):
            raise TableError((found,))
        findings.append(found)
        aside.append(SetAside(tuple(bad), "broken lines", FILE_TROUBLE.code))
    return RawTable(
        columns=columns_of_records(records, choose_text),
        row_ids=np.asarray(ids, dtype=np.int64),
        row_label="line",
        source=opened.name,
        sha256=opened.sha256,
        n_read=len(ids) + len(bad),
        set_aside=tuple(aside),
        findings=tuple(findings),
    )


def _read_whole(opened: Opened, encoding: str, choose_text: TextChooser) -> RawTable:
    parts: list[bytes] = []
    total = 0
    for chunk in opened.chunks():
        total += len(chunk)
        if total > _MOST_ARRAY:
            raise ReadError(
                f"{opened.name} is one JSON value of more than {_MOST_ARRAY // 2**20} MiB: "
                "write JSON lines (one object a line) or CSV, which are read in pieces"
            )
        parts.append(chunk)
    try:
        value = json.loads(b"".join(parts).decode(encoding))
    except UnicodeDecodeError as error:
        raise ReadError(f"{opened.name} is not {encoding} text (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise ReadError(
            f"{opened.name} is not whole JSON: {error}. If it was cut off while copying, copy it "
            "again; if it has one object a line, name it .jsonl"
        ) from error
    if isinstance(value, dict):
        _refuse_saved(value, opened.name)
        if _is_columns(value):
            return _of_columns(opened, value, choose_text)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ReadError(
            f"{opened.name} holds JSON, but not a table: expected an array of objects such as "
            '[{"params": 1e8, "tokens": 2e9, "loss": 3.1}] or one object a line'
        )
    return RawTable(
        columns=columns_of_records(value, choose_text),
        row_ids=np.arange(len(value), dtype=np.int64),
        row_label="row",
        source=opened.name,
        sha256=opened.sha256,
        n_read=len(value),
    )


def _of_columns(opened: Opened, value: Mapping[str, Any], choose_text: TextChooser) -> RawTable:
    lengths = {len(cells) for cells in value.values()}
    if len(lengths) != 1:
        raise ReadError(
            f"{opened.name} holds columns of different lengths ({sorted(lengths)}); "
            "each column needs one value for each run"
        )
    size = lengths.pop()
    text = choose_text(list(value))
    return RawTable(
        columns={name: column_of(cells, name in text) for name, cells in value.items()},
        row_ids=np.arange(size, dtype=np.int64),
        row_label="row",
        source=opened.name,
        sha256=opened.sha256,
        n_read=size,
    )


def _refuse_saved(value: Mapping[str, Any], name: str) -> None:
    schema = value.get("schema")
    if isinstance(schema, str) and schema.startswith("lawcast/"):
        kind = schema.split("/")[1]
        raise ReadError(
            f"{name} is a saved Lawcast object ({kind}), not a table of runs"
            + ("; open it with lc.read_fit or `lawcast predict`" if kind == "fit" else "")
        )


def _is_columns(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(cells, list) for cells in value.values())


def _is_object(line: str) -> bool:
    return isinstance(_loads(line), dict)


def _loads(line: str) -> Any:
    try:
        return json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
