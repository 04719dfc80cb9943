"""Targets that are smooth but for isolated singularities: cusps, kinks and jumps.

For dist^s to a set of codimension c, a non-adaptive fit of degree p has the exponent
``min(q(p+1), qs+c)/d`` in L^q (a logarithm at equality).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawcast._errors import ArgumentError
from lawcast._values import Array
from lawcast.lab.worlds.checks import (
    Rng,
    check_count,
    check_dimension,
    check_points,
    check_positive,
    chunks,
    generator,
)


@dataclass(frozen=True, eq=False)
class Singular:
    """``dist(x, flat)^power``, a step at power 0; make one with :func:`singular_target`.

    Args:
        power: s.
        normals: (c, d) orthonormal directions across the flat.
        centre: (d,) a point on it.
    """

    power: float
    normals: Array
    centre: Array

    def __call__(self, points: Array) -> Array:
        """Values (n,)."""
        points = check_points(points, len(self.centre))
        across = (points - self.centre) @ self.normals.T
        if self.power == 0:
            return np.where(across[:, 0] >= 0, 1.0, -1.0)
        return np.asarray(np.linalg.norm(across, axis=1) ** self.power)


@dataclass(frozen=True, eq=False)
class Kinks:
    """``Σ height |direction·(x - centre) - offset|``; make one with :func:`kinked_target`."""

    directions: Array
    offsets: Array
    heights: Array
    centre: Array

    def __call__(self, points: Array) -> Array:
        """Values (n,)."""
        points = check_points(points, len(self.centre))
        values = np.empty(len(points))
        for part in chunks(len(points), len(self.offsets)):
            across = (points[part] - self.centre) @ self.directions.T - self.offsets
            values[part] = np.abs(across, out=across) @ self.heights
        return values


def singular_target(
    dimension: int, power: float, codimension: int, rng: Rng, *, centre: float = 0.5
) -> Singular:
    """Distance to the power s from a flat of codimension c, of random direction, near the middle.

    Args:
        dimension: d.
        power: s of 0 or more, no even number above 0 (that is a polynomial, not singular); 0 is
            a jump and needs codimension 1.
        codimension: c, 1 to d; c = d is one singular point.
        rng: seed or Generator.
        centre: middle of the domain in every coordinate; the flat passes within 0.05 of it.

    Raises:
        ArgumentError: an argument out of range.
    """
    d = check_dimension(dimension)
    power = check_positive(power, "the power of the singularity", zero=True)
    c = check_count(codimension, "the codimension")
    if c > d:
        raise ArgumentError(f"in {d} dimensions a set has codimension 1 to {d}, not {c}")
    if power > 0 and power % 2 == 0:
        raise ArgumentError(
            f"distance to the power {power:g} is a polynomial and has no singularity; "
            "take a power that is no even number, such as 0.5 or 1"
        )
    if power == 0 and c != 1:
        raise ArgumentError("a jump (power 0) happens across a set of codimension 1; set that")
    rng = generator(rng)
    normals = np.linalg.qr(rng.standard_normal((d, c)))[0].T
    return Singular(power, normals, centre + rng.uniform(-0.05, 0.05, d))


def kinked_target(dimension: int, rng: Rng, *, kinks: int = 6, centre: float = 0.5) -> Kinks:
    """Random kinks ``|w·x - b|`` along hyperplanes that cross the middle of the domain.

    Args:
        dimension: d.
        rng: seed or Generator.
        kinks: how many.
        centre: middle of the domain in every coordinate; each hyperplane passes within 0.25.

    Raises:
        ArgumentError: no whole dimension, or no kink.
    """
    d = check_dimension(dimension)
    count = check_count(kinks, "kinks")
    rng = generator(rng)
    drawn = rng.standard_normal((count, d))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    offsets = rng.uniform(-0.25, 0.25, count)
    heights = rng.choice([-1.0, 1.0], count) * rng.uniform(0.5, 1.5, count)
    return Kinks(drawn, offsets, heights, np.full(d, float(centre)))
