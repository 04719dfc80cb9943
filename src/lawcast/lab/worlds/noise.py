"""Label and input noise, with what it adds to a loss in closed form.

The excess ``E|δ+e|^q - E|e|^q`` of a residual δ is computed without noise samples. A sampled or
coarse grid of noise turns the second order of L1 back into first order, and a plain difference
loses every digit for small δ; the forms below keep them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, check_positive, generator


@dataclass(frozen=True)
class Noise(ABC):
    """Independent noise of mean 0.

    Args:
        sd: standard deviation σ, unit of the target.

    Raises:
        ArgumentError: the standard deviation is not above 0.
    """

    sd: float

    def __post_init__(self) -> None:
        check_positive(self.sd, "the standard deviation of the noise")

    @abstractmethod
    def sample(self, n: int | tuple[int, ...], rng: Rng) -> Array:
        """Independent draws of this shape."""

    @property
    @abstractmethod
    def density_at_zero(self) -> float:
        """p(0): the excess of L1 is p(0) δ² for |δ| ≪ σ if the median is 0."""

    @property
    @abstractmethod
    def mean_absolute(self) -> float:
        """E|e|: the floor of L1."""

    @property
    @abstractmethod
    def third(self) -> float:
        """E e³."""

    @property
    @abstractmethod
    def fourth(self) -> float:
        """E e⁴: the floor of L4."""

    def floor(self, power: float) -> float:
        """E|e|^power: what is left of the loss when the residual is 0.

        Raises:
            ArgumentError: a power without a closed form for this noise.
        """
        known = {1.0: self.mean_absolute, 2.0: self.sd**2, 4.0: self.fourth}
        power = check_positive(power, "the power of the loss")
        if power not in known:
            raise self._no_form(power)
        return known[power]

    def excess(self, delta: ArrayLike, power: float) -> Array:
        """E|δ+e|^power - E|e|^power for each residual δ, to near machine precision.

        Args:
            delta: residuals, any shape.
            power: q of the loss; Gaussian noise takes any q > 0, the others 1, 2 and 4.

        Raises:
            ArgumentError: a power without a closed form for this noise, or NaN.
        """
        residual = np.asarray(delta, dtype=float)
        power = check_positive(power, "the power of the loss")
        if np.isnan(residual).any():
            raise ArgumentError("the residuals hold NaN, so they have no loss; drop these points")
        if power == 1.0:
            return self._absolute_excess(residual)
        if power == 2.0:
            return np.asarray(residual**2)
        if power == 4.0:
            square = residual**2
            return np.asarray(square**2 + 6 * self.sd**2 * square + 4 * self.third * residual)
        return self._power_excess(residual, power)

    @abstractmethod
    def _absolute_excess(self, delta: Array) -> Array:
        """E|δ+e| - E|e|."""

    def _power_excess(self, delta: Array, power: float) -> Array:
        raise self._no_form(power)

    def _no_form(self, power: float) -> ArgumentError:
        return ArgumentError(
            f"{type(self).__name__} noise has closed forms for the powers 1, 2 and 4, "
            f"not {power:g}; use Gaussian noise for other powers"
        )


class Gaussian(Noise):
    """Normal noise."""

    def sample(self, n: int | tuple[int, ...], rng: Rng) -> Array:
        """Independent draws."""
        return self.sd * generator(rng).standard_normal(n)

    @property
    def density_at_zero(self) -> float:
        """1 / (σ√(2π))."""
        return 1 / (self.sd * math.sqrt(2 * math.pi))

    @property
    def mean_absolute(self) -> float:
        """σ√(2/π)."""
        return self.floor(1.0)

    @property
    def third(self) -> float:
        """0."""
        return 0.0

    @property
    def fourth(self) -> float:
        """3σ⁴."""
        return 3 * self.sd**4

    def floor(self, power: float) -> float:
        """σ^q 2^(q/2) Γ((q+1)/2) / √π, for any q > 0."""
        q = check_positive(power, "the power of the loss")
        spread: float = (self.sd * math.sqrt(2)) ** q
        return spread * math.gamma((q + 1) / 2) / math.sqrt(math.pi)

    def _absolute_excess(self, delta: Array) -> Array:
        from scipy.special import erf

        u = np.abs(delta) / (self.sd * math.sqrt(2))
        # Both terms are of order u² and their ratio is -2 at most: one bit is lost, no more.
        folded = u * erf(u) + np.expm1(-(u**2)) / math.sqrt(math.pi)
        return np.asarray(self.sd * math.sqrt(2) * folded)

    def _power_excess(self, delta: Array, power: float) -> Array:
        """E|e|^q (1F1(-q/2; 1/2; -δ²/2σ²) - 1), Kummer's function."""
        from scipy.special import hyp1f1

        z = -(delta**2) / (2 * self.sd**2)
        small = np.abs(z) < 1.0
        near = np.where(small, z, 0.0)
        term, total = np.ones_like(near), np.zeros_like(near)
        for n in range(40):  # below 1 the n-th term is under 1/n!: forty leave no remainder
            term = term * (near * (n - power / 2) / ((n + 0.5) * (n + 1)))
            total = total + term
        far = np.where(small, -1.0, z)
        grown = np.where(small, total, hyp1f1(-power / 2, 0.5, far) - 1)
        return np.asarray(self.floor(power) * grown)


