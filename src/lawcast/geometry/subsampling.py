"""The spread of an estimate from one sample to the next, by half-samples without replacement.

Half of the n points are drawn without replacement; the neighbours of each within that half are
read off its list of neighbours among all, so nothing is searched again. A half-sample varies about
the whole as the whole does about the truth (the delete-n/2 jackknife: Politis, Romano & Wolf,
Subsampling, 1999, chapter 2, with the finite-population factor b/(n − b) = 1). Drawing *with*
replacement would put points at distance 0 from their own copies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._values import Array
from lawcast.geometry.searching import Progress
from lawcast.geometry.survey import Survey


@dataclass(frozen=True, eq=False)
class HalfSamples:
    """Means over half-samples.

    Args:
        logs: (b, k) mean log distances to the neighbours 1 … k within each half.
        skewness: (b,) mean simplex skewness of the points of each half, or None.
        count: points of a half.
        queries: about how many of them asked.
    """

    logs: Array
    skewness: Array | None
    count: int
    queries: int


def draw_halves(
    survey: Survey,
    k: int,
    draws: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> HalfSamples:
    """Draw half-samples and average in each.

    Args:
        survey: what was measured on the whole.
        k: ranks wanted within a half; a point with fewer neighbours left on its list sits out.
        draws: how many half-samples, b.
        rng: random numbers.
        progress: called as progress("half-samples", done, draws).
    """
    columns = min(survey.logs.shape[1], 2 * k + 18)  # leaves k with few exceptions in a thousand
    logs = survey.logs[:, :columns]
    asked = survey.neighbours.queries[survey.rows]
    near = survey.neighbours.indices[survey.rows, :columns]
    means = np.full((draws, k), np.nan)
    angles = np.full(draws, np.nan)
    for draw in range(draws):
        if progress is not None:
            progress("half-samples", draw, draws)
        kept = np.zeros(survey.count, dtype=bool)
        kept[rng.permutation(survey.count)[: survey.count // 2]] = True
        rows = np.flatnonzero(kept[asked])
        inside = kept[near[rows]]
        place = inside.cumsum(axis=1, dtype=np.uint8)
        enough = place[:, -1] >= k
        wanted = inside[enough] & (place[enough] <= k)
        if len(wanted) > 0:
            means[draw] = logs[rows[enough]][wanted].reshape(-1, k).mean(axis=0)
        with_angles = kept[asked[survey.angle_rows]]
        if with_angles.any():
            angles[draw] = survey.skewness[with_angles].mean()
    complete = np.isfinite(means).all(axis=1)
    with_angles = np.isfinite(angles)
    if len(survey.angle_rows) > 0:
        complete &= with_angles
    return HalfSamples(
        logs=means[complete],
        skewness=angles[complete] if len(survey.angle_rows) > 0 else None,
        count=survey.count // 2,
        queries=max(1, len(survey.rows) // 2),
    )
