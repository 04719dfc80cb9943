"""Targets: exact variance, periodicity, singular sets, covariances, seeds."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.learners.kernels import ArcCosine, Matern
from lawcast.lab.worlds.embeddings import random_embedding
from lawcast.lab.worlds.manifolds import Cube, Sphere, Torus
from lawcast.lab.worlds.processes import brownian_path, gaussian_process, matern_target
from lawcast.lab.worlds.products import Product
from lawcast.lab.worlds.rough import kinked_target, singular_target
from lawcast.lab.worlds.targets import (
    additive_target,
    fourier_target,
    standardise,
    wave_target,
)
from lawcast.lab.worlds.teachers import network_target


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_fourier_targets_are_periodic_with_variance_one(d: int) -> None:
    target = fourier_target(d, d)
    points = Torus(d).sample(40000, 0)
    values = target(points)
    assert values.shape == (40000,)
    assert target(points[:50] + np.arange(d) - 1.0) == pytest.approx(values[:50], abs=1e-9)
    assert values.mean() == pytest.approx(0.0, abs=0.03)
    assert values.var() == pytest.approx(1.0, abs=0.03)
    assert np.array_equal(values, fourier_target(d, d)(points))
    assert not np.allclose(values, fourier_target(d, d + 1)(points))


def test_pairs_are_what_the_caller_asks_for() -> None:
    assert len(fourier_target(3, 0, pairs=0).phases) == 3
    assert len(fourier_target(3, 0, pairs=6).phases) == 9
    with pytest.raises(ArgumentError, match="6 pairs"):
        fourier_target(3, 0, pairs=7)


def test_wave_targets_suit_manifolds_without_wrapping() -> None:
    target = wave_target(Sphere(2), 0)
    values = target(Sphere(2).sample(40000, 9))
    assert values.mean() == pytest.approx(0.0, abs=0.05)
    assert values.var() == pytest.approx(1.0, abs=0.05)
    bent = random_embedding(Torus(1), 5, 0)
    for wrapping in (Torus(2), bent, Product((Cube(1), bent))):
        with pytest.raises(ArgumentError, match="fourier_target"):
            wave_target(wrapping, 0)


def test_additive_targets_add_their_parts() -> None:
    world = Product((Torus(1), Torus(2)))
    first, second = fourier_target(1, 0), fourier_target(2, 1)
    target = additive_target((world.columns[0], first), (world.columns[1], second))
    points = world.sample(100, 0)
    expected = (first(points[:, :1]) + second(points[:, 1:])) / np.sqrt(2)
    assert target(points) == pytest.approx(expected)
    with pytest.raises(ArgumentError, match="two parts"):
        additive_target((slice(0, 1), first))


@pytest.mark.parametrize(("power", "codimension"), [(0.5, 1), (1.0, 2), (1.5, 3)])
def test_singular_targets_are_powers_of_the_distance(power: float, codimension: int) -> None:
    target = singular_target(3, power, codimension, 0)
    away = np.random.default_rng(0).standard_normal(codimension) @ target.normals
    sizes = np.array([1e-3, 1e-2, 1e-1])
    values = target(target.centre + sizes[:, None] * away)
    assert values == pytest.approx((sizes * np.linalg.norm(away)) ** power)
    flat = np.linalg.svd(target.normals)[2][codimension:]
    assert target(target.centre + flat) == pytest.approx(np.zeros(len(flat)), abs=1e-6)


def test_a_power_of_zero_is_a_jump() -> None:
    target = singular_target(2, 0, 1, 0)
    assert set(target(Cube(2).sample(200, 0))) == {-1.0, 1.0}


def test_kinks_are_linear_on_each_side() -> None:
    target = kinked_target(1, 3, kinks=1)
    edge = 0.5 + target.offsets[0] * target.directions[0, 0]
    values = target(np.array([[edge - 0.2], [edge - 0.1], [edge], [edge + 0.1]]))
    height = abs(target.heights[0])
    assert np.abs(values) == pytest.approx(height * np.array([0.2, 0.1, 0.0, 0.1]), abs=1e-12)


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5])
def test_draws_have_the_covariance_of_the_kernel(nu: float) -> None:
    kernel = Matern(nu, 0.3)
    points = Torus(1).embed(Torus(1).sample(12, 0)) * 3
    drawn = gaussian_process(kernel, points, 1, draws=40000)
    assert drawn.values.shape == (12, 40000)
    assert drawn.jitter <= 1e-12
    sample = drawn.values @ drawn.values.T / 40000
    assert np.abs(sample - kernel(points, points)).max() < 0.03
    one = gaussian_process(kernel, points, 1)
    assert one.values.shape == (12,)
    assert np.array_equal(one.values, gaussian_process(kernel, points, 1).values)


@pytest.mark.parametrize("nu", [0.5, 1.5])
def test_random_features_have_the_covariance_on_average(nu: float) -> None:
    points = np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.9]])
    draws = np.array(
        [matern_target(2, nu, seed, length=0.7, features=64)(points) for seed in range(6000)]
    )
    assert np.abs(draws.T @ draws / 6000 - Matern(nu, 0.7)(points, points)).max() < 0.06


def test_brownian_increments_are_exact() -> None:
    points = np.array([0.9, 0.1, 0.4])
    draws = np.array([brownian_path(points, seed) for seed in range(4000)])
    assert np.all(draws[:, 1] == 0)
    assert draws[:, 2].var() == pytest.approx(0.3, rel=0.08)
    assert (draws[:, 0] - draws[:, 2]).var() == pytest.approx(0.5, rel=0.08)
    assert np.array_equal(brownian_path(points[:, None], 7), draws[7])


def test_a_teacher_without_bias_is_homogeneous_and_one_with_bias_is_not() -> None:
    points = Cube(3, -0.5, 0.5).sample(20, 0)
    plain = network_target(3, 0, width=30)
    assert plain(2.5 * points) == pytest.approx(2.5 * plain(points))
    biased = network_target(3, 0, width=30, bias_sd=1.0)
    assert not np.allclose(biased(2.5 * points), 2.5 * biased(points), rtol=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_smooth_teachers_have_a_second_derivative(activation: str) -> None:
    target = network_target(1, 1, width=20, activation=activation)
    line = np.linspace(-0.5, 0.5, 2001)[:, None]
    bends = np.diff(target(line), 2) / 0.0005**2
    assert np.abs(np.diff(bends)).max() < 0.02 * np.abs(bends).max() + 1e-4


@pytest.mark.parametrize(("hidden", "bias_sd"), [(1, 0.0), (2, 0.0), (2, 0.5)])
def test_wide_teachers_have_the_arc_cosine_covariance(hidden: int, bias_sd: float) -> None:
    points = np.random.default_rng(0).standard_normal((4, 3))
    draws = np.array(
        [
            network_target(3, seed, width=100, hidden=hidden, bias_sd=bias_sd)(points)
            for seed in range(4000)
        ]
    )
    limit = ArcCosine(hidden, bias_sd)(points, points)
    assert np.abs(draws.T @ draws / 4000 - limit).max() < 0.1 * limit.max()


def test_standardise() -> None:
    cube = Cube(2, -0.5, 0.5)
    target = standardise(network_target(2, 0, width=50, bias_sd=1.0), cube, 0)
    values = target(cube.sample(40000, 5))
    assert values.mean() == pytest.approx(0.0, abs=0.05)
    assert values.std() == pytest.approx(1.0, abs=0.05)
    with pytest.raises(ArgumentError, match="constant"):
        standardise(lambda points: np.ones(len(points)), cube, 0)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ArgumentError, match="whole dimension"):
        fourier_target(2.5, 0)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="codimension 1 to 2"):
        singular_target(2, 1.0, 3, 0)
    with pytest.raises(ArgumentError, match="polynomial"):
        singular_target(2, 2.0, 1, 0)
    with pytest.raises(ArgumentError, match="jump"):
        singular_target(2, 0.0, 2, 0)
    with pytest.raises(UnknownNameError, match="relu"):
        network_target(2, 0, activation="rely")
    with pytest.raises(ArgumentError, match="NaN"):
        fourier_target(1, 0)(np.array([[np.nan]]))
    with pytest.raises(ArgumentError, match="table of 2 columns"):
        fourier_target(2, 0)(np.zeros((3, 1)))
    with pytest.raises(ArgumentError, match="one coordinate"):
        brownian_path(np.zeros((3, 2)), 0)
    with pytest.raises(ArgumentError, match="at most 6144"):
        gaussian_process(Matern(0.5), np.zeros((6145, 1)), 0)
    with pytest.raises(ArgumentError, match="nu is a finite number above 0"):
        matern_target(2, -1.0, 0)


def test_repeated_points_get_jitter_and_say_so() -> None:
    drawn = gaussian_process(Matern(0.5), np.zeros((40, 1)), 0)
    assert 0 < drawn.jitter <= 1e-10
    assert np.ptp(drawn.values) < 1e-3
