"""Local least-squares polynomials: the piecewise-linear and -quadratic interpolators of theory.

At each test a polynomial is fitted to the k nearest training points in tangent or periodic
coordinates about the test; the prediction is its constant term. Its residual is of order
D^(-(p+1)/d) for a target that is smooth enough.

The k matters: the q-th moment of the error is finite only if ``k - C(d+p, p) + 1 > q`` (for d ≥ 2);
below that, near-degenerate designs dominate every mean. The defaults keep the fourth moment finite.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import check_count, check_dimension, check_values, chunks
from lawcast.lab.worlds.spaces import Neighbours, Space

_DEGENERATE = 1e-10  # a pivot this far below the largest: the design does not fix the constant


def coefficient_count(dimension: int, degree: int) -> int:
    """Coefficients of a polynomial of this degree: C(dimension + degree, degree)."""
    return math.comb(check_dimension(dimension) + degree, degree)


def default_neighbours(dimension: int, degree: int) -> int:
    """Neighbours that a local fit uses unless told otherwise.

    Degree 1: twice the coefficients and 2. Degree 2: one and a half times the coefficients and 4,
    so that the excess over the coefficients stays above 4 and grows with the dimension.

    Raises:
        ArgumentError: a degree other than 1 or 2, or no whole dimension.
    """
    count = coefficient_count(dimension, _check_degree(degree))
    return 2 * count + 2 if degree == 1 else count + count // 2 + 4


def local_polynomial(
    space: Space,
    train: Array,
    values: ArrayLike,
    tests: Array,
    degree: int,
    *,
    k: int | None = None,
    near: Neighbours | None = None,
) -> Array:
    """Predict by a polynomial fitted to the ``k`` nearest training points of each test.

    All the small least-squares problems are solved together by orthogonal factorisation, in
    coordinates scaled by the farthest neighbour. A design that does not fix the value at the test
    (say, all neighbours on one line) takes the solution of least norm.

    Args:
        space: where the points live.
        train: (n, coordinates).
        values: (n,), or (n, t) for several targets on the same points.
        tests: (m, coordinates).
        degree: 1 or 2.
        k: neighbours; :func:`default_neighbours` if None.
        near: at least ``k`` neighbours, if they were searched before.

    Returns:
        (m,) or (m, t) predictions.

    Raises:
        ArgumentError: another degree, fewer neighbours than coefficients, fewer points than
            ``k``, bad shapes, NaN.
    """
    known = check_values(values, len(train))
    count = coefficient_count(space.dimension, _check_degree(degree))
    k = default_neighbours(space.dimension, degree) if k is None else check_count(k, "k")
    if k < count:
        raise ArgumentError(
            f"a polynomial of degree {degree} in {space.dimension} dimensions has {count} "
            f"coefficients, and {k} neighbours cannot fix them; give k={count} or more"
        )
    found = space.search(train, tests, k, near)
    columns = known[:, None] if known.ndim == 1 else known
    predicted = np.empty((len(tests), columns.shape[1]))
    work = k * (2 * (count + columns.shape[1]) + space.ambient + space.coordinates)
    for part in chunks(len(tests), work):
        rows = found.indices[part]
        around = space.difference(tests[part], train[rows])
        predicted[part] = _constants(_design(around, degree), columns[rows])
    return predicted[:, 0] if known.ndim == 1 else predicted


def _check_degree(degree: int) -> int:
    if degree not in (1, 2):
        raise ArgumentError(
            f"a local polynomial has degree 1 or 2, not {degree!r}; "
            "degree 0 is the nearest neighbour or the mean of the k nearest"
        )
    return degree


def _design(around: Array, degree: int) -> Array:
    """(n, k, count) monomials, the constant last."""
    reach = np.abs(around).max(axis=(1, 2), keepdims=True)
    scaled = around / np.where(reach > 0, reach, 1.0)
    one = np.ones((*scaled.shape[:2], 1))
    if degree == 1:
        return np.concatenate([scaled, one], axis=2)
    row, column = np.triu_indices(scaled.shape[2])
    return np.concatenate([scaled[..., row] * scaled[..., column], scaled, one], axis=2)


def _constants(design: Array, known: Array) -> Array:
    """Constant terms (n, t) of the least-squares fits.

    With the constant as the last column, its coefficient is a ratio of two entries of the
    triangular factor of (design, known): no back substitution, no squared condition number.
    """
    last = design.shape[2] - 1
    joined = np.concatenate([design, known], axis=2)
    triangle: Array = np.asarray(np.linalg.qr(joined, mode="r"))
    pivots = np.abs(np.diagonal(triangle, axis1=1, axis2=2)[:, : last + 1])
    bad = pivots.min(axis=1) <= _DEGENERATE * pivots.max(axis=1)
    pivot = np.where(bad, 1.0, triangle[:, last, last])
    constants = triangle[:, last, last + 1 :] / pivot[:, None]
    if bad.any():
        weights = np.linalg.pinv(design[bad], rcond=_DEGENERATE)[:, last, None, :]
        constants[bad] = (weights @ known[bad])[:, 0]
    return np.asarray(constants)
