"""The basic manifolds of known dimension: torus, cube, ball and sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, check_count, check_dimension, generator
from lawcast.lab.worlds.spaces import Manifold


@dataclass(frozen=True)
class Torus(Manifold):
    """The flat torus: the unit box with opposite faces glued, of volume 1.

    ``embed`` is the isometric one into R^(2d), ``(cos 2πu, sin 2πu) / 2π``.

    Raises:
        ArgumentError: the dimension is no whole number of 1 or more.
    """

    d: int

    def __post_init__(self) -> None:
        check_dimension(self.d)

    @property
    def dimension(self) -> int:
        """d."""
        return self.d

    @property
    def coordinates(self) -> int:
        """d numbers in [0, 1)."""
        return self.d

    @property
    def ambient(self) -> int:
        """2d."""
        return 2 * self.d

    @property
    def box(self) -> Array:
        """Period 1 everywhere."""
        return np.ones(self.d)

    def search_columns(self, points: Array) -> Array:
        """The points wrapped into [0, 1)."""
        wrapped = points % 1.0
        wrapped[wrapped >= 1.0] = 0.0  # the remainder of -1e-20 is rounded to 1
        return wrapped

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform in the unit box."""
        return generator(rng).random((check_count(n, "the number of points"), self.d))

    def sample_inner(self, n: int, rng: Rng, width: float = 0.5) -> Array:
        """Uniform in the middle box of this width, away from every face."""
        return _middle(n, self.d, rng, width, 0.0, 1.0)

    def embed(self, points: Array) -> Array:
        """Isometric, (n, 2d): cosines, then sines, over 2π."""
        turns = 2 * np.pi * points
        return np.concatenate([np.cos(turns), np.sin(turns)], axis=-1) / (2 * np.pi)

    def jacobian(self, points: Array) -> Array:
        """(n, 2d, d): derivative of ``embed``; its columns are orthonormal."""
        turns = 2 * np.pi * points
        rows = np.zeros((len(points), 2 * self.d, self.d))
        axis = np.arange(self.d)
        rows[:, axis, axis] = -np.sin(turns)
        rows[:, self.d + axis, axis] = np.cos(turns)
        return rows

    def distance(self, a: Array, b: Array) -> Array:
        """Periodic distance."""
        return np.asarray(np.linalg.norm(_wrap(b - a), axis=-1))

    def difference(self, at: Array, to: Array) -> Array:
        """Differences wrapped into [-1/2, 1/2]."""
        return _wrap(to - at[:, None, :])


@dataclass(frozen=True)
class Straight(Manifold):
    """What the solid convex domains share: points are their own coordinates, lines stay inside.

    Raises:
        ArgumentError: the dimension is no whole number of 1 or more.
    """

    d: int

    def __post_init__(self) -> None:
        check_dimension(self.d)

    @property
    def dimension(self) -> int:
        """d."""
        return self.d

    @property
    def coordinates(self) -> int:
        """d."""
        return self.d

    @property
    def ambient(self) -> int:
        """d."""
        return self.d

    def embed(self, points: Array) -> Array:
        """The points themselves."""
        return np.array(points, dtype=float)

    def jacobian(self, points: Array) -> Array:
        """(n, d, d): the identity."""
        return np.broadcast_to(np.eye(self.d), (len(points), self.d, self.d))

    def distance(self, a: Array, b: Array) -> Array:
        """The straight line, which stays inside."""
        return np.asarray(np.linalg.norm(b - a, axis=-1))

    def difference(self, at: Array, to: Array) -> Array:
        """Ordinary differences."""
        return to - at[:, None, :]


@dataclass(frozen=True)
class Cube(Straight):
    """The cube ``[low, high]^d``; it has a boundary.

    Raises:
        ArgumentError: no whole dimension, or ``low`` is not below ``high``.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        check_dimension(self.d)
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ArgumentError(f"a cube runs from low to high, not {self.low} to {self.high}")

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform in the cube."""
        return self.sample_inner(n, rng, 1.0)

    def sample_inner(self, n: int, rng: Rng, width: float = 0.5) -> Array:
        """Uniform in the middle cube of this share of the edge."""
        return _middle(n, self.d, rng, width, self.low, self.high)


