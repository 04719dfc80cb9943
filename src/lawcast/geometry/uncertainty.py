"""What may be wrong with the default answer, part by part, and the interval made of the parts.

All parts are in log d. *Sampling* is the spread of half-samples. The others are what no amount of
resampling shows; their constants were set on made manifolds, which docs/dimension.md lists:

* *shape*: the calibration takes the data for a uniform ball. For cubes, spheres and Gaussians its
  correction of the distances is off by a third of itself at most, that of the angles by 5 %.
* *bend*: where a manifold bends between neighbours, it looks higher-dimensional than it is.
  Shown by ranks (the dimension grows with the radius), or by angles that see more dimensions than
  distances do although the density is even: a product of d circles looks 2d-dimensional until
  neighbours are close. Data without a boundary must bend, and if distances are nearly saturated no
  sign of it may be left. Angles that show fewer dimensions than distances do, as in a Gaussian,
  say that the distances are too high. Extends the interval downwards.
* *unevenness*: where the density changes by orders of magnitude between neighbourhoods, or
  neighbourhoods differ in the angles that they show, as they do near corners and edges and where
  some directions are much shorter than others, estimates mostly fall short. Extends it upwards
  most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import polygamma

from lawcast._values import half_width
from lawcast.geometry.combination import Combination, ramp
from lawcast.geometry.survey import Survey

_SHAPE_LEAST = 0.01
_SHAPE_DISTANCES = 0.27
_SHAPE_ANGLES = 0.021
_DOUBLE = math.log(2.0)


@dataclass(frozen=True)
class Signs:
    """What the survey shows of trouble.

    Args:
        more_angles: log of the dimension by angles less that by distances; 0 without angles.
        bend: change of log d over the ranks, from the line of the combination.
        spread: variance of the log distance to a near neighbour over the points, less what a
            flat density would give, in units of the latter. About 2 to 7 in a uniform ball, under
            1 on a sphere, over 10 where the density varies.
        unevenness: standard deviation of the log density between points, over √d; 0.5 for a
            Gaussian, 1.3 where the density varies a million-fold.
        difference: standard deviation of the skewness of single neighbourhoods, in units of
            its distance to 1: how much they differ in dimension.
        correction: what the calibration added to log d.
        distances: log of the dimension by distances.
    """

    more_angles: float
    bend: float
    spread: float
    unevenness: float
    difference: float
    correction: float
    distances: float

    @property
    def closed(self) -> float:
        """From 0 (a boundary is seen) to 1 (points are as even as on a sphere).

        ``spread`` over √d is 0.7 to 0.9 in balls of 5 and more dimensions and 0.1 to 0.4 on spheres
        and tori, whatever n.
        """
        return 1.0 - _ramp(self.spread * math.exp(-self.distances / 2), 0.4, 0.55)


@dataclass(frozen=True)
class Doubts:
    """Parts of the error of log d: standard deviations, except ``bend``, a bound."""

    sampling: float
    shape: float
    bend: float
    uneven: float
    above: float


def read_signs(survey: Survey, combined: Combination, k: int) -> Signs:
    """The signs of trouble, from the survey and the answer that used k ranks."""
    means = survey.means.logs
    distances = float(combined.distances)
    harmonic = sum(1 / j for j in range(1, k))
    naive = math.log(harmonic / (means[k - 1] - means[0]))
    if not math.isfinite(distances):  # the signs are read at the dimension that the ranks show
        distances = naive
    deviation = float(survey.logs[:, k - 1].std())
    expected = float(polygamma(1, k)) * math.exp(-2 * distances)
    difference = 0.0
    if survey.means.skewness is not None:
        difference = float(survey.skewness.std() / max(1 - survey.means.skewness, 1e-9))
    return Signs(
        more_angles=float(combined.angles) - distances if len(survey.skewness) > 0 else 0.0,
        bend=float(combined.bend),
        spread=(deviation**2 - expected) / expected,
        unevenness=deviation * math.exp(distances / 2),
        difference=difference,
        correction=distances - naive,
        distances=distances,
    )


def doubt(combined: Combination, signs: Signs, sampling: float) -> Doubts:
    """The parts of the error, see the module."""
    value, weight = float(combined.value), float(combined.weight)
    d = math.exp(value)
    shape = math.hypot(
        _SHAPE_LEAST,
        (1 - weight) * _SHAPE_DISTANCES * signs.correction,
        weight * _SHAPE_ANGLES,
    )
    even = 1.0 - _ramp(signs.spread, 12.0, 20.0)
    by_angles = _ramp(signs.more_angles, 0.03, 0.08) * even * _ramp(d, 5.0, 10.0)
    saturated = signs.closed * _ramp(signs.correction, 0.35, 0.5)
    bend = _DOUBLE * max(by_angles, saturated)
    if signs.bend > 0.08:
        bend = max(bend, min(signs.bend, _DOUBLE) * _ramp(d, 3.0, 8.0))
    fewer = max(0.0, -signs.more_angles) * (1 - weight) * _ramp(d, 2.0, 4.0)
    bend = max(bend, min(fewer, _DOUBLE))
    differs = min(max(0.0, signs.difference - 0.15), 0.25) * 0.6 * _ramp(d, 3.0, 6.0)
    above = max(
        0.4 * min(max(0.0, signs.unevenness - 0.5), 0.8) * _ramp(d, 1.5, 3.0),
        6.0 * min(max(0.0, signs.difference - 0.135), 0.08) * _ramp(d, 1.0, 2.0),
    )
    return Doubts(max(sampling, 0.003), shape, bend, differs, above)


def ends(value: float, doubts: Doubts, level: float) -> tuple[float, float]:
    """The ends of the interval for d, from log d and the parts of its error."""
    spread = math.sqrt(doubts.sampling**2 + doubts.shape**2 + doubts.uneven**2)
    half = half_width(level) * spread
    return math.exp(value - half - doubts.bend), math.exp(value + half + doubts.above)


def _ramp(x: float, low: float, high: float) -> float:
    return float(ramp(x, low, high))
