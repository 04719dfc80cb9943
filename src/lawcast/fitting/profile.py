"""Profile likelihood: how far one parameter can move while the others make up for it.

The statistic is the drop test of M-estimation (Hampel, Ronchetti, Rousseeuw & Stahel 1986,
section 7.2): 2·(F(held) - F(best)), scaled so that it follows a chi-square of one degree of
freedom, and compared with F(1, units - parameters) because the scale is estimated. The scale is
the ratio of the naive to the sandwich variance of the parameter (Huber 1967), summed over
clusters, so that unequal noise and dependent runs do not make it too sharp. The mean curvature of
a Huber loss is that of a smoothed density of the residuals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array, number, pack_array, plain, unpack_array
from lawcast.fitting.general import predict, predict_with_jacobian
from lawcast.fitting.losses import robust_spread
from lawcast.fitting.problem import Problem
from lawcast.fitting.solve import Around, solve_many
from lawcast.fitting.starts import draw_starts

_POINTS = 33
_ABOVE = 7
_RANDOM_STARTS = 1
_MOST = 60
_MOST_LOOKS = 4  # each is eleven times finer than the one before
_ENOUGH = 4


@dataclass(frozen=True, eq=False)
class Profile:
    """The profile of one parameter.

    Args:
        parameter: its name.
        values: (k,) values it was held at, in the user's units, increasing.
        statistic: (k,) drop statistic at those values.
        threshold: quantile of F(1, units - parameters) at the level.
        level: nominal coverage.
        low, high: ends of the interval; None where the statistic never reaches the threshold.
        others: (k, p) parameters of the best fit with the value held.
    """

    parameter: str
    values: Array
    statistic: Array
    threshold: float
    level: float
    low: float | None
    high: float | None
    others: Array

    @property
    def bounded(self) -> bool:
        """Whether the runs bound the parameter from both sides."""
        return self.low is not None and self.high is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "parameter": self.parameter,
            "values": pack_array(self.values),
            "statistic": pack_array(self.statistic),
            "threshold": self.threshold,
            "level": self.level,
            "low": None if self.low is None else plain(self.low),
            "high": None if self.high is None else plain(self.high),
            "others": pack_array(self.others),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profile:
        """The profile that :meth:`to_dict` described."""
        return cls(
            parameter=str(data["parameter"]),
            values=unpack_array(data["values"]),
            statistic=unpack_array(data["statistic"]),
            threshold=float(data["threshold"]),
            level=float(data["level"]),
            low=None if data["low"] is None else number(data["low"]),
            high=None if data["high"] is None else number(data["high"]),
            others=unpack_array(data["others"]),
        )


def profile_parameter(
    problem: Problem,
    around: Around,
    name: str,
    residuals: Array,
    units: np.ndarray,
    level: float,
    rng: np.random.Generator,
) -> Profile:
    """Profile one parameter.

    Args:
        problem: the problem.
        around: from :func:`lawcast.fitting.solve.prepare` at the optimum.
        name: the parameter.
        residuals: (n,) residuals at the optimum, on the loss's scale.
        units: (n,) cluster of each run.
        level: nominal coverage.
        rng: source of the extra starts.
    """
    from scipy.special import fdtri

    place = problem.law.names.index(name)
    scale = drop_scale(problem, around.u, residuals, units, place)
    spare = max(int(units.max()) + 1 - problem.dimension, 1)
    threshold = float(fdtri(1, spare, level))
    best = float(_objective_at(problem, around.u))
    fixed = np.zeros(problem.dimension, dtype=bool)
    fixed[place] = True

    ridge = _ridge(problem, around, place)

    def held_at(coordinates: Array, near: Array) -> tuple[Array, Array]:
        """Statistic and best coordinates with the parameter held, from (q, k, p) likely starts."""
        count = coordinates.size
        random = draw_starts(problem, _RANDOM_STARTS * count, rng)
        start = np.concatenate([*near, random])
        start[:, place] = np.tile(coordinates, len(near) + _RANDOM_STARTS)
        found = solve_many(problem, around, start=start, fixed=fixed, tolerance=1e-6, most=_MOST)
        value = np.where(np.isfinite(found.value), found.value, np.inf)
        value = value.reshape(-1, count)
        pick = value.argmin(axis=0)
        at = np.arange(count)
        ends = found.u.reshape(-1, count, problem.dimension)[pick, at]
        return 2.0 * scale * (value[pick, at] - best), ends

    def along_ridge(coordinates: Array) -> Array:
        return np.asarray(around.u + (coordinates - around.u[place])[:, None] * ridge)

    coordinates = _grid(problem, around, place)
    best_ends = np.broadcast_to(around.u, (coordinates.size, problem.dimension))
    statistic, ends = held_at(coordinates, np.stack([along_ridge(coordinates), best_ends]))
    coordinates = np.append(coordinates, around.u[place])
    statistic, ends = np.append(statistic, 0.0), np.concatenate([ends, around.u[None]])
    # finer looks between the best value and the first that is rejected on either side
    for _ in range(_MOST_LOOKS):
        close = _refine(coordinates, statistic, around.u[place], threshold)
        if not close.size:
            break
        nearest = np.abs(close[:, None] - coordinates).argmin(axis=1)
        extra, extra_ends = held_at(close, np.stack([along_ridge(close), ends[nearest]]))
        coordinates = np.concatenate([coordinates, close])
        statistic = np.concatenate([statistic, extra])
        ends = np.concatenate([ends, extra_ends])
    order = np.argsort(coordinates, kind="stable")
    coordinates, ends = coordinates[order], ends[order]
    statistic = np.maximum(statistic[order], 0.0)
    low, high = _crossings(coordinates, statistic, around.u[place], threshold)
    parameters = problem.parameters(ends)

    def own(value: float | None) -> float | None:
        if value is None:
            return None
        u = around.u.copy()
        u[place] = value
        return float(problem.parameters(u)[place])

    return Profile(
        parameter=name,
        values=parameters[:, place],
        statistic=np.minimum(statistic, 1e6),
        threshold=threshold,
        level=level,
        low=own(low),
        high=own(high),
        others=parameters,
    )


def _ridge(problem: Problem, around: Around, place: int) -> Array:
    """(p,) how the other coordinates move with the held one, to first order.

    The curvature is that of the damping metric, which is smooth where a Huber loss has corners.
    """
    metric = around.metric
    column = np.linalg.lstsq(
        metric + 1e-12 * np.trace(metric) * np.eye(len(metric)),
        np.eye(len(metric))[place],
        rcond=None,
    )[0]
    return np.asarray(column / column[place]) if column[place] > 0 else np.eye(len(metric))[place]


def can_be_held(problem: Problem, u: Array, name: str) -> bool:
    """Whether holding one coordinate of the search holds the parameter of that name.

    A law that is searched over other parameters may mix it with the rest.
    """
    place = problem.law.names.index(name)
    others = np.arange(u.size) != place
    with np.errstate(all="ignore"):
        return bool(problem.theta(u + 1e-3 * others)[place] == problem.theta(u)[place])


def drop_scale(
    problem: Problem, u: Array, residuals: Array, units: np.ndarray, place: int
) -> float:
    """What makes twice the rise of the objective a chi-square of one degree of freedom.

    Args:
        problem: the problem.
        u: (p,) the optimum.
        residuals: (n,) predicted minus observed there, on the loss's scale.
        units: (n,) cluster of each run.
        place: the coordinate that is held.

    Returns:
        naive over sandwich variance: (H^-1)_jj / (H^-1 G H^-1)_jj, with H the curvature and G the
        scores summed by cluster; for homoscedastic squared residuals 1/variance.
    """
    loss = problem.loss
    if loss.scale is not None and loss.name in ("log-huber", "asymmetric"):
        window = max(loss.scale, robust_spread(residuals) * residuals.size**-0.2)
        side = np.where(residuals < 0, loss.psi(np.array(-1.0)) / -loss.scale, 1.0)
        curvature = side * (np.abs(residuals) <= window) * (loss.scale / window)
    else:
        curvature = loss.curvature(residuals)
    _, jacobian = predict_with_jacobian(problem, u[None])
    slopes = jacobian[0]  # (p, n)
    moving = np.linalg.norm(slopes, axis=1) > 0
    moving[place] = True
    rows = np.flatnonzero(moving)
    slopes = slopes[rows]
    hessian = (slopes * curvature) @ slopes.T
    hessian += 1e-12 * np.trace(hessian) * np.eye(rows.size)
    scores = np.stack([np.bincount(units, weights=loss.psi(residuals) * s) for s in slopes])
    spare = max(residuals.size - rows.size, 1)
    meat = (scores @ scores.T) * (residuals.size / spare)
    at = int(np.flatnonzero(rows == place)[0])
    column = np.linalg.lstsq(hessian, np.eye(rows.size)[at], rcond=None)[0]
    sandwich = float(column @ meat @ column)
    naive = float(column[at])
    return (
        naive / sandwich
        if sandwich > 0 and naive > 0
        else 1.0 / max(float(np.var(residuals)), 1e-300)
    )


def _objective_at(problem: Problem, u: Array) -> float:
    target = np.log(problem.y) if problem.loss.on_log else problem.y
    return float(problem.loss.rho(predict(problem, u[None])[0] - target).sum())


def _grid(problem: Problem, around: Around, place: int) -> Array:
    """Values to hold a coordinate at: for a floor from nothing past the lowest response."""
    parameter = problem.law.parameters[place]
    best = around.u[place]
    if parameter.name == problem.law.floor:
        lowest, usual = float(problem.y.min()), float(np.median(problem.y))
        first = max(float(np.exp(problem.low[place])), 1e-3 * lowest)
        below = np.linspace(first, lowest, _POINTS)
        # noise can put single runs below the floor; no law has its floor above most of them
        above = np.linspace(lowest, max(usual, 1.01 * lowest, 1.01 * np.exp(best)), _ABOVE)[1:]
        return np.asarray(np.log(np.concatenate([below, above])))
    low = max(problem.low[place], best - max(2.0 * abs(best), 0.2))
    high = min(problem.high[place], best + max(2.0 * abs(best), 0.2))
    return np.linspace(low, high, _POINTS)


def _refine(coordinates: Array, statistic: Array, best: float, threshold: float) -> Array:
    """Points between the optimum and the first value on each side that is rejected.

    None on a side where enough values that are not rejected lie before it already.
    """
    share = np.linspace(0.0, 1.0, 12)[1:-1]
    points = [np.empty(0)]
    for side in (-1.0, 1.0):
        away = side * (coordinates - best)
        rejected = (away > 0) & (statistic > threshold)
        end = away[rejected].min() if rejected.any() else away.max()
        if ((away > 0) & (away < end)).sum() < _ENOUGH:
            points.append(best + side * share * end)
    return np.concatenate(points)


def _crossings(
    coordinates: Array, statistic: Array, best: float, threshold: float
) -> tuple[float | None, float | None]:
    """Where the statistic last lies below the threshold on each side, by interpolation.

    The root of the statistic is interpolated: it is straight where the statistic is a parabola.
    """
    inside = np.flatnonzero(statistic <= threshold)
    first, last = int(inside.min()), int(inside.max())
    root = np.sqrt(statistic)

    def between(i: int, j: int) -> float:
        span = root[j] - root[i]
        share = 1.0 if not np.isfinite(span) or span <= 0 else (threshold**0.5 - root[i]) / span
        return float(coordinates[i] + np.clip(share, 0.0, 1.0) * (coordinates[j] - coordinates[i]))

    low = between(first, first - 1) if first > 0 else None
    high = between(last, last + 1) if last < coordinates.size - 1 else None
    return low, high
