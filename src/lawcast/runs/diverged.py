"""Runs that are clearly worse than several others which had less of everything (finding R015)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.runs.repeats import find_repeats
from lawcast.runs.rows import group_rows
from lawcast.runs.surface import cloud_of, quadratic, robust_fit, sample
from lawcast.runs.table import Runs

LEAST_EXCESS = 0.02
"""A run has to be at least 2 % worse, however small the noise."""

NOISE_UNITS = 6.0
"""... and six times worse than runs scatter."""

_MOST_BINS = 512


def find_diverged(runs: Runs) -> NDArray[np.bool_]:
    """(n,) whether a run is worse than two others with no more parameters and no more tokens.

    Any sensible law falls in both variables, so this needs no law; two better runs are asked for
    because one may just be lucky. Runs are compared within their family and evaluation set.
    """
    found = np.zeros(len(runs), dtype=bool)
    cloud = cloud_of(runs)
    if cloud is None or len(cloud.positions) < 5:
        return found
    keys = [runs.columns[name] for name in ("family", "eval_set") if name in runs.columns]
    if len(cloud.axes) == 1:  # different models or tasks may share the table
        if "run" in runs.columns:  # a bump in a training curve is no diverged run
            return found
        keys = [column for column in runs.columns.values() if column.dtype == np.object_]
    groups, count = group_rows([key[cloud.positions] for key in keys], len(cloud.positions))
    if count > 1000:  # hardly any rows in each
        return found
    repeats = find_repeats(runs)
    least = 0.0 if repeats is None else repeats.noise
    for group in range(count):
        member = np.flatnonzero(groups == group)
        if member.size < 5:
            continue
        excess = _excess(cloud.places[member], cloud.log_loss[member])
        noise = max(_scatter(cloud.places[member], cloud.log_loss[member]), least)
        found[cloud.positions[member]] = excess > max(NOISE_UNITS * noise, LEAST_EXCESS)
    return found


def _scatter(places: Array, log_loss: Array) -> float:
    picked = sample(np.column_stack([places, log_loss]))
    terms = quadratic(places[picked])
    if len(picked) < terms.shape[1] + 3:
        terms = terms[:, :1]
    return robust_fit(terms, log_loss[picked])[1]


def _excess(places: Array, log_loss: Array) -> Array:
    """(m,) ln(loss) above the second best of all rows that are not larger on any axis."""
    bins, sizes, strict = [], [], []
    for axis in range(places.shape[1]):
        rounded = np.round(places[:, axis], 9)
        values, index = np.unique(rounded, return_inverse=True)
        many = len(values) > _MOST_BINS
        if many:  # compare with rows in lower bins only, so that "not larger" stays true
            edges = np.quantile(values, np.linspace(0, 1, _MOST_BINS // 2 + 1)[1:-1])
            index = np.searchsorted(edges, rounded, side="right")
        bins.append(index.reshape(-1))
        sizes.append(int(bins[-1].max()) + 1)
        strict.append(many)
    if len(bins) == 1:
        bins.append(np.zeros(len(log_loss), dtype=np.intp))
        sizes.append(1)
        strict.append(False)
    best = _two_best(bins[0], bins[1], (sizes[0], sizes[1]), log_loss)
    for axis in (0, 1):
        best = _running_two_best(best, axis)
    low_0 = bins[0] - int(strict[0])
    low_1 = bins[1] - int(strict[1])
    second = best[1][np.maximum(low_0, 0), np.maximum(low_1, 0)]
    return np.where((low_0 >= 0) & (low_1 >= 0), log_loss - second, -np.inf)


def _two_best(
    rows: NDArray[np.intp], cols: NDArray[np.intp], shape: tuple[int, int], values: Array
) -> Array:
    """(2, *shape) the two smallest values in every cell, infinity where there are fewer."""
    best = np.full((2, shape[0] * shape[1]), np.inf)
    cell = rows * shape[1] + cols
    order = np.lexsort((values, cell))
    ranked, sorted_values = cell[order], values[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    best[0, ranked[first]] = sorted_values[first]
    second = first + 1
    second = second[second < len(ranked)]
    second = second[ranked[second] == ranked[second - 1]]
    best[1, ranked[second]] = sorted_values[second]
    return best.reshape(2, *shape)


def _running_two_best(best: Array, axis: int) -> Array:
    """The two smallest over all cells up to and including each one along an axis."""
    moved = np.moveaxis(best, axis + 1, 0).copy()
    for i in range(1, len(moved)):
        both = np.concatenate([moved[i - 1], moved[i]])
        moved[i] = np.partition(both, 1, axis=0)[:2]
    return np.moveaxis(moved, 0, axis + 1)
