"""Simplex skewness: known configurations, invariance, and the formula written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from lawcast.geometry.simplices import skewness

RNG = np.random.default_rng(3)


def by_formula(points):
    v = points - points.mean(axis=0)
    areas = lengths = 0.0
    for i in range(len(v)):
        for j in range(i + 1, len(v)):
            a, b = np.linalg.norm(v[i]), np.linalg.norm(v[j])
            cosine = np.clip(v[i] @ v[j] / (a * b), -1, 1)
            areas += a * b * math.sqrt(1 - cosine**2)
            lengths += a * b
    return areas / lengths


def test_it_is_the_formula():
    X = RNG.standard_normal((300, 9, 4))
    np.testing.assert_allclose(skewness(X), [by_formula(x) for x in X], rtol=1e-12)


def test_points_on_a_line_have_none():
    t = RNG.random((5, 16, 1))
    for line in (t, t * np.array([1.0, -2.0, 0.5]) + 3.0):
        np.testing.assert_allclose(skewness(line), 0.0, atol=1e-6)


@pytest.mark.parametrize("d", [2, 3, 8])
def test_plus_and_minus_the_axes(d):
    cross = np.concatenate([np.eye(d), -np.eye(d)])
    pairs = d * (2 * d - 1)  # of which d are opposite
    assert skewness(cross[None])[0] == pytest.approx((pairs - d) / pairs)


@pytest.mark.parametrize("k", [3, 5, 16])
def test_a_regular_simplex_comes_nearest_to_right_angles(k):
    value = skewness(np.eye(k)[None])[0]
    assert value == pytest.approx(math.sqrt(1 - 1 / (k - 1) ** 2))


def test_an_orthogonal_frame_has_nearly_all_there_is():
    assert skewness(5.0 * np.eye(200)[None])[0] == pytest.approx(1.0, abs=2e-5)


def test_an_equilateral_triangle():
    corners = np.array([[0, 0], [1, 0], [0.5, math.sqrt(3) / 2]])
    assert skewness(corners[None])[0] == pytest.approx(math.sin(2 * math.pi / 3))


def test_two_points_lie_on_a_line():
    assert skewness(np.array([[[0.0, 0.0], [1.0, 1.0]]]))[0] == pytest.approx(0.0, abs=1e-7)


def test_coinciding_points_have_no_angles():
    both = np.stack([np.ones((4, 2)), RNG.standard_normal((4, 2))])
    value = skewness(both)
    assert np.isnan(value[0])
    assert np.isfinite(value[1])


@given(st.integers(0, 10**6), st.floats(1e-6, 1e6), st.floats(-100, 100), st.integers(2, 6))
def test_rotation_scale_shift_and_order_change_nothing(seed, scale, shift, d):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((10, 7, d))
    turned = X @ ortho_group.rvs(d, random_state=seed).T
    moved = scale * (turned + shift)[:, rng.permutation(7)]
    np.testing.assert_allclose(skewness(moved), skewness(X), atol=1e-9)


def test_more_rows_than_a_block_and_single_precision():
    X = RNG.standard_normal((700, 5, 3)).astype(np.float32)
    np.testing.assert_allclose(skewness(X), skewness(X.astype(float)), rtol=1e-12)
    assert skewness(X).shape == (700,)


def test_between_0_and_1_and_growing_with_the_dimension():
    means = [skewness(RNG.standard_normal((400, 16, d))).mean() for d in (1, 2, 3, 6, 20, 100)]
    assert min(means) >= 0
    assert max(means) < 1
    assert (np.diff(means) > 0).all()
