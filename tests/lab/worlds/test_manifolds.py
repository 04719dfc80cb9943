"""Samples, distances, neighbours and differences on every manifold."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.worlds.embeddings import SwissRoll, random_embedding
from lawcast.lab.worlds.manifolds import Ball, Cube, Sphere, Torus, find_manifold, manifold_names
from lawcast.lab.worlds.products import Product
from lawcast.lab.worlds.spaces import Euclidean, Manifold

MANIFOLDS: list[Manifold] = [
    Torus(1),
    Torus(3),
    Cube(2, -0.5, 0.5),
    Ball(3),
    Sphere(1),
    Sphere(2),
    Product((Torus(1), Sphere(2), Cube(1))),
    random_embedding(Torus(2), 20, 0),
    random_embedding(Cube(2), 50, 1, bend=0.5),
    SwissRoll(),
]
EACH = pytest.mark.parametrize(
    "manifold", MANIFOLDS, ids=lambda m: f"{type(m).__name__}{m.dimension}"
)


def brute_torus(train: np.ndarray, tests: np.ndarray) -> np.ndarray:
    apart = np.abs(train[None] % 1 - tests[:, None] % 1)
    return np.linalg.norm(np.minimum(apart, 1 - apart), axis=2)


@EACH
def test_shapes_and_seeds(manifold: Manifold) -> None:
    points = manifold.sample(40, 3)
    assert points.shape == (40, manifold.coordinates)
    assert manifold.embed(points).shape == (40, manifold.ambient)
    assert np.array_equal(points, manifold.sample(40, 3))
    assert not np.array_equal(points, manifold.sample(40, 4))
    assert manifold.ambient >= manifold.dimension


@EACH
def test_near_points_agree_in_distance_difference_and_embedding(manifold: Manifold) -> None:
    at = manifold.sample(30, 0)
    step = 1e-5 * np.random.default_rng(1).standard_normal((30, manifold.coordinates))
    to = at + step
    if isinstance(manifold, Sphere):
        to /= np.linalg.norm(to, axis=1, keepdims=True)
    if isinstance(manifold, Product):
        to[:, 1:4] /= np.linalg.norm(to[:, 1:4], axis=1, keepdims=True)
    apart = manifold.distance(at, to)
    local = manifold.difference(at, to[:, None, :])[:, 0]
    assert local.shape == (30, manifold.dimension)
    assert np.allclose(np.linalg.norm(local, axis=1), apart, rtol=1e-3)
    chord = np.linalg.norm(manifold.embed(to) - manifold.embed(at), axis=1)
    top = getattr(manifold, "stretch", (1.0, 1.0))[1]
    assert np.all(chord <= top * apart * 1.001)
    assert np.all(chord >= 0.999 * apart)
    assert np.abs(manifold.difference(at, at[:, None, :])).max() < 1e-13


@EACH
def test_neighbours_equal_a_brute_force_search(manifold: Manifold) -> None:
    train, tests = manifold.sample(300, 5), manifold.sample(50, 6)
    found = manifold.neighbours(train, tests, 7)
    if isinstance(manifold, Torus):
        every = brute_torus(train, tests)
    elif isinstance(manifold, Product):
        first = brute_torus(train[:, :1], tests[:, :1])
        rest = np.linalg.norm(train[None, :, 1:] - tests[:, None, 1:], axis=2)
        every = np.hypot(first, rest)
    else:
        columns, asked = manifold.embed(train), manifold.embed(tests)
        every = np.linalg.norm(columns[None] - asked[:, None], axis=2)
    assert np.array_equal(found.indices, np.argsort(every, axis=1)[:, :7])
    assert np.allclose(found.distances, np.sort(every, axis=1)[:, :7], atol=1e-12)
    assert np.array_equal(found.first(3).indices, found.indices[:, :3])


def test_the_torus_wraps() -> None:
    torus = Torus(2)
    train = np.array([[0.99, 0.01], [0.4, 0.5]])
    found = torus.neighbours(train, np.array([[0.01, 0.99], [-1e-20, 1.0]]), 1)
    assert found.indices.tolist() == [[0], [0]]
    assert found.distances[:, 0] == pytest.approx([np.hypot(0.02, 0.02), np.hypot(0.01, 0.01)])
    assert torus.distance(train[0], np.array([0.01, 0.99])) == pytest.approx(np.hypot(0.02, 0.02))
    seen = torus.difference(np.array([[0.01, 0.99]]), train[None])
    assert seen[0, 0] == pytest.approx([-0.02, 0.02])


def test_geodesics_of_the_sphere_are_exact_at_both_ends() -> None:
    sphere = Sphere(2)
    north = np.array([0.0, 0.0, 1.0])
    for angle in (1e-9, 1e-3, 1.0, np.pi - 1e-9):
        other = np.array([np.sin(angle), 0.0, np.cos(angle)])
        assert sphere.distance(north, other) == pytest.approx(angle, rel=1e-7)


def test_normal_coordinates_keep_the_distance_to_far_points() -> None:
    sphere = Sphere(3)
    at, to = sphere.sample(20, 0), sphere.sample(20, 1)
    local = sphere.difference(at, to[:, None])[:, 0]
    assert np.linalg.norm(local, axis=1) == pytest.approx(sphere.distance(at, to), rel=1e-9)


def test_samples_are_uniform() -> None:
    ball = Ball(3).sample(20000, 0)
    assert np.mean(np.linalg.norm(ball, axis=1) ** 3) == pytest.approx(0.5, abs=0.01)
    sphere = Sphere(2).sample(20000, 0)
    assert np.abs(sphere.mean(axis=0)).max() < 0.02
    assert np.linalg.norm(sphere, axis=1) == pytest.approx(np.ones(20000))
    inner = Cube(2, -1.0, 1.0).sample_inner(20000, 0, 0.5)
    assert np.abs(inner).max() <= 0.5
    assert inner.std(axis=0) == pytest.approx(np.full(2, 1 / np.sqrt(12)), rel=0.03)
    assert np.ptp(Torus(1).sample_inner(2000, 0)) == pytest.approx(0.5, abs=0.01)


def test_the_embedding_is_bi_lipschitz_within_its_stretch() -> None:
    bent = random_embedding(Torus(2), 50, 3, bend=2.0)
    low, high = bent.stretch
    assert high == pytest.approx(np.sqrt(5.0))
    a, b = bent.sample(2000, 0), bent.sample(2000, 1)
    ratio = np.linalg.norm(bent.embed(a) - bent.embed(b), axis=1) / bent.distance(a, b)
    assert low <= ratio.min()
    assert ratio.max() <= high


def test_the_jacobian_is_the_derivative() -> None:
    for manifold in (random_embedding(Torus(2), 9, 0), SwissRoll(), Cube(2)):
        at = manifold.sample(5, 0) + 0.1
        for axis in range(2):
            step = np.zeros(2)
            step[axis] = 1e-6
            slope = (manifold.embed(at + step) - manifold.embed(at - step)) / 2e-6
            assert np.allclose(manifold.jacobian(at)[:, :, axis], slope, atol=1e-7)


def test_the_swiss_roll_is_the_known_curve() -> None:
    roll = SwissRoll()
    ends = roll.embed(np.array([[0.0, 1.0], [roll.length, 2.0]]))
    assert ends[0] == pytest.approx([0.0, 1.0, -1.5 * np.pi], abs=1e-9)
    assert ends[1] == pytest.approx([0.0, 2.0, 4.5 * np.pi], abs=1e-9)


@pytest.mark.parametrize("kind", [Torus, Cube, Ball, Sphere])
@pytest.mark.parametrize("dimension", [0, -1, 2.5, True, "2"])
def test_a_manifold_has_a_whole_dimension(kind: type, dimension: object) -> None:
    with pytest.raises(ArgumentError, match=r"whole dimension.*measured dimension may be 2\.5"):
        kind(dimension)


def test_names() -> None:
    assert [find_manifold(name, 2).dimension for name in manifold_names()] == [2, 2, 2, 2]
    with pytest.raises(UnknownNameError, match="torus"):
        find_manifold("tours", 2)


def test_bad_input_is_refused() -> None:
    torus = Torus(2)
    points = torus.sample(5, 0)
    with pytest.raises(ArgumentError, match="6 neighbours are needed and there are 5"):
        torus.neighbours(points, points, 6)
    holed = points.copy()
    holed[3, 0] = np.nan
    with pytest.raises(ArgumentError, match=r"NaN.*first: 3"):
        torus.neighbours(holed, points, 1)
    with pytest.raises(ArgumentError, match="tests must be a table of 2 columns"):
        torus.neighbours(points, points[:, :1], 1)
    with pytest.raises(ArgumentError, match="the search kept 1"):
        torus.neighbours(points, points, 1).first(2)
    with pytest.raises(ArgumentError, match="number of points"):
        torus.sample(0, 0)
    with pytest.raises(ArgumentError, match="share"):
        torus.sample_inner(4, 0, 1.5)
    with pytest.raises(ArgumentError, match="seed"):
        torus.sample(4, -1)
    with pytest.raises(ArgumentError, match="low to high"):
        Cube(2, 1.0, 0.0)
    with pytest.raises(ArgumentError, match="two factors"):
        Product((Torus(1),))
    with pytest.raises(ArgumentError, match="5 or more, not 4"):
        random_embedding(Torus(2), 4, 0)
    with pytest.raises(ArgumentError, match="torus or a cube"):
        random_embedding(Sphere(2), 9, 0)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="leave room for 1"):
        random_embedding(Torus(2), 5, 0, waves=2)
    with pytest.raises(ArgumentError, match="columns"):
        Euclidean(0)
    with pytest.raises(ArgumentError, match="height"):
        SwissRoll(0.0)
