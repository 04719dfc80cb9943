"""Noise: moments, floors, and the excess loss against quadrature without cancellation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import roots_jacobi
from scipy.stats import norm

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.worlds.noise import (
    Gaussian,
    Laplace,
    Noise,
    Skewed,
    Uniform,
    find_noise,
    noise_names,
)

DELTAS = [1e-6, 1e-4, 1e-2, 0.1, 0.5, 1.0, 1.999, 3.0, 10.0]
EVERY = pytest.mark.parametrize("noise", [Gaussian(0.7), Laplace(0.7), Uniform(0.7), Skewed(0.7)])


def density(noise: Noise, at: float) -> float:
    sd = noise.sd
    if isinstance(noise, Gaussian):
        return float(norm.pdf(at, scale=sd))
    if isinstance(noise, Laplace):
        return float(np.exp(-abs(at) * np.sqrt(2) / sd) / (sd * np.sqrt(2)))
    if isinstance(noise, Uniform):
        return 1 / (2 * sd * np.sqrt(3)) if abs(at) <= sd * np.sqrt(3) else 0.0
    return float(np.exp(-(at / sd + 1)) / sd) if at >= -sd else 0.0


def gaussian_excess(delta: float, power: float, sd: float) -> float:
    """∫ (δ-s) q(q-1) E|s+e|^(q-2) ds from 0 to δ: every term is positive, so none cancels."""
    node, weight = np.polynomial.legendre.leggauss(80)
    shift, across = delta * (node + 1) / 2, delta * weight / 2
    node, weight = roots_jacobi(240, 0.0, power - 2)  # takes the power u^(q-2) into its weights
    half = (delta + 12 * sd) / 2
    size = half * (node + 1)
    both = norm.pdf(size - shift[:, None], scale=sd) + norm.pdf(size + shift[:, None], scale=sd)
    moment = half ** (power - 1) * both @ weight
    return float(power * (power - 1) * (across * (delta - shift)) @ moment)


@EVERY
def test_moments(noise: Noise) -> None:
    drawn = noise.sample(400_000, 0)
    assert drawn.mean() == pytest.approx(0.0, abs=0.005)
    assert drawn.std() == pytest.approx(0.7, rel=0.01)
    assert np.abs(drawn).mean() == pytest.approx(noise.mean_absolute, rel=0.01)
    assert np.mean(drawn**3) == pytest.approx(noise.third, abs=0.03)
    assert np.mean(drawn**4) == pytest.approx(noise.fourth, rel=0.06)
    assert noise.density_at_zero == pytest.approx(density(noise, 0.0))
    assert noise.floor(1) == noise.mean_absolute
    assert noise.floor(2) == pytest.approx(0.49)
    assert noise.floor(4) == pytest.approx(noise.fourth)
    assert np.array_equal(noise.sample(5, 1), noise.sample(5, 1))


@EVERY
@pytest.mark.parametrize("sign", [1, -1])
def test_l1_excess_is_exact(noise: Noise, sign: int) -> None:
    for size in DELTAS:
        delta = sign * size
        # E|δ+e| - E|e| = (1 - 2P(e<0)) δ + 2 ∫ (|δ| - s) p(∓s) ds: one integral, no difference.
        below = 1 - np.exp(-1) if isinstance(noise, Skewed) else 0.5
        edge = 0.7 if isinstance(noise, Skewed) else 0.7 * np.sqrt(3)
        ends = [0.0, *([edge] if edge < size else []), size]

        def weighted(s: float, size: float = size) -> float:
            return (size - s) * density(noise, -sign * s)

        bend = sum(
            quad(weighted, a, b, epsabs=0, epsrel=1e-13)[0]
            for a, b in itertools.pairwise(ends)
            if density(noise, -sign * (a + b) / 2) > 0
        )
        expected = (1 - 2 * below) * delta + 2 * bend
        assert noise.excess(delta, 1) == pytest.approx(expected, rel=1e-10), delta


@pytest.mark.parametrize("power", [1.3, 2.0, 3.0, 4.0, 6.5])
def test_gaussian_excess_of_any_power(power: float) -> None:
    noise = Gaussian(0.7)
    for delta in DELTAS:
        expected = gaussian_excess(delta, power, 0.7)
        assert noise.excess(delta, power) == pytest.approx(expected, rel=1e-10), delta
        assert noise.excess(-delta, power) == noise.excess(delta, power)


@EVERY
def test_excess_agrees_with_samples(noise: Noise) -> None:
    drawn = noise.sample(1_000_000, 3)
    for power in (1.0, 2.0, 4.0):
        for delta in (-1.5, 0.4):
            each = np.abs(drawn + delta) ** power - np.abs(drawn) ** power
            error = each.std() / 1000
            assert noise.excess(delta, power) == pytest.approx(each.mean(), abs=4 * error)


def test_orders_cross_over() -> None:
    noise = Gaussian(0.5)
    assert noise.excess(1e-5, 1) == pytest.approx(noise.density_at_zero * 1e-10, rel=1e-6)
    assert noise.excess(50.0, 1) == pytest.approx(50.0 - noise.mean_absolute)
    assert noise.excess(1e-5, 4) == pytest.approx(6 * 0.25 * 1e-10, rel=1e-6)
    skewed = Skewed(0.5)
    assert skewed.excess(1e-6, 1) < 0  # the mean is not the minimiser of L1
    assert skewed.excess(-1e-6, 1) > 0


def test_general_and_special_forms_meet() -> None:
    noise = Gaussian(0.3)
    delta = np.geomspace(1e-6, 10, 60)
    assert np.allclose(noise._power_excess(delta, 1.0), noise.excess(delta, 1), rtol=1e-11, atol=0)
    assert np.allclose(noise._power_excess(delta, 4.0), noise.excess(delta, 4), rtol=1e-11, atol=0)
    assert noise.excess(delta.reshape(6, 10), 3).shape == (6, 10)


def test_bad_input_is_refused() -> None:
    assert [find_noise(name, 0.1).sd for name in noise_names()] == [0.1] * 4
    with pytest.raises(UnknownNameError, match="gaussian"):
        find_noise("gausian", 1.0)
    with pytest.raises(ArgumentError, match="standard deviation"):
        Gaussian(0.0)
    with pytest.raises(ArgumentError, match="1, 2 and 4, not 3"):
        Laplace(1.0).excess(0.1, 3)
    with pytest.raises(ArgumentError, match="1, 2 and 4, not 3"):
        Uniform(1.0).floor(3)
    with pytest.raises(ArgumentError, match="NaN"):
        Gaussian(1.0).excess(np.nan, 1)
    with pytest.raises(ArgumentError, match="power"):
        Gaussian(1.0).excess(0.1, 0)
