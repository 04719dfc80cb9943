"""The fit: a law's parameters on a table of runs, with everything that says how far to trust it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError, Finding, worst_first
from lawcast._tables import Table
from lawcast._threads import one_thread
from lawcast._values import Array, Estimate, Interval, Status
from lawcast.fitting.backtest import Backtest
from lawcast.fitting.certificate import Certificate
from lawcast.fitting.intervals import fewest_draws, interval_of
from lawcast.fitting.losses import Loss
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.profile import Profile
from lawcast.fitting.resampling import Plan, draw, leave_one_out
from lawcast.fitting.rivals import Rival
from lawcast.fitting.solve import prepare, solve_many
from lawcast.laws.law import Law
from lawcast.runs.table import Runs

if TYPE_CHECKING:
    import pandas as pd

    from lawcast.fitting.prediction import Prediction

_NO_INTERVALS = frozenset({"no-decay"})
"""Statuses in which some parameters are one and the same number, so that draws mean nothing."""

MOST_FAILED = 0.05
"""Share of failed resamples above which intervals are withheld."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A law fitted to runs. Made by :func:`lawcast.fit`; opened again by :func:`lawcast.read_fit`.

    Args:
        law: the law.
        runs: the runs used, with what was set aside.
        loss: what was minimised.
        coordinates: (p,) the optimum in the solver's coordinates.
        estimate: (p,) the optimum in the user's units, in the order of ``law.names``.
        draws: (b, p) converged resamples, same units and order.
        left_out: (u, p) estimates without one unit each (for BCa); (0, p) when not computed.
        requested: resamples asked for.
        lost: numbers of the resamples that did not converge, increasing.
        plan: how resamples were made.
        level: nominal level of the intervals.
        interval_method: ``"bca"`` or ``"percentile"``.
        status: whether to rely on the fit, as a sentence.
        certificate: how well the optimum is established.
        profiles: profile likelihoods of the floor and the exponents.
        history: the backtest, or None where the table is too small for one.
        rivals: laws of another form on the same runs.
        findings: what to know, worst first.
    """

    law: Law
    runs: Runs
    loss: Loss
    coordinates: Array
    estimate: Array
    draws: Array
    left_out: Array
    requested: int
    lost: tuple[int, ...]
    plan: Plan
    level: float
    interval_method: str
    status: Status
    certificate: Certificate
    profiles: tuple[Profile, ...] = ()
    history: Backtest | None = None
    rivals: tuple[Rival, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def parameters(self) -> dict[str, Estimate]:
        """Estimates by parameter name, each with its interval (None without draws)."""
        columns = np.concatenate([self.draws, self.left_out])
        return {
            name: Estimate(
                float(self.estimate[j]),
                self.interval(columns[:, j], float(self.estimate[j]), self.level),
            )
            for j, name in enumerate(self.law.names)
        }

    @property
    def failed(self) -> int:
        """Number of resamples that did not converge."""
        return len(self.lost)

    @property
    def seed(self) -> int:
        """Entropy of the draws."""
        return self.plan.seed

    @property
    def on_log(self) -> bool:
        """Whether residuals are differences of logarithms."""
        return self.loss.on_log

    @property
    def resampling(self) -> str:
        """How resamples were made, in a few words."""
        return self.plan.describe()

    @property
    def interval_note(self) -> str:
        """How the intervals were made, or why there are none."""
        converged = self.requested - self.failed
        made = f"{converged:,} of {self.requested:,} resamples converged, seed {self.seed}"
        if not self.requested:
            return "no intervals: no resamples were asked for"
        if self.failed > MOST_FAILED * self.requested:
            return f"no intervals: only {made}"
        if self.status.code in _NO_INTERVALS:
            return "no intervals: see the status of the fit"
        needed = fewest_draws(self.level)
        if converged < needed:
            return f"no intervals: {converged} resamples are too few, at least {needed} are needed"
        return (
            f"{100 * self.level:g} % intervals: {self.interval_method}, {self.resampling}, {made}"
        )

    @property
    def columns(self) -> dict[str, Array]:
        """(n,) columns of the law: its variables and its response."""
        return {name: self.runs[name] for name in (*self.law.variables, self.law.response)}

    @property
    def fitted(self) -> Array:
        """(n,) the law at the runs."""
        columns = self.columns
        with np.errstate(all="ignore"):
            return self.law(tuple(columns[v] for v in self.law.variables), self.estimate)

    @property
    def residuals(self) -> Array:
        """(n,) observed minus fitted, of logarithms where the loss is on the log scale."""
        observed = self.columns[self.law.response]
        if self.on_log:
            return np.asarray(np.log(observed) - np.log(self.fitted))
        return np.asarray(observed - self.fitted)

    def profile(self, parameter: str) -> Profile | None:
        """The profile of a parameter, or None where none was computed."""
        return next((p for p in self.profiles if p.parameter == parameter), None)

    def interval(
        self, values: Array, estimate: float, level: float | None = None
    ) -> Interval | None:
        """The interval of any number computed from the parameters.

        Args:
            values: (b + u,) the number for every row of ``draws``, then of ``left_out``.
            estimate: the number for the estimate.
            level: nominal level; the fit's when None.

        Returns:
            The interval; None without draws, or where more than 5 % of the resamples failed or
            have no such number.
        """
        if self.status.code in _NO_INTERVALS:
            return None
        count = self.draws.shape[0]
        good = int(np.isfinite(values[:count]).sum())
        if self.requested == 0 or self.requested - good > MOST_FAILED * self.requested:
            return None
        return interval_of(
            np.asarray(values[:count], dtype=float),
            self.level if level is None else level,
            method=self.interval_method,
            source=self.resampling,
            estimate=estimate,
            left_out=np.asarray(values[count:], dtype=float) if len(self.left_out) else None,
        )

    def predict(
        self,
        *,
        compute: float | str | None = None,
        along: str | None = None,
        ratio: float | None = None,
        level: float | None = None,
        **given: float | str,
    ) -> Prediction:
        """Predict the response of a run that was not made.

        Args:
            compute: FLOP, ``"1e24 FLOP"``, or ``"10x"`` the largest compute in the data; for a
                law of parameters and tokens the split is chosen by ``along``.
            along: ``"optimal"`` (the split that the law says is best; the default) or
                ``"fixed-ratio"`` (the default where ``ratio`` is given).
            ratio: tokens per parameter for ``"fixed-ratio"``; that of the largest runs by default.
            level: nominal level of the intervals; the fit's by default.
            **given: the law's variables by name, as numbers or text (``params="70B"``,
                ``tokens="1.4T"``, ``tokens="4x"`` the largest in the data).

        Returns:
            A prediction with an interval for the mean curve and one for a single new run.

        Raises:
            UnitError: a variable is missing, not read by the law, not a quantity, or the law has
                no best split.
            UnknownNameError: no such way along compute.
        """
        from lawcast.fitting.prediction import predict_at

        return predict_at(self, given, compute=compute, along=along, ratio=ratio, level=level)

    def more_draws(self, count: int, progress: Callable[[int], None] | None = None) -> Fit:
        """The same fit with ``count`` more resamples.

        The draws are the bytes that asking for all of them at once would have given, and so are
        the findings that depend on them.

        Raises:
            ArgumentError: ``count`` is negative, or there is one unit only to resample.
        """
        from lawcast.fitting.diagnosis import OF_DRAWS, of_draws

        if not isinstance(count, (int, np.integer)) or count < 0:
            raise ArgumentError(f"count is a number of resamples, 0 or more, not {count!r}")
        if count == 0:
            return self
        if self.plan.count < 2:
            raise ArgumentError(
                f"all rows are one unit (by {self.plan.cluster}), so nothing is left to resample; "
                "a second one is needed for an interval"
            )
        problem = self._problem()
        with one_thread():
            around = prepare(problem, self.coordinates)
            left_out = self.left_out
            if self.interval_method == "bca" and not len(left_out):
                left = solve_many(problem, around, weights=np.stack(list(leave_one_out(self.plan))))
                left_out = problem.parameters(left.u[left.converged])
            more = draw(
                problem,
                around,
                self.plan,
                int(count),
                others=self._other_basins(problem),
                progress=progress,
                first=self.requested,
            )
        larger = replace(
            self,
            draws=np.concatenate([self.draws, problem.parameters(more.u)]),
            left_out=left_out,
            requested=self.requested + int(count),
            lost=(*self.lost, *more.lost),
        )
        kept = [f for f in self.findings if f.code not in OF_DRAWS]
        return larger.with_findings([*kept, *of_draws(larger, problem)])

    def to_dataframe(self) -> pd.DataFrame:
        """One row a parameter: value, interval and meaning."""
        return self.table().to_dataframe()

    def table(self) -> Table:
        """Parameters as a table."""
        rows = []
        for parameter, estimate in zip(self.law.parameters, self.parameters.values(), strict=True):
            interval = estimate.interval
            rows.append(
                (
                    parameter.name,
                    estimate.value,
                    None if interval is None else interval.low,
                    None if interval is None else interval.high,
                    parameter.unit,
                    parameter.meaning,
                )
            )
        return Table(
            ("parameter", "value", "low", "high", "unit", "meaning"),
            tuple(rows),
            notes=(self.interval_note,),
        )

    def summary(self) -> str:
        """Text of at most 80 columns: runs, law, parameters, certificate, backtest, findings."""
        from lawcast.fitting.summary import fit_card

        return fit_card(self).text()

    def _repr_html_(self) -> str:
        from lawcast.fitting.summary import fit_card

        return fit_card(self).html()

    def __repr__(self) -> str:
        values = ", ".join(
            f"{n}={v:.5g}" for n, v in zip(self.law.names, self.estimate, strict=True)
        )
        return f"<Fit {self.law.name} on {len(self.runs)} runs: {values}>"

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/fit/1`` with the columns used and the draws, packed."""
        from lawcast.fitting.saved import fit_to_dict

        return fit_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], law: Law | None = None) -> Fit:
        """The fit that :meth:`to_dict` described; ``law`` for a user's law."""
        from lawcast.fitting.saved import fit_from_dict

        return fit_from_dict(data, law=law)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the fit as JSON.

        Raises:
            WriteError: the file cannot be written; nothing is left behind.
        """
        from lawcast.fitting.saved import save_fit

        return save_fit(self, path)

    def with_findings(self, findings: Iterable[Finding]) -> Fit:
        """The same fit with these findings, worst first."""
        return replace(self, findings=worst_first(findings))

    def _problem(self) -> Problem:
        return make_problem(self.law, self.loss, self.columns)

    def _other_basins(self, problem: Problem) -> Array | None:
        serious = [b.parameters for b in self.certificate.basins if b.share >= SERIOUS_SHARE]
        return problem.from_parameters(np.stack(serious)) if serious else None


SERIOUS_SHARE = 0.05
"""Share of the starts from which another basin is also tried in every resample."""
