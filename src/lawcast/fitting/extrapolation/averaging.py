"""From candidate curves of several laws to one forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lawcast._values import Array
from lawcast.fitting.extrapolation.families import DOUBLING, LAWS, Candidates, candidates
from lawcast.fitting.extrapolation.noise import noise_variance, precision
from lawcast.fitting.extrapolation.rule import Rule

SLOPE_BOUND = 1.5
"""A candidate may not fall faster beyond the data than this times the slope at their end."""

RISING = 2.0
"""A curve whose slope at the end exceeds zero by this many standard errors is rising."""

TREND = "trend"
"""Name of the forecast of a rising curve: its own line in log-log, carried on."""

_SLOPE_SPAN = 0.5
_LEAST_FOR_SLOPE = 3
_LEAST_CALM = 5


@dataclass(frozen=True)
class LawForecast:
    """What one law says about one curve.

    Args:
        law: registry name.
        log_y: (q,) mean log forecast over the law's candidates.
        spread: (q,) standard deviation over them.
        weight: weight in the average.
        dropped: share of the law's candidates, by how well they fit, that left the slope bound.
        theta: (p,) parameters of its best candidate, for x divided by the largest x.
    """

    law: str
    log_y: Array
    spread: Array
    weight: float
    dropped: float
    theta: Array


@dataclass(frozen=True)
class Average:
    """One forecast of one curve, on the log scale.

    Args:
        log_y: (q,) forecast.
        spread: (q,) standard deviation over laws and candidates.
        level: log of the level at the end of the data.
        lean: weight of no change.
        noise: standard deviation of one point around the curve (relative).
        slope: log slope that the average has at the end of the data, per unit of log x.
        laws: what was averaged; weights and ``lean`` sum to one.
        excluded: laws none of whose candidates stayed within the slope bound.
    """

    log_y: Array
    spread: Array
    level: float
    lean: float
    noise: float
    slope: float
    laws: tuple[LawForecast, ...]
    excluded: tuple[str, ...]

    def read_at(self, places: Array, wanted: Array) -> Average:
        """The same forecast at other places, by a cubic spline through the places it has.

        Args:
            places: (q,) increasing places of this forecast.
            wanted: (k,) places inside their range.
        """
        from scipy.interpolate import CubicSpline

        def read(values: Array) -> Array:
            return np.asarray(CubicSpline(places, values)(wanted))

        return replace(
            self,
            log_y=read(self.log_y),
            spread=np.maximum(read(self.spread), 0.0),
            laws=tuple(
                replace(law, log_y=read(law.log_y), spread=np.maximum(read(law.spread), 0.0))
                for law in self.laws
            ),
        )


def forecast(
    u: Array,
    y: Array,
    at: Array,
    rule: Rule,
    *,
    trust: Array | None = None,
    ceiling: float | None = None,
    laws: Sequence[str] = LAWS,
) -> Average:
    """Forecast a curve at ``at``.

    Each law is the mean of its candidates, weighed by exp(-misfit/2) and by how usual their bend
    beyond the data is; laws are weighed by the rule's weights and their tempered evidence; and the
    whole leans to no change where the fall over one doubling is no larger than the noise. A curve
    that rises at its end is carried on along its own line.

    Args:
        u: (m,) log of x over the largest x, increasing; y: (m,) positive, binned losses.
        at: (q,) log of x over the largest x.
        rule: the constants.
        trust: (m,) factor between 0 and 1 on the weight of points; ones when None.
        ceiling: loss of a random guess, where known.
        laws: which laws to average.
    """
    log_y = np.log(y)
    # a jump of level is no noise: what lies before it does not count here
    calm = np.ones(u.size, dtype=bool) if trust is None else trust >= 1.0
    calm = calm if calm.sum() >= _LEAST_CALM else np.ones(u.size, dtype=bool)
    variance = noise_variance(u[calm], log_y[calm], rule)
    weight = precision(u, variance, rule, trust)
    places = np.concatenate([at, [-DOUBLING, 0.0, DOUBLING]])
    line = _line_at_end(u, log_y, weight, float(np.sqrt(variance)))
    if line.slope > RISING * line.error:
        return _rising(line, at, variance)
    steepest = SLOPE_BOUND * (max(-line.slope, 0.0) + 2.0 * line.error)
    found: list[tuple[Candidates, Array, float]] = []
    excluded = []
    for name in laws:
        tried = candidates(name, u, y, weight, places, ceiling)
        if not tried.misfit.size:
            excluded.append(name)
            continue
        chance, dropped = _chances(tried, rule, steepest)
        if chance.sum() <= 0.0:
            excluded.append(name)
            continue
        found.append((tried, chance, dropped))
    if not found:
        return _no_change(u, log_y, weight, at, variance, tuple(excluded))
    evidence = np.array([np.log(chance.sum() / tried.tried) for tried, chance, _ in found])
    best = min(float(tried.misfit.min()) for tried, _, _ in found)
    offsets = np.array([-0.5 * (float(tried.misfit.min()) - best) for tried, _, _ in found])
    prior = np.log([rule.law_weights.get(tried.law, 0.0) + 1e-12 for tried, _, _ in found])
    share = prior + (evidence + offsets) / rule.temper
    share = np.exp(share - share.max())
    share /= share.sum()
    means, spreads = [], []
    for tried, chance, _ in found:
        p = chance / chance.sum()
        mean = p @ tried.log_y
        means.append(mean)
        spreads.append(np.sqrt(p @ np.square(tried.log_y - mean)))
    mean_all = share @ np.array(means)
    spread_all = np.sqrt(
        share @ np.square(np.array(spreads)) + share @ np.square(np.array(means) - mean_all)
    )
    level = float(mean_all[-2])
    fall = level - float(mean_all[-1])
    signal = max(fall, 0.0) / np.sqrt(variance)
    keep = signal**2 / (signal**2 + rule.lean**2) if rule.lean > 0 else 1.0
    q = at.size
    return Average(
        log_y=level + keep * (mean_all[:q] - level),
        spread=spread_all[:q],
        level=level,
        lean=1.0 - float(keep),
        noise=float(np.sqrt(variance)),
        slope=-(float(mean_all[-3]) - level) / DOUBLING,
        laws=tuple(
            LawForecast(
                law=tried.law,
                log_y=mean[:q],
                spread=spread[:q],
                weight=float(keep * w),
                dropped=dropped,
                theta=tried.theta[int(np.argmax(chance))],
            )
            for (tried, chance, dropped), mean, spread, w in zip(
                found, means, spreads, share, strict=True
            )
        ),
        excluded=tuple(excluded),
    )


def _chances(tried: Candidates, rule: Rule, steepest: float) -> tuple[Array, float]:
    """(g,) unnormalised weight of each candidate, and the share of weight the bound took away."""
    before = tried.log_y[:, -3] - tried.log_y[:, -2]
    after = tried.log_y[:, -2] - tried.log_y[:, -1]
    kept = np.where(before > 1e-6, after / np.maximum(before, 1e-6), 1.0)
    log_chance = -0.5 * (tried.misfit - tried.misfit.min())
    log_chance -= 0.5 * np.square((kept - rule.bend) / rule.bend_spread)
    chance = np.exp(log_chance)
    inside = (after >= -1e-12) & (after <= steepest * DOUBLING)
    total = float(chance.sum())
    bounded = np.where(inside, chance, 0.0)
    dropped = 1.0 - float(bounded.sum()) / total if total > 0.0 else 1.0
    return bounded, dropped


@dataclass(frozen=True)
class _Line:
    """A straight line through the end of a curve in log-log: level at the end, slope, its error."""

    level: float
    slope: float
    error: float


def _line_at_end(u: Array, log_y: Array, weight: Array, noise: float) -> _Line:
    """The weighted line through the last doubling or so."""
    late = weight * np.exp(u / _SLOPE_SPAN)
    mean_u, mean = float(late @ u / late.sum()), float(late @ log_y / late.sum())
    centred = u - mean_u
    information = float(late @ centred**2)
    if u.size < _LEAST_FOR_SLOPE:
        return _Line(mean, 0.0, np.inf)
    slope = float(late @ (centred * log_y)) / information
    independent = float(late.sum() ** 2 / np.square(late).sum())
    error = noise / np.sqrt(max(information / late.sum() * independent, 1e-300))
    return _Line(mean - slope * mean_u, slope, error)


def _rising(line: _Line, at: Array, variance: float) -> Average:
    """No law of scaling rises; the trend at the end is carried on as it is.

    On public curves that rise at their end (data repeated too often) the line halves the error of
    no change in backtests.
    """
    log_y = line.level + line.slope * at
    noise = float(np.sqrt(variance))
    spread = np.full(at.size, noise)
    trend = LawForecast(TREND, log_y, spread, 1.0, 0.0, np.array([line.level, line.slope]))
    return Average(log_y, spread, line.level, 0.0, noise, line.slope, (trend,), LAWS)


def _no_change(
    u: Array, log_y: Array, weight: Array, at: Array, variance: float, excluded: tuple[str, ...]
) -> Average:
    """The level at the end of the data, where no law is left to average."""
    level = _line_at_end(u, log_y, weight, 0.0).level
    return Average(
        log_y=np.full(at.size, level),
        spread=np.full(at.size, np.sqrt(variance)),
        level=level,
        lean=1.0,
        noise=float(np.sqrt(variance)),
        slope=0.0,
        laws=(),
        excluded=excluded,
    )
