"""Linear regression on random features: ReLU features, and diagonal power-law features.

The first show the variance-limited regime: P features are fixed, or P grows at fixed data. The
second are a stylised world (Maloney, Roberts & Sully 2022; Bahri et al. 2021) in which learning
from D points and learning with P random features mirror each other: both losses fall as the tail
of the spectrum, D^(-a) and P^(-a).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import (
    Rng,
    check_count,
    check_dimension,
    check_points,
    check_positive,
    check_values,
    generator,
)


@dataclass(frozen=True, eq=False)
class ReluFeatures:
    """``max(0, w·x + b) / sqrt(P)``, P random features; make them with :func:`relu_features`.

    Args:
        weights: (columns, P).
        biases: (P,).
    """

    weights: Array
    biases: Array

    @property
    def count(self) -> int:
        """P."""
        return len(self.biases)

    def __call__(self, points: ArrayLike) -> Array:
        """(n, P) features.

        Raises:
            ArgumentError: points of another shape, or not finite.
        """
        table = check_points(points, self.weights.shape[0])
        features = table @ self.weights
        features += self.biases
        np.maximum(features, 0.0, out=features)
        features /= np.sqrt(self.count)
        return np.asarray(features)


def relu_features(columns: int, count: int, rng: Rng, *, bias_sd: float = 0.0) -> ReluFeatures:
    """Draw P features with weights N(0, 1/columns) and biases N(0, bias_sd²).

    Their kernel tends to ``ArcCosine(1)`` as P grows; the bias goes inside the ReLU only, so with
    one that limit is ``ArcCosine(1, bias_sd) - bias_sd**2``.

    Raises:
        ArgumentError: an argument out of range.
    """
    c, p = check_dimension(columns, "point"), check_count(count, "the number of features")
    bias_sd = check_positive(bias_sd, "bias_sd", zero=True)
    rng = generator(rng)
    return ReluFeatures(rng.standard_normal((c, p)) / np.sqrt(c), bias_sd * rng.standard_normal(p))


def linear_fit(features: ArrayLike, values: ArrayLike, *, ridge: float = 0.0) -> Array:
    """Coefficients of least squares on features, of least norm where they are not unique.

    Args:
        features: (n, P).
        values: (n,), or (n, t) for several targets.
        ridge: penalty on the squared norm, in units of the summed squared error; 0 is ridgeless.

    Returns:
        (P,) or (P, t) coefficients: predict with ``features @ coefficients``.

    Raises:
        ArgumentError: bad shapes, NaN, a negative ridge.
    """
    from scipy.linalg import cho_factor, cho_solve, lstsq

    table = np.asarray(features, dtype=float)
    table = check_points(table, table.shape[-1] if table.ndim else 0, "the features")
    known = check_values(values, len(table))
    ridge = check_positive(ridge, "the ridge", zero=True)
    if ridge == 0:
        return np.asarray(lstsq(table, known, check_finite=False)[0])
    if len(table) >= table.shape[1]:
        gram = table.T @ table + ridge * np.eye(table.shape[1])
        return np.asarray(cho_solve(cho_factor(gram), table.T @ known))
    gram = table @ table.T + ridge * np.eye(len(table))  # the same solution, the smaller matrix
    return np.asarray(table.T @ cho_solve(cho_factor(gram), known))


@dataclass(frozen=True)
class PowerLawWorld:
    """S independent Gaussian latent features with variances ``i^-(1+a)``, i = 1 … S.

    A target is ``Σ teacher_i sqrt(λ_i) z_i``; one whose teacher is N(0, 1) is matched.

    Args:
        count: S. The power law in D or P ends well before it: keep sizes below S/10, and raise S
            for small a, where the truncated tail steepens the law.
        a: spectral exponent, above 0.

    Raises:
        ArgumentError: an argument out of range.
    """

    count: int
    a: float

    def __post_init__(self) -> None:
        check_count(self.count, "the number of latent features")
        check_positive(self.a, "the spectral exponent")

    @property
    def variances(self) -> Array:
        """(S,) λ_i."""
        return np.arange(1, self.count + 1, dtype=float) ** -(1 + self.a)

    def sample(self, n: int, rng: Rng) -> Array:
        """(n, S) latent features ``sqrt(λ_i) z_i`` of n points."""
        n = check_count(n, "the number of points")
        return generator(rng).standard_normal((n, self.count)) * np.sqrt(self.variances)

    def data_loss(self, points: Array, teacher: Array) -> Array:
        """Exact population L2 loss of ridgeless regression on all features from these points.

        Args:
            points: (D, S) from :meth:`sample`, D < S.
            teacher: (S,), or (S, t) for several targets.

        Returns:
            () or (t,) losses: no test sample is needed.

        Raises:
            ArgumentError: bad shapes, or as many points as features.
        """
        missed = self._missed(points, self._check_teacher(teacher))
        return np.asarray((self.variances @ missed**2)[()])

    def feature_loss(self, projection: Array, teacher: Array) -> Array:
        """Exact population L2 loss of P random features of the points, from endless data.

        Args:
            projection: (P, S), feature p is ``Σ projection_pi sqrt(λ_i) z_i``; independent N(0, 1)
                entries mirror :meth:`data_loss`. P < S.
            teacher: (S,), or (S, t) for several targets.

        Returns:
            () or (t,) losses.

        Raises:
            ArgumentError: bad shapes, or as many features as there are latent ones.
        """
        root = np.sqrt(self.variances)
        scaled = (root * self._check_teacher(teacher).T).T
        missed = self._missed(np.asarray(projection) * root, scaled)
        return np.asarray((missed**2).sum(axis=0)[()])

    def _check_teacher(self, teacher: Array) -> Array:
        return check_values(teacher, self.count, "the teacher")

    def _missed(self, rows: Array, target: Array) -> Array:
        """What the span of the rows leaves of the target."""
        table = check_points(rows, self.count, "the rows")
        if len(table) >= self.count:
            raise ArgumentError(
                f"{len(table)} rows span all {self.count} latent features and leave no loss; "
                "give fewer rows or a larger world"
            )
        if 4 * len(table) > self.count:  # a matrix of inner products might not be regular
            basis = np.linalg.qr(table.T)[0]
            return np.asarray(target - basis @ (basis.T @ target))
        from scipy.linalg import cho_factor, cho_solve

        factor = cho_factor(table @ table.T)  # seven times faster than QR for 128 of 51200
        missed = target
        for _ in range(2):  # the second time removes what rounding left in the span
            missed = missed - table.T @ cho_solve(factor, table @ missed)
        return np.asarray(missed)
