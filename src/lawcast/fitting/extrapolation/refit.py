"""The constants re-fitted on a user's own table, where it holds enough curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lawcast.fitting.extrapolation.averaging import forecast
from lawcast.fitting.extrapolation.calibration import (
    LEAST_CURVES,
    Calibration,
    HeldOut,
    difficulty_of,
)
from lawcast.fitting.extrapolation.curve import Curve
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.rolling import (
    CUTS,
    LEAST_BINS,
    Cut,
    Rolling,
    earlier_trust,
    roll,
)
from lawcast.fitting.extrapolation.rule import Rule

POWERS = (2.0, 4.0)
"""Other late-weight powers that are tried on a table of its own."""

HELD_OUT_RATIO = 2.0
"""The last doubling of every curve is held out to calibrate on."""

_QUICK_CUTS = CUTS[:3]
"""The powers are compared on the latest cuts alone: most of what the deeper ones say is known."""

_SHIPPED_CURVES = 20.0
_Z = 1.645  # one-sided 5 %: below it a change is not established


def refit(
    curves: Sequence[Curve], rollings: Sequence[Rolling], shipped: Calibration
) -> tuple[Calibration, tuple[Rolling, ...]]:
    """Constants for a table of at least :data:`LEAST_CURVES` curves, and its backtests with them.

    The law weights are averaged (in logarithms) with the shipped ones, which count as 20 curves;
    the late-weight power changes only where the paired backtests establish that another is better;
    the conformal scores come from the last doubling of the user's own curves, held out. Tables
    with fewer curves long enough to be cut keep the shipped constants.

    Args:
        curves: the prepared curves.
        rollings: their backtests under the shipped rule.
        shipped: the packaged constants.
    """
    usable = [i for i, rolling in enumerate(rollings) if rolling.score() is not None]
    if len(usable) < LEAST_CURVES:
        return shipped, tuple(rollings)
    rule = _with_law_weights(shipped.rule, [rollings[i] for i in usable])
    rule = _with_power(rule, curves, rollings, usable)
    if rule.power != shipped.rule.power:
        rollings = [roll_curve(curve, rule) for curve in curves]
    held_out = [one for one in (hold_out(curve, rule) for curve in curves) if one]
    calibration = replace(shipped, rule=rule)
    if len(held_out) >= LEAST_CURVES:
        source = f"the last doubling of {len(held_out)} curves of this table"
        calibration = calibration.on(held_out, source)
    return calibration, tuple(rollings)


def roll_curve(curve: Curve, rule: Rule, cuts: Sequence[float] = CUTS) -> Rolling:
    """The backtest of a prepared curve."""
    ceiling = curve.metric.loss_of_chance
    return roll(curve.u, curve.y, rule, trust=curve.trust, ceiling=ceiling, ratios=cuts)


def hold_out(curve: Curve, rule: Rule) -> HeldOut | None:
    """The last doubling of a curve, forecast from the rest with a backtest of the rest alone."""
    used = curve.u <= -np.log(HELD_OUT_RATIO) + 1e-9
    if used.sum() < LEAST_BINS + 1 or used.all():
        return None
    shift = float(curve.u[used][-1])
    u, y = curve.u[used] - shift, curve.y[used]
    trust = earlier_trust(curve.trust, used)
    at = curve.u[~used] - shift
    ceiling = curve.metric.loss_of_chance
    made = forecast(u, y, at, rule, trust=trust, ceiling=ceiling)
    typical = roll(u, y, rule, trust=trust, ceiling=ceiling).typical_error
    error = made.log_y - np.log(curve.y[~used])
    return HeldOut(difficulty_of(made, typical, np.exp(at)), error)


def _with_law_weights(rule: Rule, rollings: Sequence[Rolling]) -> Rule:
    n = len(rollings)
    weights = {}
    for law in LAWS:
        scores = [score for score in (r.score(law) for r in rollings) if score is not None]
        prior = float(np.log(max(rule.law_weights.get(law, 0.0), 1e-6)))
        own = -float(np.mean(scores)) if scores else 0.0
        weights[law] = (prior, own, len(scores))
    centre = float(np.mean([own for _, own, count in weights.values() if count] or [0.0]))
    logs = {
        law: (_SHIPPED_CURVES * prior + n * ((own - centre) if count else 0.0))
        / (_SHIPPED_CURVES + n)
        for law, (prior, own, count) in weights.items()
    }
    raw = {law: float(np.exp(log)) for law, log in logs.items()}
    return replace(rule, law_weights={law: w / sum(raw.values()) for law, w in raw.items()})


def _quick(rolling: Rolling) -> tuple[Cut, ...]:
    return tuple(cut for cut in rolling.cuts if cut.ratio in _QUICK_CUTS)


def _with_power(
    rule: Rule, curves: Sequence[Curve], rollings: Sequence[Rolling], usable: Sequence[int]
) -> Rule:
    """Another power only where it is established to be better on these curves."""
    own = np.array([Rolling(_quick(rollings[i])).score() for i in usable], dtype=float)
    best, best_gain = rule, 0.0
    for power in POWERS:
        tried = replace(rule, power=power)
        scores = [roll_curve(curves[i], tried, _QUICK_CUTS).score() for i in usable]
        gains = own - np.array(scores, dtype=float)
        error = float(gains.std(ddof=1) / np.sqrt(gains.size))
        gain = float(gains.mean())
        if gain > _Z * error and gain > best_gain:
            best, best_gain = tried, gain
    return best
