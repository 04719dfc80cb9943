"""The default answer: distances and angles, each where it can be trusted.

Three readings of the same survey, each calibrated on the uniform ball with as many points:

* *distances* C: the mean log dimension of the ranks 1 → 2 up to 12 → 13;
* *extrapolated distances* A: a line through the same ranks against the squared radius. Where it
  rises, as it does when the manifold bends, it is read at radius 0; where it falls, as it does
  when neighbourhoods differ, at the nearest rank, because nothing bears out more dimensions than
  were seen. A normal prior of width 0.1 on the change of log d over the range keeps the noise of
  the ranks from being extrapolated, and lets a bend through that the data show;
* *angles* E: the mean simplex skewness of 16 neighbours.

In low dimensions A is the most accurate. In high dimensions distances depend on the shape (a cube,
a ball and a Gaussian differ by 15 %) and angles hardly do, so from d = 6 the answer moves to E and
has arrived at d = 12. Angles that show more dimensions than distances do betray a bend, which
angles suffer from most: there the answer goes back to A. Data spread as evenly as on a sphere has
no boundary, so the ball corrects too much: 5 % are taken off again. The constants were chosen on
made manifolds that are in neither suite of the benchmark, see docs/dimension.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lawcast._values import Array
from lawcast.geometry.calibration import calibrate, calibrate_angles, steps
from lawcast.geometry.scales import OVERLAP

RANKS = 13
"""Mean log distances to the first 13 neighbours are used, or to the nearest third of a few."""

FEWEST = 3
"""No line is drawn through fewer ranks."""

_BEND = 0.1  # prior standard deviation of the change of log d from radius 0 to the last rank
_ANGLES_FROM, _ANGLES_ALONE = math.log(6.0), math.log(12.0)
_MORE, _LESS = 0.1, 1.0  # widths of the agreement, in log d, where angles show more or less
_NO_BOUNDARY = 0.05  # log d by which spheres and their products come out too high


@dataclass(frozen=True, eq=False)
class Combination:
    """The default answer and its parts, each of shape (...,), as natural logs of dimensions.

    Args:
        value: log of the answer.
        distances: C.
        extrapolated: A.
        angles: E; equals A where no angles were measured.
        weight: share of E in the answer, from 0 to 1.
        bend: the change of log d over the range of radii, as the line has it.
    """

    value: Array
    distances: Array
    extrapolated: Array
    angles: Array
    weight: Array
    bend: Array


def used_ranks(count: int) -> tuple[int, ...]:
    """The ranks that the answer reads, 1, 2, ..., for n points."""
    return tuple(range(1, max(FEWEST, min(RANKS, count // 3)) + 1))


def combine(logs: Array, skewness: Array | None, count: int, queries: int) -> Combination:
    """The default answer.

    Args:
        logs: (..., K) mean log distances to the neighbours 1, 2, ... K, at least :data:`FEWEST`.
        skewness: (...,) mean simplex skewness, or None.
        count: n, points among which neighbours were looked for.
        queries: m, points that the means are over.
    """
    ranks = tuple(range(1, logs.shape[-1] + 1))
    each = np.log(calibrate(steps(ranks), logs, count))
    square = np.exp(logs[..., :-1] + logs[..., 1:] - 2 * logs[..., -1:])
    distances = each.mean(axis=-1)
    spread = square - square.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # inf − inf: no finite dimension at any rank
        rise = (spread * (each - distances[..., None])).sum(axis=-1)
        bend = rise / ((spread**2).sum(axis=-1) + OVERLAP / queries / _BEND**2)
        towards = np.where(bend > 0, 0.0, square[..., 0])
        extrapolated = distances - bend * (square.mean(axis=-1) - towards)
    # no finite dimension at some rank: none for all of them together, and no line through them
    endless = ~np.isfinite(distances)
    bend = np.where(endless, 0.0, bend)
    extrapolated = np.where(endless, math.inf, extrapolated)
    if skewness is None:
        none = np.zeros_like(distances)
        return Combination(extrapolated, distances, extrapolated, extrapolated, none, bend)
    angles = np.log(np.vectorize(calibrate_angles, otypes=[float])(skewness, count))
    with np.errstate(invalid="ignore"):
        more = angles - distances
        agree = np.exp(-np.square(more / np.where(more > 0, _MORE, _LESS)))
        weight = agree * ramp(distances, _ANGLES_FROM, _ANGLES_ALONE)
        weight = np.where(np.isfinite(angles) & ~endless, weight, 0.0)
        mixed = weight * angles + (1 - weight) * extrapolated
    value = np.where(weight > 0, mixed, extrapolated)
    return Combination(value, distances, extrapolated, angles, weight, bend)


def without_boundary(combined: Combination, share: float) -> Combination:
    """The answer for data of which ``share`` (0 to 1) looks as if it had no boundary."""
    d = np.exp(combined.value)
    grows = ramp(d, 3.0, 8.0)  # the boundary hardly matters up to d = 3
    return replace(combined, value=combined.value - _NO_BOUNDARY * share * grows)


def ramp(x: Array | float, low: float, high: float) -> Array:
    """0 up to ``low``, 1 from ``high`` on, straight between."""
    share: Array = np.clip((x - low) / (high - low), 0.0, 1.0)
    return share
