"""``lawcast.fit``: from a table of runs to a fitted law."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np

from lawcast._errors import FitRefused, Severity, TableError, UnknownNameError
from lawcast._tables import joined
from lawcast._values import DEFAULT_LEVEL, Array, Status
from lawcast.fitting.backtest import backtest
from lawcast.fitting.certificate import certify
from lawcast.fitting.diagnosis import diagnose
from lawcast.fitting.findings import F004
from lawcast.fitting.frontier import frontier_of
from lawcast.fitting.general import predict
from lawcast.fitting.intervals import INTERVALS
from lawcast.fitting.losses import make_loss, with_robust_scale
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.profile import profile_parameter
from lawcast.fitting.resampling import leave_one_out, make_plan
from lawcast.fitting.result import Fit
from lawcast.fitting.rivals import compare_rivals
from lawcast.fitting.solve import Search, prepare, search, solve_many
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.runs.read import read_runs
from lawcast.runs.table import Runs, text_of

MOST_ROWS = 20_000
"""Rows a fit uses; a larger table is thinned evenly."""

CONVERGED = Status("converged", "The fit converged.", True)
NOT_CONVERGED = Status(
    "not-converged",
    "The search did not settle on an optimum; do not rely on these numbers.",
    False,
)
FEW_RUNS = Status(
    "few-runs", "There are too few runs for this law; the estimate is shown, not supported.", False
)
NOT_IDENTIFIED = Status(
    "not-identified",
    "The fit converged, but these runs cannot tell its exponents apart.",
    False,
)
STATUSES = (CONVERGED, NOT_CONVERGED, FEW_RUNS, NOT_IDENTIFIED)
"""Every status a fit can have."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@overload
def fit(
    source: Any,
    *,
    law: str | Law | None = None,
    variable: str | None = None,
    loss: str = "log-huber",
    loss_scale: float | None = None,
    bootstrap: int = 1000,
    resample: str | None = None,
    cluster: str | None = None,
    by: None = None,
    interval: str | None = None,
    level: float = DEFAULT_LEVEL,
    starts: int | None = None,
    diagnosis: bool = True,
    accept: Collection[str] = (),
    most_rows: int = MOST_ROWS,
    progress: Progress | None = None,
    rng: int | np.random.Generator = 0,
) -> Fit: ...


@overload
def fit(
    source: Any,
    *,
    law: str | Law | None = None,
    variable: str | None = None,
    loss: str = "log-huber",
    loss_scale: float | None = None,
    bootstrap: int = 1000,
    resample: str | None = None,
    cluster: str | None = None,
    by: str,
    interval: str | None = None,
    level: float = DEFAULT_LEVEL,
    starts: int | None = None,
    diagnosis: bool = True,
    accept: Collection[str] = (),
    most_rows: int = MOST_ROWS,
    progress: Progress | None = None,
    rng: int | np.random.Generator = 0,
) -> dict[str, Fit]: ...


