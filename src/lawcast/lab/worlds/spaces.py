"""What a learner and a study ask of a set of points: neighbours, differences, samples.

A *space* knows its neighbours and, for local fits, the differences between near points in tangent
or periodic coordinates. A *manifold* is a space that can also be sampled uniformly. Points are
(n, ``coordinates``) arrays: intrinsic coordinates where a chart covers everything, unit vectors on
the sphere.

Nearest neighbours are exact. They are nearest in the periodic distance on the torus, and along
the straight line of the ambient space elsewhere; on the sphere that is the geodesic order too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, check_count, check_points

_LEAF = 32  # points in a leaf: the fastest of 16 to 128 for d = 6, 131072 points, k = 1 to 36


class Neighbours(NamedTuple):
    """The k nearest training points of each test, nearest first.

    Args:
        distances: (tests, k), in the metric of the search.
        indices: (tests, k), rows of the training points.
    """

    distances: Array
    indices: NDArray[np.intp]

    def first(self, k: int) -> Neighbours:
        """The ``k`` nearest of these; a larger search serves several learners."""
        have = self.indices.shape[1]
        if not 1 <= k <= have:
            raise ArgumentError(f"{k} neighbours are asked for, but the search kept {have}")
        return Neighbours(self.distances[:, :k], self.indices[:, :k])


class Space(ABC):
    """Points with neighbours and local differences."""

    @property
    @abstractmethod
    def coordinates(self) -> int:
        """Columns of a table of points."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Whole dimension; also the columns of :meth:`difference`."""

    @property
    @abstractmethod
    def ambient(self) -> int:
        """Columns of the embedded points."""

    @abstractmethod
    def difference(self, at: Array, to: Array) -> Array:
        """Tangent (or periodic) coordinates of points as seen from a near point.

        Args:
            at: (n, coordinates).
            to: (n, k, coordinates), k points beside each.

        Returns:
            (n, k, dimension), zero (to rounding) where a point equals its centre.
        """

    def search_columns(self, points: Array) -> Array:
        """The columns in which the nearest neighbours are searched."""
        return points

    @property
    def box(self) -> Array:
        """Period of each search column, 0 where it has none."""
        return np.zeros(self.coordinates)

    @property
    def wraps(self) -> bool:
        """Whether a coordinate is periodic, so that only periodic targets are smooth."""
        return bool(self.box.any())

    def tree(self, points: Array) -> cKDTree:
        """A tree that answers exact nearest-neighbour queries in the search columns.

        Raises:
            ArgumentError: points of another shape, or not finite.
        """
        columns = self.search_columns(check_points(points, self.coordinates))
        period = self.box if self.box.any() else None  # a periodic query is twice as slow
        # Sliding midpoints build faster than medians and answer as fast on smooth densities.
        return cKDTree(columns, leafsize=_LEAF, balanced_tree=False, boxsize=period)

    def neighbours(self, train: Array, tests: Array, k: int = 1) -> Neighbours:
        """The ``k`` exact nearest training points of every test.

        Args:
            train: (n, coordinates).
            tests: (m, coordinates).
            k: neighbours to find.

        Returns:
            ``Neighbours(distances, indices)``, each (m, k), nearest first.

        Raises:
            ArgumentError: fewer training points than ``k``, bad shapes, NaN.
        """
        train = check_points(train, self.coordinates, "the training points")
        tests = check_points(tests, self.coordinates, "the tests")
        k = check_count(k, "k")
        if len(train) < k:
            raise ArgumentError(
                f"{k} neighbours are needed and there are {len(train)} training points; "
                f"give at least {k} points or a smaller k"
            )
        distances, indices = self.tree(train).query(self.search_columns(tests), k=k)
        shape = (len(tests), k)
        return Neighbours(
            np.asarray(distances, dtype=float).reshape(shape),
            np.asarray(indices, dtype=np.intp).reshape(shape),
        )

    def search(self, train: Array, tests: Array, k: int, near: Neighbours | None) -> Neighbours:
        """The ``k`` nearest: taken from an earlier search where there is one.

        Args:
            train: (n, coordinates).
            tests: (m, coordinates).
            k: neighbours to find.
            near: the result of :meth:`neighbours` for these very points, or None.

        Raises:
            ArgumentError: as :meth:`neighbours`, or ``near`` belongs to other points.
        """
        if near is None:
            return self.neighbours(train, tests, k)
        if len(near.indices) != len(tests) or near.indices.max(initial=0) >= len(train):
            raise ArgumentError(
                f"near= holds the neighbours of {len(near.indices)} tests, not of these "
                f"{len(tests)} tests among {len(train)} training points; search again for them"
            )
        return near.first(k)


@dataclass(frozen=True)
class Euclidean(Space):
    """Plain space of ``columns`` coordinates: what a learner sees that knows no manifold.

    Raises:
        ArgumentError: the number of columns is no whole number of 1 or more.
    """

    columns: int

    def __post_init__(self) -> None:
        check_count(self.columns, "the number of columns")

    @property
    def coordinates(self) -> int:
        """``columns``."""
        return self.columns

    @property
    def dimension(self) -> int:
        """``columns``."""
        return self.columns

    @property
    def ambient(self) -> int:
        """``columns``."""
        return self.columns

    def difference(self, at: Array, to: Array) -> Array:
        """Ordinary differences, (n, k, columns)."""
        return to - at[:, None, :]


class Manifold(Space):
    """A space that can be sampled: uniformly, so with a density that is bounded below."""

    @abstractmethod
    def sample(self, n: int, rng: Rng) -> Array:
        """``n`` independent uniform points, (n, coordinates)."""

    @abstractmethod
    def embed(self, points: Array) -> Array:
        """The points in the ambient space, (n, ambient)."""

    @abstractmethod
    def distance(self, a: Array, b: Array) -> Array:
        """Geodesic (on the torus: periodic) distance along the last axis; the rest broadcasts."""
