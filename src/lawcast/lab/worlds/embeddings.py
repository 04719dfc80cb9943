"""Manifolds that curve through a larger space: random smooth embeddings and the Swiss roll.

Their neighbours are nearest along straight lines of the ambient space, which is all that a learner
sees. Their local differences are those lines projected on the exact tangent plane, so that local
polynomials keep their order: a degree-p fit needs a C^(p+1) embedding and tangent coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import Rng, check_count, check_points, check_positive, generator
from lawcast.lab.worlds.manifolds import Cube, Torus
from lawcast.lab.worlds.spaces import Manifold


@dataclass(frozen=True, eq=False)
class Embedded(Manifold):
    """A torus or cube bent smoothly into R^ambient; make one with :func:`random_embedding`.

    A point u goes to ``frame @ (base.embed(u), amplitude * cos(2π wave·u + phase))``. The first
    part is an isometry (for the torus: locally) and the frame is orthonormal, so the map is
    injective, C^∞ and bi-Lipschitz; :attr:`stretch` gives the factors.

    Args:
        base: torus or cube that is bent.
        waves: (m, d) whole numbers on the torus.
        phases: (m,).
        amplitudes: (m,).
        frame: (ambient, base.ambient + m), orthonormal columns.
    """

    base: Torus | Cube
    waves: Array
    phases: Array
    amplitudes: Array
    frame: Array

    @property
    def dimension(self) -> int:
        """That of the base."""
        return self.base.dimension

    @property
    def coordinates(self) -> int:
        """That of the base: points are intrinsic coordinates."""
        return self.base.coordinates

    @property
    def ambient(self) -> int:
        """Columns of the embedded points."""
        return int(self.frame.shape[0])

    @property
    def stretch(self) -> tuple[float, float]:
        """``(low, high)``: bounds on straight-line distance over the base's distance."""
        steep = 2 * np.pi * self.amplitudes * np.linalg.norm(self.waves, axis=1)
        low = 2 / np.pi if isinstance(self.base, Torus) else 1.0  # chord over arc of a circle
        return low, float(np.sqrt(1 + steep @ steep))

    @property
    def wraps(self) -> bool:
        """As the base does."""
        return self.base.wraps

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform in the intrinsic coordinates: the density on the image is bounded both ways."""
        return self.base.sample(n, rng)

    def embed(self, points: Array) -> Array:
        """(n, ambient); leading axes broadcast."""
        angle = 2 * np.pi * (points @ self.waves.T) + self.phases
        parts = [self.base.embed(points), self.amplitudes * np.cos(angle)]
        return np.asarray(np.concatenate(parts, axis=-1) @ self.frame.T)

    def jacobian(self, points: Array) -> Array:
        """(n, ambient, d): derivative of ``embed`` by the intrinsic coordinates."""
        angle = 2 * np.pi * (points @ self.waves.T) + self.phases
        slope = -2 * np.pi * self.amplitudes * np.sin(angle)
        bent = slope[:, :, None] * self.waves[None]
        return np.asarray(self.frame @ np.concatenate([self.base.jacobian(points), bent], axis=1))

    def distance(self, a: Array, b: Array) -> Array:
        """The base's distance: the geodesic one lies between 1 and ``stretch[1]`` times it."""
        return self.base.distance(a, b)

    @property
    def box(self) -> Array:
        """No search column is periodic."""
        return np.zeros(self.ambient)

    def search_columns(self, points: Array) -> Array:
        """The embedded points."""
        return self.embed(points)

    def difference(self, at: Array, to: Array) -> Array:
        """Straight lines on the tangent plane, in the units of the intrinsic coordinates."""
        return _on_tangent(self.jacobian(at), self.embed(to) - self.embed(at)[:, None, :])


