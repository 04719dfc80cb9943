"""Every estimator against its published formula, by hand, by brute force or by chance."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist

import lawcast as lc
from lawcast.geometry.ball import ball_log_distances
from lawcast.geometry.estimators import (
    DEFAULT,
    ESTIMATORS,
    GENERAL,
    METHODS,
    Reading,
    _gride_likelihood,
    estimator_named,
)
from lawcast.geometry.points import Points
from lawcast.geometry.survey import Means, take_survey

RNG = np.random.default_rng(12)
X = RNG.standard_normal((250, 4))
LOGS = np.log(np.sort(cdist(X, X), axis=1)[:, 1:65])


def reading(X, k=64, metric="euclidean", box=None):
    points = Points.from_array(X)
    survey = take_survey(
        points, k, np.random.default_rng(0), queries=None, metric=metric, box=box,
        precision="float32", engine="numpy", memory=2**27, threads=None, progress=None,
        angles=False, far=False,
    )  # fmt: skip
    return Reading(survey, points, metric, box, "float32", 2**27, None)


def value(name, X, **options):
    return lc.intrinsic_dimension(X, method=name, draws=0, **options).value


def test_names_are_declared_once_and_the_default_comes_first():
    assert len(set(METHODS)) == len(METHODS)
    assert METHODS[0] == GENERAL[0].name == DEFAULT
    for estimator in ESTIMATORS:
        if estimator.metric is None:
            assert (estimator.of_means is None) != (estimator.of_survey is None)
        assert estimator.title
        assert estimator.source
        assert estimator_named(estimator.name) is estimator


def test_an_unknown_name_is_answered_with_a_near_one():
    with pytest.raises(lc.UnknownNameError, match="did you mean 'twonn'"):
        estimator_named("twoNN")


def test_twonn_by_hand_on_three_ratios():
    # points whose nearest two neighbours are at 1 and e^0.1, e^0.3, e^0.6
    logs = np.array([[0.0, 0.1], [0.0, 0.3], [0.0, 0.6]])
    means = Means(logs.mean(axis=0), None, 3, 3)
    assert estimator_named("twonn-ml").of_means(means) == pytest.approx((3 - 1) / (0.1 + 0.3 + 0.6))


def test_twonn_fit_by_its_formula():
    ratios = np.sort(np.exp(LOGS[:, 1] - LOGS[:, 0]))
    n = len(ratios)
    x, y = [], []
    for i in range(int(0.9 * n)):
        x.append(math.log(ratios[i]))
        y.append(-math.log(1 - (i + 1) / n))
    assert value("twonn", X) == pytest.approx(np.dot(x, y) / np.dot(x, x), rel=1e-6)


def test_twonn_likelihood_by_its_formula():
    expected = (len(X) - 1) / (LOGS[:, 1] - LOGS[:, 0]).sum()
    assert value("twonn-ml", X) == pytest.approx(expected, rel=1e-6)


def test_mle_by_its_formula():
    n, k = len(X), 20
    total = sum(LOGS[:, k - 1].sum() - LOGS[:, j].sum() for j in range(k - 1))
    assert value("mle", X) == pytest.approx((n * (k - 1) - 1) / total, rel=1e-6)


def poisson_logs(rng, m, k, d):
    """Log distances to the k nearest of a homogeneous Poisson process, m times independently."""
    return np.log(rng.standard_exponential((m, k)).cumsum(axis=1)) / d


@pytest.mark.parametrize(("name", "k"), [("mle", 20), ("twonn-ml", 2)])
def test_exactly_unbiased_on_a_poisson_process_even_with_few_points(name, k):
    rng = np.random.default_rng(1)
    d, m, repeats = 7.0, 5, 8000
    logs = poisson_logs(rng, m * repeats, k, d).reshape(repeats, m, k).mean(axis=1)
    found = estimator_named(name).of_means(Means(logs, None, 10**9, m))
    assert abs(found.mean() - d) < 4 * found.std() / math.sqrt(repeats)
    # the uncorrected m (k − 1)/Σ would fail this
    terms = m * (k - 1)
    wrong = found * terms / (terms - 1)
    assert abs(wrong.mean() - d) > 4 * found.std() / math.sqrt(repeats)


def density(mu, d, low, high):
    """f(μ) of Denti et al. 2022, up to a constant that is free of d."""
    gap = high - low
    return d * (mu**d - 1) ** (gap - 1) / mu ** ((high - 1) * d + 1)


@pytest.mark.parametrize("low", [1, 2, 4, 16])
@pytest.mark.parametrize("d", [0.7, 3.0, 25.0])
def test_gride_maximises_the_published_density(low, d):
    rng = np.random.default_rng(low)
    logs = poisson_logs(rng, 400, 2 * low, d)
    gaps = logs[:, 2 * low - 1] - logs[:, low - 1]
    mu = np.exp(gaps)

    def loss(log_d):
        return -np.log(density(mu, math.exp(log_d), low, 2 * low)).sum()

    best = minimize_scalar(loss, bounds=(math.log(d) - 1, math.log(d) + 1), method="bounded",
                           options={"xatol": 1e-9})  # fmt: skip
    assert _gride_likelihood(gaps, low) == pytest.approx(math.exp(best.x), rel=1e-5)


@pytest.mark.parametrize("low", [1, 2, 8, 32])
def test_gride_finds_the_dimension_of_a_poisson_process(low):
    logs = poisson_logs(np.random.default_rng(5), 4000, 2 * low, 9.0)
    assert _gride_likelihood(logs[:, -1] - logs[:, low - 1], low) == pytest.approx(9.0, rel=0.05)


def test_gride_with_ties():
    gaps = np.array([0.0, 0.0, 0.1, 0.2])
    for low in (1, 4):
        assert 0 < _gride_likelihood(gaps, low) < math.inf
    assert _gride_likelihood(np.zeros(9), 4) == math.inf


@pytest.mark.parametrize("name", ["gride-1", "gride-4", "gride-32"])
def test_gride_reads_the_ranks_of_its_name(name):
    low = int(name.partition("-")[2])
    gaps = LOGS[:, 2 * low - 1] - LOGS[:, low - 1]
    assert value(name, X) == pytest.approx(_gride_likelihood(gaps, low), rel=1e-6)


def brute_correlation(distances):
    sorted_ = np.sort(distances, axis=1)[:, 1:]
    radii = np.median(sorted_[:, 9]), np.median(sorted_[:, 19])
    near, far = ((sorted_ <= radius).sum() for radius in radii)
    return math.log(far / near) / math.log(radii[1] / radii[0])


def test_correlation_dimension_by_counting_pairs():
    expected = brute_correlation(cdist(X, X))
    assert value("correlation", X) == pytest.approx(expected, rel=1e-9)
    assert estimator_named("correlation").of_survey(reading(X)) == pytest.approx(expected, rel=1e-9)


def test_correlation_dimension_where_density_varies_and_on_a_torus():
    uneven = np.exp(1.5 * RNG.standard_normal((300, 2)))
    expected = brute_correlation(cdist(uneven, uneven))
    assert value("correlation", uneven) == pytest.approx(expected, rel=1e-9)
    torus = RNG.random((300, 2))
    gap = np.abs(torus[:, None] - torus[None])
    flat = np.sqrt((np.minimum(gap, 1 - gap) ** 2).sum(axis=2))
    found = value("correlation", torus, metric="periodic", box=1.0)
    assert found == pytest.approx(brute_correlation(flat), rel=1e-9)


def test_extrapolated_mle_is_a_weighted_line():
    means = LOGS.mean(axis=0)
    ladder = [4, 6, 8, 12, 16, 24, 32]
    each = [1 / np.mean([means[k - 1] - means[j] for j in range(k - 1)]) for k in ladder]
    square = [math.exp(2 * means[k - 1]) for k in ladder]
    line = np.polyfit(square, each, 1, w=np.sqrt(np.array(ladder) - 1))
    assert value("mle-extrapolated", X) == pytest.approx(line[1], rel=1e-6)


@pytest.mark.parametrize("name", ["twonn-calibrated", "mle-calibrated", "extrapolated", "combined"])
@pytest.mark.parametrize("d", [2, 9, 40])
def test_calibrated_estimators_find_the_ball(name, d):
    logs = ball_log_distances(d, 2500, tuple(range(1, 65)))
    found = estimator_named(name).of_means(Means(logs, None, 2500, 2500))
    assert found == pytest.approx(d, rel=0.01)


def test_the_same_from_a_batch_of_means():
    logs = np.stack([ball_log_distances(d, 500, tuple(range(1, 33))) for d in (2, 9)])
    skewness = np.array([0.7, 0.93])
    for estimator in ESTIMATORS:
        if estimator.of_means is None:
            continue
        batch = estimator.of_means(Means(logs, skewness, 500, 500))
        single = [
            float(estimator.of_means(Means(row, s, 500, 500)))
            for row, s in zip(logs, skewness, strict=True)
        ]
        np.testing.assert_allclose(batch, single, rtol=1e-9)


@pytest.mark.parametrize("name", [one.name for one in GENERAL if one.name != DEFAULT])
def test_a_method_alone_says_what_it_says_among_all(name):
    everything = lc.intrinsic_dimension(X, draws=0)
    assert value(name, X) == pytest.approx(everything.estimates[name].value, rel=1e-9)


@pytest.mark.parametrize("name", [one.name for one in GENERAL])
def test_every_method_finds_three_dimensions_in_a_cube(name):
    cube = np.random.default_rng(2).random((3000, 3))
    assert value(name, cube) == pytest.approx(3.0, rel=0.2)


@pytest.mark.parametrize(
    "name", [estimator.name for estimator in ESTIMATORS if estimator.of_means is not None]
)
def test_a_method_of_means_has_an_interval_of_its_own(name):
    found = lc.intrinsic_dimension(X, method=name)
    assert found.interval is not None
    assert found.interval.low < found.value <= found.interval.high
    assert found.interval.high / found.interval.low < 2


def test_no_interval_where_half_samples_say_nothing():
    assert lc.intrinsic_dimension(X, method="gride-2").interval is None
    assert lc.intrinsic_dimension(X, method="mle", draws=0).interval is None


@pytest.mark.parametrize("name", ["gride-16", "gride-32", "correlation"])
def test_a_method_that_needs_more_neighbours_than_there_are_is_refused(name):
    with pytest.raises(lc.FitRefused, match=f"{name}.*has 20 points, so each has 19 neighbours"):
        lc.intrinsic_dimension(X[:20], method=name)
    assert name not in lc.intrinsic_dimension(X[:20]).estimates
