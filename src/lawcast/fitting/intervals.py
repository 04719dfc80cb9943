"""Intervals from draws: percentile and bias-corrected accelerated (BCa)."""

from __future__ import annotations

import numpy as np

from lawcast._errors import UnknownNameError
from lawcast._values import Array, Interval

INTERVALS = {
    "percentile": "quantiles of the draws",
    "bca": "bias-corrected and accelerated quantiles (Efron 1987; Efron & Tibshirani 1993, "
    "equations 14.9 to 14.15)",
}
"""Interval methods by name."""

_FEWEST_IN_A_TAIL = 2.0


def fewest_draws(level: float) -> int:
    """Draws below which no interval is formed: two must lie beyond each end (40 at 90 %)."""
    return int(np.ceil(2.0 * _FEWEST_IN_A_TAIL / (1.0 - level) - 1e-9))


def interval_of(
    draws: Array,
    level: float,
    *,
    method: str = "percentile",
    source: str = "bootstrap",
    estimate: float | None = None,
    left_out: Array | None = None,
) -> Interval | None:
    """An interval for one number.

    Args:
        draws: (b,) draws of the number.
        level: nominal coverage.
        method: one of :data:`INTERVALS`.
        source: how the draws were made, for the interval's ``method`` text.
        estimate: the estimate itself (needed for BCa).
        left_out: (u,) estimates without one unit each (needed for BCa).

    Returns:
        The interval, or None when there are too few finite draws.

    Raises:
        UnknownNameError: no such method.
    """
    if method not in INTERVALS:
        raise UnknownNameError("interval method", method, INTERVALS)
    draws = draws[np.isfinite(draws)]
    if draws.size < fewest_draws(level):
        return None
    tails = np.array([0.5 * (1.0 - level), 0.5 * (1.0 + level)])
    corrected = method == "bca" and estimate is not None and left_out is not None
    if corrected:
        assert estimate is not None
        assert left_out is not None
        tails = _bca_tails(draws, tails, estimate, left_out)
    low, high = np.quantile(draws, tails)
    made = method if corrected else "percentile"
    return Interval(float(low), float(high), level, f"{made}, {source}")


def corrected_draws(draws: Array, estimate: float, left_out: Array) -> Array:
    """Draws whose plain quantiles are the BCa quantiles of the given ones.

    What is added to draws (the scatter of a single run) must be added to corrected ones, or the
    sum would lose the correction.

    Args:
        draws: (b,) draws of the number.
        estimate: the estimate itself.
        left_out: (u,) estimates without one unit each.

    Returns:
        (b,) corrected draws, in increasing order; finite ones only.
    """
    draws = draws[np.isfinite(draws)]
    if draws.size == 0:
        return draws
    tails = (np.arange(draws.size) + 0.5) / draws.size
    return np.asarray(np.quantile(draws, _bca_tails(draws, tails, estimate, left_out)))


def _bca_tails(draws: Array, tails: Array, estimate: float, left_out: Array) -> Array:
    from scipy.special import ndtr, ndtri

    below = np.mean(draws < estimate) + 0.5 * np.mean(draws == estimate)
    bias = ndtri(np.clip(below, 1.0 / (draws.size + 1), draws.size / (draws.size + 1.0)))
    away = left_out[np.isfinite(left_out)]
    away = away.mean() - away
    spread = float((away**2).sum()) ** 1.5
    acceleration = float((away**3).sum()) / (6.0 * spread) if spread > 0 else 0.0
    z = bias + ndtri(tails)
    return np.asarray(ndtr(bias + z / (1.0 - acceleration * z)))