class Laplace(Noise):
    """Double exponential noise of scale b = σ/√2."""

    def sample(self, n: int | tuple[int, ...], rng: Rng) -> Array:
        """Independent draws."""
        return generator(rng).laplace(scale=self._scale, size=n)

    @property
    def _scale(self) -> float:
        return self.sd / math.sqrt(2)

    @property
    def density_at_zero(self) -> float:
        """1 / (2b)."""
        return 1 / (2 * self._scale)

    @property
    def mean_absolute(self) -> float:
        """The scale b."""
        return self._scale

    @property
    def third(self) -> float:
        """0."""
        return 0.0

    @property
    def fourth(self) -> float:
        """6σ⁴."""
        return 6 * self.sd**4

    def _absolute_excess(self, delta: Array) -> Array:
        u = np.abs(delta) / self._scale
        near = np.minimum(u, 1.0)
        term, total = near**2 / 2, np.zeros_like(near)
        for n in range(3, 23):  # u + expm1(-u) by its series, which does not cancel
            total = total + term
            term = term * (-near / n)
        return np.asarray(self._scale * np.where(u < 1.0, total, u + np.expm1(-u)))


class Uniform(Noise):
    """Uniform noise on [-a, a], a = σ√3."""

    def sample(self, n: int | tuple[int, ...], rng: Rng) -> Array:
        """Independent draws."""
        return generator(rng).uniform(-self._half, self._half, n)

    @property
    def _half(self) -> float:
        return self.sd * math.sqrt(3)

    @property
    def density_at_zero(self) -> float:
        """1 / (2a)."""
        return 1 / (2 * self._half)

    @property
    def mean_absolute(self) -> float:
        """a / 2."""
        return self._half / 2

    @property
    def third(self) -> float:
        """0."""
        return 0.0

    @property
    def fourth(self) -> float:
        """9σ⁴/5."""
        return 1.8 * self.sd**4

    def _absolute_excess(self, delta: Array) -> Array:
        size, a = np.abs(delta), self._half
        return np.asarray(np.where(size <= a, size**2 / (2 * a), size - a / 2))


class Skewed(Noise):
    """An exponential variable minus its mean, times σ: mean 0, median below 0.

    The mean is then not the minimiser of L1 or L4, whose excess keeps a first-order term.
    """

    def sample(self, n: int | tuple[int, ...], rng: Rng) -> Array:
        """Independent draws."""
        return self.sd * (generator(rng).standard_exponential(n) - 1)

    @property
    def density_at_zero(self) -> float:
        """1 / (eσ)."""
        return 1 / (math.e * self.sd)

    @property
    def mean_absolute(self) -> float:
        """2σ / e."""
        return 2 * self.sd / math.e

    @property
    def third(self) -> float:
        """2σ³."""
        return 2 * self.sd**3

    @property
    def fourth(self) -> float:
        """9σ⁴."""
        return 9 * self.sd**4

    def _absolute_excess(self, delta: Array) -> Array:
        u = delta / self.sd
        inside = 2 / math.e * np.expm1(np.minimum(u, 1.0)) - u
        return np.asarray(self.sd * np.where(u <= 1.0, inside, u - 2 / math.e))


_BY_NAME: dict[str, type[Noise]] = {
    "gaussian": Gaussian,
    "laplace": Laplace,
    "uniform": Uniform,
    "skewed": Skewed,
}


def noise_names() -> tuple[str, ...]:
    """The kinds of noise that :func:`find_noise` knows."""
    return tuple(_BY_NAME)


def find_noise(name: str, sd: float) -> Noise:
    """The noise of this name and standard deviation.

    Raises:
        UnknownNameError: no noise of that name.
        ArgumentError: the standard deviation is not above 0.
    """
    if name not in _BY_NAME:
        raise UnknownNameError("noise", name, _BY_NAME)
    return _BY_NAME[name](sd)
