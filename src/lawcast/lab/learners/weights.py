"""Learners as weights: a prediction is a sum of training values, with weights that ignore them.

Delaunay, local linear and kernel fits are linear in the values. For a target drawn from a Gaussian
process the residual at a test is then Gaussian, and its variance follows from the weights and the
covariance alone. The loss averaged over *all* targets of the process needs no draw, no joint
covariance of all points and no jitter, so that it can be had for any number of points.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.learners.kernels import Kernel
from lawcast.lab.learners.local_polynomial import default_neighbours
from lawcast.lab.worlds.checks import check_points, chunks
from lawcast.lab.worlds.processes import Covariance
from lawcast.lab.worlds.spaces import Space

_TOGETHER = 4  # tests whose small covariances are evaluated in one call


class Weights(NamedTuple):
    """A few training points for each test, and their weights.

    Args:
        indices: (m, k) rows of the training points.
        weights: (m, k).
    """

    indices: NDArray[np.intp]
    weights: Array

    def predict(self, values: Array) -> Array:
        """(m,) predictions from the (n,) training values."""
        return np.asarray(np.einsum("mk,mk->m", self.weights, values[self.indices]))


def delaunay_weights(train: Array, tests: Array) -> Weights:
    """Barycentric weights of the Delaunay simplices, as ``delaunay_linear`` uses them.

    Args:
        train: (n, d), d of 2 or more.
        tests: (m, d), inside the hull.

    Raises:
        ArgumentError: a test lies outside the hull.
    """
    from scipy.spatial import Delaunay

    mesh = Delaunay(train)
    d = train.shape[1]
    simplex = mesh.find_simplex(tests)
    if (simplex < 0).any():
        raise ArgumentError("tests lie outside the hull of the training points; keep them inside")
    frame = mesh.transform[simplex]
    inner = np.einsum("nij,nj->ni", frame[:, :d], tests - frame[:, d])
    weights = np.concatenate([inner, 1 - inner.sum(axis=1, keepdims=True)], axis=1)
    return Weights(np.asarray(mesh.simplices[simplex], dtype=np.intp), weights)


def local_linear_weights(space: Space, train: Array, tests: Array, k: int | None = None) -> Weights:
    """Weights of the ``k`` nearest points in a local linear fit, as ``local_polynomial`` has them.

    Args:
        space: where the points live.
        train: (n, coordinates).
        tests: (m, coordinates).
        k: neighbours; the default of ``local_polynomial`` if None.

    Raises:
        ArgumentError: fewer points than ``k``, bad shapes, NaN.
    """
    k = default_neighbours(space.dimension, 1) if k is None else k
    indices = space.neighbours(train, tests, k).indices
    weights = np.empty(indices.shape)
    for part in chunks(len(tests), 4 * k * (space.dimension + 1)):
        around = space.difference(tests[part], train[indices[part]])
        reach = np.abs(around).max(axis=(1, 2), keepdims=True)
        one = np.ones((*around.shape[:2], 1))
        # With the constant last, its coefficient is the last row of Q against the values.
        q, r = np.linalg.qr(np.concatenate([around / reach, one], axis=2))
        weights[part] = q[:, :, -1] / r[:, -1, -1, None]
    return Weights(indices, weights)


def kernel_weights(kernel: Kernel, train: Array, tests: Array, *, ridge: float) -> Array:
    """(n, m) weights ``(K + ridge v I)^-1 k(X, tests)`` of kernel regression, as ``kernel_ridge``.

    Args:
        kernel: such as ``Matern(0.5)``.
        train: (n, columns), embedded.
        tests: (m, columns), embedded.
        ridge: share of the mean variance v added to the diagonal.

    Raises:
        ArgumentError: the matrix cannot be factored.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    columns = train.shape[1]
    train = check_points(train, columns, "the training points")
    matrix = kernel(train, train)
    diagonal = np.diagonal(matrix).copy()
    np.fill_diagonal(matrix, diagonal + ridge * diagonal.mean())
    try:
        factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError as error:
        raise ArgumentError(
            f"the kernel matrix of {len(train)} points cannot be factored with ridge={ridge:g}; "
            f"try ridge={10 * ridge:g}, or fewer points"
        ) from error
    return np.asarray(cho_solve(factor, kernel(train, tests), overwrite_b=True, check_finite=False))


def few_variance(covariance: Covariance, train: Array, tests: Array, few: Weights) -> Array:
    """Variance (m,) of the residual of local fits over all draws of a process.

    Args:
        covariance: of the process.
        train: (n, columns), as the covariance sees them.
        tests: (m, columns).
        few: of the fit.
    """
    m, k = few.indices.shape
    signed = np.concatenate([np.ones((m, 1)), -few.weights], axis=1)
    points = np.concatenate([tests[:, None, :], train[few.indices]], axis=1)
    variances = np.empty(m)
    for start in range(0, m, _TOGETHER):
        block = points[start : start + _TOGETHER]
        rows = block.reshape(-1, block.shape[2])
        every = covariance(rows, rows)
        for row in range(len(block)):
            own = slice(row * (k + 1), (row + 1) * (k + 1))
            a = signed[start + row]
            variances[start + row] = a @ every[own, own] @ a
    return variances


def dense_variance(covariance: Covariance, train: Array, tests: Array, weights: Array) -> Array:
    """Variance (m,) of the residual of a fit that uses every point, over all draws of a process.

    Args:
        covariance: of the process.
        train: (n, columns), as the covariance sees them.
        tests: (m, columns).
        weights: (n, m).
    """
    own = np.concatenate(
        [np.diagonal(covariance(tests[part], tests[part])) for part in chunks(len(tests), 1, 64)]
    )
    cross = np.einsum("nm,nm->m", weights, covariance(train, tests))
    both = np.zeros(len(tests))
    for part in chunks(len(train), 3 * len(train)):
        both += np.einsum("nm,nm->m", weights[part], covariance(train[part], train) @ weights)
    return np.asarray(own - 2 * cross + both)


def gaussian_moments(variances: Array) -> Array:
    """Mean |r|, r² and r⁴, (3, m), of Gaussian residuals with these variances (m,).

    What rounding took below 0 counts as 0.
    """
    square = np.maximum(variances, 0.0)
    return np.stack([np.sqrt(2 / np.pi * square), square, 3 * square**2])


def moments(residuals: Array) -> Array:
    """|r|, r² and r⁴, (3, m), of residuals (m,), or (m, t) with the mean over t targets."""
    table = residuals.reshape(len(residuals), -1)
    square = table**2
    return np.stack([np.abs(table).mean(axis=1), square.mean(axis=1), (square**2).mean(axis=1)])
