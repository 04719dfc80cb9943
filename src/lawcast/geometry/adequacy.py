"""Whether the sample can carry the answer, and if not, what it does say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from lawcast._tables import significant
from lawcast._values import Status
from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.result import Adequacy, Scale
from lawcast.geometry.scales import fall, usable_values
from lawcast.geometry.uncertainty import Doubts, Signs

_BEND = 0.17
_MORE = 0.07
_EVEN = 12.0
_DIFFERENCE = 0.22
_UNEVENNESS = 1.5
_FALL = 2.5
_FEW = 10.0  # with fewer points for each dimension a bend is not told from chance
_NARROW = 0.35  # width of a log interval that would do
_MOST = 1e12

WIDE = math.log(2.0)
"""A log interval that is wider says too little."""


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
    settled: bool,
    scales: tuple[Scale, ...],
    span: int,
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
        settled: whether the value is that of a plateau behind noisy small scales, where the signs
            say nothing.
        scales: the dimension by scale.
        span: dimension of the flat that holds all points, which bounds the value.
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
    if not settled and fall(scales) > _FALL:
        text = (
            f"it depends on the scale: d falls from {significant(scales[0].value, 2)} between the "
            f"nearest neighbours to {significant(min(usable_values(scales)), 2)} farther out, as "
            "it does when noise fills the small scales or the density is very uneven; the table by "
            "scale shows which scale means what"
        )
        return Adequacy(False, text, **facts, reason="depends on scale")
    bent = signs.bend > _BEND or (signs.more_angles > _MORE and signs.spread < _EVEN)
    if bent and value > 9 and not settled and count > _FEW * value:
        decades = value / 2 * math.log10(max(doubts.bend, signs.bend, 0.1) / 0.1)
        needed = count * 10 ** min(decades, 100.0)
        text = (
            f"d may be as low as {significant(low, 2)}: the data bend within the distance between "
            f"neighbours, which looks like more dimensions; {would_tell(needed)}"
        )
        return Adequacy(False, text, **facts, points_needed=usual(needed), reason="bends")
    uneven = signs.difference > _DIFFERENCE or (value > 5 and signs.unevenness > _UNEVENNESS)
    if uneven and value > 1.4 and not settled:
        above = f"and perhaps well above {significant(value, 2)}"
        if value >= span:
            above = f"and at most {span}, the dimension of the flat that holds all points"
        text = (
            f"{reached}, {above}: the density, or the dimension itself, differs much between "
            "neighbourhoods, and estimates fall short there"
        )
        return Adequacy(False, text, **facts, lower=low, reason="uneven")
    wide = math.log(high / low)
    if wide > WIDE:
        needed = needed_points(count, wide)
        text = f"d between {significant(low, 2)} and {significant(high, 2)}; {would_tell(needed)}"
        return Adequacy(False, text, **facts, points_needed=usual(needed), reason="n too small")
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


def needed_points(count: int, wide: float, power: int = 2) -> float:
    """About how many points have a narrow interval where n have a log interval this wide.

    Args:
        count: n.
        wide: log of its upper end over its lower one, or twice its lower part.
        power: what power of its width the points go with, inversely: 2, or 1 where pairs of points
            err independently.
    """
    return count * (wide / _NARROW) ** power


def would_tell(needed: float) -> str:
    """Words for how many points would do."""
    if needed > _MOST:
        return "no sample of a usual size would tell"
    return f"about n = {significant(float(f'{needed:.0e}'), 1)} would tell"


def usual(needed: float) -> float | None:
    """How many points would do; None where no sample of a usual size would."""
    return needed if needed <= _MOST else None


def status_of(value: float, verdict: Adequacy | None) -> Status:
    """The status of a dimension; a single estimator has no verdict on the sample."""
    if not math.isfinite(value):
        text = "no finite dimension fits" if verdict is None else verdict.text
        return Status("unbounded", text, ok=False)
    if verdict is not None and not verdict.ok:
        return Status("inadequate", verdict.text, ok=False)
    return Status("measured", "a dimension was measured", ok=True)


def counting_rows(verdict: Adequacy) -> Adequacy:
    """The verdict on data of which a column counts the rows: whatever it was, no answer stands."""
    text = "a column counts the rows (D011) and decides the distances; leave it out and try again"
    return replace(
        verdict, ok=False, text=text, lower=None, points_needed=None, reason="row numbers"
    )
