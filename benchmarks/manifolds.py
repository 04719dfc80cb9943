"""The 24 published manifolds that dimension estimators are judged by, and how any set is drawn.

The suite is the one of Campadelli, Casiraghi, Ceruti & Rozza (2015), "Intrinsic dimension
estimation: relevant techniques and a benchmark framework", after Hein & Audibert (2005) and Rozza
et al. (2012), in the sizes that scikit-dimension's ``BenchmarkManifolds`` uses. U is uniform on
(0, 1); a row is a point.

A manifold is two steps: ``latent`` draws the free parameters, ``embed`` maps them to the space.
Only the first one is random. So the rank of ``embed`` around a latent point is the dimension, and a
test can check it without any estimator.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float64]
Latent = Callable[[Generator, int], Array]
Embed = Callable[[Array], Array]

TURN = 2.0 * np.pi


@dataclass(frozen=True)
class Manifold:
    """A set of known dimension.

    Args:
        name: as printed.
        d: its dimension.
        D: coordinates of the space around it.
        latent: generator, n -> (n, q) free parameters; q may exceed d, as on a sphere.
        embed: (n, q) -> (n, D) points.
    """

    name: str
    d: int
    D: int
    latent: Latent
    embed: Embed

    def sample(self, rng: Generator, n: int) -> Array:
        """Draw (n, D) points without noise."""
        return self.embed(self.latent(rng, n))


def draw(
    manifold: Manifold, n: int, seed: int, noise: float = 0.0, relative: bool = False
) -> Array:
    """Draw (n, D) points of a manifold, with a random stream of its own.

    The stream depends on the name and the seed alone, not on what else was drawn.

    Args:
        manifold: what to draw from.
        n: points.
        seed: a whole number, zero or more.
        noise: every coordinate gets ``noise * (U - 0.5)``.
        relative: take ``noise`` times the root mean square distance from the centre, divided by
            sqrt(D), as the amplitude instead. A noise vector is then 0.29 ``noise`` of that
            distance long, whatever D is.
    """
    rng = np.random.default_rng([seed, zlib.crc32(manifold.name.encode())])
    points = manifold.sample(rng, n)
    if noise > 0.0:
        # the root mean square over all entries is the mean square distance divided by D, rooted
        scale = float(np.sqrt(np.mean(np.square(points - points.mean(axis=0))))) if relative else 1
        points = points + noise * scale * (rng.random(points.shape) - 0.5)
    return points


# --- latent draws and embeddings that several sets share -------------------------------------


def uniform(q: int, low: float = 0.0, high: float = 1.0) -> Latent:
    """q numbers, uniform between two ends."""
    return lambda rng, n: rng.uniform(low, high, (n, q))


def normal(q: int) -> Latent:
    """q standard normal numbers."""
    return lambda rng, n: rng.standard_normal((n, q))


def onto_sphere(z: Array) -> Array:
    """Every row divided by its length: uniform on the unit sphere where z is normal."""
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def as_drawn(z: Array) -> Array:
    """The parameters are the points."""
    return z


# --- the sets --------------------------------------------------------------------------------


def affine(p: Array) -> Array:
    """M2: a fixed affine map of 4U^3 to R^5; its constants are those of scikit-dimension."""
    x, y, z = p.T
    return np.stack(
        [
            1.2 * x - 0.5 * y + 3.0,
            0.5 * x + 0.9 * y - 1.0,
            -0.5 * x - 0.2 * y + z,
            0.4 * x - 0.9 * y - 0.1 * z,
            1.1 * x - 0.3 * y + 8.0,
        ],
        axis=1,
    )


def nonlinear_four(p: Array) -> Array:
    """M3: U^4 in R^6, concentrated and curved."""
    a, b, c, e = p.T
    return np.stack(
        [
            b**2 * np.cos(TURN * a),
            c**2 * np.sin(TURN * a),
            b + c + (b - e) ** 2,
            b - 2.0 * c + (a - e) ** 2,
            -b - 2.0 * c + (c - e) ** 2,
            a**2 - b**2 + c**2 - e**2,
        ],
        axis=1,
    )


def spirals(repeats: int) -> Embed:
    """M4, M6, M8: p_{i+1} (cos, sin)(2 pi p_i) around the cycle of d numbers, repeated."""

    def embed(p: Array) -> Array:
        radius = np.roll(p, -1, axis=1)
        block = np.hstack([radius * np.cos(TURN * p), radius * np.sin(TURN * p)])
        return np.tile(block, (1, repeats))

    return embed


def helix(t: Array) -> Array:
    """M5a: a curve wound eight times around a torus, t in 2 pi U."""
    radius = 2.0 + np.cos(8.0 * t)
    return np.hstack([radius * np.cos(t), radius * np.sin(t), np.sin(8.0 * t)])


def helicoid(p: Array) -> Array:
    """M5b: (r cos a, r sin a, a / 2), r and a in 10 pi U."""
    r, a = p.T
    return np.stack([r * np.cos(a), r * np.sin(a), 0.5 * a], axis=1)


def swiss_roll(p: Array) -> Array:
    """M7: (t cos t, h, t sin t), t = 1.5 pi (1 + 2U), h = 21 U."""
    t, h = 1.5 * np.pi * (1.0 + 2.0 * p[:, 0]), 21.0 * p[:, 1]
    return np.stack([t * np.cos(t), h, t * np.sin(t)], axis=1)


def face_latent(d: int) -> Latent:
    """The number of a face, as evenly over the 2(d + 1) faces as n allows, then U^d."""

    def latent(rng: Generator, n: int) -> Array:
        face = rng.permutation(np.arange(n) % (2 * (d + 1)))
        return np.column_stack([face, rng.random((n, d))])

    return latent


def cube_faces(z: Array) -> Array:
    """M10: the surface of the unit cube in R^(d + 1)."""
    face = np.rint(z[:, 0]).astype(int)
    axis, end = face // 2, face % 2
    d = z.shape[1] - 1
    kept = np.arange(d + 1) != axis[:, None]
    points = np.empty((len(z), d + 1))
    points[kept] = z[:, 1:].ravel()
    points[~kept] = end
    return points


def moebius(p: Array) -> Array:
    """M11: a band with ten half twists, angle 2 pi U and width 2U - 1."""
    angle, half = TURN * p[:, 0], p[:, 1] - 0.5
    radius = 1.0 + half * np.cos(5.0 * angle)
    return np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), half * np.sin(5.0 * angle)], axis=1
    )


def s_curve(p: Array) -> Array:
    """M13a: (sin t, h, sign(t) (cos t - 1)), t = 3 pi (U - 0.5), h = 2U."""
    t, h = 3.0 * np.pi * (p[:, 0] - 0.5), 2.0 * p[:, 1]
    return np.stack([np.sin(t), h, np.sign(t) * (np.cos(t) - 1.0)], axis=1)


def spiral(t: Array) -> Array:
    """M13b: (100 cos t, 100 sin t, t) and ten zeros, t in 10 pi U."""
    return np.hstack([100.0 * np.cos(t), 100.0 * np.sin(t), t, np.zeros((len(t), 10))])


def beta_curves(x: Array) -> Array:
    """Mbeta: x from Beta(10, 0.5); [x sin(cos 2 pi x), x cos(sin 2 pi x)], twice."""
    block = np.hstack([x * np.sin(np.cos(TURN * x)), x * np.cos(np.sin(TURN * x))])
    return np.tile(block, (1, 2))


def crossed(x: Array) -> Array:
    """Mn: x' is x reversed; [tan(x cos x'), arctan(x' sin x)], twice."""
    back = x[:, ::-1]
    block = np.hstack([np.tan(x * np.cos(back)), np.arctan(back * np.sin(x))])
    return np.tile(block, (1, 2))


def paraboloid(e: Array) -> Array:
    """Mp: X_i = 1 / (1 + E_i / E_0) of Exp(1) numbers, Y = (X, |X|^2); [Y, sin Y, Y^2]."""
    x = 1.0 / (1.0 + e[:, 1:] / e[:, :1])
    y = np.column_stack([x, np.sum(x**2, axis=1)])
    return np.hstack([y, np.sin(y), y**2])


def _exponential(q: int) -> Latent:
    return lambda rng, n: rng.standard_exponential((n, q))


def _beta(q: int) -> Latent:
    return lambda rng, n: rng.beta(10.0, 0.5, (n, q))


SUITE: tuple[Manifold, ...] = (
    Manifold("M1_Sphere", 10, 11, normal(11), onto_sphere),
    Manifold("M2_Affine_3to5", 3, 5, uniform(3, 0.0, 4.0), affine),
    Manifold("M3_Nonlinear_4to6", 4, 6, uniform(4), nonlinear_four),
    Manifold("M4_Nonlinear", 4, 8, uniform(4), spirals(1)),
    Manifold("M5a_Helix1d", 1, 3, uniform(1, 0.0, TURN), helix),
    Manifold("M5b_Helix2d", 2, 3, uniform(2, 0.0, 5.0 * TURN), helicoid),
    Manifold("M6_Nonlinear", 6, 36, uniform(6), spirals(3)),
    Manifold("M7_Roll", 2, 3, uniform(2), swiss_roll),
    Manifold("M8_Nonlinear", 12, 72, uniform(12), spirals(3)),
    Manifold("M9_Affine", 20, 20, uniform(20, -2.5, 2.5), as_drawn),
    Manifold("M10a_Cubic", 10, 11, face_latent(10), cube_faces),
    Manifold("M10b_Cubic", 17, 18, face_latent(17), cube_faces),
    Manifold("M10c_Cubic", 24, 25, face_latent(24), cube_faces),
    Manifold("M10d_Cubic", 70, 71, face_latent(70), cube_faces),
    Manifold("M11_Moebius", 2, 3, uniform(2), moebius),
    Manifold("M12_Norm", 20, 20, normal(20), as_drawn),
    Manifold("M13a_Scurve", 2, 3, uniform(2), s_curve),
    Manifold("M13b_Spiral", 1, 13, uniform(1, 0.0, 5.0 * TURN), spiral),
    Manifold("Mbeta", 10, 40, _beta(10), beta_curves),
    Manifold("Mn1_Nonlinear", 18, 72, uniform(18), crossed),
    Manifold("Mn2_Nonlinear", 24, 96, uniform(24), crossed),
    Manifold("Mp1_Paraboloid", 3, 12, _exponential(4), paraboloid),
    Manifold("Mp2_Paraboloid", 6, 21, _exponential(7), paraboloid),
    Manifold("Mp3_Paraboloid", 9, 30, _exponential(10), paraboloid),
)
