"""The fit's own record: refitted without the largest runs, how well did it predict them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._errors import FitRefused
from lawcast._tables import Table
from lawcast._values import Array, number, plain
from lawcast.fitting.general import predict
from lawcast.fitting.intervals import interval_of
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.refit import refit
from lawcast.fitting.resampling import Plan, draw, make_plan, stream
from lawcast.fitting.solve import prepare
from lawcast.laws.law import RESPONSE

SHARES = (0.35, 0.5, 0.65, 0.8, 0.9)
"""Shares of the runs, by size, that the backtest fits on."""

_DRAWS = 256
_STARTS = 11
_FEWEST = 3  # test runs below which a hit rate says nothing
_FEWEST_UNITS = 5  # resampled units below which no interval is made


@dataclass(frozen=True)
class Cut:
    """One cut of a backtest.

    Args:
        largest: size (compute, or the law's variable) of the largest run fitted on.
        reach: size of the largest left-out run over ``largest``; NaN for sizes at or below zero.
        fitted: number of runs fitted on.
        tested: number of left-out, larger runs.
        error: root mean square error of the predicted response on the left-out runs; of its
            logarithm where the loss is on the log scale.
        bias: mean signed error; positive where the prediction is too high.
        hits: share of the left-out runs inside their interval for a new run; None without draws.
    """

    largest: float
    reach: float
    fitted: int
    tested: int
    error: float
    bias: float
    hits: float | None


@dataclass(frozen=True)
class Backtest:
    """Errors of the law on runs larger than those it was fitted to.

    Args:
        by: what "larger" means: ``"compute"`` or a variable of the law.
        level: nominal coverage of the intervals.
        on_log: whether errors are of the logarithm (so 0.01 is 1 %).
        cuts: one entry a cut, from the longest reach to the shortest.
    """

    by: str
    level: float
    on_log: bool
    cuts: tuple[Cut, ...]

    def table(self) -> Table:
        """One row a cut."""
        unit = "log" if self.on_log else "raw"
        return Table(
            (
                f"largest {self.by} fitted",
                "reach",
                "fitted",
                "tested",
                f"rms error ({unit})",
                f"mean error ({unit})",
                f"inside {100 * self.level:.0f} %",
            ),
            tuple(
                (
                    f"{c.largest:.3g}",
                    f"{c.reach:.3g}x" if np.isfinite(c.reach) else None,
                    c.fitted,
                    c.tested,
                    c.error,
                    c.bias,
                    None if c.hits is None else f"{round(c.hits * c.tested)} of {c.tested}",
                )
                for c in self.cuts
            ),
            title="Backtest: fitted without the largest runs, tested on them",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "by": self.by,
            "level": self.level,
            "on_log": self.on_log,
            "cuts": [
                {
                    "largest": plain(c.largest),
                    "reach": plain(c.reach),
                    "fitted": c.fitted,
                    "tested": c.tested,
                    "error": plain(c.error),
                    "bias": plain(c.bias),
                    "hits": c.hits,
                }
                for c in self.cuts
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Backtest:
        """The backtest that :meth:`to_dict` described."""
        return cls(
            by=str(data["by"]),
            level=float(data["level"]),
            on_log=bool(data["on_log"]),
            cuts=tuple(
                Cut(
                    largest=number(c["largest"]),
                    reach=number(c["reach"]),
                    fitted=int(c["fitted"]),
                    tested=int(c["tested"]),
                    error=number(c["error"]),
                    bias=number(c["bias"]),
                    hits=None if c["hits"] is None else float(c["hits"]),
                )
                for c in data["cuts"]
            ),
        )


def backtest(
    problem: Problem,
    u: Array,
    columns: Mapping[str, Array],
    size: Array,
    by: str,
    plan: Plan,
    level: float,
    fewest: int,
    shares: tuple[float, ...] = SHARES,
) -> Backtest | None:
    """Refit without the largest runs at several cuts and predict them.

    Args:
        problem: the problem fitted to all runs.
        u: (p,) its optimum, one of the starts of every refit.
        columns: (n,) columns of the law, in the user's units.
        size: (n,) what "larger" means.
        by: its name.
        plan: how draws are made; clusters stay together.
        level: nominal coverage of the intervals for a new run.
        fewest: smallest number of runs that the law can be fitted to.
        shares: shares of the runs to fit on.

    Returns:
        The backtest, or None when no cut leaves enough runs on both sides.
    """
    ordered = np.sort(size)
    cuts: list[Cut] = []
    for share in shares:
        edge = ordered[min(int(share * size.size), size.size - 1)]
        edge = edge if edge < ordered[-1] else _step_down(ordered)
        train = size <= edge
        tested = int((~train).sum())
        if train.sum() < fewest or tested < 1 or any(c.largest == edge for c in cuts):
            continue
        try:
            cuts.append(_one_cut(problem, u, columns, size, train, plan, level))
        except FitRefused:
            continue  # this cut's runs cannot bear the law; the other cuts still count
    return Backtest(by, level, problem.loss.on_log, tuple(cuts)) if cuts else None


def _one_cut(
    problem: Problem,
    u: Array,
    columns: Mapping[str, Array],
    size: Array,
    train: np.ndarray,
    plan: Plan,
    level: float,
) -> Cut:
    law = problem.law
    part = {name: values[train] for name, values in columns.items()}
    if any(np.unique(part[v]).size < 2 for v in law.variables):
        raise FitRefused("a variable does not vary below this cut")
    smaller = make_problem(law, problem.loss, part)
    rng = stream(plan.seed, "backtest", int(train.sum()))
    best, _ = refit(smaller, rng, _STARTS, smaller.from_parameters(problem.parameters(u)))
    around = prepare(smaller, best)
    units = np.unique(plan.units[train], return_inverse=True)[1]
    method = plan.method if plan.method != "wild" else None
    part_plan = make_plan(units, plan.seed, method=method, cluster=plan.cluster)
    count = _DRAWS if part_plan.count >= _FEWEST_UNITS else 0
    drawn = draw(smaller, around, part_plan, count, patient=False)
    theta = smaller.parameters(np.concatenate([best[None], drawn.u]))
    test = tuple(columns[v][~train] for v in law.variables)
    observed = columns[law.response][~train]
    with np.errstate(all="ignore"):
        curves = law(test, theta)
    if problem.loss.on_log:
        curves, observed = np.log(curves), np.log(observed)
    errors = curves[0] - observed
    hits = None
    residual = np.log(smaller.y) if problem.loss.on_log else smaller.y
    residual = residual - predict(smaller, best[None])[0]
    if not problem.loss.on_log:
        residual = residual * smaller.scales[RESPONSE]
    spare = residual.size - problem.dimension
    if drawn.u.shape[0] and spare > 0 and observed.size >= _FEWEST:
        noise = rng.choice(
            residual * np.sqrt(residual.size / spare), (drawn.u.shape[0], observed.size)
        )
        inside = 0
        for j in range(observed.size):
            interval = interval_of(curves[1:, j] + noise[:, j], level)
            inside += interval is not None and observed[j] in interval
        hits = inside / observed.size
    return Cut(
        largest=float(size[train].max()),
        reach=_reach(size[train], float(size[~train].max())),
        fitted=int(train.sum()),
        tested=int((~train).sum()),
        error=float(np.sqrt(np.mean(errors**2))),
        bias=float(np.mean(errors)),
        hits=hits,
    )


def _step_down(ordered: Array) -> float:
    """The largest size below the very largest."""
    smaller = ordered[ordered < ordered[-1]]
    return float(smaller[-1]) if smaller.size else float(ordered[0])


def _reach(fitted: Array, largest: float) -> float:
    return float(largest / fitted.max()) if fitted.min() > 0 else float("nan")
