"""What to know about a forecast before relying on it: its status and its findings."""

from __future__ import annotations

import numpy as np

from lawcast._errors import Finding
from lawcast._tables import joined
from lawcast._values import Array, Status
from lawcast.fitting.extrapolation import hygiene
from lawcast.fitting.extrapolation.averaging import TREND, Average
from lawcast.fitting.extrapolation.calibration import Calibration
from lawcast.fitting.extrapolation.curve import Curve
from lawcast.fitting.extrapolation.families import DOUBLING
from lawcast.fitting.extrapolation.findings import (
    X011,
    X012,
    X013,
    X014,
    X015,
    X016,
    X018,
)
from lawcast.fitting.extrapolation.rolling import Rolling

OK = Status("ok", "forecast by the average of laws", True)
RISING = Status("rising", "the loss rises at the end of the curve; no law describes that", False)
NO_LAW = Status("no-law", "no law stays within the slope at the end; the level is given", False)
CONSTANT = Status("constant", "the curve never changed; the forecast is its value", True)
FLAT = Status(
    "flat", "the fall to come is smaller than the noise; the forecast is close to no change", True
)

_MOSTLY = 0.5
_BARELY = 1.05
_PERCENT = 100.0
_LARGE_LOSS = 15.0


def status_of(made: Average) -> Status:
    """Whether the forecast can be relied on, in one sentence."""
    if not made.laws:
        return NO_LAW if made.excluded else CONSTANT
    if made.laws[0].law == TREND:
        return RISING
    return FLAT if made.lean > _MOSTLY else OK


def findings_of(
    curve: Curve, made: Average, rolling: Rolling, targets: Array, constants: Calibration
) -> list[Finding]:
    """The findings that need the forecast itself.

    Args:
        curve: the curve; made: its averaged forecast; rolling: its backtest.
        targets: (q,) where it was forecast, in the user's unit.
        constants: for the farthest reach of an interval.
    """
    found = []
    reach = targets / curve.x_max
    falls = "falls" if curve.metric.falls else "rises"
    if made.laws and made.laws[0].law == TREND:
        change = 100.0 * (np.exp(made.slope * DOUBLING) - 1.0)
        found.append(
            X011.found(
                f"the curve gets worse at its end, by {change:.2g} % a doubling; its own line is "
                "carried on",
                fix=_where_higher_is_better(curve)
                + "look at the run (repeated data, learning rate) before trusting any forecast",
            )
        )
    elif made.lean > _MOSTLY and curve.size > 1:
        found.append(
            X012.found(
                f"what the curve still {falls} over one doubling is below its noise "
                f"({100 * made.noise:.2g} % a point); {100 * made.lean:.0f} % of the forecast is "
                "no change",
                fix="average several evaluations or seeds at each checkpoint",
            )
        )
    straight = hygiene.straight_line(curve.u, np.log(curve.y), made.noise)
    if straight is not None and (reach > 1.0).any() and made.lean <= _MOSTLY:
        last = float(targets.max())
        level, slope = straight
        on_line = np.exp(np.array([level + slope * np.log(last / curve.x_max)]))
        there = float(curve.metric.from_loss(on_line)[0])
        found.append(
            X018.found(
                f"the curve is still a straight line in log-log; if it stayed one, {last:.4g} "
                f"would see {there:.4g}. The forecast allows for the bend that most curves show"
            )
        )
    inside = reach <= 1.0
    if inside.any():
        found.append(
            X013.found(
                f"{_some(targets[inside])} inside the data (up to {curve.x_max:.4g}): the value is "
                "the smoothed curve"
            )
        )
    far = reach > constants.farthest
    if far.any():
        found.append(
            X014.found(
                f"{_some(targets[far])} more than {constants.farthest:g}x beyond the data; no "
                "backtest reaches that far, so no interval is given",
                fix="forecast in steps, or train a run in between",
            )
        )
    untested = (reach > rolling.farthest * _BARELY) & ~far & ~inside
    if untested.any():
        tested = (
            f"its own backtest ends at {rolling.farthest:.2g}x"
            if rolling.cuts
            else "it is too short for a backtest of its own"
        )
        found.append(
            X015.found(
                f"{_some(targets[untested])} farther than the curve can be tested: {tested}; the "
                "interval relies on other curves"
            )
        )
    bounded = [law.law for law in made.laws if law.dropped > _MOSTLY]
    if bounded:
        found.append(
            X016.found(
                f"{joined(bounded)}: most of what fits falls too steeply beyond the data and was "
                "left out"
            )
        )
    if made.excluded and made.laws and made.laws[0].law != TREND:
        found.append(X016.found(f"{joined(made.excluded)}: dropped, nothing of it was usable"))
    return found


def _where_higher_is_better(curve: Curve) -> str:
    """A hint where a rising curve may be an accuracy that was read as a loss."""
    last = float(curve.value[-1])
    if curve.metric.name not in ("loss", "error"):
        return ""
    if 0.0 <= last <= 1.0:
        return 'if higher is better, say metric="accuracy"; else '
    if _LARGE_LOSS < last <= _PERCENT:
        return 'if higher is better, say metric="accuracy", ceiling=100; else '
    return ""


def _some(targets: Array) -> str:
    if targets.size == 1:
        return f"the target {targets[0]:.4g} lies"
    return f"{targets.size} targets lie"
