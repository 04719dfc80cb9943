"""The spread of an estimate from one sample to the next, by half-samples without replacement.

Half of the n points are drawn without replacement; the neighbours of each within that half are
read off its list of neighbours among all, so nothing is searched again. A half-sample varies about
the whole as the whole does about the truth (the delete-n/2 jackknife: Politis, Romano & Wolf,
Subsampling, 1999, chapter 2, with the finite-population factor b/(n − b) = 1). Drawing *with*
replacement would put points at distance 0 from their own copies.
"""

from __future__ import annotations

import numpy as np

from lawcast.geometry.searching import Progress
from lawcast.geometry.survey import Means, Survey

_SHARED = 2.7
"""Angles are not measured again within a half, so their mean varies as if neighbourhoods shared no
points. They do, the more the larger the share of all points that gives angles: the variance over
repeated samples is 1 + 2.7 times that share larger (balls of d = 3 to 50, n = 200 to 4,000)."""


def needed_neighbours(k: int) -> int:
    """Length of a list of neighbours of which a half keeps k, but in few cases in a thousand."""
    return 2 * k + 18


def draw_halves(
    survey: Survey,
    k: int,
    draws: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Means:
    """Draw half-samples and average in each.

    Args:
        survey: what was measured on the whole.
        k: ranks wanted within a half; a point with fewer neighbours left on its list sits out.
        draws: how many half-samples, b.
        rng: random numbers.
        progress: called as progress("half-samples", done, draws).

    Returns:
        (b, k) mean log distances within each half and (b,) mean skewness of its points, less the
        halves in which too few points have k neighbours; n and m are those of a half.
    """
    columns = min(survey.logs.shape[1], needed_neighbours(k))
    logs = np.ascontiguousarray(survey.logs[:, :columns]).ravel()
    asked = survey.neighbours.queries[survey.rows]
    near = survey.neighbours.indices[survey.rows, :columns]
    half = survey.count // 2
    members = np.arange(survey.count)
    if len(asked) < half // columns:
        # points that neither ask nor are on a list need no draw, only their share of the half
        members = np.unique(np.append(asked, near))
        asked, near = np.searchsorted(members, asked), np.searchsorted(members, near)
    means = np.full((draws, k), np.nan)
    angles = np.full(draws, np.nan)
    for draw in range(draws):
        if progress is not None:
            progress("half-samples", draw, draws)
        kept = np.zeros(len(members), dtype=bool)
        size = half
        if len(members) < survey.count:
            size = int(rng.hypergeometric(half, survey.count - half, len(members)))
        kept[rng.permutation(len(members))[:size]] = True
        rows = np.flatnonzero(kept[asked])
        inside = kept.take(near.take(rows, axis=0))
        left = np.count_nonzero(inside, axis=1)
        enough = np.flatnonzero(left >= k)
        if len(enough) > 0:
            # where on the lists lie the neighbours that are left: the first k of each row
            place = np.flatnonzero(inside)
            first = (np.cumsum(left) - left)[enough]
            place = place.take(first[:, None] + np.arange(k))
            place += ((rows[enough] - enough) * columns)[:, None]  # from kept rows to all
            means[draw] = logs.take(place).mean(axis=0)
        with_angles = kept[asked[survey.angle_rows]]
        if with_angles.any():
            angles[draw] = survey.skewness[with_angles].mean()
    if len(survey.angle_rows) > 0:
        whole = float(survey.skewness.mean())
        share = len(survey.angle_rows) / survey.count
        angles = whole + np.sqrt(1 + _SHARED * share) * (angles - whole)
    complete = np.isfinite(means).all(axis=1)
    with_angles = np.isfinite(angles)
    if len(survey.angle_rows) > 0:
        complete &= with_angles
    return Means(
        logs=means[complete],
        skewness=angles[complete] if len(survey.angle_rows) > 0 else None,
        count=half,
        queries=max(1, len(survey.rows) // 2),
    )
