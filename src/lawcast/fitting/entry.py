"""``lawcast.fit``: from a table of runs to a fitted law."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np

from lawcast._errors import ArgumentError, Finding, FitRefused, TableError, UnknownNameError
from lawcast._threads import one_thread
from lawcast._values import DEFAULT_LEVEL, Array, Status
from lawcast.fitting.backtest import backtest
from lawcast.fitting.certificate import certify
from lawcast.fitting.diagnosis import diagnose
from lawcast.fitting.findings import F004
from lawcast.fitting.frontier import frontier_of
from lawcast.fitting.general import predict
from lawcast.fitting.intervals import INTERVALS
from lawcast.fitting.losses import make_loss, with_robust_scale
from lawcast.fitting.preparation import (
    distinct,
    fewest_runs,
    law_over,
    refuse_bad_table,
    rows_for,
    runs_of,
    shortage_of,
    units_of,
)
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.profile import can_be_held, profile_parameter
from lawcast.fitting.resampling import METHODS, Plan, make_plan, seed_of, stream
from lawcast.fitting.result import Fit
from lawcast.fitting.rivals import compare_rivals
from lawcast.fitting.solve import Search, prepare, search
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law
from lawcast.runs.findings import KINDS
from lawcast.runs.table import Runs

MOST_ROWS = 5_000
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
NO_DECAY = Status(
    "no-decay",
    "The loss does not fall with every variable of the law in these runs: exponents and floor are "
    "not measured, and no intervals are given.",
    False,
)

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
        A :class:`Fit`, or a dict of them by group with ``by=`` (a group with too few runs has the
        status ``few-runs`` and no intervals).

    Raises:
        TableError: the table has error findings that are not accepted.
        FitRefused: too few runs or sizes for the law; the estimate is on ``error.fit`` (with
            ``by=``, where a group has no estimate: the dict of the other groups).
        UnknownNameError: no such law, column, loss or method.
        ArgumentError: an argument out of range.

    Example:
        >>> import lawcast as lc
        >>> runs = lc.read_runs("sweep.csv")                          # doctest: +SKIP
        >>> fit = lc.fit(runs, law="chinchilla", bootstrap=1000)      # doctest: +SKIP
        >>> fit.parameters["alpha"].interval                          # doctest: +SKIP
    """
    if law is not None and not isinstance(law, (str, Law)):
        raise ArgumentError(f"law is a name or a lawcast.Law, not {law!r}")
    if by is not None and not isinstance(by, str):
        raise ArgumentError(f"by is the name of a column, not {by!r}")
    if not isinstance(accept, Collection):
        raise ArgumentError(f'accept is a list of codes, such as ["R007"], not {accept!r}')
    chosen = get_law(law) if isinstance(law, str) else law
    settings = _Settings(
        variable=variable,
        loss=loss,
        loss_scale=loss_scale,
        bootstrap=bootstrap,
        resample=resample,
        cluster=cluster,
        interval=interval,
        level=level,
        starts=starts,
        diagnosis=diagnosis,
        accept=(accept,) if isinstance(accept, str) else accept,
        most_rows=most_rows,
        progress=progress,
        seed=seed_of(rng),
    )
    runs = runs_of(source, chosen)
    with one_thread():
        if by is None:
            return _fit_one(runs, chosen, settings)
        return _fit_groups(runs.split(by), by, chosen, settings)


def _fit_groups(
    parts: Mapping[str, Runs], by: str, chosen: Law | None, settings: _Settings
) -> dict[str, Fit]:
    """Every group on its own; one without an estimate is named once the others are done."""
    groups: dict[str, Fit] = {}
    without: list[str] = []
    findings: list[Finding] = []
    for name, part in parts.items():
        said = f"{by} = {name or '(none)'}: "
        try:
            groups[name] = _fit_one(part, chosen, settings)
        except TableError as error:
            raise TableError(
                tuple(replace(f, message=said + f.message) for f in error.findings)
            ) from error
        except FitRefused as refusal:
            if refusal.fit is not None:
                groups[name] = refusal.fit  # its status says that it is not supported
            else:
                without.append(said + str(refusal))
                findings += [replace(f, message=said + f.message) for f in refusal.findings]
    if without:
        raise FitRefused("\n".join(without), tuple(findings), groups or None)
    return groups


