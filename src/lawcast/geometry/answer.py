"""The default answer: the combination, its interval, and the verdict on the sample."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lawcast._values import Estimate, Interval
from lawcast.geometry.adequacy import judge
from lawcast.geometry.calibration import HIGHEST, steps
from lawcast.geometry.combination import Combination, combine, used_ranks, without_boundary
from lawcast.geometry.result import Adequacy, Plateau, Scale
from lawcast.geometry.scales import rise, settled
from lawcast.geometry.survey import Survey
from lawcast.geometry.uncertainty import Doubts, doubt, ends, read_signs

TIED = 0.05
"""With a larger share of tied nearest distances the data counts as discrete."""

_NOISE = 0.05
"""Standard deviation of log d that noise leaves on a plateau, beside the error of the scales."""

_REST = 0.15
"""What is left of noise on a plateau behind it: log d by which that may be too high."""

_RISE, _RISE_CLOSED = 1.15, 1.5
_HELD = 1.02  # less is not worth telling
_SEEN = 0.05  # a smaller change of log d towards radius 0 is not worth telling


@dataclass(frozen=True)
class Answer:
    """The default answer.

    Args:
        estimate: the dimension; its interval is None where none can be vouched for.
        verdict: whether the sample can carry it.
        settles: where the dimension settles after noisy small scales; then the answer is the
            value there.
        towards_zero: whether it is mostly read at radius 0, because the dimension rises from there.
        rises: whether larger scales show clearly more, and not only for want of a boundary.
        held: what the estimate was before it was held to the flat of the data; None where it fits.
    """

    estimate: Estimate
    verdict: Adequacy
    settles: Plateau | None
    towards_zero: bool
    rises: bool
    held: float | None


def answer_from(
    survey: Survey,
    scales: tuple[Scale, ...],
    plateau: Plateau | None,
    sampling: float | None,
    level: float,
) -> Answer:
    """The default answer.

    Args:
        survey: what was measured.
        scales: the dimension by scale.
        plateau: where it stays the same.
        sampling: standard deviation of log d over samples; None leaves the interval out.
        level: nominal coverage of the interval.
    """
    ranks = used_ranks(survey.count)
    means = survey.means
    combined = combine(means.logs[: len(ranks)], means.skewness, means.count, means.queries)
    signs = read_signs(survey, combined, len(ranks))
    combined = without_boundary(combined, signs.closed)
    tied = survey.tied > TIED
    error = sampling or 0.0
    settles = None if tied else settled(scales, plateau)
    if settles is not None:
        combined = _at(math.log(settles.value), combined)
        run = scales[settles.first : settles.last + 1]
        error = math.hypot(_NOISE, max(scale.error / scale.value for scale in run))
    twonn = float(steps((1, 2)).naive(means.logs[:2])[0])
    value = math.exp(float(combined.value)) if np.isfinite(combined.value) else math.inf
    interval = None
    if math.isfinite(value):
        doubts = doubt(combined, signs, error)
        if settles is not None:
            doubts = replace(doubts, bend=max(doubts.bend, _REST))
        low, high = ends(float(combined.value), doubts, level)
    else:
        doubts = Doubts(error, 0.0, 0.0, 0.0, 0.0)
        low, high = twonn, math.inf
    free = value
    value, low, high = _within(survey.span, value, low, high)
    if math.isfinite(value) and sampling is not None and not tied:
        made = "half-samples; shape, bend and unevenness by their signs"
        interval = Interval(low, high, level, made)
    verdict = judge(
        value,
        low,
        high,
        twonn=twonn,
        extrapolated=math.exp(float(combined.extrapolated)),
        count=survey.count,
        signs=signs,
        doubts=doubts,
        tied=tied,
        settled=settles is not None,
        scales=scales,
        span=survey.span,
    )
    towards_zero = settles is None and float(combined.bend * (1 - combined.weight)) > _SEEN
    # without a boundary the ball overcorrects far ranks, which alone makes a rise by a third
    rises = rise(scales) > (_RISE if signs.closed < 0.5 else _RISE_CLOSED)
    held = free if free > _HELD * value else None
    return Answer(Estimate(value, interval), verdict, settles, towards_zero, rises, held)


def _within(span: int, value: float, low: float, high: float) -> tuple[float, float, float]:
    """The dimension and its ends, moved down where the flat that holds all points has fewer."""
    if value <= span or (not math.isfinite(value) and span > HIGHEST):
        return value, low, min(high, float(span))
    # the lower end keeps its distance, so that the interval does not shrink to a point
    low = span * low / value if math.isfinite(value) else min(low, float(span))
    return float(span), low, float(span)


def _at(value: float, combined: Combination) -> Combination:
    """The combination, moved to another answer that angles have no part in."""
    there, none = np.array(value), np.array(0.0)
    return Combination(there, combined.distances, combined.extrapolated, there, none, none)
