"""Random features, ridgeless regression, and the power-law world."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.learners.features import PowerLawWorld, linear_fit, relu_features
from lawcast.lab.learners.kernels import ArcCosine
from lawcast.lab.worlds.manifolds import Sphere


@pytest.mark.parametrize("bias_sd", [0.0, 0.8])
def test_relu_features_tend_to_the_arc_cosine_kernel(bias_sd: float) -> None:
    points = Sphere(3).sample(6, 0)
    features = relu_features(4, 200_000, 1, bias_sd=bias_sd)(points)
    limit = ArcCosine(1, bias_sd)(points, points) - bias_sd**2
    assert np.abs(features @ features.T - limit).max() < 0.02 * limit.max()


@pytest.mark.parametrize("shape", [(50, 8), (8, 50)])
def test_linear_fit_is_least_squares_of_least_norm(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.standard_normal(shape), rng.standard_normal((shape[0], 2))
    assert linear_fit(table, values) == pytest.approx(np.linalg.pinv(table) @ values)
    ridged = np.linalg.solve(table.T @ table + 0.3 * np.eye(shape[1]), table.T @ values)
    assert linear_fit(table, values, ridge=0.3) == pytest.approx(ridged)
    assert linear_fit(table, values[:, 0], ridge=0.3) == pytest.approx(ridged[:, 0])


def test_the_losses_of_the_power_law_world_are_exact() -> None:
    world = PowerLawWorld(40, 0.5)
    rng = np.random.default_rng(0)
    teacher = rng.standard_normal(40)
    points, tests = world.sample(12, 1), world.sample(200_000, 2)
    sampled = np.mean((tests @ (linear_fit(points, points @ teacher) - teacher)) ** 2)
    assert world.data_loss(points, teacher) == pytest.approx(sampled, rel=0.02)
    projection = rng.standard_normal((12, 40))
    seen = tests @ projection.T
    sampled = np.mean((seen @ linear_fit(seen, tests @ teacher) - tests @ teacher) ** 2)
    assert world.feature_loss(projection, teacher) == pytest.approx(sampled, rel=0.02)
    several = world.data_loss(points, np.stack([teacher, 2 * teacher], axis=1))
    assert several[1] == pytest.approx(4 * several[0])


def test_data_and_features_mirror_each_other() -> None:
    world = PowerLawWorld(600, 1.0)
    rng = np.random.default_rng(0)
    teachers = rng.standard_normal((600, 100))
    sizes = np.array([8, 16, 32, 64])
    data, features = [], []
    for size in sizes:
        data.append(
            np.mean([world.data_loss(world.sample(size, rng), teachers) for _ in range(24)])
        )
        drawn = rng.standard_normal((24, size, 600))
        features.append(np.mean([world.feature_loss(one, teachers) for one in drawn]))
    assert np.array(data) / features == pytest.approx(np.ones(4), abs=0.08)
    slope = -np.polyfit(np.log(sizes), np.log(data), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)


def test_seeds() -> None:
    points = Sphere(2).sample(3, 0)
    assert np.array_equal(relu_features(3, 5, 4)(points), relu_features(3, 5, 4)(points))
    world = PowerLawWorld(5, 1.0)
    assert np.array_equal(world.sample(3, 1), world.sample(3, 1))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ArgumentError, match="number of features"):
        relu_features(3, 0, 0)
    with pytest.raises(ArgumentError, match="NaN"):
        linear_fit(np.full((2, 2), np.nan), np.zeros(2))
    with pytest.raises(ArgumentError, match="ridge"):
        linear_fit(np.eye(2), np.zeros(2), ridge=-1.0)
    with pytest.raises(ArgumentError, match="spectral exponent"):
        PowerLawWorld(5, 0.0)
    world = PowerLawWorld(5, 1.0)
    with pytest.raises(ArgumentError, match="leave no loss"):
        world.data_loss(world.sample(5, 0), np.ones(5))
    with pytest.raises(ArgumentError, match="the teacher"):
        world.data_loss(world.sample(2, 0), np.ones(4))
