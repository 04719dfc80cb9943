"""Products of manifolds: dimensions add up."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, generator
from lawcast.lab.worlds.spaces import Manifold


@dataclass(frozen=True)
class Product(Manifold):
    """A product of manifolds: columns side by side, squared distances added.

    Neighbours are searched in the side-by-side search columns of the factors.

    Raises:
        ArgumentError: fewer than two factors.
    """

    factors: tuple[Manifold, ...]

    def __post_init__(self) -> None:
        if len(self.factors) < 2:
            raise ArgumentError("a product has two factors or more: Product((Torus(1), Sphere(2)))")

    @property
    def dimension(self) -> int:
        """The sum over the factors."""
        return sum(factor.dimension for factor in self.factors)

    @property
    def coordinates(self) -> int:
        """The sum over the factors."""
        return sum(factor.coordinates for factor in self.factors)

    @property
    def ambient(self) -> int:
        """The sum over the factors."""
        return sum(factor.ambient for factor in self.factors)

    @property
    def columns(self) -> tuple[slice, ...]:
        """The columns of each factor."""
        ends = np.cumsum([0, *(factor.coordinates for factor in self.factors)])
        return tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))

    def split(self, points: Array) -> list[Array]:
        """The points of each factor."""
        return [points[..., part] for part in self.columns]

    @property
    def box(self) -> Array:
        """Periods of the factors' search columns."""
        return np.concatenate([factor.box for factor in self.factors])

    @property
    def wraps(self) -> bool:
        """Whether a factor does."""
        return any(factor.wraps for factor in self.factors)

    def search_columns(self, points: Array) -> Array:
        """The factors' search columns side by side."""
        parts = zip(self.factors, self.split(points), strict=True)
        return np.concatenate([f.search_columns(part) for f, part in parts], axis=1)

    def sample(self, n: int, rng: Rng) -> Array:
        """Independent uniform points of the factors."""
        rng = generator(rng)
        return np.concatenate([factor.sample(n, rng) for factor in self.factors], axis=1)

    def embed(self, points: Array) -> Array:
        """The factors' ambient columns side by side."""
        parts = zip(self.factors, self.split(points), strict=True)
        return np.concatenate([f.embed(part) for f, part in parts], axis=-1)

    def distance(self, a: Array, b: Array) -> Array:
        """Root of the sum of the squared distances of the factors."""
        parts = zip(self.factors, self.split(a), self.split(b), strict=True)
        return np.asarray(np.sqrt(np.sum([f.distance(x, y) ** 2 for f, x, y in parts], axis=0)))

    def difference(self, at: Array, to: Array) -> Array:
        """The factors' differences side by side."""
        parts = zip(self.factors, self.split(at), self.split(to), strict=True)
        return np.concatenate([f.difference(x, y) for f, x, y in parts], axis=-1)
