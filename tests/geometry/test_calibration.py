"""Calibration: there and back, ends, and the shipped table of angles against drawn samples."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.special import digamma

from lawcast._data import packaged_text
from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.calibration import (
    HIGHEST,
    calibrate,
    calibrate_angles,
    pooled,
    steps,
)
from lawcast.geometry.simplices import NEIGHBOURS, skewness

TABLE = json.loads(packaged_text("dimension_angles.json"))
RANKS = tuple(range(1, 8))


@pytest.mark.parametrize("count", [20, 100, 2500, 50_000, 10**6])
@pytest.mark.parametrize("d", [0.5, 1, 2, 3.7, 10, 25, 70, 200])
@pytest.mark.parametrize("make", [steps, pooled])
def test_a_ball_has_the_dimension_of_the_ball(count, d, make):
    statistics = make(RANKS)
    found = calibrate(statistics, ball_log_distances(d, count, RANKS), count)
    assert np.exp(np.log(found).mean()) == pytest.approx(d, rel=1e-3)
    # single ranks are no smoother than the knots at which lenses are tabulated
    np.testing.assert_allclose(found, d, rtol=2e-3 if count > 20 else 1e-2)


@settings(max_examples=15)
@given(st.floats(0.5, 200.0), st.integers(20, 10**6), st.floats(-50, 50))
def test_there_and_back_at_any_dimension_in_any_unit(d, count, unit):
    statistics = steps((1, 2, 4))
    logs = ball_log_distances(d, count, (1, 2, 4)) + unit
    np.testing.assert_allclose(calibrate(statistics, logs, count), d, rtol=1e-3)


def test_naive_is_exact_for_a_flat_density():
    logs = digamma(np.array(RANKS)) / 6.5
    for make in (steps, pooled):
        np.testing.assert_allclose(make(RANKS).naive(logs), 6.5, rtol=1e-12)


def test_pooled_is_the_likelihood_by_its_formula():
    logs = np.log([1.0, 1.5, 1.7, 2.9])
    by_hand = [sum(logs[k - 1] - logs[j] for j in range(k - 1)) / (k - 1) for k in (2, 3, 4)]
    np.testing.assert_allclose(pooled((1, 2, 3, 4)).of(logs), by_hand)


def test_the_correction_is_small_for_few_dimensions_and_large_for_many():
    naive = [steps((1, 2)).naive(ball_log_distances(d, 2500, (1, 2)))[0] for d in (2, 20, 70)]
    assert 1.9 < naive[0] < 2.05
    assert naive[1] < 0.9 * 20
    assert naive[2] < 0.65 * 70


def test_no_dimension_has_distances_as_equal_as_that():
    logs = np.array([1.0, 1.0, 1.0 + 1e-6])
    assert np.isinf(calibrate(steps((1, 2, 3)), logs, 500)).all()
    assert np.isinf(calibrate(steps((1, 2)), np.zeros(2), 500)).all()
    almost = ball_log_distances(0.97 * HIGHEST, 500, (1, 2, 3))
    np.testing.assert_allclose(calibrate(steps((1, 2, 3)), almost, 500), 970.0, rtol=0.01)


def test_an_equal_rank_does_not_spoil_the_others():
    logs = ball_log_distances(4.0, 500, (1, 2, 4))
    found = calibrate(steps((1, 2, 4)), np.array([logs[1], logs[1], logs[2]]), 500)
    assert math.isinf(found[0])
    assert found[1] == pytest.approx(4.0, rel=1e-3)


def test_batches_are_calibrated_row_by_row():
    logs = np.stack([ball_log_distances(d, 300, (1, 2, 3)) for d in (2.0, 9.0, 31.0, 5.0)])
    batch = calibrate(steps((1, 2, 3)), logs.reshape(2, 2, 3), 300)
    assert batch.shape == (2, 2, 2)
    one_by_one = np.stack([calibrate(steps((1, 2, 3)), row, 300) for row in logs])
    np.testing.assert_allclose(batch.reshape(4, 2), one_by_one, rtol=1e-12)


def test_the_table_of_angles_is_in_order():
    skew = np.array(TABLE["skewness"])
    assert skew.shape == (len(TABLE["counts"]), len(TABLE["dimensions"]))
    assert TABLE["neighbours"] == NEIGHBOURS
    assert (np.diff(skew, axis=1) > 0).all()
    assert (skew[:, 0] == 0).all()
    assert (skew < 1).all()


def test_angles_there_and_back():
    for count, row in zip(TABLE["counts"], TABLE["skewness"], strict=True):
        for d, value in zip(TABLE["dimensions"], row, strict=True):
            assert calibrate_angles(value, count) == pytest.approx(d, rel=1e-6)


def test_angles_between_and_beyond_the_counts_of_the_table():
    at = TABLE["dimensions"].index(10)
    low, high = TABLE["counts"][6], TABLE["counts"][7]
    between = (TABLE["skewness"][6][at] + TABLE["skewness"][7][at]) / 2
    assert calibrate_angles(between, round(math.sqrt(low * high))) == pytest.approx(10, rel=0.02)
    first, last = TABLE["skewness"][0][at], TABLE["skewness"][-1][at]
    assert calibrate_angles(first, 5) == calibrate_angles(first, TABLE["counts"][0])
    assert calibrate_angles(last, 10**9) == calibrate_angles(last, TABLE["counts"][-1])


def test_angles_at_the_ends_of_their_range():
    assert calibrate_angles(0.0, 1000) == pytest.approx(1.0)
    assert calibrate_angles(1.0, 1000) == math.inf
    values = [calibrate_angles(s, 1000) for s in np.linspace(0, 1, 300)]
    assert (np.diff([v for v in values if math.isfinite(v)]) >= 0).all()


def drawn_skewness(rng, n, d, rows):
    X = rng.standard_normal((n, d))
    X *= rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)
    order = np.argsort(cdist(X[:rows], X), axis=1)[:, 1 : NEIGHBOURS + 1]
    return float(skewness(X[order]).mean())


@pytest.mark.parametrize("n", [50, 200, 1000])
@pytest.mark.parametrize("d", [2, 5, 10, 30, 100])
def test_the_shipped_table_against_drawn_samples(n, d):
    rng = np.random.default_rng(n + d)
    rows = min(n, 150)
    found = [calibrate_angles(drawn_skewness(rng, n, d, rows), n) for _ in range(8)]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - d) < 4.5 * error + 0.01 * d


@pytest.mark.parametrize("d", [500, 900])
def test_angles_beyond_the_table(d):
    rng = np.random.default_rng(d)
    assert calibrate_angles(drawn_skewness(rng, 400, d, 200), 400) == pytest.approx(d, rel=0.06)
