"""The chart export of an experiment tracker: one column for each run and metric.

A header such as ``Step, "run-a - val/loss", "run-a - val/loss__MIN", "run-b - val/loss"`` becomes
one row for each run and step; the ``__MIN`` and ``__MAX`` columns repeat the value and are left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast.runs.sources.raw import RawTable
from lawcast.runs.table import text_of

_SEPARATOR = " - "
_SPREAD = ("__MIN", "__MAX", "__STDDEV", "__STDERR")


def is_wide(names: Sequence[str]) -> bool:
    """Whether a header is a chart export: an axis first, then mostly "run - metric" columns."""
    if len(names) < 2 or _SEPARATOR in names[0]:
        return False
    return 2 * sum(_SEPARATOR in name for name in names[1:]) > len(names) - 1


def to_long(raw: RawTable) -> RawTable:
    """One row for each run and line that has a value; metrics become columns.

    Row ids count the rows of the long table, because one line of the file holds several runs.
    """
    shared = [name for name in raw.columns if _SEPARATOR not in name]
    series: dict[str, dict[str, str]] = {}
    spread = 0
    for name in raw.columns:
        run, mark, metric = name.rpartition(_SEPARATOR)
        if not mark:
            continue
        if metric.endswith(_SPREAD):
            spread += 1
            continue
        run = run.removeprefix("Name: ").strip().strip('"') or "(unnamed)"
        series.setdefault(run, {}).setdefault(metric.strip(), name)
    metrics = list(dict.fromkeys(metric for found in series.values() for metric in found))
    lines = [_lines_with_values(raw, found) for found in series.values()]
    columns: dict[str, NDArray[Any]] = {
        "run": _repeat_labels(list(series), [len(index) for index in lines])
    }
    for name in shared:
        key = name if name != "run" else "run.2"
        columns[key] = np.concatenate([raw.columns[name][index] for index in lines])
    for metric in metrics:
        parts = [
            raw.columns[found[metric]][index] if metric in found else np.full(len(index), np.nan)
            for found, index in zip(series.values(), lines, strict=True)
        ]
        if any(part.dtype == np.object_ for part in parts):
            parts = [text_of(part) for part in parts]
        columns[_free(metric, columns)] = np.concatenate(parts)
    size = sum(len(index) for index in lines)
    note = (
        f"read as a chart export: {len(series)} runs, metrics {', '.join(map(repr, metrics[:4]))}"
        f"{' and more' if len(metrics) > 4 else ''}; row ids count its points, run by run"
    )
    left_out = (f"left out {spread} columns that repeat values (__MIN, __MAX)",) if spread else ()
    return replace(
        raw,
        columns=columns,
        row_ids=np.arange(size, dtype=np.int64),
        row_label="row",
        n_read=size,
        set_aside=(),  # its findings still name the lines; they are not rows of the long table
        notes=(*raw.notes, note, *left_out),
    )


def _lines_with_values(raw: RawTable, found: dict[str, str]) -> NDArray[np.intp]:
    present = np.zeros(len(raw.row_ids), dtype=bool)
    for name in found.values():
        column = raw.columns[name]
        present |= column != "" if column.dtype == np.object_ else ~np.isnan(column)
    return np.flatnonzero(present)


def _repeat_labels(labels: Sequence[str], counts: Sequence[int]) -> NDArray[np.object_]:
    column = np.empty(len(labels), dtype=object)
    column[:] = list(labels)
    return np.repeat(column, counts)


def _free(metric: str, columns: dict[str, NDArray[Any]]) -> str:
    return metric if metric not in columns else f"{metric}.2"
