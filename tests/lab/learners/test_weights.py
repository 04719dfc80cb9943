"""Learners as weights: they predict as the learners do, and average over a process exactly."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.learners.delaunay import delaunay_linear
from lawcast.lab.learners.kernels import ArcCosine, Matern, kernel_ridge
from lawcast.lab.learners.local_polynomial import local_polynomial
from lawcast.lab.learners.weights import (
    delaunay_weights,
    dense_variance,
    few_variance,
    gaussian_moments,
    kernel_weights,
    local_linear_weights,
    moments,
)
from lawcast.lab.worlds.manifolds import Cube, Sphere
from lawcast.lab.worlds.processes import gaussian_process


@pytest.mark.parametrize("d", [2, 3])
def test_weights_predict_as_the_learners(d: int) -> None:
    cube, rng = Cube(d), np.random.default_rng(d)
    train, tests = cube.sample(400, rng), cube.sample_inner(50, rng)
    values = np.sin(5 * train).sum(axis=1)
    few = delaunay_weights(train, tests)
    assert few.predict(values) == pytest.approx(delaunay_linear(train, values, tests))
    few = local_linear_weights(cube, train, tests)
    expected = local_polynomial(cube, train, values, tests, 1)
    assert few.predict(values) == pytest.approx(expected)
    kernel = Matern(0.5)
    weights = kernel_weights(kernel, train, tests, ridge=1e-10)
    assert values @ weights == pytest.approx(kernel_ridge(kernel, train, values, tests))


def test_curved_differences_are_used() -> None:
    sphere = Sphere(2)
    train, tests = sphere.sample(300, 0), sphere.sample(20, 1)
    values = train @ np.array([1.0, -2.0, 0.5])
    expected = local_polynomial(sphere, train, values, tests, 1)
    assert local_linear_weights(sphere, train, tests).predict(values) == pytest.approx(expected)


def test_the_variance_over_a_process_is_that_of_its_draws() -> None:
    cube, rng = Cube(2), np.random.default_rng(0)
    train, tests = cube.sample(120, rng), cube.sample_inner(40, rng)
    process = ArcCosine(2, 1.0)
    drawn = gaussian_process(process, np.concatenate([train, tests]), rng, draws=4000).values
    known, truth = drawn[:120], drawn[120:]
    few = local_linear_weights(cube, train, tests)
    residuals = np.stack([few.predict(column) for column in known.T], axis=1) - truth
    exact = few_variance(process, train, tests, few)
    assert (residuals**2).mean(axis=1) == pytest.approx(exact, rel=0.12)
    sampled = moments(residuals)
    assert gaussian_moments(exact).mean(axis=1) == pytest.approx(sampled.mean(axis=1), rel=0.05)
    weights = kernel_weights(Matern(1.5), train, tests, ridge=1e-12)
    exact = dense_variance(process, train, tests, weights)
    residuals = weights.T @ known - truth
    assert (residuals**2).mean(axis=1) == pytest.approx(exact, rel=0.12, abs=1e-9)


def test_tests_outside_the_hull_and_repeated_points_are_refused() -> None:
    train = Cube(2).sample(20, 0)
    with pytest.raises(ArgumentError, match="outside the hull"):
        delaunay_weights(train, np.array([[2.0, 2.0]]))
    with pytest.raises(ArgumentError, match="cannot be factored"):
        kernel_weights(Matern(1.5), np.repeat(train, 2, axis=0), train, ridge=0.0)
