"""Expected simplex skewness: dimension from the angles among neighbours rather than distances.

Take the k nearest neighbours of a point, and the vectors v_i from their mean to each of them. The
statistic is Σ |v_i||v_j| sin(v_i, v_j) / Σ |v_i||v_j| over all pairs: the size of the triangles
that they span relative to right-angled ones. Random directions are the nearer to right angles the
higher the dimension, and volume enters nowhere, so the statistic keeps its power at dimensions
where distances have long saturated (Johnsson, Soneson & Fontes, IEEE TPAMI 37:196, 2015, version
a). It counts the directions that the whole neighbourhood fills, so it grows where a manifold bends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array

NEIGHBOURS = 16
"""k: few enough to stay local, enough for angles at the dimensions where they are needed."""

_ROWS = 256


def skewness(offsets: NDArray[np.floating]) -> Array:
    """The statistic of each neighbourhood.

    Args:
        offsets: shape (m, k, D), the neighbours of m points; only differences matter.

    Returns:
        Shape (m,), between 0 (all on one line) and 1 (all at right angles); NaN where all k
        neighbours coincide.
    """
    count, k, _ = offsets.shape
    upper = np.triu_indices(k, 1)
    result = np.empty(count)
    for start in range(0, count, _ROWS):
        part = np.asarray(offsets[start : start + _ROWS], dtype=float)
        part = part - part.mean(axis=1, keepdims=True)
        # fourth powers of a length leave the range of float64 long before the length does
        size = np.abs(part).max(axis=(1, 2), keepdims=True)
        part /= np.where(size > 0, size, 1.0)
        gram = part @ part.transpose(0, 2, 1)
        lengths = np.sqrt(np.maximum(np.einsum("ijj->ij", gram), 0.0))
        product = lengths[:, :, None] * lengths[:, None, :]
        # |a||b| sin = sqrt(|a|²|b|² − (a·b)²), factored so that parallel vectors give zero
        area = np.sqrt(np.maximum((product - gram) * (product + gram), 0.0))
        whole = product[:, upper[0], upper[1]].sum(axis=1)
        with np.errstate(invalid="ignore"):
            result[start : start + _ROWS] = area[:, upper[0], upper[1]].sum(axis=1) / whole
    return result
