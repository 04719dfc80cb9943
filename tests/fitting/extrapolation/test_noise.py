"""Binning, local noise and late weights."""

from __future__ import annotations

import numpy as np

from lawcast.fitting.extrapolation.noise import (
    BIN,
    bin_points,
    noise_variance,
    precision,
    shares,
)
from lawcast.fitting.extrapolation.rule import Rule

RULE = Rule()


def test_bins_are_means_counted_from_the_end() -> None:
    u = np.array([0.0, -0.01, -0.02, -0.3, -0.31, -2.0])
    v, log_y, counts = bin_points(u, np.arange(6.0))
    np.testing.assert_allclose(v, [-2.0, -0.305, -0.01])
    np.testing.assert_allclose(log_y, [5.0, 3.5, 1.0])
    np.testing.assert_allclose(counts, [1, 2, 3])


def test_a_short_curve_gets_finer_bins() -> None:
    u = np.log(np.linspace(0.98, 1.0, 30))
    v, _, _ = bin_points(u, u)
    assert v.size > 8
    assert -u.min() < BIN


def test_shares_add_up_to_the_span() -> None:
    u = np.log(np.linspace(0.5, 1.0, 40))
    inner = shares(u)[1:-1].sum()
    np.testing.assert_allclose(inner, 0.5 * (u[-1] + u[-2] - u[0] - u[1]), rtol=1e-9)


def test_noise_is_found_with_and_without_correlation() -> None:
    rng = np.random.default_rng(0)
    u = np.linspace(-3.0, 0.0, 61)
    trend = np.log(1.0 + 0.5 * np.exp(-0.3 * u))
    white = [np.sqrt(noise_variance(u, trend + rng.normal(0, 0.02, 61), RULE)) for _ in range(60)]
    assert 0.018 < np.median(white) < 0.028
    walk = []
    for _ in range(60):
        e = rng.normal(0, 0.02, 61)
        for i in range(1, 61):
            e[i] += 0.6 * e[i - 1]
        walk.append(np.sqrt(noise_variance(u, trend + e, RULE)))
    # the long-run deviation of this AR(1) is 0.02 / 0.4 = 0.05; white would be 0.025
    assert 0.03 < np.median(walk) < 0.06


def test_noise_does_not_depend_on_the_unit_of_the_loss() -> None:
    rng = np.random.default_rng(1)
    u = np.linspace(-3.0, 0.0, 40)
    log_y = -0.1 * u + rng.normal(0, 0.01, 40)
    np.testing.assert_allclose(
        noise_variance(u, log_y, RULE), noise_variance(u, log_y + 20.0, RULE), rtol=1e-6
    )


def test_without_noise_weights_are_the_late_weights_times_the_share() -> None:
    u = np.linspace(-4.0, 0.0, 30)
    weight = precision(u, 0.0, RULE)
    expected = np.exp(RULE.power * u) * shares(u) / RULE.misfit**2
    np.testing.assert_allclose(weight, expected)


def test_for_evenly_spaced_x_the_power_three_is_the_square_of_x() -> None:
    x = np.linspace(0.5, 1.0, 40)
    weight = precision(np.log(x), 0.0, Rule(power=3.0))[1:-1]
    ratio = weight / x[1:-1] ** 2
    np.testing.assert_allclose(ratio, ratio[0], rtol=0.02)


def test_where_noise_dominates_points_count_alike() -> None:
    u = np.linspace(-1.0, 0.0, 20)
    weight = precision(u, 1.0, RULE)
    np.testing.assert_allclose(weight, 1.0, rtol=1e-2)


def test_trust_scales_weights() -> None:
    u = np.linspace(-1.0, 0.0, 5)
    trust = np.array([0.1, 0.1, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(precision(u, 1e-4, RULE, trust), precision(u, 1e-4, RULE) * trust)