def fit(
    source: Any,
    *,
    law: str | Law | None = None,
    variable: str | None = None,
    loss: str = "log-huber",
    loss_scale: float | None = None,
    bootstrap: int = 1000,
    resample: str | None = None,
    cluster: str | None = None,
    by: str | None = None,
    interval: str | None = None,
    level: float = DEFAULT_LEVEL,
    starts: int | None = None,
    diagnosis: bool = True,
    accept: Collection[str] = (),
    most_rows: int = MOST_ROWS,
    progress: Progress | None = None,
    rng: int | np.random.Generator = 0,
) -> Fit | dict[str, Fit]:
    """Fit a scaling law to runs, with intervals and everything that says how far to trust them.

    Args:
        source: :class:`lawcast.Runs`, or anything :func:`lawcast.read_runs` reads.
        law: name of a declared law or a law of your own; None for ``chinchilla`` where params
            and tokens both vary, else ``power-floor`` in the one that does.
        variable: the column a one-variable law is over.
        loss: ``log-huber`` (default, δ = 1e-3), ``log-l2``, ``l2``, ``student-t`` or
            ``asymmetric``; summed over runs.
        loss_scale: δ of the Huber losses or the scale of Student-t.
        bootstrap: number of resamples; 0 for none (and no intervals).
        resample: ``case``, ``wild`` or ``residual``; None for wild where there are fewer than 30
            clusters, else case.
        cluster: column whose values are resampled together; rows of one run always are.
        by: column to split into groups that are fitted one by one.
        interval: ``bca`` or ``percentile``; None for BCa where whole units are resampled.
        level: nominal level of the intervals.
        starts: number of starts of the search; 128 by default.
        diagnosis: also profile the floor and the exponents, backtest, and fit rival laws.
        accept: codes of error findings of the table to go on in spite of.
        most_rows: larger tables are thinned evenly to this many rows.
        progress: called with (what, done, total) as the work goes on.
        rng: seed or generator; the same seed gives the same bytes.

    Returns:
        A :class:`Fit`, or a dict of them by group with ``by=``.

    Raises:
        TableError: the table has error findings that are not accepted.
        FitRefused: too few runs or sizes for the law; the estimate is on ``error.fit``.
        UnknownNameError: no such law, column, loss or method.
        ValueError: an argument out of range.

    Example:
        >>> import lawcast as lc
        >>> runs = lc.read_runs("sweep.csv")                          # doctest: +SKIP
        >>> fit = lc.fit(runs, law="chinchilla", bootstrap=1000)      # doctest: +SKIP
        >>> fit.parameters["alpha"].interval                          # doctest: +SKIP
    """
    _check_options(bootstrap, level, starts, interval, most_rows)
    chosen = get_law(law) if isinstance(law, str) else law
    seed = _seed(rng)
    runs = _runs_of(source, chosen)
    if by is not None:
        shared: dict[str, Any] = dict(
            law=law, variable=variable, loss=loss, loss_scale=loss_scale, bootstrap=bootstrap,
            resample=resample, cluster=cluster, interval=interval, level=level, starts=starts,
            diagnosis=diagnosis, accept=accept, most_rows=most_rows, progress=progress, rng=seed,
        )  # fmt: skip
        return {name: fit(part, **shared) for name, part in runs.split(by).items()}
    chosen = _law_over(chosen, variable, runs)
    _refuse_bad_table(runs, chosen, accept)
    runs, dropped, thinned = _rows_for(runs, chosen, cluster, most_rows)
    units, unit_name = _units(runs, cluster)
    plan = make_plan(units, seed, method=resample, cluster=unit_name)
    shortage = _shortage(runs, chosen)

    columns = {name: runs[name] for name in (*chosen.variables, chosen.response)}
    if len(runs) < 2:
        raise _refusal(shortage, runs, chosen, None)
    problem = make_problem(chosen, make_loss(loss, loss_scale), columns)
    if progress is not None:
        progress("search", 0, 1)
    found, problem = _search(problem, seed, starts, loss_scale)
    result = Fit(
        law=chosen,
        runs=runs,
        loss=problem.loss,
        coordinates=found.u,
        estimate=problem.parameters(found.u),
        draws=np.empty((0, problem.dimension)),
        left_out=np.empty((0, problem.dimension)),
        requested=0,
        failed=0,
        plan=plan,
        level=level,
        interval_method=interval or ("bca" if plan.method == "case" else "percentile"),
        status=CONVERGED if found.converged else NOT_CONVERGED,
        certificate=certify(problem, found),
    )
    if shortage:
        raise _refusal(shortage, runs, chosen, replace(result, status=FEW_RUNS))
    around = prepare(problem, found.u)
    if bootstrap:
        note = None if progress is None else _counter(progress, "resamples", bootstrap)
        result = result.more_draws(bootstrap, note)
        if result.interval_method == "bca":
            weights = np.stack(list(leave_one_out(plan)))
            left = solve_many(problem, around, weights=weights)
            result = replace(result, left_out=problem.parameters(left.u[left.converged]))
    if diagnosis:
        result = _with_diagnosis(result, problem, columns, seed, progress)
    result = result.with_findings(diagnose(result, problem, dropped, thinned))
    if any(f.code == "F006" for f in result.findings) and result.status.ok:
        result = replace(result, status=NOT_IDENTIFIED)
    return result


def _with_diagnosis(
    result: Fit,
    problem: Problem,
    columns: dict[str, Array],
    seed: int,
    progress: Progress | None,
) -> Fit:
    """Profiles, backtest and rivals."""
    tell = progress or (lambda what, done, total: None)
    around = prepare(problem, result.coordinates)
    wanted = [] if result.law.user else [*filter(None, [result.law.floor]), *result.law.exponents]
    residuals = predict(problem, result.coordinates[None])[0] - (
        np.log(problem.y) if problem.loss.on_log else problem.y
    )
    profiles = []
    for k, name in enumerate(wanted):
        tell("profiles", k, len(wanted))
        rng = np.random.Generator(np.random.Philox(key=[seed, 101 + k]))
        profiles.append(
            profile_parameter(
                problem, around, name, residuals, result.plan.units, result.level, rng
            )
        )
    tell("backtest", 0, 1)
    by, size = size_of(result)
    history = backtest(
        problem, columns, size, by, result.plan, result.level, fewest_runs(result.law)
    )
    tell("rivals", 0, 1)
    frontier = frontier_of(result.law, result.runs) if not result.law.user else None
    rng = np.random.Generator(np.random.Philox(key=[seed, 100]))
    rivals = compare_rivals(
        problem, result.coordinates, columns, result.plan.units, frontier, rng
    )
    return replace(result, profiles=tuple(profiles), history=history, rivals=rivals)


def size_of(result: Fit) -> tuple[str, Array]:
    """What makes a run "larger": compute where it is known, else the law's first variable."""
    runs = result.runs
    if not result.law.user and len(result.law.variables) > 1 and "compute" in runs:
        compute = runs["compute"]
        if np.isfinite(compute).all():
            return "compute", compute
    return result.law.variables[0], runs[result.law.variables[0]]


