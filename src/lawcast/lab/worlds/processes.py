"""Targets that are draws of a Gaussian process: equally rough everywhere.

:func:`gaussian_process` draws the values at given points jointly and exactly but for a jitter that
it reports; train and test points must be drawn in one call. :func:`matern_target` is a callable of
the same smoothness down to a stated scale. :func:`brownian_path` is exact in one dimension.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, check_count, check_dimension, check_positive, generator
from lawcast.lab.worlds.targets import Waves

MOST_POINTS = 6144
"""Points of a joint draw: a covariance of 302 MB and some ten seconds."""

_JITTERS = (0.0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10)


class Covariance(Protocol):
    """A kernel: covariances (n, m) of two tables of points, a fresh array."""

    def __call__(self, a: Array, b: Array) -> Array:
        """The covariances."""
        ...


@dataclass(frozen=True, eq=False)
class Draw:
    """A joint draw.

    Args:
        values: (n,), or (n, draws).
        jitter: share of the mean variance that was added to the diagonal so that the covariance
            could be factored: an independent error of this variance on every value. 0 if none.
    """

    values: Array
    jitter: float


def gaussian_process(
    covariance: Covariance, points: Array, rng: Rng, *, draws: int | None = None
) -> Draw:
    """Values of a Gaussian process of mean 0 at all the points, drawn jointly.

    The Cholesky factor of the covariance is used, with the least jitter of 0, 1e-15, ... 1e-10 at
    which it exists. An exponent is trustworthy while the loss stays far above the jitter.

    Args:
        covariance: such as ``learners.kernels.Matern(0.5)``.
        points: (n, columns) as the kernel sees them (embedded), train and tests together.
        rng: seed or Generator.
        draws: None for one draw of shape (n,), else (n, draws).

    Raises:
        ArgumentError: more than ``MOST_POINTS`` points, or no jitter up to 1e-10 suffices.
    """
    from scipy.linalg import LinAlgError, cholesky

    if len(points) > MOST_POINTS:
        raise ArgumentError(
            f"a joint draw at {len(points)} points needs a square matrix of them; "
            f"it takes at most {MOST_POINTS}. matern_target gives a callable draw for more"
        )
    count = 1 if draws is None else check_count(draws, "draws")
    rng = generator(rng)
    normal = rng.standard_normal((len(points), count))
    matrix = covariance(points, points)
    diagonal = np.diagonal(matrix).copy()
    scale = float(diagonal.mean())
    for jitter in _JITTERS:
        np.fill_diagonal(matrix, diagonal + jitter * scale)
        try:
            factor = cholesky(matrix, lower=True, check_finite=False)
        except LinAlgError:
            continue
        values = factor @ normal
        return Draw(values[:, 0] if draws is None else values, jitter)
    raise ArgumentError(
        f"the covariance of these {len(points)} points cannot be factored even with a jitter of "
        f"{_JITTERS[-1]:g}: the kernel is too smooth for points this close, or points repeat. "
        "Give fewer points or a rougher kernel"
    )


def matern_target(
    dimension: int, nu: float, rng: Rng, *, length: float = 1.0, features: int = 4096
) -> Waves:
    """A callable draw of a Matérn process, by random Fourier features.

    An approximation: ``features`` random plane waves whose frequencies follow the Matérn spectrum
    (a Student t of 2ν degrees of freedom). Its covariance is right on average over draws; one
    draw is rough only down to about 1 over the largest frequency, below which it is smooth. For
    exponents prefer :func:`gaussian_process`.

    Args:
        dimension: coordinates of the points.
        nu: smoothness ν.
        rng: seed or Generator.
        length: the kernel's length scale, unit of the coordinates.
        features: plane waves.

    Raises:
        ArgumentError: an argument out of range.
    """
    d = check_dimension(dimension)
    nu, length = check_positive(nu, "nu"), check_positive(length, "the length scale")
    count = check_count(features, "features")
    rng = generator(rng)
    stretch = np.sqrt(2 * nu / rng.chisquare(2 * nu, size=(count, 1)))
    frequencies = rng.standard_normal((count, d)) * stretch / length
    heights = rng.standard_normal(count) * np.sqrt(2 / count)
    return Waves(frequencies, rng.uniform(0, 2 * np.pi, count), heights)


def brownian_path(points: ArrayLike, rng: Rng) -> Array:
    """A Brownian path at points of a line, from exact independent increments.

    Smoothness ½ everywhere: L^q exponent q/2 for every interpolator. The path is 0 at the
    smallest point, and its variance grows by 1 per unit of length.

    Args:
        points: (n,) or (n, 1), in any order; train and tests together.
        rng: seed or Generator.

    Returns:
        (n,) values in the order of the points.

    Raises:
        ArgumentError: points of more than one coordinate, none, or not finite.
    """
    table = np.asarray(points, dtype=float)
    line = table[:, 0] if table.ndim == 2 and table.shape[1] == 1 else table
    if line.ndim != 1 or not len(line) or not np.isfinite(line).all():
        raise ArgumentError(
            f"a Brownian path takes finite points of one coordinate, not the shape {table.shape} "
            "or NaN"
        )
    order = np.argsort(line, kind="stable")
    steps = np.sqrt(np.diff(line[order])) * generator(rng).standard_normal(len(line) - 1)
    path = np.empty(len(line))
    path[order] = np.concatenate([[0.0], np.cumsum(steps)])
    return path