@dataclass(frozen=True)
class _Settings:
    """The arguments of :func:`fit`, checked once."""

    variable: str | None
    loss: str
    loss_scale: float | None
    bootstrap: int
    resample: str | None
    cluster: str | None
    interval: str | None
    level: float
    starts: int | None
    diagnosis: bool
    accept: Collection[str]
    most_rows: int
    progress: Progress | None
    seed: int

    def __post_init__(self) -> None:
        problems = []
        for name in ("variable", "loss", "resample", "cluster", "interval"):
            value = getattr(self, name)
            if not (isinstance(value, str) or (value is None and name != "loss")):
                problems.append(f"{name} is a name, not {value!r}")
        if self.progress is not None and not callable(self.progress):
            problems.append(f"progress is a function, not {self.progress!r}")
        if not _is_count(self.bootstrap, 0):
            problems.append(
                f"bootstrap is a number of resamples, 0 or more, not {self.bootstrap!r}"
            )
        if not (isinstance(self.level, (float, np.floating)) and 0.0 < self.level < 1.0):
            problems.append(f"level lies between 0 and 1 (0.9 for 90 %), not {self.level!r}")
        if self.starts is not None and not _is_count(self.starts, 1):
            problems.append(f"starts is a number of starts, 1 or more, not {self.starts!r}")
        if not _is_count(self.most_rows, 10):
            problems.append(f"most_rows is a number of rows, 10 or more, not {self.most_rows!r}")
        if problems:
            raise ArgumentError("; ".join(problems))
        if self.interval is not None and self.interval not in INTERVALS:
            raise UnknownNameError("interval method", self.interval, INTERVALS)
        if self.resample is not None and self.resample not in METHODS:
            raise UnknownNameError("resampling method", self.resample, METHODS)
        codes = [kind.code for kind in KINDS]
        for code in self.accept:
            if code not in codes:
                raise UnknownNameError("finding about a table", code, codes)

    def tell(self, what: str, done: int, total: int) -> None:
        """Report progress, if anybody listens."""
        if self.progress is not None:
            self.progress(what, done, total)


def _fit_one(runs: Runs, chosen: Law | None, settings: _Settings) -> Fit:
    """One table, one law."""
    law = law_over(chosen, settings.variable, runs)
    loss = make_loss(settings.loss, settings.loss_scale)
    refuse_bad_table(runs, law, loss, settings.accept)
    runs, aside, thinned = rows_for(runs, law, settings.cluster, settings.most_rows)
    shortage = shortage_of(runs, law)
    if len(runs) < 2:
        raise _refusal(shortage, runs, law, None)
    units, unit_name = units_of(runs, settings.cluster)
    plan = make_plan(units, settings.seed, method=settings.resample, cluster=unit_name)
    columns = {name: runs[name] for name in (*law.variables, law.response)}
    settings.tell("search", 0, 1)
    problem, found = _search(make_problem(law, loss, columns), settings)
    result = Fit(
        law=law,
        runs=runs,
        loss=problem.loss,
        coordinates=found.u,
        estimate=problem.parameters(found.u),
        draws=np.empty((0, problem.dimension)),
        left_out=np.empty((0, problem.dimension)),
        requested=0,
        lost=(),
        plan=plan,
        level=settings.level,
        interval_method=settings.interval or ("bca" if plan.method == "case" else "percentile"),
        status=_status(problem, found),
        certificate=certify(problem, found),
    )
    if shortage:
        raise _refusal(shortage, runs, law, replace(result, status=FEW_RUNS))
    if settings.bootstrap and plan.count < 2:
        raise _one_unit(runs, plan, replace(result, status=FEW_RUNS))
    if settings.bootstrap:
        count = settings.bootstrap
        result = result.more_draws(count, lambda done: settings.tell("resamples", done, count))
    if settings.diagnosis:
        result = _with_diagnosis(result, problem, columns, settings)
    result = result.with_findings(diagnose(result, problem, aside, thinned))
    if any(f.code == "F006" for f in result.findings) and result.status.ok:
        result = replace(result, status=NOT_IDENTIFIED)
    return result


