"""Nearest-neighbour learners: the nearest value, and the mean of the k nearest.

The first is the piecewise-constant interpolator of the theory (degree 0: residual D^(-1/d)).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lawcast._values import Array
from lawcast.lab.worlds.checks import check_count, check_values, chunks
from lawcast.lab.worlds.spaces import Neighbours, Space


def nearest_neighbour(
    space: Space,
    train: Array,
    values: ArrayLike,
    tests: Array,
    *,
    near: Neighbours | None = None,
) -> Array:
    """The value at the nearest training point.

    Args:
        space: where the points live.
        train: (n, coordinates).
        values: (n,), or (n, t) for several targets on the same points; class labels will do.
        tests: (m, coordinates).
        near: the neighbours, if they were searched before.

    Returns:
        (m,) or (m, t) predictions.

    Raises:
        ArgumentError: bad shapes, NaN, or no training point.
    """
    known = check_values(values, len(train))
    found = space.search(train, tests, 1, near)
    return known[found.indices[:, 0]]


def neighbour_mean(
    space: Space,
    train: Array,
    values: ArrayLike,
    tests: Array,
    k: int,
    *,
    near: Neighbours | None = None,
) -> Array:
    """The mean value of the ``k`` nearest training points; arguments as in the nearest one.

    With noisy training labels and k ~ D^(2s/(2s+d)) this is minimax for s ≤ 2 (Stone).

    Raises:
        ArgumentError: bad shapes, NaN, or fewer than ``k`` training points.
    """
    known = check_values(values, len(train))
    k = check_count(k, "k")
    found = space.search(train, tests, k, near)
    means = np.empty((len(tests), *known.shape[1:]))
    for part in chunks(len(tests), k * known[:1].size):
        means[part] = known[found.indices[part]].mean(axis=1)
    return means