def fewest_runs(law: Law) -> int:
    """Smallest number of runs a law is fitted to: three more than it has parameters."""
    return len(law.parameters) + (1 if law.user else 3)


def _search(
    problem: Problem, seed: int, starts: int | None, loss_scale: float | None
) -> tuple[Search, Problem]:
    rng = np.random.Generator(np.random.Philox(key=[seed, 2**32]))
    if problem.loss.name == "student-t" and loss_scale is None:
        # the scale comes from a robust fit of the same law
        robust = replace(problem, loss=make_loss("log-huber"))
        first = search(robust, rng, starts=starts)
        residuals = predict(robust, first.u[None])[0] - np.log(problem.y)
        problem = replace(problem, loss=with_robust_scale(problem.loss, residuals))
    return search(problem, rng, starts=starts), problem


def _check_options(
    bootstrap: int, level: float, starts: int | None, interval: str | None, most_rows: int
) -> None:
    problems = []
    if not (isinstance(bootstrap, (int, np.integer)) and bootstrap >= 0):
        problems.append(f"bootstrap must be a whole number of resamples, 0 or more, not {bootstrap!r}")
    if not 0.0 < level < 1.0:
        problems.append(f"level lies between 0 and 1 (0.9 for 90 %), not {level!r}")
    if starts is not None and starts < 1:
        problems.append(f"starts must be 1 or more, not {starts!r}")
    if most_rows < 10:
        problems.append(f"most_rows must be 10 or more, not {most_rows!r}")
    if problems:
        raise ValueError("; ".join(problems))
    if interval is not None and interval not in INTERVALS:
        raise UnknownNameError("interval method", interval, INTERVALS)


def _seed(rng: int | np.random.Generator) -> int:
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**62))
    if not isinstance(rng, (int, np.integer)) or not 0 <= rng < 2**63:
        raise ValueError(f"rng is a seed of 0 or more or a numpy Generator, not {rng!r}")
    return int(rng)


def _runs_of(source: Any, law: Law | None) -> Runs:
    if isinstance(source, Runs):
        return source
    if law is not None and law.user:
        return read_runs(source, columns=(*law.variables, law.response))
    return read_runs(source)


def _law_over(law: Law | None, variable: str | None, runs: Runs) -> Law:
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
            f"the law {law.name!r} reads {joined(law.variables)}; variable= is for laws of one variable"
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
    varies = {name: _distinct(runs, name) for name in ("params", "tokens")}
    if min(varies.values()) >= 3:
        return get_law("chinchilla"), None
    return get_law("power-floor"), _varying(runs)


def _varying(runs: Runs) -> str:
    """The variable a one-variable law is over: what varies most, among the usual ones."""
    names = [n for n in ("tokens", "params", "compute", "step") if n in runs]
    counts = {name: _distinct(runs, name) for name in names}
    if not names or max(counts.values()) < 2:
        raise FitRefused(
            "no column varies that a law could be over: the table has "
            + (joined([f"{n} ({c} different)" for n, c in counts.items()]) or "no params or tokens")
            + '. Name one with variable="column"'
        )
    return max(names, key=lambda name: counts[name])


def _distinct(runs: Runs, name: str) -> int:
    if name not in runs:
        return 0
    values = runs[name]
    return int(np.unique(values[np.isfinite(values) & (values > 0)]).size)


def _refuse_bad_table(runs: Runs, law: Law, accept: Collection[str]) -> None:
    """Error findings stop the fit of a declared law; a user's law has its own idea of its columns."""
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


def _rows_for(
    runs: Runs, law: Law, cluster: str | None, most_rows: int
) -> tuple[Runs, int, int]:
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


def _units(runs: Runs, cluster: str | None) -> tuple[np.ndarray, str | None]:
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


def _shortage(runs: Runs, law: Law) -> str:
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
            count = _distinct(runs, variable)
            if count < need and len(law.parameters) > 1:
                reasons.append(
                    f"{variable} takes {count} different value{'s' if count != 1 else ''}; the law "
                    f"{law.name!r} needs at least {need}"
                )
    return "; ".join(reasons)


def _refusal(shortage: str, runs: Runs, law: Law, partial: Fit | None) -> FitRefused:
    other = ""
    if len(law.variables) > 1:
        varying = [v for v in law.variables if _distinct(runs, v) >= 3]
        if varying:
            other = f'law="power-floor", variable="{varying[0]}"; or '
    finding = F004.found(
        shortage or f"{len(runs)} usable rows",
        fix=f"{other}add runs, or fit a law with fewer parameters (lawcast laws)",
    )
    if partial is not None:
        partial = partial.with_findings([finding])
    return FitRefused(str(finding), (finding,), partial)


def _counter(progress: Progress, what: Literal["resamples"], total: int) -> Callable[[int], None]:
    return lambda done: progress(what, done, total)
