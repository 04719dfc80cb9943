"""From a biased statistic to a dimension: the d whose uniform ball would show the same at this n.

Every distance estimator here is a weighted sum of the mean log distances to the 1st, 2nd, ...
neighbour, so one inversion serves them all. It assumes neither curvature nor uneven density:
those are judged afterwards, by how the calibrated dimension changes with scale.
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from lawcast._data import packaged_text
from lawcast._values import Array
from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.simplices import NEIGHBOURS

HIGHEST = 1000.0
"""No dimension above this is told apart; a statistic that asks for more has no finite answer."""

_LOWEST = 0.2
_STEP = 1.15  # between knots of d; the calibrated/naive ratio is nearly straight in log d


@dataclass(frozen=True)
class Statistics:
    """Statistics of neighbour distances that are linear in the mean logs.

    Args:
        ranks: (K,) the ranks j of the mean log distances they use.
        weights: (s, K) one row for each statistic; rows sum to zero, so that units cancel, and
            are signed so that the statistic is positive.
    """

    ranks: tuple[int, ...]
    weights: Array

    def of(self, logs: Array) -> Array:
        """The statistics, shape (..., s), of mean logs of shape (..., K)."""
        values: Array = logs @ self.weights.T
        return values

    def naive(self, logs: Array) -> Array:
        """The dimensions that an infinite sample without curvature would have, shape (..., s)."""
        with np.errstate(divide="ignore"):
            dimensions: Array = self._at_one() / self.of(logs)
        return dimensions

    def _at_one(self) -> Array:
        # d (log r_b − log r_a) has mean ψ(b) − ψ(a), whatever the density
        return self.of(digamma(np.array(self.ranks, dtype=float)))


def steps(ranks: tuple[int, ...]) -> Statistics:
    """log r_b − log r_a for every two neighbouring ranks a < b of the list."""
    count = len(ranks) - 1
    weights = np.zeros((count, count + 1))
    weights[np.arange(count), np.arange(count)] = -1.0
    weights[np.arange(count), np.arange(count) + 1] = 1.0
    return Statistics(ranks, weights)


def pooled(ranks: tuple[int, ...]) -> Statistics:
    """log r_k less the mean of the logs of its nearer ranks: the pooled likelihood at each k.

    One row for each k of the ranks 1, 2, ... after the first (Levina & Bickel 2004, pooled as in
    MacKay & Ghahramani 2005, with k − 1 terms).
    """
    weights = np.zeros((len(ranks) - 1, len(ranks)))
    for row, k in enumerate(ranks[1:]):
        weights[row, : k - 1] = -1.0 / (k - 1)
        weights[row, k - 1] = 1.0
    return Statistics(ranks, weights)


def calibrate(statistics: Statistics, logs: Array, count: int) -> Array:
    """The dimension of the uniform ball that shows the same statistics with as many points.

    Args:
        statistics: which, s of them.
        logs: (..., K) mean log distances at their ranks.
        count: n, points in the sample that the neighbours were looked for in.

    Returns:
        Shape (..., s); inf where no dimension up to 1000 has distances so nearly equal, and
        0.2 where even that has more even ones.
    """
    observed = statistics.of(logs)
    naive = statistics.naive(logs)
    grid, table = _table(statistics, count, float(np.min(naive)), float(np.max(naive)))
    result = np.empty(observed.shape)
    for column in range(observed.shape[-1]):
        value = np.log(np.maximum(observed[..., column], 1e-300))
        curve = table[:, column][::-1]  # falls with d, so it rises from the end
        found = np.exp(np.interp(value, curve, np.log(grid[::-1])))
        result[..., column] = np.where(value < curve[0], math.inf, found)
    return result


def _table(
    statistics: Statistics, count: int, lowest: float, highest: float
) -> tuple[Array, Array]:
    """Dimensions, and log statistics of the ball, from below what is needed to beyond it."""
    # a few knots lower, because near-plain data may show a little more than the ball does
    from_here = min(max(lowest, _LOWEST), HIGHEST)
    knot = max(0, math.floor(math.log(from_here / _LOWEST) / math.log(_STEP)) - 3)
    grid, rows = [], []
    while True:
        # knots of one fixed grid, so that other statistics find theirs computed
        dimension = min(_LOWEST * _STEP**knot, HIGHEST)
        logs = ball_log_distances(dimension, count, statistics.ranks)
        grid.append(dimension)
        rows.append(np.log(statistics.of(logs)))
        if dimension >= HIGHEST or np.min(statistics.naive(logs)) > highest:
            return np.array(grid), np.minimum.accumulate(np.array(rows), axis=0)
        knot += 1


@dataclass(frozen=True)
class _Angles:
    """The shipped table of mean skewness in the ball."""

    counts: Array
    dimensions: Array
    logs: Array  # (counts, dimensions), −log(1 − skewness)


@functools.cache
def _angles() -> _Angles:
    data = json.loads(packaged_text("dimension_angles.json"))
    return _Angles(
        np.array(data["counts"], dtype=float),
        np.array(data["dimensions"], dtype=float),
        -np.log1p(-np.array(data["skewness"], dtype=float)),
    )


def calibrate_angles(skewness: float, count: int) -> float:
    """The dimension of the uniform ball whose simplices have this mean skewness.

    Args:
        skewness: mean over points, from 0 to 1 (see ``simplices.py``; 16 neighbours).
        count: n; beyond the shipped table (20 to 10 million) the nearest end serves.

    Returns:
        The dimension; beyond the shipped table (300) as 1/d falls, to 1000; inf beyond that.
    """
    table = _angles()
    place = float(np.interp(math.log(count), np.log(table.counts), np.arange(len(table.counts))))
    low = int(place)
    share = place - low
    curve = table.logs[low]
    if share > 0:
        curve = (1 - share) * curve + share * table.logs[low + 1]
    value = -math.log1p(-min(skewness, 1 - 1e-12))
    log_d = np.log(table.dimensions)
    if value <= curve[-1]:
        return float(np.exp(np.interp(value, curve, log_d)))
    # offsets from the mean of k points cannot all be at right angles: their cosines are
    # −1/(k − 1) on average, and the rest of 1 − skewness falls like the variance of cosines, 1/d
    least = 1 - math.sqrt(1 - 1 / (NEIGHBOURS - 1) ** 2)
    share = (math.exp(-value) - least) / (math.exp(-float(curve[-1])) - least)
    beyond = float(table.dimensions[-1]) / share if share > 0 else math.inf
    return beyond if beyond <= HIGHEST else math.inf
