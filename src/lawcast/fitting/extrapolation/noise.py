"""Points of a curve as evidence: binned in log x, with their noise and the weight of each."""

from __future__ import annotations

import numpy as np

from lawcast._values import Array
from lawcast.fitting.extrapolation.rule import Rule

BIN = 0.05
"""Width of a bin in log x: points closer than 5 % in x are one observation of the curve."""

_LEAST_BINS = 12.0
"""A curve that spans little is binned finer: its span is at least this many bins."""

_WIDEST = 0.7
"""A point speaks for at most a doubling of x, however far its neighbours are."""

_SPAN = 2.1
_LEAST_POINTS = 7
_DEGREE = 2
_LATE = 0.7
_MOST_INFLATION = 6.0
_MOST_CORRELATION = 0.75


def bin_points(u: Array, log_y: Array) -> tuple[Array, Array, Array]:
    """Means of u and log y over bins of :data:`BIN`, counted back from the end, and the counts.

    A curve that spans less than a factor of 1.8 in x gets narrower bins.

    Args:
        u: (n,) log of x over the largest x, in any order.
        log_y: (n,) logarithms of the losses.

    Returns:
        u (m,) increasing, log y (m,), counts (m,).
    """
    width = min(BIN, max(float(-u.min()) / _LEAST_BINS, 1e-12))
    index = np.floor(-u / width + 1e-9).astype(np.int64)
    _, place, counts = np.unique(-index, return_inverse=True, return_counts=True)
    sums = np.bincount(place, u), np.bincount(place, log_y)
    return sums[0] / counts, sums[1] / counts, counts.astype(float)


def shares(u: Array) -> Array:
    """(m,) the stretch of log x that each point speaks for, so that density does not count twice.

    Half the distance to each neighbour, at least one bin and at most a doubling.
    """
    if u.size == 1:
        return np.ones(1)
    middle = 0.5 * (u[1:] + u[:-1])
    edges = np.concatenate([[2.0 * u[0] - middle[0]], middle, [2.0 * u[-1] - middle[-1]]])
    return np.clip(np.diff(edges), 0.01, _WIDEST)


def noise_variance(u: Array, log_y: Array, rule: Rule) -> float:
    """Long-run variance of log y around the curve, for the points near its end.

    Residuals of a quadratic in u over the last factor of eight in x (or the last seven points);
    neighbouring checkpoints of one run are correlated, so the variance is inflated by
    (1 + r)/(1 - r) with r the lag-one correlation (the AR(1) long-run variance), and pulled to the
    rule's floor where few independent residuals are left.

    Args:
        u: (m,) increasing.
        log_y: (m,).
        rule: for the floor and how much it counts.
    """
    floor = rule.noise_floor**2
    near = u > -_SPAN
    if near.sum() < _LEAST_POINTS:
        near = np.arange(u.size) >= u.size - _LEAST_POINTS
    v, level = u[near], log_y[near]
    n = v.size
    if n < _DEGREE + 2:
        return floor
    weight = shares(v) * np.exp(_LATE * v)
    weight *= n / weight.sum()
    root = np.sqrt(weight)
    basis = np.vander(v, _DEGREE + 1)
    solution = np.linalg.lstsq(basis * root[:, None], level * root, rcond=None)[0]
    scaled = root * (level - basis @ solution)
    total = float(scaled @ scaled)
    spare = n - _DEGREE - 1
    raw = float(scaled[1:] @ scaled[:-1]) / max(total, 1e-300)
    # residuals of a fit with three parameters look less correlated than the noise was
    r = float(np.clip(raw + (1.0 + (_DEGREE + 1) * raw) / n, 0.0, _MOST_CORRELATION))
    inflation = min((1.0 + r) / (1.0 - r), _MOST_INFLATION)
    independent = spare / inflation
    variance = total / spare * inflation
    return (variance * independent + floor * rule.noise_points) / (independent + rule.noise_points)


def precision(u: Array, variance: float, rule: Rule, trust: Array | None = None) -> Array:
    """(m,) weights of the squared relative residuals: late points count most, noise permitting.

    A law may miss the curve, and by more the further back: that error has the variance
    misfit²·(x_max/x)^p per unit of log x. Without noise the weights are proportional to
    (x/x_max)^p times the stretch that a point speaks for; where noise dominates all points count
    alike.

    Args:
        u: (m,) increasing, 0 at the end of the data.
        variance: noise of one point.
        rule: for the power and the misfit.
        trust: (m,) factor between 0 and 1 for points before a break; ones when None.
    """
    drift = rule.misfit**2 * np.exp(np.minimum(-rule.power * u, 600.0)) / shares(u)
    weight = 1.0 / (variance + drift)
    return weight if trust is None else weight * trust