@dataclass(frozen=True)
class Ball(Straight):
    """The solid unit ball in R^d; it has a boundary.

    Raises:
        ArgumentError: the dimension is no whole number of 1 or more.
    """

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform in the ball."""
        return self.sample_inner(n, rng, 1.0)

    def sample_inner(self, n: int, rng: Rng, width: float = 0.5) -> Array:
        """Uniform in the ball of this radius about the same centre."""
        n, width = check_count(n, "the number of points"), _share(width)
        rng = generator(rng)
        return width * _directions(n, self.d, rng) * rng.random((n, 1)) ** (1 / self.d)


@dataclass(frozen=True)
class Sphere(Manifold):
    """The unit sphere S^d in R^(d+1); points are unit vectors.

    Raises:
        ArgumentError: the dimension is no whole number of 1 or more.
    """

    d: int

    def __post_init__(self) -> None:
        check_dimension(self.d)

    @property
    def dimension(self) -> int:
        """d."""
        return self.d

    @property
    def coordinates(self) -> int:
        """d + 1."""
        return self.d + 1

    @property
    def ambient(self) -> int:
        """d + 1."""
        return self.d + 1

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform on the sphere."""
        n = check_count(n, "the number of points")
        return _directions(n, self.d + 1, generator(rng))

    def embed(self, points: Array) -> Array:
        """The unit vectors themselves."""
        return np.array(points, dtype=float)

    def distance(self, a: Array, b: Array) -> Array:
        """The angle, exact also for points that nearly coincide or nearly oppose."""
        apart = np.linalg.norm(b - a, axis=-1)
        return np.asarray(2 * np.arctan2(apart, np.linalg.norm(b + a, axis=-1)))

    def difference(self, at: Array, to: Array) -> Array:
        """Normal coordinates (the logarithm map) in an orthonormal frame at each centre."""
        # A reflection takes the centre to a pole; the other coordinates are the tangent plane.
        mirror = at.copy()
        mirror[:, -1] += np.where(at[:, -1] < 0, -1.0, 1.0)
        scale = 2 / np.einsum("nc,nc->n", mirror, mirror)
        along = np.einsum("nkc,nc->nk", to, mirror) * scale[:, None]
        plane = to[..., :-1] - along[..., None] * mirror[:, None, :-1]
        sine = np.linalg.norm(plane, axis=-1)
        angle = self.distance(at[:, None, :], to)
        stretch = np.divide(angle, sine, out=np.ones_like(angle), where=sine > 0)
        return np.asarray(plane * stretch[..., None])


_BY_NAME: dict[str, type[Torus | Sphere | Ball | Cube]] = {
    "torus": Torus,
    "sphere": Sphere,
    "ball": Ball,
    "cube": Cube,
}


def manifold_names() -> tuple[str, ...]:
    """The manifolds that :func:`find_manifold` makes from a dimension alone."""
    return tuple(_BY_NAME)


def find_manifold(name: str, dimension: int) -> Manifold:
    """The manifold of this name and dimension.

    Raises:
        UnknownNameError: no manifold of that name.
        ArgumentError: the dimension is no whole number of 1 or more.
    """
    if name not in _BY_NAME:
        raise UnknownNameError("manifold", name, _BY_NAME)
    return _BY_NAME[name](dimension)


def _wrap(difference: Array) -> Array:
    return np.asarray(difference - np.rint(difference))


def _directions(n: int, columns: int, rng: np.random.Generator) -> Array:
    drawn = rng.standard_normal((n, columns))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _share(width: float) -> float:
    if not 0 < width <= 1:
        raise ArgumentError(f"the middle part is a share of the width in (0, 1], not {width!r}")
    return float(width)


def _middle(n: int, d: int, rng: Rng, width: float, low: float, high: float) -> Array:
    n = check_count(n, "the number of points")
    half = (high - low) * _share(width) / 2
    return (low + high) / 2 + half * (2 * generator(rng).random((n, d)) - 1)