def random_embedding(
    base: Torus | Cube, ambient: int, rng: Rng, *, bend: float = 1.0, waves: int | None = None
) -> Embedded:
    """Bend a torus or cube into R^ambient by random low waves and a random rotation.

    Args:
        base: what is bent.
        ambient: columns of the embedded points; at least one more than ``base.ambient``.
        rng: seed or Generator.
        bend: how strong; lengths grow at most by the factor ``sqrt(1 + bend**2)``.
        waves: extra directions that bend; all that ``ambient`` leaves, at most 64, if None.

    Raises:
        ArgumentError: another base, or too small an ambient space.
    """
    if not isinstance(base, Torus | Cube):
        raise ArgumentError(f"a torus or a cube can be bent into a larger space, not {base!r}")
    ambient = check_count(ambient, "the ambient dimension")
    bend = check_positive(bend, "bend")
    if ambient <= base.ambient:
        raise ArgumentError(
            f"bending {base} needs an ambient dimension of {base.ambient + 1} or more, "
            f"not {ambient}: the flat image alone fills {base.ambient}"
        )
    most = ambient - base.ambient
    count = min(most, 64) if waves is None else check_count(waves, "waves")
    if count > most:
        raise ArgumentError(f"{count} waves do not fit; {ambient} columns leave room for {most}")
    rng = generator(rng)
    drawn = rng.integers(-2, 3, size=(count, base.d)).astype(float)
    flat = ~drawn.any(axis=1)
    drawn[flat, rng.integers(0, base.d, size=int(flat.sum()))] = 1.0
    steepness = 2 * np.pi * np.linalg.norm(drawn, axis=1) * np.sqrt(count)
    frame = np.linalg.qr(rng.standard_normal((ambient, base.ambient + count)))[0]
    phases = rng.uniform(0, 2 * np.pi, count)
    return Embedded(base, drawn, phases, bend / steepness, frame)


@dataclass(frozen=True)
class SwissRoll(Manifold):
    """The Swiss roll: a flat strip (dimension 2) rolled up in R^3.

    Points are (length along the spiral, height), so the geodesic distance is the plain one. The
    spiral ``(t cos t, t sin t)`` runs over t in [1.5π, 4.5π].

    Raises:
        ArgumentError: the height is not above 0.
    """

    height: float = 21.0

    def __post_init__(self) -> None:
        check_positive(self.height, "the height")

    @property
    def dimension(self) -> int:
        """2."""
        return 2

    @property
    def coordinates(self) -> int:
        """2."""
        return 2

    @property
    def ambient(self) -> int:
        """3."""
        return 3

    @property
    def length(self) -> float:
        """Length of the spiral."""
        return float(_arc(4.5 * np.pi) - _arc(1.5 * np.pi))

    def sample(self, n: int, rng: Rng) -> Array:
        """Uniform by area."""
        drawn = generator(rng).random((check_count(n, "the number of points"), 2))
        return np.asarray(drawn * np.array([self.length, self.height]))

    def embed(self, points: Array) -> Array:
        """(n, 3): x, height, z; an isometry of the strip."""
        turn = self._turn(points[..., 0])
        return np.stack([turn * np.cos(turn), points[..., 1], turn * np.sin(turn)], axis=-1)

    def jacobian(self, points: Array) -> Array:
        """(n, 3, 2): orthonormal columns."""
        points = check_points(points, 2)
        turn = self._turn(points[:, 0])
        speed = np.sqrt(1 + turn**2)
        rows = np.zeros((len(points), 3, 2))
        rows[:, 0, 0] = (np.cos(turn) - turn * np.sin(turn)) / speed
        rows[:, 2, 0] = (np.sin(turn) + turn * np.cos(turn)) / speed
        rows[:, 1, 1] = 1.0
        return rows

    def distance(self, a: Array, b: Array) -> Array:
        """Along the strip."""
        return np.asarray(np.linalg.norm(b - a, axis=-1))

    @property
    def box(self) -> Array:
        """No search column is periodic."""
        return np.zeros(self.ambient)

    def search_columns(self, points: Array) -> Array:
        """The rolled-up points: too few of them and neighbours jump between the windings."""
        return self.embed(points)

    def difference(self, at: Array, to: Array) -> Array:
        """Straight lines projected on the tangent plane."""
        return _on_tangent(self.jacobian(at), self.embed(to) - self.embed(at)[:, None, :])

    def _turn(self, along: Array) -> Array:
        goal = along + _arc(1.5 * np.pi)
        turn = np.sqrt(2 * goal)
        for _ in range(6):  # Newton, from within 2 %: six steps reach rounding
            turn = turn - (_arc(turn) - goal) / np.sqrt(1 + turn**2)
        return np.asarray(turn)


def _arc(turn: ArrayLike) -> Array:
    t = np.asarray(turn, dtype=float)
    return np.asarray((t * np.sqrt(1 + t**2) + np.arcsinh(t)) / 2)


def _on_tangent(jacobian: Array, lines: Array) -> Array:
    """Least-squares coordinates (n, k, d) of lines (n, k, D) in the columns of (n, D, d)."""
    gram = np.swapaxes(jacobian, 1, 2) @ jacobian
    rhs = np.swapaxes(lines @ jacobian, 1, 2)
    return np.asarray(np.swapaxes(np.linalg.solve(gram, rhs), 1, 2))
