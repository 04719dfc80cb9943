"""Near-copies: points with a neighbour far closer than the rest of their neighbourhood allows.

Two shots of one scene, or two crops of one picture, are near each other for a reason of their own.
A few per cent of such pairs lengthen the mean of log(r2/r1) by a quarter and pull the dimension at
the nearest scale down; to all other points the pair looks like two neighbours at one distance,
which pulls it up. Where log d is the same at all ranks, log(r2/r1) over the mean of log(r13/r_j),
j = 2 … 12, follows an F distribution with (2, 22) degrees of freedom. It exceeds 12 in 0.03 % of
the points, in uneven densities in 0.2 %, and where a curve passes near itself in 1 %.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.geometry.survey import Survey

_RANKS = 13
_PROOF, _SHARE, _FEWEST = 12.0, 0.012, 5
_TAKEN = 8.0  # once there are copies, these go: 0.4 % of the other points are as extreme


def near_copies(logs: Array) -> NDArray[np.bool_]:
    """Which points have a near-copy, from (u, K) log distances; none where K is below 13.

    Few such points are none: they are what uneven densities make.
    """
    if logs.shape[1] < _RANKS:
        return np.zeros(len(logs), dtype=bool)
    further = (logs[:, _RANKS - 1 : _RANKS] - logs[:, 1 : _RANKS - 1]).mean(axis=1)
    gaps = logs[:, 1] - logs[:, 0]
    proven = int((gaps > _PROOF * further).sum())
    if proven < max(_FEWEST, _SHARE * len(logs)):
        return np.zeros(len(logs), dtype=bool)
    taken: NDArray[np.bool_] = gaps > _TAKEN * further
    return taken


def one_of_each(survey: Survey, copied: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Numbers of the points that are left when one of each pair of near-copies goes."""
    rows = survey.rows[copied]
    points = survey.neighbours.queries[rows]
    partners = survey.neighbours.indices[rows, 0]
    kept = np.ones(survey.count, dtype=bool)
    kept[np.maximum(points, partners)] = False
    return np.flatnonzero(kept)


def without(survey: Survey, copied: NDArray[np.bool_]) -> Survey:
    """The survey without the points that have a near-copy, where only some points were asked."""
    kept = ~copied
    place = np.cumsum(kept) - 1
    with_angles = kept[survey.angle_rows]
    return replace(
        survey,
        rows=survey.rows[kept],
        logs=survey.logs[kept],
        angle_rows=place[survey.angle_rows[with_angles]],
        skewness=survey.skewness[with_angles],
    )
