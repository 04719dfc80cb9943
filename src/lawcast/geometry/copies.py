"""Near-copies: points with a neighbour far closer than the rest of their neighbourhood allows.

Two shots of one scene, or two crops of one picture, are near each other for a reason of their own.
A few per cent of such pairs lengthen the mean of log(r2/r1) by a quarter and pull the dimension at
the nearest scale down. Where log d is the same at all ranks, log(r2/r1) over the mean of
log(r13/r_j), j = 2 … 12, follows an F distribution with (2, 22) degrees of freedom, which exceeds
12 in three of ten thousand points.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.geometry.survey import Survey

_RANKS = 13
_EXTREME = 12.0
_SHARE = 0.002  # several times what chance gives
_FEWEST = 5


def near_copies(logs: Array) -> NDArray[np.bool_]:
    """Which points have a near-copy, from (u, K) log distances with K at least 13."""
    further = (logs[:, _RANKS - 1 : _RANKS] - logs[:, 1 : _RANKS - 1]).mean(axis=1)
    extreme: NDArray[np.bool_] = logs[:, 1] - logs[:, 0] > _EXTREME * further
    return extreme


def without_copies(survey: Survey) -> tuple[Survey, int]:
    """The survey without points that have a near-copy, and how many those are.

    Returns:
        (survey, 0) where there are not clearly more than chance makes.
    """
    if survey.logs.shape[1] < _RANKS:
        return survey, 0
    copied = near_copies(survey.logs)
    count = int(copied.sum())
    if count < _FEWEST or count < _SHARE * len(copied):
        return survey, 0
    kept = ~copied
    place = np.cumsum(kept) - 1
    with_angles = kept[survey.angle_rows]
    left = replace(
        survey,
        rows=survey.rows[kept],
        logs=survey.logs[kept],
        angle_rows=place[survey.angle_rows[with_angles]],
        skewness=survey.skewness[with_angles],
    )
    return left, count
