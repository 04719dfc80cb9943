"""Half-samples: what they average, and that they spread as new samples do."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import lawcast as lc
from lawcast.geometry.points import Points
from lawcast.geometry.subsampling import draw_halves, needed_neighbours
from lawcast.geometry.survey import take_survey

X = np.random.default_rng(4).standard_normal((120, 3))


def survey(X, k, *, queries=None, angles=True):
    return take_survey(
        Points.from_array(X), k, np.random.default_rng(0), queries=queries, metric="euclidean",
        box=None, precision="float32", engine="numpy", memory=2**27, threads=None, progress=None,
        angles=angles, far=False,
    )  # fmt: skip


def ball(rng, n, d):
    X = rng.standard_normal((n, d))
    return X * rng.random((n, 1)) ** (1 / d) / np.linalg.norm(X, axis=1, keepdims=True)


def halves_of(n, draws, rng):
    return [np.sort(rng.permutation(n)[: n // 2]) for _ in range(draws)]


def test_neighbours_within_a_half_are_found_without_a_search():
    drawn = draw_halves(survey(X, 119), 5, 6, np.random.default_rng(9))
    assert drawn.count == 60
    for half, means in zip(halves_of(120, 6, np.random.default_rng(9)), drawn.logs, strict=True):
        inside = np.sort(cdist(X[half], X[half]), axis=1)[:, 1:6]
        np.testing.assert_allclose(means, np.log(inside).mean(axis=0), rtol=1e-6)


def test_queries_of_a_half_ask_among_that_half():
    asked = np.flatnonzero(np.arange(120) % 3)
    drawn = draw_halves(survey(X, 119, queries=asked), 4, 6, np.random.default_rng(9))
    for half, means in zip(halves_of(120, 6, np.random.default_rng(9)), drawn.logs, strict=True):
        both = np.intersect1d(half, asked)
        inside = np.sort(cdist(X[both], X[half]), axis=1)[:, 1:5]
        np.testing.assert_allclose(means, np.log(inside).mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("k", [2, 13, 23])
def test_lists_of_the_needed_length_nearly_always_reach(k):
    rng = np.random.default_rng(k)
    kept = rng.random((100_000, needed_neighbours(k))) < 0.5
    assert (kept.sum(axis=1) < k).mean() < 0.01


def test_the_same_seed_draws_the_same_halves():
    found = survey(X, 64)
    one, two, other = (draw_halves(found, 5, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.logs, two.logs)
    np.testing.assert_array_equal(one.skewness, two.skewness)
    assert not np.array_equal(one.logs, other.logs)


def test_draws_that_do_not_reach_are_left_out():
    drawn = draw_halves(survey(X, 4), 5, 8, np.random.default_rng(0))
    assert len(drawn.logs) == 0
    assert draw_halves(survey(X, 4, angles=False), 1, 8, np.random.default_rng(0)).skewness is None


def test_progress_is_told():
    told = []
    draw_halves(survey(X, 40), 3, 5, np.random.default_rng(0), lambda *step: told.append(step))
    assert told == [("half-samples", i, 5) for i in range(5)]


def sampling_error(found):
    half = math.log(found.interval.high / found.value)
    return half / 1.6448536269514722


@pytest.mark.parametrize("d", [3, 12])
@pytest.mark.parametrize("method", ["extrapolated", "ess", "twonn-ml", "mle", "mle-calibrated"])
def test_halves_spread_as_new_samples_do(method, d):
    values, claimed = [], []
    for seed in range(100):
        X = ball(np.random.default_rng(seed), 300, d)
        found = lc.intrinsic_dimension(X, method=method, draws=64 if seed < 12 else 0)
        values.append(math.log(found.value))
        if seed < 12:
            claimed.append(sampling_error(found))
    # the spread of 100 samples is itself uncertain by 7 %
    assert 0.65 < np.mean(claimed) / np.std(values, ddof=1) < 1.5


@pytest.mark.parametrize("method", ["ess", "mle"])
def test_halves_of_a_query_sample_spread_as_new_samples_do(method):
    values, claimed = [], []
    for seed in range(80):
        X = ball(np.random.default_rng(seed), 1500, 3)
        options = {"method": method, "queries": 200, "rng": seed}
        found = lc.intrinsic_dimension(X, draws=64 if seed < 10 else 0, **options)
        values.append(math.log(found.value))
        if seed < 10:
            claimed.append(sampling_error(found))
    assert 0.65 < np.mean(claimed) / np.std(values, ddof=1) < 1.5
