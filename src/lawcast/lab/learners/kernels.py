"""Kernels, and interpolation or ridge regression with them.

Matérn kernels act on distances in the ambient space; the arc-cosine kernel of depth L is the
covariance of a random ReLU network of L hidden layers at infinite width (weights N(0, 1/fan_in),
biases N(0, bias_sd²)), so a draw of it is that network's limit. On a d-manifold the spectrum falls
as ``λ_n ~ n^-(1+a_K)`` with ``a_K = 2ν/d``; see :mod:`spectra` for the exponents that follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array
from lawcast.lab.worlds.checks import (
    check_count,
    check_points,
    check_positive,
    check_values,
    chunks,
)

MOST_POINTS = 8192
"""Training points of a kernel fit: a matrix of 537 MB; every study stays below half of it."""


class Kernel(Protocol):
    """A positive definite function of two points."""

    @property
    def smoothness(self) -> float:
        """ν: draws have s = ν derivatives; the kernel has 2ν."""
        ...

    def __call__(self, a: Array, b: Array) -> Array:
        """(n, m) values for points (n, columns) and (m, columns); a fresh array."""
        ...


@dataclass(frozen=True)
class Matern:
    """The Matérn kernel of ν = 1/2, 3/2 or 5/2, variance 1; ν = 1/2 is the Laplace kernel.

    ``exp(-r)``, ``(1+r) exp(-r)``, ``(1+r+r²/3) exp(-r)`` with ``r = sqrt(2ν) |a-b| / length``.

    Raises:
        ArgumentError: another ν, or a length not above 0.
    """

    nu: float
    length: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self.length, "the length scale")
        if self.nu not in (0.5, 1.5, 2.5):
            raise ArgumentError(f"a Matérn kernel has nu=0.5, 1.5 or 2.5 here, not {self.nu!r}")

    @property
    def smoothness(self) -> float:
        """ν."""
        return self.nu

    def __call__(self, a: Array, b: Array) -> Array:
        """(n, m) values."""
        from scipy.spatial.distance import cdist

        r = cdist(a, b)  # by differences: the expanded square would lose near pairs
        r *= np.sqrt(2 * self.nu) / self.length
        decay = np.exp(-r)
        if self.nu == 1.5:
            r += 1
            decay *= r
        elif self.nu == 2.5:
            square = r / 3  # in place: the matrix may hold hundreds of megabytes
            square += 1
            square *= r
            square += 1
            decay *= square
        return np.asarray(decay)


@dataclass(frozen=True)
class ArcCosine:
    """Infinite-width ReLU network of ``depth`` hidden layers: the arc-cosine kernel of order 1.

    Layer 0 is ``a·b / columns + bias_sd²``; each next one is
    ``sqrt(vw) (sin θ + (π - θ) cos θ) / 2π + bias_sd²`` of the variances v, w and the angle θ of
    the last (Cho & Saul 2009, order 1). Without bias it is homogeneous of degree 1 in each point,
    and depth 1 then sees no odd harmonic above the first.

    Raises:
        ArgumentError: no hidden layer, or a negative bias.
    """

    depth: int = 1
    bias_sd: float = 0.0

    def __post_init__(self) -> None:
        check_count(self.depth, "the depth")
        check_positive(self.bias_sd, "bias_sd", zero=True)

    @property
    def smoothness(self) -> float:
        """3/2: draws of a ReLU network's limit."""
        return 1.5

    def __call__(self, a: Array, b: Array) -> Array:
        """(n, m) values."""
        extra = self.bias_sd**2
        columns = a.shape[1]
        cross = a @ b.T / columns + extra
        left = np.einsum("nc,nc->n", a, a) / columns + extra
        right = np.einsum("mc,mc->m", b, b) / columns + extra
        for _ in range(self.depth):
            scale = np.sqrt(left)[:, None] * np.sqrt(right)
            cosine = np.divide(cross, scale, out=np.zeros_like(cross), where=scale > 0)
            np.clip(cosine, -1.0, 1.0, out=cosine)
            angle = np.arccos(cosine)
            # sin θ - θ cos θ vanishes as θ³, so the rounding of small angles does no harm.
            bend = np.sin(angle)
            angle *= cosine
            bend -= angle
            cosine *= np.pi
            bend += cosine
            bend *= scale
            bend /= 2 * np.pi
            cross = bend + extra
            left, right = left / 2 + extra, right / 2 + extra
        return np.asarray(cross)


_BY_NAME: dict[str, Callable[[], Kernel]] = {
    "laplace": lambda: Matern(0.5),
    "matern-1/2": lambda: Matern(0.5),
    "matern-3/2": lambda: Matern(1.5),
    "matern-5/2": lambda: Matern(2.5),
    "arc-cosine": ArcCosine,
}


def kernel_names() -> tuple[str, ...]:
    """The kernels that :func:`find_kernel` knows."""
    return tuple(_BY_NAME)


def find_kernel(name: str) -> Kernel:
    """The kernel of this name with its usual settings (length 1; depth 1 without bias).

    Raises:
        UnknownNameError: no kernel of that name.
    """
    if name not in _BY_NAME:
        raise UnknownNameError("kernel", name, _BY_NAME)
    return _BY_NAME[name]()


def kernel_ridge(
    kernel: Kernel,
    train: ArrayLike,
    values: ArrayLike,
    tests: ArrayLike,
    *,
    ridge: float = 1e-10,
) -> Array:
    """Kernel regression ``k(x, X) (K + ridge v I)^-1 y``; v is the mean of the diagonal of K.

    The default ridge interpolates: it only lets the factor exist. It also bounds what can be
    measured, since a squared loss cannot fall much below it.

    Args:
        kernel: such as ``Matern(0.5)``.
        train: (n, columns), embedded.
        values: (n,), or (n, t) for several targets on the same points.
        tests: (m, columns), embedded.
        ridge: share of the mean variance added to the diagonal; 0 adds nothing.

    Returns:
        (m,) or (m, t) predictions.

    Raises:
        ArgumentError: more than ``MOST_POINTS`` points, a matrix that cannot be factored, bad
            shapes, NaN.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    table = np.asarray(train, dtype=float)
    columns = table.shape[-1] if table.ndim else 0
    table = check_points(table, columns, "the training points")
    asked = check_points(tests, columns, "the tests")
    known = check_values(values, len(table))
    ridge = check_positive(ridge, "the ridge", zero=True)
    if len(table) > MOST_POINTS:
        raise ArgumentError(
            f"a kernel fit on {len(table)} points needs a square matrix of them; "
            f"it takes at most {MOST_POINTS}"
        )
    matrix = kernel(table, table)
    diagonal = np.diagonal(matrix).copy()
    np.fill_diagonal(matrix, diagonal + ridge * diagonal.mean())
    try:
        factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError as error:
        raise ArgumentError(
            f"the kernel matrix of {len(table)} points cannot be factored with ridge={ridge:g}: "
            "points repeat or lie too close for so smooth a kernel. "
            f"Try ridge={max(10 * ridge, 1e-12):g}, or fewer points"
        ) from error
    weights = cho_solve(factor, known, check_finite=False)
    predicted = np.empty((len(asked), *known.shape[1:]))
    for part in chunks(len(asked), 3 * len(table)):
        predicted[part] = kernel(asked[part], table) @ weights
    return predicted
