"""Laws of another form on the same runs: is any as good on runs left out, and what would it say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array, number, plain
from lawcast.fitting.frontier import Frontier, arguments_of
from lawcast.fitting.general import predict
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.refit import refit
from lawcast.fitting.solve import prepare, solve_many
from lawcast.laws.law import Law
from lawcast.laws.registry import get_law

FOLDS = 5
_STARTS = 24
_Z = 1.645  # one-sided 5 %: below it, the difference is not established


@dataclass(frozen=True)
class Rival:
    """One rival law.

    Args:
        law: its name.
        error: root mean square residual on left-out runs (five folds), on the loss's scale.
        own_error: the same of the fitted law.
        difference: mean held-out loss of the rival minus that of the fitted law, in units of its
            standard error; positive where the rival is worse.
        forecast: its prediction at ten times the data (see ``where``).
        own_forecast: the same of the fitted law.
        where: the place of the forecast, in words.
    """

    law: str
    error: float
    own_error: float
    difference: float
    forecast: float
    own_forecast: float
    where: str

    @property
    def as_good(self) -> bool:
        """Whether the rival is not established to be worse."""
        return self.difference < _Z

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "law": self.law,
            "error": plain(self.error),
            "own_error": plain(self.own_error),
            "difference": plain(self.difference),
            "forecast": plain(self.forecast),
            "own_forecast": plain(self.own_forecast),
            "where": self.where,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rival:
        """The rival that :meth:`to_dict` described."""
        return cls(
            law=str(data["law"]),
            error=number(data["error"]),
            own_error=number(data["own_error"]),
            difference=number(data["difference"]),
            forecast=number(data["forecast"]),
            own_forecast=number(data["own_forecast"]),
            where=str(data["where"]),
        )


def compare_rivals(
    problem: Problem,
    u: Array,
    columns: Mapping[str, Array],
    units: np.ndarray,
    frontier: Frontier | None,
    rng: np.random.Generator,
) -> tuple[Rival, ...]:
    """Fit the law's declared rivals and compare them on left-out units.

    Args:
        problem: the problem of the fitted law.
        u: (p,) its optimum.
        columns: (n,) columns, in the user's units.
        units: (n,) cluster of each run; clusters are left out whole.
        frontier: how compute is split, for the forecast at ten times the compute.
        rng: random source of folds and starts.
    """
    count = int(units.max()) + 1
    folds = rng.permutation(np.arange(count) % FOLDS)[units]
    if count < 2 * FOLDS:
        return ()
    own = _held_out(problem, u, folds)
    own_theta = problem.parameters(u)
    rivals = []
    for name in problem.law.rivals:
        law = get_law(name)
        if law.free_variable:
            law = law.on(problem.law.variables[0])
        if problem.size < len(law.parameters) + 5:
            continue
        other = make_problem(law, problem.loss, columns)
        best, value = refit(other, rng, _STARTS)
        if not np.isfinite(value):
            continue
        held = _held_out(other, best, folds)
        loss = problem.loss
        gap = loss.rho(held) - loss.rho(own)
        by_unit = np.bincount(units, weights=gap)
        error = float(np.sqrt(np.sum((by_unit - by_unit.mean()) ** 2)))
        theta = other.parameters(best)
        forecast, where = forecast_beyond(law, theta, columns, frontier)
        own_forecast, _ = forecast_beyond(problem.law, own_theta, columns, frontier)
        rivals.append(
            Rival(
                law=law.name,
                error=_rms(held),
                own_error=_rms(own),
                difference=float(gap.sum() / error) if error > 0 else 0.0,
                forecast=forecast,
                own_forecast=own_forecast,
                where=where,
            )
        )
    return tuple(rivals)


def _held_out(problem: Problem, u: Array, folds: np.ndarray) -> Array:
    """(n,) residual of each run from the fit that did not see its fold."""
    weights = (folds[None, :] != np.arange(FOLDS)[:, None]).astype(float)
    solved = solve_many(problem, prepare(problem, u), weights=weights, tolerance=1e-7)
    curves = predict(problem, solved.u)
    target = np.log(problem.y) if problem.loss.on_log else problem.y
    return np.asarray((curves - target)[folds, np.arange(problem.size)])


def _rms(residuals: Array) -> float:
    return float(np.sqrt(np.mean(residuals**2)))


def forecast_beyond(
    law: Law, theta: Array, columns: Mapping[str, Array], frontier: Frontier | None
) -> tuple[float, str]:
    """The law at ten times the largest compute, or at ten times its one variable."""
    with np.errstate(all="ignore"):
        if frontier is None or frontier.along == "compute":
            if len(law.variables) != 1:
                return float("nan"), ""
            top = 10.0 * float(columns[law.variables[0]].max())
            return float(law((np.array([top]),), theta)[0]), f"10x the largest {law.variables[0]}"
        further = {
            v: float(columns[v].max()) for v in law.variables if v not in ("params", "tokens")
        }
        # both laws are asked at the same place: the usual split, not each one's own optimum
        fixed = Frontier("fixed-ratio", frontier.flop, frontier.ratio, frontier.largest)
        split = fixed.split(law, theta[None], np.array([10.0 * frontier.largest]), further)
        value = law(arguments_of(law, split, further), theta[None])
    return float(
        value[0, 0]
    ), f"10x the largest compute and {frontier.ratio:.3g} tokens per parameter"
