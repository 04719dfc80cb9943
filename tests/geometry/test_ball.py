"""Neighbours in the uniform ball: closed forms, and samples that are really drawn."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import betaincinv

from lawcast.geometry.ball import ball_log_distances, ball_share, lens


def draw_ball(rng, n, d):
    X = rng.standard_normal((n, d))
    return X * rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.93])
def test_share_on_a_segment(rho):
    r = np.array([0.01, 0.05, 1 - rho, 1.0, 1 + rho - 1e-9, 1 + rho, 3.0])
    expected = np.where(r <= 1 - rho, r, np.minimum((r + 1 - rho) / 2, 1.0))
    np.testing.assert_allclose(ball_share(r, rho, 1.0), expected, atol=1e-12)


@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_share_of_a_disc_is_the_lens_of_two_circles(rho):
    r = np.array([0.9, 1.1])
    a = np.arccos((rho**2 + r**2 - 1) / (2 * rho * r))
    b = np.arccos((rho**2 + 1 - r**2) / (2 * rho))
    area = r**2 * (a - np.sin(2 * a) / 2) + b - np.sin(2 * b) / 2
    np.testing.assert_allclose(ball_share(r, rho, 2.0), area / math.pi, rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2.5, 7, 40, 100])
def test_share_rises_from_0_to_1_without_a_jump(d):
    r = np.linspace(1e-6, 2.0, 20_001)
    share = ball_share(r, 0.7, float(d))
    assert share[0] < 1e-5
    assert share[-1] == 1.0
    assert (np.diff(share) > -1e-12).all()
    assert np.diff(share).max() < 0.02
    near = r < 0.3
    np.testing.assert_allclose(share[near], r[near] ** d, rtol=1e-12)


def test_share_of_a_ball_by_counting_points():
    rng = np.random.default_rng(0)
    X = draw_ball(rng, 40_000, 5)
    centre = np.zeros(5)
    centre[0] = 0.8
    distance = np.linalg.norm(X - centre, axis=1)
    r = np.array([0.5, 0.8, 1.1, 1.4])
    counted = (distance[:, None] <= r).mean(axis=0)
    np.testing.assert_allclose(ball_share(r, 0.8, 5.0), counted, atol=4 * 0.5 / 200)


def test_the_lens_is_tabulated_from_the_smallest_share_to_all():
    radii, inside = lens(0.6, 8.0, math.log(1e-5))
    assert inside[0] <= math.log(1e-5)
    assert inside[-1] == 0.0
    assert (np.diff(radii) > 0).all()
    assert (np.diff(inside) >= 0).all()
    np.testing.assert_allclose(np.exp(inside), ball_share(np.exp(radii), 0.6, 8.0), rtol=1e-12)


def test_on_a_segment_as_an_integral():
    n, ranks = 100, (1, 2, 8)
    middles = (np.arange(2000) + 0.5) / 2000
    expected = []
    for j in ranks:
        share = betaincinv(j, n - j, middles)[:, None]
        radius = np.where(share <= 1 - middles, share, 2 * share - (1 - middles))
        expected.append(np.log(radius).mean())
    np.testing.assert_allclose(ball_log_distances(1.0, n, ranks), expected, atol=0.01)


@pytest.mark.parametrize("d", [1, 2, 3, 5, 10, 20, 50, 100])
def test_against_samples_really_drawn(d):
    rng = np.random.default_rng(d)
    n, ranks, draws = 200, (1, 2, 4, 8, 16, 32), 60
    means = []
    for _ in range(draws):
        X = draw_ball(rng, n, d)
        logs = np.log(np.sort(cdist(X, X), axis=1)[:, list(ranks)])
        means.append(logs.mean(axis=0))
    drawn, computed = np.array(means), ball_log_distances(d, n, ranks)
    error = drawn.std(axis=0, ddof=1) / math.sqrt(draws)
    assert (np.abs(drawn.mean(axis=0) - computed) < 4.5 * error + 0.01 / d).all()
    gaps = np.diff(drawn, axis=1)
    error = gaps.std(axis=0, ddof=1) / math.sqrt(draws) / gaps.mean(axis=0)
    ratio = gaps.mean(axis=0) / np.diff(computed)
    assert (np.abs(np.log(ratio)) < 4.5 * error + 0.003).all()


@pytest.mark.parametrize("d", [0.5, 1, 2])
def test_many_points_in_few_dimensions_feel_no_boundary(d):
    ranks = (1, 2, 4, 8)
    harmonic = np.array([1.0, 1 / 2 + 1 / 3, 1 / 4 + 1 / 5 + 1 / 6 + 1 / 7])
    logs = ball_log_distances(d, 10**7, ranks)
    np.testing.assert_allclose(harmonic / np.diff(logs), d, rtol=0.02)


def test_the_boundary_makes_distances_more_even_the_higher_the_dimension():
    naive = [1 / np.diff(ball_log_distances(d, 1000, (1, 2)))[0] for d in (2, 5, 10, 30, 100)]
    shares = np.array(naive) / (2, 5, 10, 30, 100)
    assert (np.diff(naive) > 0).all()
    assert (np.diff(shares) < 0).all()


def test_the_answer_is_a_copy_that_the_cache_does_not_share():
    first = ball_log_distances(3.0, 50, (1, 2))
    first[:] = 0.0
    assert (ball_log_distances(3.0, 50, (1, 2)) < 0).all()
