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
_CONSTANT = 1e-12


@dataclass(frozen=True)
class LawForecast:
    """What one law says about one curve.

    Args:
        law: registry name.
        log_y: (q,) mean log forecast over the law's candidates.
        weight: weight in the average.
        dropped: share of the law's candidates, by how well they fit, that left the slope bound.
    """

    law: str
    log_y: Array
    weight: float
    dropped: float


@dataclass(frozen=True)
class Average:
    """One forecast of one curve, on the log scale.

    Args:
        log_y: (q,) forecast.
        bend_shift: (q,) how much higher the forecast is (in log) for expecting the usual bend:
            the difference to the same average without that expectation.
        bend: (q,) how far (in log) the forecast lies from its own straight continuation.
        level: log of the level at the end of the data.
        lean: weight of no change.
        noise: standard deviation of one point around the curve (relative).
        slope: log slope that the average has at the end of the data, per unit of log x.
        laws: what was averaged; weights and ``lean`` sum to one.
        excluded: laws none of whose candidates stayed within the slope bound.
    """

    log_y: Array
    bend_shift: Array
    bend: Array
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
            bend_shift=read(self.bend_shift),
            bend=read(self.bend),
            laws=tuple(replace(law, log_y=read(law.log_y)) for law in self.laws),
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
    # the unit of y must not matter, however far from one
    unit = float(np.mean(np.log(y)))
    made = _forecast(u, np.log(y) - unit, at, rule, trust, _scaled(ceiling, unit), laws)
    return replace(
        made,
        log_y=made.log_y + unit,
        level=made.level + unit,
        laws=tuple(replace(law, log_y=law.log_y + unit) for law in made.laws),
    )


def _scaled(ceiling: float | None, unit: float) -> float | None:
    return None if ceiling is None else float(ceiling * np.exp(-unit))


def _forecast(
    u: Array,
    log_y: Array,
    at: Array,
    rule: Rule,
    trust: Array | None,
    ceiling: float | None,
    laws: Sequence[str],
) -> Average:
    """The forecast of a curve whose mean log y is zero."""
    y = np.exp(log_y)
    # a jump of level is no noise: what lies before it does not count here
    calm = np.ones(u.size, dtype=bool) if trust is None else trust >= 1.0
    calm = calm if calm.sum() >= _LEAST_CALM else np.ones(u.size, dtype=bool)
    variance = noise_variance(u[calm], log_y[calm], rule)
    weight = precision(u, variance, rule, trust)
    places = np.concatenate([at, [-DOUBLING, 0.0, DOUBLING]])
    line = _line_at_end(u, log_y, weight, float(np.sqrt(variance)))
    if float(np.ptp(log_y)) <= _CONSTANT:
        return _no_change(u, log_y, weight, at, variance, ())
    if line.slope > RISING * line.error:
        return _rising(line, at, variance)
    steepest = SLOPE_BOUND * (max(-line.slope, 0.0) + 2.0 * line.error)
    tried = [candidates(name, u, y, weight, places, ceiling) for name in laws]
    usual = _blend(tried, rule, steepest, rule.bend_spread)
    if usual is None:
        return _no_change(u, log_y, weight, at, variance, tuple(laws))
    free = _blend(tried, rule, steepest, np.inf) or usual
    level, keep = usual.level, usual.keep(variance, rule)
    log_y_at = level + keep * (usual.mean[: at.size] - level)
    slope = -(float(usual.mean[-3]) - level) / DOUBLING
    without = free.level + free.keep(variance, rule) * (free.mean[: at.size] - free.level)
    return Average(
        log_y=log_y_at,
        bend_shift=log_y_at - without,
        bend=log_y_at - (level + slope * at),
        level=level,
        lean=1.0 - keep,
        noise=float(np.sqrt(variance)),
        slope=slope,
        laws=tuple(
            LawForecast(
                law=part.tried.law,
                log_y=part.mean[: at.size],
                weight=keep * float(share),
                dropped=part.dropped,
            )
            for part, share in zip(usual.parts, usual.shares, strict=True)
        ),
        excluded=tuple(name for name in laws if name not in {p.tried.law for p in usual.parts}),
    )


@dataclass(frozen=True)
class _Part:
    """One law in a blend: its candidates, their weights, their mean at all places."""

    tried: Candidates
    chance: Array
    dropped: float
    mean: Array


@dataclass(frozen=True)
class _Blend:
    """Laws averaged; the last three places are half, at and twice the end of the data."""

    parts: tuple[_Part, ...]
    shares: Array
    mean: Array

    @property
    def level(self) -> float:
        """Log level at the end of the data."""
        return float(self.mean[-2])

    def keep(self, variance: float, rule: Rule) -> float:
        """Share of the forecast change that is kept: S²/(S² + lean²) at signal-to-noise S."""
        if rule.lean <= 0.0:
            return 1.0
        signal = max(self.level - float(self.mean[-1]), 0.0) / np.sqrt(variance)
        return float(signal**2 / (signal**2 + rule.lean**2))


def _blend(
    tried: Sequence[Candidates], rule: Rule, steepest: float, bend_spread: float
) -> _Blend | None:
    """The average of laws; None where none stays within the slope bound."""
    parts = []
    for one in tried:
        if not one.misfit.size:
            continue
        chance, dropped = _chances(one, rule.bend, bend_spread, steepest)
        total = float(chance.sum())
        if total > 0.0:
            parts.append(_Part(one, chance, dropped, chance @ one.log_y / total))
    if not parts:
        return None
    best = min(float(part.tried.misfit.min()) for part in parts)
    evidence = np.array(
        [
            np.log(part.chance.sum() / part.tried.tried)
            - 0.5 * (float(part.tried.misfit.min()) - best)
            for part in parts
        ]
    )
    prior = np.log([rule.law_weights.get(part.tried.law, 0.0) + 1e-12 for part in parts])
    shares = prior + evidence / rule.temper
    shares = np.exp(shares - shares.max())
    shares /= shares.sum()
    return _Blend(tuple(parts), shares, shares @ np.array([part.mean for part in parts]))


def _chances(
    tried: Candidates, bend: float, bend_spread: float, steepest: float
) -> tuple[Array, float]:
    """(g,) unnormalised weight of each candidate, and the share of weight the bound took away."""
    before = tried.log_y[:, -3] - tried.log_y[:, -2]
    after = tried.log_y[:, -2] - tried.log_y[:, -1]
    kept = np.where(before > 1e-6, after / np.maximum(before, 1e-6), 1.0)
    log_chance = -0.5 * (tried.misfit - tried.misfit.min())
    log_chance -= 0.5 * np.square((kept - bend) / bend_spread)
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
    trend = LawForecast(TREND, log_y, 1.0, 0.0)
    none = np.zeros(at.size)
    return Average(log_y, none, none, line.level, 0.0, noise, line.slope, (trend,), LAWS)


def _no_change(
    u: Array, log_y: Array, weight: Array, at: Array, variance: float, excluded: tuple[str, ...]
) -> Average:
    """The level at the end of the data, where no law is left to average."""
    level = _line_at_end(u, log_y, weight, 0.0).level
    return Average(
        log_y=np.full(at.size, level),
        bend_shift=np.zeros(at.size),
        bend=np.zeros(at.size),
        level=level,
        lean=1.0,
        noise=float(np.sqrt(variance)),
        slope=0.0,
        laws=(),
        excluded=excluded,
    )
