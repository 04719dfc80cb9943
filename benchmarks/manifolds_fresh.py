"""A second suite of manifolds, to judge by what no setting of the library was chosen on.

Nothing here may be used to tune an estimator, and no set was changed after an estimator had seen
it. Two rules made them fair: the dimension is known for a reason that the docstring gives, and none
of its directions is hidden, which tests/test_benchmark_manifolds.py checks by the singular values
of the embedding. U is uniform on (0, 1), G standard normal. Random maps are frozen: they are drawn
once from a stream that belongs to the name, so that every seed draws from the same manifold.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from manifolds import TURN, Array, Embed, Latent, Manifold, normal, onto_sphere, uniform
from numpy.random import Generator
from scipy.special import ndtr, ndtri


def frozen(name: str) -> Generator:
    """The stream that the constants of a manifold come from."""
    return np.random.default_rng(zlib.crc32(f"constants of {name}".encode()))


def orthonormal_rows(rng: Generator, d: int, D: int) -> Array:
    """A (d, D) matrix whose rows are orthonormal, uniform over all such."""
    return np.linalg.qr(rng.standard_normal((D, d)))[0].T


# --- d from 1 to 6 ---------------------------------------------------------------------------


def uneven_curve(u: Array) -> Array:
    """(cos ka, sin ka) / k, k = 1, 2, 3, at a = 2 pi U + 0.7 sin 2 pi U: one parameter, d = 1."""
    angle = TURN * u + 0.7 * np.sin(TURN * u)  # da/du is from 0.3 to 1.7 turns, so never zero
    waves = np.arange(1, 4) * angle
    return np.hstack([np.cos(waves), np.sin(waves)]) / np.tile(np.arange(1, 4), 2)


def saddle(p: Array) -> Array:
    """(x, y, x^2 - y^2), x and y in 2U - 1: the graph of a function of two numbers, d = 2."""
    return np.column_stack([p, p[:, 0] ** 2 - p[:, 1] ** 2])


def rotations(q: Array) -> Array:
    """The nine entries of the rotation of a unit quaternion G / |G|: SO(3), d = 3."""
    w, x, y, z = onto_sphere(q).T
    return np.stack(
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
        ],
        axis=1,
    )  # fmt: skip


def thick_roll(p: Array) -> Array:
    """(t cos t, t sin t, 10U, 10U), t = 1.5 pi (1 + 2U): a spiral times a square, d = 1 + 2 = 3."""
    t = 1.5 * np.pi * (1.0 + 2.0 * p[:, 0])
    return np.column_stack([t * np.cos(t), t * np.sin(t), 10.0 * p[:, 1:]])


def torus_waves(d: int, D: int) -> Embed:
    """cos(w . a + b), w in {-1, 0, 1}^d without 0, a in (2 pi U)^d: a smooth torus, d angles."""
    rng = frozen(f"torus_waves {d} {D}")
    every = np.stack(np.meshgrid(*[[-1, 0, 1]] * d), axis=-1).reshape(-1, d)
    w = rng.choice(every[np.any(every != 0, axis=1)], D)
    phase = rng.uniform(0.0, TURN, D)
    return lambda a: np.cos(a @ w.T + phase)


def clifford_torus(a: Array) -> Array:
    """(cos a_i, sin a_i), a in (2 pi U)^d: a product of d circles, so d."""
    return np.hstack([np.cos(a), np.sin(a)])


def blob_images(pixels: int) -> Embed:
    """Images of a soft ellipse: its place (2), angle (1) and size (1) are free, so d = 4."""
    y, x = (c.ravel() for c in np.mgrid[-1 : 1 : pixels * 1j, -1 : 1 : pixels * 1j])

    def embed(p: Array) -> Array:
        place, angle, size = 0.35 * (2.0 * p[:, :2] - 1.0), np.pi * p[:, 2:3], 0.8 + 0.45 * p[:, 3:]
        right, up = x - place[:, :1], y - place[:, 1:]
        along = (right * np.cos(angle) + up * np.sin(angle)) / (0.42 * size)
        across = (up * np.cos(angle) - right * np.sin(angle)) / (0.20 * size)
        return np.exp(-0.5 * (along**2 + across**2))

    return embed


def cluster_latent(rng: Generator, n: int) -> Array:
    """70 % of the points around (-1, -1, -1, -1) with sd 0.5, the others around (1, ...), 0.8."""
    first = rng.random((n, 1)) < 0.7
    return np.where(first, -1.0, 1.0) + np.where(first, 0.5, 0.8) * rng.standard_normal((n, 4))


def two_clusters(p: Array) -> Array:
    """(p, sin(p_i + p_{i+1}), p_0 p_3 / 2, |p|^2 / 4): a graph over p in R^4, d = 4."""
    waves = np.sin(p + np.roll(p, -1, axis=1))
    return np.column_stack([p, waves, 0.5 * p[:, 0] * p[:, 3], 0.25 * np.sum(p**2, axis=1)])


def curve_ball_latent(rng: Generator, n: int) -> Array:
    """An angle in 2 pi U and a point of the ball of R^4 of radius 1.5."""
    # four of the six coordinates of a uniform point of a sphere are uniform in the ball
    ball = 1.5 * onto_sphere(rng.standard_normal((n, 6)))[:, :4]
    return np.column_stack([rng.uniform(0.0, TURN, n), ball])


def curve_times_ball(p: Array) -> Array:
    """(2 cos t, 2 sin t, 0.7 cos 3t, ball of R^4): a curve times a ball, d = 1 + 4 = 5."""
    t = p[:, 0]
    return np.column_stack([2.0 * np.cos(t), 2.0 * np.sin(t), 0.7 * np.cos(3.0 * t), p[:, 1:]])


def planes(k: int, m: int) -> Embed:
    """Projections onto k-dimensional subspaces of R^m: the Grassmannian, d = k (m - k)."""

    def embed(g: Array) -> Array:
        a = np.linalg.qr(g.reshape(-1, m, k))[0]
        return (a @ a.transpose(0, 2, 1)).reshape(-1, m * m)

    return embed


# --- d from 7 to 20 --------------------------------------------------------------------------


def cube_waves(d: int, D: int, bandwidth: float) -> Embed:
    """cos(w . u + b), w from bandwidth * G^d, u in (2U - 1)^d: a smooth image of a cube, so d."""
    rng = frozen(f"cube_waves {d} {D}")
    w, phase = bandwidth * rng.standard_normal((D, d)), rng.uniform(0.0, TURN, D)
    return lambda u: np.cos(u @ w.T + phase)


def rank_one_latent(rows: int, columns: int) -> Latent:
    """Two normal vectors and a length in 1 + U."""

    def latent(rng: Generator, n: int) -> Array:
        return np.column_stack([rng.standard_normal((n, rows + columns)), rng.uniform(1, 2, n)])

    return latent


def rank_one(rows: int) -> Embed:
    """s u v^T, u and v unit vectors, s in 1 + U: rank-one matrices, d = rows + columns - 1."""

    def embed(z: Array) -> Array:
        u, v = onto_sphere(z[:, :rows]), onto_sphere(z[:, rows:-1])
        return (z[:, -1, None, None] * u[:, :, None] * v[:, None, :]).reshape(len(z), -1)

    return embed


def ellipsoid(D: int, longest: float) -> Embed:
    """A unit sphere with its axes stretched by 1 to ``longest``: one equation in R^D, d = D - 1."""
    axes = np.linspace(1.0, longest, D)
    return lambda g: onto_sphere(g) * axes


def tanh_network(d: int, D: int) -> Embed:
    """tanh(W2 tanh(W1 z)), W1 (D, d), W2 (D, D): smooth and one to one, so the d of its input."""
    rng = frozen(f"tanh_network {d} {D}")
    first = rng.standard_normal((d, D)) / np.sqrt(d)
    second = 1.2 * rng.standard_normal((D, D)) / np.sqrt(D)
    return lambda z: np.tanh(np.tanh(z @ first) @ second)


def gamma_latent(q: int) -> Latent:
    """q numbers from Gamma(2)."""
    return lambda rng, n: rng.gamma(2.0, size=(n, q))


def simplex(g: Array) -> Array:
    """g / sum g, g from Gamma(2): Dirichlet(2, ..., 2), shares that sum to one, d = D - 1."""
    return g / np.sum(g, axis=1, keepdims=True)


def von_mises_fisher(D: int, kappa: int) -> Latent:
    """Points of the unit sphere with density proportional to exp(kappa x_0): embedded as is."""

    def latent(rng: Generator, n: int) -> Array:
        from scipy.stats import vonmises_fisher

        points = vonmises_fisher(np.eye(D)[0], kappa).rvs(n, random_state=rng)
        return np.asarray(points, dtype=np.float64)

    return latent


def frames(k: int, m: int) -> Embed:
    """k orthonormal vectors of R^m: the Stiefel manifold, d = k m - k (k + 1) / 2."""

    def embed(g: Array) -> Array:
        u, _, v = np.linalg.svd(g.reshape(-1, m, k), full_matrices=False)
        return (u @ v).reshape(-1, m * k)  # the polar factor: uniform, and smooth in g

    return embed


def truncated_normal(d: int, D: int) -> Embed:
    """G^d cut at two standard deviations, turned into R^D and moved: an affine subspace, so d."""
    rng = frozen(f"truncated_normal {d} {D}")
    turned, moved = orthonormal_rows(rng, d, D), rng.standard_normal(D)
    return lambda p: ndtri(p) @ turned + moved


def sphere_product(sizes: Sequence[int]) -> Embed:
    """Unit vectors of R^m for each m in sizes, side by side: d = the sum of the m - 1."""
    cuts = np.cumsum(sizes)[:-1]
    return lambda g: np.hstack([onto_sphere(part) for part in np.split(g, cuts, axis=1)])


def rank_two_near(rows: int, columns: int, spread: float) -> Embed:
    """(A0 + sG)(B0 + sG) around a fixed matrix: those of rank 2, d = 2 (rows + columns - 2)."""
    rng = frozen(f"rank_two_near {rows} {columns}")
    left, right = orthonormal_rows(rng, 2, rows).T, orthonormal_rows(rng, 2, columns)

    def embed(g: Array) -> Array:
        a = left + spread * g[:, : 2 * rows].reshape(-1, rows, 2)
        b = right + spread * g[:, 2 * rows :].reshape(-1, 2, columns)
        return (a @ b).reshape(-1, rows * columns)

    return embed


# --- d above 20 ------------------------------------------------------------------------------


def ball_latent(d: int) -> Latent:
    """Uniform points of the unit ball of R^d."""
    return lambda rng, n: onto_sphere(rng.standard_normal((n, d + 2)))[:, :d]


def turned_ball(d: int, D: int) -> Embed:
    """The unit ball of R^d, turned into R^D: a solid body in a subspace of d dimensions."""
    turned = orthonormal_rows(frozen(f"turned_ball {d} {D}"), d, D)
    return lambda p: p @ turned


_CUT = float(ndtr(-2.0))
_EVEN = float(np.sqrt(3.0))  # uniform on (-sqrt 3, sqrt 3) has variance one

FRESH: tuple[Manifold, ...] = (
    Manifold("UnevenCurve1", 1, 6, uniform(1), uneven_curve),
    Manifold("Saddle2", 2, 3, uniform(2, -1.0, 1.0), saddle),
    Manifold("Rotations3", 3, 9, normal(4), rotations),
    Manifold("ThickRoll3", 3, 4, uniform(3), thick_roll),
    Manifold("TorusWaves3", 3, 40, uniform(3, 0.0, TURN), torus_waves(3, 40)),
    Manifold("CliffordTorus4", 4, 8, uniform(4, 0.0, TURN), clifford_torus),
    Manifold("BlobImages4", 4, 256, uniform(4), blob_images(16)),
    Manifold("TwoClusters4", 4, 10, cluster_latent, two_clusters),
    Manifold("CurveTimesBall5", 5, 7, curve_ball_latent, curve_times_ball),
    Manifold("Planes6", 6, 25, normal(10), planes(2, 5)),
    Manifold("CubeWaves7", 7, 80, uniform(7, -1.0, 1.0), cube_waves(7, 80, 0.7)),
    Manifold("RankOne8", 8, 20, rank_one_latent(4, 5), rank_one(4)),
    Manifold("Ellipsoid9", 9, 10, normal(10), ellipsoid(10, 2.5)),
    Manifold("TanhNetwork10", 10, 100, normal(10), tanh_network(10, 100)),
    Manifold("Dirichlet11", 11, 12, gamma_latent(12), simplex),
    Manifold("VonMisesFisher12", 12, 13, von_mises_fisher(13, 12), onto_sphere),
    Manifold("Frames13", 13, 16, normal(16), frames(2, 8)),
    Manifold("CutNormal14", 14, 40, uniform(14, _CUT, 1.0 - _CUT), truncated_normal(14, 40)),
    Manifold("SphereProduct15", 15, 18, normal(18), sphere_product((4, 6, 8))),
    Manifold("RankTwo18", 18, 30, normal(22), rank_two_near(5, 6, 0.2)),
    Manifold("CubeWaves22", 22, 120, uniform(22, -1.0, 1.0), cube_waves(22, 120, 0.3)),
    Manifold("TanhNetwork25", 25, 200, uniform(25, -_EVEN, _EVEN), tanh_network(25, 200)),
    Manifold("SphereProduct30", 30, 33, normal(33), sphere_product((10, 11, 12))),
    Manifold("RankTwo40", 40, 120, normal(44), rank_two_near(12, 10, 0.15)),
    Manifold("Ball50", 50, 80, ball_latent(50), turned_ball(50, 80)),
    Manifold("Ellipsoid70", 70, 71, normal(71), ellipsoid(71, 2.0)),
)
