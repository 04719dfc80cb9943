"""A positive number with its error, and how likely one lies below a function of another.

An interval is read as two halves of lognormals that meet at the value, each with the spread that
reaches its end of the interval. So the value is the median and the interval has equal tails.
Probabilities are integrals by Gauss–Legendre quadrature: the same input gives the same digits.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from lawcast._values import Array, Estimate, Interval, half_width

Curve = Callable[[Array], Array]
"""A prediction: alpha as a function of d."""

_REACH = 8.5
"""Standard deviations that integrals reach on both sides; 2e-17 of a normal lies beyond."""

_TURNS = (-7.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 7.0)
_NODES = 24
_STEP = 0.01  # of log d, for the elasticity


@dataclass(frozen=True)
class Measured:
    """A positive number and its error.

    Args:
        value: its median.
        below: standard deviation of its logarithm below the value; 0 where it is exact.
        above: the same above the value.
    """

    value: float
    below: float = 0.0
    above: float = 0.0

    @classmethod
    def of(cls, value: float, interval: Interval | None) -> Measured:
        """The number that a value and its interval (0 < low <= value <= high < inf) describe."""
        if interval is None:
            return cls(value)
        z = half_width(interval.level)
        return cls(value, math.log(value / interval.low) / z, math.log(interval.high / value) / z)

    @property
    def exact(self) -> bool:
        """Whether it has no error."""
        return self.below == 0.0 and self.above == 0.0

    @property
    def spread(self) -> float:
        """Standard deviation of its logarithm, the mean of both sides."""
        return 0.5 * (self.below + self.above)

    def at(self, z: Array) -> Array:
        """(n,) the number ``z`` standard deviations from its median."""
        return self.value * np.exp(z * np.where(z < 0, self.below, self.above))

    def share_below(self, x: Array) -> Array:
        """(n,) probability that the number is at most ``x``; half of an exact one at its value."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.log(np.asarray(x, dtype=float) / self.value)
            side = np.where(distance < 0, self.below, self.above)
            z = np.where(distance == 0.0, 0.0, distance / side)
        return cast(Array, ndtr(z))

    def interval(self, level: float, method: str) -> Interval:
        """Its interval with equal tails."""
        z = half_width(level)
        low, high = self.at(np.array([-z, z]))
        return Interval(float(low), float(high), level, method)


def probability_below(alpha: Measured, d: Measured, curve: Curve) -> float:
    """Probability that alpha lies below ``curve(d)``, both taken as independent.

    Args:
        alpha: the exponent.
        d: the dimension.
        curve: a prediction that never rises with d, or never falls; may be infinite.
    """
    if d.exact:
        return float(alpha.share_below(curve(np.array([d.value])))[0])
    z, weight = _nodes(alpha, d, curve)
    return float(np.clip(weight @ alpha.share_below(curve(d.at(z))), 0.0, 1.0))


def quantile(share: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a rising probability reaches ``target``; an end where it does not.

    Args:
        share: probability at the logarithm of a positive number.
        target: the probability sought.
        low, high: where to look, positive numbers.
    """
    from scipy.optimize import brentq

    first, last = math.log(low), math.log(high)
    if share(first) >= target:
        return low
    if share(last) <= target:
        return high
    return math.exp(float(brentq(lambda u: share(u) - target, first, last, xtol=1e-10)))


def ratio_to(alpha: Measured, d: Measured, curve: Curve, level: float) -> Estimate:
    """alpha / curve(d): its median and its interval with equal tails.

    The interval holds 1 exactly where the two-sided probability is at least 1 - level.
    """
    at = float(alpha.value / curve(np.array([d.value]))[0])
    if not 0.0 < at < math.inf:
        return Estimate(at)
    # an end never lies further out than if both errors pulled one way
    far = math.exp(4 * half_width(level) * (alpha.spread + slope_in(curve, d) * d.spread) + 1e-9)

    def share(u: float) -> float:
        return probability_below(alpha, d, lambda x: math.exp(u) * curve(x))

    ends = [quantile(share, tail, at / far**2, at * far**2) for tail in _tails(level)]
    return Estimate(at, Interval(ends[0], ends[1], level, "quadrature"))


def prediction_of(d: Measured, curve: Curve, level: float) -> Estimate:
    """curve(d) and its interval with equal tails."""
    ends = curve(d.at(np.array([-1.0, 0.0, 1.0]) * half_width(level)))
    if d.exact:
        return Estimate(float(ends[1]))
    low, high = sorted((float(ends[0]), float(ends[2])))
    return Estimate(float(ends[1]), Interval(low, high, level, "interval of d"))


def slope_in(curve: Curve, d: Measured) -> float:
    """|d log curve / d log d| at the median of d."""
    with np.errstate(divide="ignore"):
        ends = np.log(curve(d.value * np.exp(np.array([-_STEP, _STEP]))))
    change = float(abs(ends[1] - ends[0])) / (2 * _STEP)
    return change if math.isfinite(change) else 1.0


def share_of_dimension(alpha: Measured, d: Measured, curve: Curve) -> float:
    """Which part of the variance of log(alpha / curve(d)) comes from d, from 0 to 1."""
    from_d = (slope_in(curve, d) * d.spread) ** 2
    return from_d / (from_d + alpha.spread**2) if from_d > 0 else 0.0


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


def _nodes(alpha: Measured, d: Measured, curve: Curve) -> tuple[Array, Array]:
    """(n,) places z of d and their weights, closer together where alpha's share turns."""
    grid = np.linspace(-_REACH, _REACH, 1701)
    with np.errstate(divide="ignore"):
        height = np.log(curve(d.at(grid)) / alpha.value)
    rising = height[-1] >= height[0]
    ordered, places = (height, grid) if rising else (height[::-1], grid[::-1])
    turns = np.array([t * (alpha.below if t < 0 else alpha.above) for t in _TURNS])
    finite = np.isfinite(ordered)
    inside = turns[(turns > ordered[0]) & (turns < ordered[-1])] if finite.any() else turns[:0]
    where = np.interp(inside, ordered[finite], places[finite]) if inside.size else inside
    edges = np.unique(np.concatenate([np.linspace(-_REACH, _REACH, 18), [0.0], where]))
    x, w = _rule()
    half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    z = (middle[:, None] + half[:, None] * x).ravel()
    weight = (half[:, None] * w).ravel() * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return z, weight


@functools.cache
def _rule() -> tuple[Array, Array]:
    """(24,) places and weights of Gauss–Legendre quadrature from -1 to 1, found once."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    return x, w