def _status(problem: Problem, found: Search) -> Status:
    if not found.converged:
        return NOT_CONVERGED
    for j, parameter in enumerate(problem.law.parameters):
        decays = parameter.name in problem.law.exponents and parameter.domain[0] >= 0.0
        if decays and found.u[j] <= problem.low[j] + 1e-9:
            return NO_DECAY
    return CONVERGED


def _search(problem: Problem, settings: _Settings) -> tuple[Problem, Search]:
    """Search for the optimum; a Student-t loss first gets its scale from a robust fit."""
    rng = stream(settings.seed, "search")
    if problem.loss.name == "student-t" and settings.loss_scale is None:
        robust = replace(problem, loss=make_loss("log-huber"))
        first = search(robust, rng, starts=settings.starts)
        residuals = predict(robust, first.u[None])[0] - np.log(problem.y)
        problem = replace(problem, loss=with_robust_scale(problem.loss, residuals))
    return problem, search(problem, rng, starts=settings.starts)


def _with_diagnosis(
    result: Fit, problem: Problem, columns: dict[str, Array], settings: _Settings
) -> Fit:
    """Profiles, backtest and rivals."""
    law = result.law
    around = prepare(problem, result.coordinates)
    wanted = [] if law.user else [*filter(None, [law.floor]), *law.exponents]
    wanted = [name for name in wanted if can_be_held(problem, result.coordinates, name)]
    if result.status.code == NO_DECAY.code:
        wanted = []  # without a decay the floor and the coefficients are one number
    residuals = predict(problem, result.coordinates[None])[0] - (
        np.log(problem.y) if problem.loss.on_log else problem.y
    )
    units = result.plan.units
    profiles = []
    for k, name in enumerate(wanted):
        settings.tell("profiles", k, len(wanted))
        rng = stream(settings.seed, "profiles", k)
        profiles.append(
            profile_parameter(problem, around, name, residuals, units, result.level, rng)
        )
    settings.tell("backtest", 0, 1)
    by, size = size_of(result)
    history = backtest(
        problem,
        result.coordinates,
        columns,
        size,
        by,
        result.plan,
        result.level,
        fewest_runs(law),
    )
    settings.tell("rivals", 0, 1)
    frontier = frontier_of(law, result.runs) if not law.user else None
    rng = stream(settings.seed, "rivals")
    rivals = compare_rivals(problem, result.coordinates, columns, units, frontier, rng)
    return replace(result, profiles=tuple(profiles), history=history, rivals=rivals)


def size_of(result: Fit) -> tuple[str, Array]:
    """What makes a run "larger": compute where it is known, else the law's first variable."""
    runs = result.runs
    if not result.law.user and len(result.law.variables) > 1 and "compute" in runs:
        compute = runs["compute"]
        if np.isfinite(compute).all():
            return "compute", compute
    return result.law.variables[0], runs[result.law.variables[0]]


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, (int, np.integer)) and bool(value >= least)


def _refusal(shortage: str, runs: Runs, law: Law, partial: Fit | None) -> FitRefused:
    other = ""
    if len(law.variables) > 1:
        varying = [v for v in law.variables if distinct(runs, v) >= 3]
        if varying:
            other = f'law="power-floor", variable="{varying[0]}"; or '
    finding = F004.found(
        shortage or f"{len(runs)} usable rows",
        fix=f"{other}add runs, or fit a law with fewer parameters (lawcast laws)",
    )
    if partial is not None:
        partial = partial.with_findings([finding])
    return FitRefused(str(finding), (finding,), partial)


def _one_unit(runs: Runs, plan: Plan, partial: Fit) -> FitRefused:
    finding = F004.found(
        f"all {len(runs)} rows are of one {plan.cluster}; its rows hang together, so nothing is "
        "left to resample for an interval",
        fix="bootstrap=0 fits without intervals; or add another run",
    )
    return FitRefused(str(finding), (finding,), partial.with_findings([finding]))
