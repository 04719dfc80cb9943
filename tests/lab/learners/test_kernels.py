"""Kernels, ridge regression, and the exponents of spectra."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.learners.kernels import (
    ArcCosine,
    Kernel,
    Matern,
    find_kernel,
    kernel_names,
    kernel_ridge,
)
from lawcast.lab.learners.spectra import (
    matched_exponent,
    smooth_exponent,
    spectral_exponent,
    torus_spectrum,
)
from lawcast.lab.worlds.manifolds import Sphere, Torus

KERNELS: list[Kernel] = [Matern(0.5), Matern(1.5), Matern(2.5), ArcCosine(2), ArcCosine(1, 1.0)]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_is_positive_definite_and_interpolates(kernel: Kernel) -> None:
    points = Sphere(2).sample(60, 0)
    matrix = kernel(points, points)
    assert np.allclose(matrix, matrix.T, atol=1e-12)
    assert np.linalg.eigvalsh(matrix).min() > -1e-10
    values = np.stack([points[:, 0], np.sin(3 * points[:, 1])], axis=1)
    found = kernel_ridge(kernel, points, values, points, ridge=1e-12)
    assert found == pytest.approx(values, abs=1e-6)
    one = kernel_ridge(kernel, points, values[:, 1], points, ridge=1e-12)
    assert one == pytest.approx(values[:, 1], abs=1e-6)


def test_matern_values() -> None:
    a, b = np.array([[0.0, 0.0]]), np.array([[0.6, 0.8]])
    assert Matern(0.5, 2.0)(a, b)[0, 0] == pytest.approx(np.exp(-0.5))
    r = np.sqrt(3)
    assert Matern(1.5)(a, b)[0, 0] == pytest.approx((1 + r) * np.exp(-r))
    r = np.sqrt(5)
    assert Matern(2.5)(a, b)[0, 0] == pytest.approx((1 + r + r**2 / 3) * np.exp(-r))


def test_the_arc_cosine_kernel_is_a_mean_over_relu_units() -> None:
    points = np.random.default_rng(0).standard_normal((3, 2))
    weights = np.random.default_rng(1).standard_normal((2, 1_000_000)) / np.sqrt(2)
    active = np.maximum(points @ weights, 0)
    sampled = active @ active.T / 1_000_000
    assert np.abs(ArcCosine(1)(points, points) - sampled).max() < 0.01
    scaled = ArcCosine(3)(2 * points, 5 * points)
    assert scaled == pytest.approx(10 * ArcCosine(3)(points, points))
    zero = ArcCosine(1)(np.zeros((1, 2)), points)
    assert np.all(zero == 0)


def test_ridge_solves_the_regularised_system() -> None:
    points, tests = Torus(1).sample(40, 0), Torus(1).sample(9, 1)
    values = np.cos(6 * points[:, 0])
    kernel = Matern(0.5, 0.2)
    expected = kernel(tests, points) @ np.linalg.solve(
        kernel(points, points) + 0.1 * np.eye(40), values
    )
    assert kernel_ridge(kernel, points, values, tests, ridge=0.1) == pytest.approx(expected)


@pytest.mark.parametrize(("nu", "d", "grid"), [(0.5, 1, 4096), (1.5, 1, 4096), (0.5, 2, 256)])
def test_the_spectrum_falls_as_predicted(nu: float, d: int, grid: int) -> None:
    kernel = Matern(nu, 0.1)
    values = torus_spectrum(kernel, d, grid)
    assert values.sum() == pytest.approx(1.0)
    ranks = np.arange(1, len(values) + 1)
    part = slice(len(values) // 200, len(values) // 40)
    slope = -np.polyfit(np.log(ranks[part]), np.log(values[part]), 1)[0]
    assert slope == pytest.approx(1 + spectral_exponent(kernel, d), rel=0.03)
    points = Torus(d).sample(400, 0)
    embedded = Torus(d).embed(points)
    sampled = np.linalg.eigvalsh(kernel(embedded, embedded))[::-1] / 400
    assert sampled[0] == pytest.approx(values[0], rel=0.1)


def test_exponents() -> None:
    assert spectral_exponent(Matern(0.5), 4) == pytest.approx(0.25)
    assert spectral_exponent(ArcCosine(2), 3) == pytest.approx(1.0)
    assert matched_exponent(Matern(1.5), 2) == pytest.approx(1.5)
    assert matched_exponent(Matern(1.5), 2, power=1) == pytest.approx(0.75)
    assert smooth_exponent(Matern(0.5), 1, boundary=False) == pytest.approx(4.0)
    assert smooth_exponent(Matern(0.5), 1, boundary=True) == pytest.approx(3.0)
    assert smooth_exponent(Matern(1.5), 2, boundary=True) == pytest.approx(3.0)
    with pytest.raises(ArgumentError, match="whole dimension"):
        spectral_exponent(Matern(0.5), 2.5)  # type: ignore[arg-type]


def test_bad_input_is_refused() -> None:
    assert [find_kernel(name).smoothness for name in kernel_names()] == [0.5, 0.5, 1.5, 2.5, 1.5]
    with pytest.raises(UnknownNameError, match="laplace"):
        find_kernel("laplac")
    with pytest.raises(ArgumentError, match=r"nu=0\.5, 1\.5 or 2\.5"):
        Matern(1.0)
    with pytest.raises(ArgumentError, match="length"):
        Matern(0.5, 0.0)
    with pytest.raises(ArgumentError, match="depth"):
        ArcCosine(0)
    points = np.zeros((5, 1))
    with pytest.raises(ArgumentError, match=r"cannot be factored.*Try ridge=1e-12"):
        kernel_ridge(Matern(0.5), points, np.zeros(5), points, ridge=0.0)
    with pytest.raises(ArgumentError, match="NaN"):
        kernel_ridge(Matern(0.5), points * np.nan, np.zeros(5), points)
    with pytest.raises(ArgumentError, match="tests must be a table of 1 columns"):
        kernel_ridge(Matern(0.5), points, np.zeros(5), np.zeros((2, 2)))
    with pytest.raises(ArgumentError, match="at most 8192"):
        kernel_ridge(Matern(0.5), np.zeros((8193, 1)), np.zeros(8193), points)
    with pytest.raises(ArgumentError, match="too large"):
        torus_spectrum(Matern(0.5), 3, 1000)
