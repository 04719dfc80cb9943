"""Before a fit: which law, which rows in which order, what is resampled together, is it enough."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from lawcast._errors import FitRefused, Severity, TableError, UnknownNameError
from lawcast._tables import joined
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.runs.read import read_runs
from lawcast.runs.table import Runs, text_of


def runs_of(source: Any, law: Law | None) -> Runs:
    """The source as a table of runs."""
    if isinstance(source, Runs):
        return source
    if law is not None and law.user:
        # equal rows are repeats of a measurement here; a table of runs would hold each run once
        return read_runs(source, columns=(*law.variables, law.response), duplicates="all")
    return read_runs(source)


def law_over(law: Law | None, variable: str | None, runs: Runs) -> Law:
    """The law with its variables named."""
    if law is None:
        law, variable = _default_law(variable, runs)
    if law.free_variable:
        if variable is None:
            variable = _varying(runs)
        elif variable not in runs:
            raise UnknownNameError("column", variable, runs.columns)
        return law.on(runs.resolve(variable))
    if variable is not None:
        raise ValueError(
            f"the law {law.name!r} reads {joined(law.variables)}; "
            "variable= is for laws of one variable"
        )
    missing = [v for v in (*law.variables, law.response) if v not in runs]
    if missing:
        raise UnknownNameError(
            "column",
            missing[0],
            runs.columns,
            f"The law {law.name!r} reads {joined((*law.variables, law.response))}.",
        )
    return law


def _default_law(variable: str | None, runs: Runs) -> tuple[Law, str | None]:
    if variable is not None:
        return get_law("power-floor"), variable
    varies = {name: distinct(runs, name) for name in ("params", "tokens")}
    if min(varies.values()) >= 3:
        return get_law("chinchilla"), None
    return get_law("power-floor"), _varying(runs)


def _varying(runs: Runs) -> str:
    """The variable a one-variable law is over: what varies most, among the usual ones."""
    names = [n for n in ("tokens", "params", "compute", "step") if n in runs]
    counts = {name: distinct(runs, name) for name in names}
    if not names or max(counts.values()) < 2:
        raise FitRefused(
            "no column varies that a law could be over: the table has "
            + (joined([f"{n} ({c} different)" for n, c in counts.items()]) or "no params or tokens")
            + '. Name one with variable="column"'
        )
    return max(names, key=lambda name: counts[name])


def distinct(runs: Runs, name: str) -> int:
    """Number of different usable values of a column; 0 where there is no such column."""
    if name not in runs:
        return 0
    values = runs[name]
    return int(np.unique(values[np.isfinite(values) & (values > 0)]).size)


def refuse_bad_table(runs: Runs, law: Law, accept: Collection[str]) -> None:
    """Error findings stop the fit of a declared law.

    A user's law has its own idea of its columns; it is only held to its declared positivity.
    """
    if law.user:
        if law.positive:
            for name in (*law.variables, law.response):
                bad = runs.row_ids[runs[name] <= 0]
                if bad.size:
                    raise ValueError(
                        f"{name} is not positive in {bad.size} rows "
                        f"({runs.row_label} {bad[0]} first), but the law was declared positive"
                    )
        return
    errors = tuple(
        f
        for f in runs.check()
        # R011 counts rows for any law; F004 does it for this one
        if f.severity is Severity.ERROR and f.code not in accept and f.code != "R011"
    )
    if errors:
        raise TableError(errors)


def rows_for(runs: Runs, law: Law, cluster: str | None, most_rows: int) -> tuple[Runs, int, int]:
    """The rows a law can use, in an order that does not depend on the source's."""
    names = (*law.variables, law.response)
    for name in names:
        if runs[name].dtype == np.object_:
            raise UnknownNameError(
                "numeric column",
                name,
                [n for n, c in runs.columns.items() if c.dtype != np.object_],
                f"{name!r} holds text.",
            )
    missing = ~np.isfinite(np.stack([runs[name] for name in names])).all(axis=0)
    dropped = int(missing.sum())
    if dropped:
        runs = runs.set_rows_aside(
            missing, f"no {joined(names)} in the row".replace(" and ", " or "), "F012"
        )
    keys = [runs[name] for name in reversed(names)]
    for column in filter(None, (cluster, "run" if "run" in runs else None)):
        keys.insert(0, np.unique(text_of(runs[column]), return_inverse=True)[1])
    runs = runs.take(np.lexsort(keys))
    thinned = 0
    if len(runs) > most_rows:
        thinned = len(runs) - most_rows
        kept = np.zeros(len(runs), dtype=bool)
        kept[np.round(np.linspace(0, len(runs) - 1, most_rows)).astype(int)] = True
        runs = runs.set_rows_aside(~kept, f"thinned evenly to {most_rows:,} rows", "F012")
    return runs, dropped, thinned


def units_of(runs: Runs, cluster: str | None) -> tuple[np.ndarray, str | None]:
    """(n,) number of the unit of each row, and the column behind it.

    Rows of one run are never separated, even when ``cluster`` would.
    """
    column = cluster
    if column is None and "run" in runs and np.unique(text_of(runs["run"])).size < len(runs):
        column = "run"
    if column is None:
        return np.arange(len(runs)), None
    labels = text_of(runs[column])
    units = np.unique(labels, return_inverse=True)[1]
    count = int(units.max()) + 1 if units.size else 0
    if count < 2:
        raise ValueError(
            f"cluster={column!r} has one value, so nothing is left to resample; name a column "
            "with several, or leave it out"
        )
    return units, column


def shortage_of(runs: Runs, law: Law) -> str:
    """Why there are too few runs for a law; empty when there are enough."""
    reasons = []
    if len(runs) < fewest_runs(law):
        reasons.append(
            f"the law {law.name!r} has {len(law.parameters)} parameters and needs at least "
            f"{fewest_runs(law)} runs; there are {len(runs)}"
        )
    if not law.user:
        need = 2 if law.floor is None else 3
        for variable in law.variables:
            if variable == "unique_tokens":
                continue
            count = distinct(runs, variable)
            if count < need and len(law.parameters) > 1:
                reasons.append(
                    f"{variable} takes {count} different value{'s' if count != 1 else ''}; the law "
                    f"{law.name!r} needs at least {need}"
                )
    return "; ".join(reasons)


def fewest_runs(law: Law) -> int:
    """Smallest number of runs a law is fitted to: three more than it has parameters."""
    return len(law.parameters) + (1 if law.user else 3)
