"""What does not belong to the law in a learning curve: spikes, breaks, warm-up, running bests.

Every rule is meant to miss rather than to invent: late weighting makes early points nearly
irrelevant anyway, and a point wrongly set aside cannot speak.
"""

from __future__ import annotations

import numpy as np

from lawcast._values import Array

DISTRUST = 0.1
"""Weight factor of points before a break or in warm-up."""

_WINDOW = 9
_WIDE = 25
_SPIKE_STEPS = 8.0
_SPIKE_SIZE = 0.02
_MOST_NEIGHBOURS = 3
_MOST_SHARE = 0.1

_SIDE = 6
_BREAK_DEVIATIONS = 8.0
_BREAK_SIZE = 0.03
_BREAK_STEPS = 3.0

_PLATEAU = 0.05
_PLATEAU_POINTS = 3
_WARM_FALL = 0.1
_RISE = 4.0
_FLATTER = 0.25
_OF_SECOND_DIFFERENCES = 0.6  # 1.4826 / sqrt(6), for white noise

_STRAIGHT_POINTS = 8
_STRAIGHT_SPAN = 30.0
_STRAIGHT_NOISE = 1.5

_RUNNING_BEST_STEPS = 8
_RUNNING_BEST_TIES = 0.15


def spikes(u: Array, log_z: Array) -> np.ndarray:
    """(n,) mask of up to three neighbouring points far off the running median of nine.

    Far is 2 % and 8 times the usual step between neighbours (the median over the 25 steps around,
    and over all steps, whichever is larger). The step holds both noise and trend; the scatter
    around a running median would not do, for it is zero wherever the curve is monotone. The four
    points at each end never count, for they have no neighbours on one side; where more than a tenth
    of the points would count it is noise, and none do.

    Args:
        u: (n,) increasing; log_z: (n,) logarithms of the loss-like numbers.
    """
    n = u.size
    none = np.zeros(n, dtype=bool)
    steps = np.abs(np.diff(log_z))
    # exact ties are left out: an accuracy on few examples moves in steps of one example
    moving = np.flatnonzero(steps)
    if n < 2 * _WINDOW or moving.size < _WINDOW:
        return none
    from scipy.ndimage import median_filter

    off = log_z - median_filter(log_z, size=_WINDOW, mode="nearest")
    wide = min(_WIDE, moving.size - (1 - moving.size % 2))
    usual = median_filter(steps[moving], size=wide, mode="nearest")
    here = np.minimum(np.searchsorted(moving, np.arange(n)), moving.size - 1)
    spread = np.maximum(usual[here], float(np.median(steps[moving])))
    far = (np.abs(off) > _SPIKE_STEPS * spread) & (np.abs(off) > _SPIKE_SIZE)
    half = _WINDOW // 2
    far[:half] = far[n - half :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], far.astype(np.int8), [0]])))
    for start, stop in edges.reshape(-1, 2):
        if stop - start > _MOST_NEIGHBOURS:
            far[start:stop] = False
    return far if far.mean() <= _MOST_SHARE else none


def break_at(u: Array, log_y: Array) -> int | None:
    """Index of the first bin after a jump of level, or None.

    Lines through six bins on either side of a place are carried to the middle; they must differ by
    8 times their own scatter, by 3 %, and by 3 times what the curve falls from bin to bin there.

    Args:
        u: (m,) increasing; log_y: (m,) binned curve.
    """
    best, where = 0.0, None
    for k in range(_SIDE, u.size - _SIDE + 1):
        middle = 0.5 * (u[k - 1] + u[k])
        sides = []
        for part in (slice(k - _SIDE, k), slice(k, k + _SIDE)):
            v, level = u[part], log_y[part]
            centred = v - v.mean()
            slope = float(centred @ level / (centred @ centred))
            rest = level - level.mean() - slope * centred
            at_middle = float(level.mean()) + slope * (middle - float(v.mean()))
            sides.append((at_middle, slope, float(rest @ rest)))
        jump = abs(sides[1][0] - sides[0][0])
        scatter = np.sqrt((sides[0][2] + sides[1][2]) / (2 * _SIDE - 4))
        step = max(abs(sides[0][1]), abs(sides[1][1])) * (u[k] - u[k - 1])
        big = jump > _BREAK_SIZE and jump > _BREAK_STEPS * step
        ratio = jump / max(scatter, 1e-12)
        if big and ratio > max(best, _BREAK_DEVIATIONS):
            best, where = ratio, k
    return where


def warm_up(u: Array, log_y: Array) -> int:
    """Number of leading bins before the curve first falls: a rise, or a plateau of three or more.

    A rise counts where it is more than four times the noise. A plateau ends where 5 % of the fall
    is done, and counts where it is less than a quarter as steep as the curve gets later: else any
    dense grid would begin with one.

    Args:
        u: (m,) increasing; log_y: (m,) binned curve.
    """
    half = u.size // 2
    top = int(np.argmax(log_y))
    if half < _PLATEAU_POINTS or top >= half or log_y[top] - log_y[-1] < _WARM_FALL:
        return 0
    noise = _OF_SECOND_DIFFERENCES * float(np.median(np.abs(np.diff(log_y, 2))))
    start = float(log_y[0])
    rise = log_y[top] - start > _RISE * noise and log_y[: top + 1].min() > start - _RISE * noise
    warm = top if rise else 0
    fall = float(log_y[top] - log_y.min())
    below = np.flatnonzero(log_y[top:] < log_y[top] - _PLATEAU * fall)
    end = top + int(below[0]) - 1
    if end + 1 < _PLATEAU_POINTS or end >= half or end == warm:
        return warm
    slope = float(log_y[warm] - log_y[end]) / float(u[end] - u[warm])
    later = (log_y[end:-end] - log_y[2 * end :]) / (u[2 * end :] - u[end:-end])
    return end if slope < _FLATTER * float(later.max()) else warm


def straight_line(u: Array, log_y: Array, noise: float) -> tuple[float, float] | None:
    """Level at the end and slope of the curve, where it is a straight line in log-log; else None.

    Straight means that the residuals of one line through the whole curve, over a factor of 30 in x
    or more, scatter no more than 1.5 times the noise.

    Args:
        u: (m,) increasing; log_y: (m,) binned curve; noise: relative noise of one point.
    """
    if u.size < _STRAIGHT_POINTS or u[-1] - u[0] < np.log(_STRAIGHT_SPAN):
        return None
    slope, level = np.polyfit(u, log_y, 1)
    scatter = float(np.sqrt(np.mean((log_y - level - slope * u) ** 2)))
    if slope >= 0.0 or scatter > _STRAIGHT_NOISE * noise:
        return None
    return float(level), float(slope)


def looks_like_a_running_best(steps: Array) -> bool:
    """Whether values never get worse in one direction and often repeat exactly.

    Args:
        steps: (n - 1,) differences of the values along x.
    """
    if steps.size < _RUNNING_BEST_STEPS:
        return False
    monotone = bool((steps <= 0.0).all() or (steps >= 0.0).all())
    return monotone and float(np.mean(steps == 0.0)) >= _RUNNING_BEST_TIES
