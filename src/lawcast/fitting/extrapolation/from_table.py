"""The curves of a table of runs: which columns, which rows, which curve is which."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lawcast._errors import ArgumentError, FitRefused
from lawcast._values import Array
from lawcast.fitting.extrapolation.collection import Refused
from lawcast.fitting.extrapolation.curve import FEWEST_PLACES, Curve, prepare_curve
from lawcast.fitting.extrapolation.findings import X017
from lawcast.fitting.extrapolation.metrics import Metric
from lawcast.runs.table import Runs, text_of

VARIABLES = ("tokens", "step", "compute", "params", "unique_tokens", "width")
"""Columns that may be the x of a curve, the first that varies within curves is taken."""


def columns_of(runs: Runs, variable: str | None, response: Any) -> tuple[str, str]:
    """Names of the columns of x and y."""
    if response is not None and not isinstance(response, str):
        raise ArgumentError("for a table, y is the name of a column")
    y_name = runs.resolve("loss" if response is None else response)
    runs[y_name]
    if variable is not None:
        x_name = runs.resolve(variable)
        runs[x_name]
        return x_name, y_name
    for candidate in VARIABLES:
        if candidate in runs and candidate != y_name:
            column = np.asarray(runs[candidate], dtype=float)
            if np.unique(column[np.isfinite(column)]).size > 1:
                return candidate, y_name
    raise ArgumentError(
        f"no column to forecast along: none of {', '.join(VARIABLES)} is there and varies; "
        'name one, for instance variable="tokens"; a table of checkpoints is read with '
        'read_runs(..., checkpoints="all", duplicates="all")'
    )


def _numbers(runs: Runs, name: str) -> Array:
    column = runs[name]
    if column.dtype.kind not in "fiub":
        raise ArgumentError(f"the column {name!r} holds text, not numbers")
    return np.asarray(column, dtype=float)


def curve_of(runs: Runs, x_name: str, y_name: str, metric: Metric, name: str) -> Curve:
    """The whole table as one curve; raises as :func:`prepare_curve`.

    Raises:
        ArgumentError: the rows are those of several curves.
    """
    _require_one_curve(runs)
    curve = prepare_curve(
        _numbers(runs, x_name),
        _numbers(runs, y_name),
        metric=metric,
        name=name,
        rows=[int(i) for i in runs.row_ids],
        row_label=runs.row_label,
    )
    return _of_one_run(curve, _run_names(runs))


def _require_one_curve(runs: Runs) -> None:
    """Refuse to take several curves for one.

    Raises:
        ArgumentError: a column that names runs has several values, each on several rows.
    """
    for column in ("run", "family"):
        if column in runs:
            names, counts = np.unique(text_of(runs[column]).astype(str), return_counts=True)
            if names.size > 1 and np.median(counts) >= FEWEST_PLACES:
                raise ArgumentError(
                    f"the table holds {names.size} curves by {column!r}; taken for one they would "
                    f'mix. Add by="{column}", or take the rows of one'
                )


def _run_names(runs: Runs) -> np.ndarray:
    """(n,) the training run of each row, empty where the table does not say."""
    return text_of(runs["run"]) if "run" in runs else np.full(len(runs), "", dtype=object)


def _of_one_run(curve: Curve, runs_of_rows: np.ndarray) -> Curve:
    """The curve, with a note where its points are checkpoints of a single training run."""
    names = set(runs_of_rows.tolist())
    if len(names) != 1 or names == {""}:
        return curve
    note = X017.found(
        "its points are checkpoints of one run: they are correlated, and a decay of the learning "
        "rate that is still to come is not forecast",
        fix="for the end of a schedule, compare finished runs of several lengths",
    )
    return replace(curve, findings=(*curve.findings, note))


def curves_of(
    runs: Runs, by: str, x_name: str, y_name: str, metric: Metric
) -> tuple[list[Curve], list[Refused]]:
    """The curves of a table in order of first appearance, and those that are refused."""
    labels, run_names = text_of(runs[runs.resolve(by)]), _run_names(runs)
    x, y, ids = _numbers(runs, x_name), _numbers(runs, y_name), np.asarray(runs.row_ids)
    names, first, place = np.unique(labels.astype(str), return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(names.size + 1))
    curves, refused = [], []
    for k in np.argsort(first):
        rows = order[edges[k] : edges[k + 1]]
        try:
            curve = prepare_curve(
                x[rows],
                y[rows],
                metric=metric,
                name=str(names[k]),
                rows=[int(i) for i in ids[rows]],
                row_label=runs.row_label,
            )
            curves.append(_of_one_run(curve, run_names[rows]))
        except FitRefused as error:
            refused.append(Refused(str(names[k]), error.message, error.findings))
    if not curves:
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in refused[:3])
        raise FitRefused(
            f"none of the {len(refused)} curves by {by!r} can be forecast: {reasons}",
            tuple(finding for one in refused for finding in one.findings),
        )
    return curves, refused
