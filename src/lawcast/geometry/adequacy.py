"""Whether the sample can carry the answer, and if not, what it does say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lawcast._tables import significant
from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.result import Adequacy
from lawcast.geometry.uncertainty import Doubts, Signs

_BEND = 0.17
_MORE = 0.07
_EVEN = 12.0
_DIFFERENCE = 0.22
_UNEVENNESS = 1.5
_WIDE = math.log(2.0)
_FALL = 2.5
_MOST = 1e12


def judge(
    value: float,
    low: float,
    high: float,
    *,
    twonn: float,
    extrapolated: float,
    count: int,
    signs: Signs,
    doubts: Doubts,
    tied: bool,
    fall: float,
) -> Adequacy:
    """The verdict on a sample of n points.

    Args:
        value: the dimension, may be inf.
        low, high: the ends of its interval.
        twonn, extrapolated: those estimates, for their ratio.
        count: n.
        signs: the signs of trouble.
        doubts: the parts of the error.
        tied: whether distances are tied, as in discrete data.
        fall: by what factor the dimension falls from the smallest scale to a larger one, where it
            does not settle.
    """
    facts: dict[str, Any] = {
        "extrapolated_ratio": extrapolated / twonn,
        "slope": _slope(value, count),
        "horizon": 2 * math.log10(count),
    }
    reached = f"d >= {significant(low, 2)}"
    if not math.isfinite(value):
        text = f"{reached}; this sample cannot bound it above"
        return Adequacy(False, text, **facts, lower=low, reason="no bound above")
    if tied:
        text = (
            "the number is a rough one: distances are tied, so the data is discrete, and the "
            "estimators are made for continuous data"
        )
        return Adequacy(False, text, **facts, reason="discrete")
    bent = (value > 9 and signs.bend > _BEND) or (
        value > 9 and signs.more_angles > _MORE and signs.spread < _EVEN
    )
    if bent:
        decades = value / 2 * math.log10(max(doubts.bend, signs.bend, 0.1) / 0.1)
        needed = count * 10 ** min(decades, 100.0)
        text = (
            f"d may be as low as {significant(low, 2)}: the data bend within the distance between "
            f"neighbours, which looks like more dimensions; {_points(needed)}"
        )
        return Adequacy(False, text, **facts, points_needed=_or_none(needed), reason="bends")
    if fall > _FALL:
        text = (
            f"it depends on the scale: d falls by a factor of {significant(fall, 2)} from the "
            "nearest neighbours outwards, as it does when noise fills the small scales or the "
            "density is very uneven; the table by scale shows which scale means what"
        )
        return Adequacy(False, text, **facts, reason="depends on scale")
    uneven = value > 5 and (signs.difference > _DIFFERENCE or signs.unevenness > _UNEVENNESS)
    if uneven:
        text = (
            f"{reached}, and perhaps well above {significant(value, 2)}: the density, or the "
            "dimension itself, differs much between neighbourhoods, and estimates fall short there"
        )
        return Adequacy(False, text, **facts, lower=low, reason="uneven")
    if math.log(high / low) > _WIDE:
        needed = count * (math.log(high / low) / 0.35) ** 2
        text = f"d between {significant(low, 2)} and {significant(high, 2)}; {_points(needed)}"
        return Adequacy(False, text, **facts, points_needed=_or_none(needed), reason="n too small")
    return Adequacy(True, "the sample can carry this answer", **facts)


def _slope(value: float, count: int) -> float:
    """d log(naive) / d log d of TwoNN on the uniform ball, at this n."""
    if not math.isfinite(value) or count < 3:
        return 0.0
    logs = []
    for d in (value * 0.95, value * 1.05):
        near = ball_log_distances(d, count, (1, 2))
        logs.append(-math.log(near[1] - near[0]))
    return float((logs[1] - logs[0]) / np.log(1.05 / 0.95))


def _points(needed: float) -> str:
    if needed > _MOST:
        return "no sample of a usual size would tell"
    return f"about n = {significant(float(f'{needed:.0e}'), 1)} would tell"


def _or_none(needed: float) -> float | None:
    return needed if needed <= _MOST else None
