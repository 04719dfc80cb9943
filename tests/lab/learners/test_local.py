"""Nearest neighbours, local polynomials and Delaunay: exact where theory says so."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.learners.delaunay import delaunay_linear
from lawcast.lab.learners.local_polynomial import (
    coefficient_count,
    default_neighbours,
    local_polynomial,
)
from lawcast.lab.learners.neighbours import nearest_neighbour, neighbour_mean
from lawcast.lab.worlds.embeddings import random_embedding
from lawcast.lab.worlds.manifolds import Ball, Cube, Sphere, Torus
from lawcast.lab.worlds.spaces import Euclidean, Manifold
from lawcast.lab.worlds.targets import fourier_target


def polynomial(points: np.ndarray, degree: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    total = np.full(len(points), rng.standard_normal())
    for _ in range(degree):
        total = total * (points @ rng.standard_normal(points.shape[1]) + rng.standard_normal())
    return total + points @ rng.standard_normal(points.shape[1])


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_a_polynomial_of_its_degree_is_reproduced(d: int, degree: int) -> None:
    cube = Cube(d)
    train, tests = cube.sample(2000, d), cube.sample(200, d + 50)
    values = polynomial(train, degree, 0)
    found = local_polynomial(cube, train, values, tests, degree)
    assert np.abs(found - polynomial(tests, degree, 0)).max() < 1e-8


def test_a_fit_crosses_the_seam_of_the_torus() -> None:
    torus = Torus(1)
    train = np.array([[0.97], [0.98], [0.99], [0.01], [0.02], [0.03]])
    values = ((train[:, 0] + 0.5) % 1) * 3.0  # linear across the seam
    assert local_polynomial(torus, train, values, np.array([[0.0]]), 1, k=6) == pytest.approx(1.5)
    assert nearest_neighbour(torus, train, values, np.array([[0.999]])) == pytest.approx(1.47)


@pytest.mark.parametrize(
    "manifold", [Torus(2), Sphere(2), Ball(2), random_embedding(Torus(2), 30, 0)]
)
def test_higher_degrees_are_closer_everywhere(manifold: Manifold) -> None:
    train, tests = manifold.sample(8000, 0), manifold.sample(300, 1)

    def target(points: np.ndarray) -> np.ndarray:
        return np.cos(2 * np.pi * points[:, 0]) + np.sin(2 * np.pi * points[:, -1] + 1)

    near = manifold.neighbours(train, tests, default_neighbours(2, 2))
    errors = []
    for predicted in (
        nearest_neighbour(manifold, train, target(train), tests, near=near),
        local_polynomial(manifold, train, target(train), tests, 1, near=near),
        local_polynomial(manifold, train, target(train), tests, 2, near=near),
    ):
        errors.append(np.median(np.abs(predicted - target(tests))))
    assert errors[1] < errors[0] / 3
    assert errors[2] < errors[1] / 2


def test_several_targets_at_once_and_a_shared_search_change_nothing() -> None:
    torus = Torus(2)
    train, tests = torus.sample(500, 0), torus.sample(70, 1)
    values = np.stack([fourier_target(2, seed)(train) for seed in range(3)], axis=1)
    near = torus.neighbours(train, tests, 20)
    for degree in (1, 2):
        every = local_polynomial(torus, train, values, tests, degree, near=near)
        assert every.shape == (70, 3)
        for column in range(3):
            one = local_polynomial(torus, train, values[:, column], tests, degree)
            assert one == pytest.approx(every[:, column], rel=1e-9, abs=1e-10)
    mean = neighbour_mean(torus, train, values, tests, 5, near=near)
    assert mean == pytest.approx(values[near.indices[:, :5]].mean(axis=1))
    assert neighbour_mean(torus, train, values[:, 0], tests, 5) == pytest.approx(mean[:, 0])
    one = nearest_neighbour(torus, train, values, tests)
    assert np.array_equal(one, values[near.indices[:, 0]])


def test_neighbours_of_other_points_are_refused() -> None:
    torus = Torus(2)
    train, tests = torus.sample(50, 0), torus.sample(9, 1)
    near = torus.neighbours(train, tests, 14)
    for train_now, tests_now in ((train, tests[:8]), (train[:10], tests)):
        values = np.zeros(len(train_now))
        with pytest.raises(ArgumentError, match="search again"):
            local_polynomial(torus, train_now, values, tests_now, 1, near=near)
        with pytest.raises(ArgumentError, match="search again"):
            nearest_neighbour(torus, train_now, values, tests_now, near=near)


def test_losses_fall_as_theory_says() -> None:
    torus, target = Torus(2), fourier_target(2, 0)
    sizes = 512 * 2 ** np.arange(5)
    tests = torus.sample(4000, 1)
    losses = []
    for size in sizes:
        train = torus.sample(int(size), int(size))
        near = torus.neighbours(train, tests, default_neighbours(2, 2))
        predicted = [
            nearest_neighbour(torus, train, target(train), tests, near=near),
            local_polynomial(torus, train, target(train), tests, 1, near=near),
            local_polynomial(torus, train, target(train), tests, 2, near=near),
        ]
        losses.append([np.mean((one - target(tests)) ** 2) for one in predicted])
    slopes = -np.polyfit(np.log(sizes), np.log(losses), 1)[0]
    assert slopes == pytest.approx([1.0, 2.0, 3.0], rel=0.06)


def test_neighbours_on_one_line_fall_back_to_least_norm() -> None:
    line = np.zeros((12, 2))
    line[:, 0] = np.linspace(0, 1, 12)
    found = local_polynomial(Euclidean(2), line, 2 * line[:, 0] + 1, line[5:6], 1, k=8)
    assert found == pytest.approx([2 * line[5, 0] + 1])
    same = np.full((9, 2), 0.5)
    found = local_polynomial(Euclidean(2), same, np.full(9, 4.0), same[:1], 1)
    assert found == pytest.approx([4.0])


def test_defaults_keep_the_fourth_moment() -> None:
    for d in range(1, 9):
        assert default_neighbours(d, 1) == 2 * (d + 1) + 2
        for degree in (1, 2) if d > 2 else (2,):
            assert default_neighbours(d, degree) - coefficient_count(d, degree) + 1 > 4
    assert coefficient_count(6, 2) == 28


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_delaunay_reproduces_linear_functions(d: int) -> None:
    cube = Cube(d)
    train, tests = cube.sample(400, d), cube.sample_inner(100, d + 9)
    slope = np.arange(1.0, d + 1)
    values = np.stack([train @ slope + 1, train @ -slope], axis=1)
    found = delaunay_linear(train, values, tests)
    assert found[:, 0] == pytest.approx(tests @ slope + 1, abs=1e-10)
    assert found[:, 1] == pytest.approx(-tests @ slope, abs=1e-10)
    at_points = delaunay_linear(train, values[:, 0], train[:5] * 0.999 + 0.0005)
    assert at_points.shape == (5,)


def test_delaunay_interpolates_its_data() -> None:
    train = Cube(2).sample(200, 0)
    values = np.sin(9 * train[:, 0]) * train[:, 1]
    inside = train[np.all(np.abs(train - 0.5) < 0.3, axis=1)]
    expected = np.sin(9 * inside[:, 0]) * inside[:, 1]
    assert delaunay_linear(train, values, inside) == pytest.approx(expected, abs=1e-9)


def test_bad_input_is_refused() -> None:
    torus = Torus(2)
    points = torus.sample(30, 0)
    values = np.arange(30.0)
    with pytest.raises(ArgumentError, match="degree 1 or 2, not 3"):
        local_polynomial(torus, points, values, points, 3)
    with pytest.raises(ArgumentError, match="6 coefficients, and 5 neighbours"):
        local_polynomial(torus, points, values, points, 2, k=5)
    with pytest.raises(ArgumentError, match="13 neighbours are needed and there are 4"):
        local_polynomial(torus, points[:4], values[:4], points, 2)
    with pytest.raises(ArgumentError, match="one row for each of the 30"):
        nearest_neighbour(torus, points, values[:7], points)
    with pytest.raises(ArgumentError, match=r"NaN.*first: 2"):
        nearest_neighbour(torus, points, np.where(values == 2, np.nan, values), points)
    with pytest.raises(ArgumentError, match="k is a whole number"):
        neighbour_mean(torus, points, values, points, 0)
    with pytest.raises(ArgumentError, match="degree=1"):
        delaunay_linear(np.zeros((9, 5)), np.zeros(9), np.zeros((1, 5)))
    with pytest.raises(ArgumentError, match="outside the hull"):
        delaunay_linear(points, values, np.array([[5.0, 5.0]]))
    with pytest.raises(ArgumentError, match="outside the hull"):
        delaunay_linear(points[:, :1], values, np.array([[5.0]]))
    with pytest.raises(ArgumentError, match="needs 3 points"):
        delaunay_linear(points[:2], values[:2], points[:1])
    with pytest.raises(ArgumentError, match="span no simplices"):
        delaunay_linear(np.zeros((9, 2)), np.zeros(9), np.zeros((1, 2)))
