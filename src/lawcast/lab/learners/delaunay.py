"""Piecewise-linear interpolation on the Delaunay triangulation, for d ≤ 4.

Its values are safe: the error at x is at most ½|F''|R² with R the circumradius of the simplex, so
every moment is finite. It needs tests inside the hull of the training points; on the torus, keep
them to the inner half (``Torus.sample_inner``) and treat the box as flat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import check_points, check_values

MOST_DIMENSIONS = 4
"""Above it the simplices are too many; a local linear fit has the same exponents."""


def delaunay_linear(train: ArrayLike, values: ArrayLike, tests: ArrayLike) -> Array:
    """Interpolate linearly on the simplices of the training points.

    Args:
        train: (n, d) points of plain space, d ≤ 4.
        values: (n,), or (n, t) for several targets on the same points.
        tests: (m, d), inside the hull of the training points.

    Returns:
        (m,) or (m, t) predictions.

    Raises:
        ArgumentError: d > 4, too few or degenerate points, tests outside the hull, NaN.
    """
    table = np.asarray(train, dtype=float)
    if table.ndim != 2 or not 1 <= table.shape[1] <= MOST_DIMENSIONS:
        raise ArgumentError(
            f"Delaunay interpolation takes points of 1 to {MOST_DIMENSIONS} columns, not the shape "
            f"{table.shape}; in more dimensions use local_polynomial(..., degree=1)"
        )
    d = table.shape[1]
    table = check_points(table, d, "the training points")
    asked = check_points(tests, d, "the tests")
    known = check_values(values, len(table))
    if len(table) < d + 1:
        raise ArgumentError(
            f"a simplex in {d} dimensions needs {d + 1} points, and there are {len(table)}"
        )
    columns = known[:, None] if known.ndim == 1 else known
    predicted = _on_line(table, columns, asked) if d == 1 else _on_simplices(table, columns, asked)
    outside = np.flatnonzero(np.isnan(predicted[:, 0]))
    if len(outside):
        raise ArgumentError(
            f"{len(outside)} of {len(asked)} tests lie outside the hull of the training points "
            f"(first: row {outside[0]}), where nothing is interpolated; keep tests away from the "
            "boundary, as sample_inner does"
        )
    return predicted[:, 0] if known.ndim == 1 else predicted


def _on_line(table: Array, columns: Array, asked: Array) -> Array:
    order = np.argsort(table[:, 0], kind="stable")
    line = table[order, 0]
    parts = [
        np.interp(asked[:, 0], line, column[order], left=np.nan, right=np.nan)
        for column in columns.T
    ]
    return np.stack(parts, axis=1)


def _on_simplices(table: Array, columns: Array, asked: Array) -> Array:
    from scipy.spatial import Delaunay, QhullError

    try:
        mesh = Delaunay(table)
    except QhullError as error:
        raise ArgumentError(
            f"the {len(table)} training points span no simplices: "
            f"they lie on a flat of fewer than {table.shape[1]} dimensions"
        ) from error
    d = table.shape[1]
    simplex = mesh.find_simplex(asked)
    frame = mesh.transform[simplex]  # affine maps to barycentric coordinates
    inner = np.einsum("nij,nj->ni", frame[:, :d], asked - frame[:, d])
    weights = np.concatenate([inner, 1 - inner.sum(axis=1, keepdims=True)], axis=1)
    predicted = np.einsum("nv,nvt->nt", weights, columns[mesh.simplices[simplex]])
    predicted[simplex < 0] = np.nan
    return np.asarray(predicted)
