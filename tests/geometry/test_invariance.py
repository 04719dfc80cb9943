"""The dimension does not depend on how points are turned, moved, scaled, embedded or ordered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

import lawcast as lc
from lawcast.geometry.estimators import GENERAL

METHODS = ("combined", "ess", "twonn", "mle-calibrated", "gride-4", "correlation")


def cloud(seed, n=150, d=3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return np.concatenate([X, np.sin(X[:, :1])], axis=1)


def value(X, method="combined", **options):
    return lc.intrinsic_dimension(X, method=method, draws=0, **options).value


seeds = st.integers(0, 10**6)
few = settings(max_examples=12)


@few
@given(seeds, st.sampled_from(METHODS))
def test_rotation(seed, method):
    X = cloud(seed)
    turned = X @ ortho_group.rvs(4, random_state=seed)
    assert value(turned, method) == pytest.approx(value(X, method), rel=1e-6)


@few
@given(seeds, st.floats(-1e4, 1e4), st.sampled_from(METHODS))
def test_shift(seed, shift, method):
    X = cloud(seed)
    assert value(X + shift, method) == pytest.approx(value(X, method), rel=1e-6)


@few
@given(seeds, st.floats(-250, 250), st.sampled_from(METHODS))
def test_scale(seed, power, method):
    X = cloud(seed)
    assert value(X * 10.0**power, method) == pytest.approx(value(X, method), rel=1e-6)


@few
@given(seeds, st.integers(1, 40), st.sampled_from(METHODS))
def test_more_dimensions_of_nothing(seed, more, method):
    X = cloud(seed)
    padded = np.concatenate([X, np.zeros((len(X), more))], axis=1)
    assert value(padded, method) == pytest.approx(value(X, method), rel=1e-6)


@few
@given(seeds, st.integers(5, 60), st.sampled_from(METHODS))
def test_any_isometric_embedding(seed, width, method):
    X = cloud(seed)
    frame = np.linalg.qr(np.random.default_rng(seed).standard_normal((width, 4)))[0]
    assert value(X @ frame.T, method) == pytest.approx(value(X, method), rel=1e-6)


@few
@given(seeds, st.sampled_from(METHODS))
def test_order_of_rows_and_columns(seed, method):
    X = cloud(seed)
    rng = np.random.default_rng(seed)
    mixed = X[rng.permutation(len(X))][:, rng.permutation(4)]
    assert value(mixed, method) == pytest.approx(value(X, method), rel=1e-9)


@pytest.mark.parametrize("method", [one.name for one in GENERAL])
def test_every_method_is_invariant(method):
    X = cloud(1)
    frame = np.linalg.qr(np.random.default_rng(2).standard_normal((9, 4)))[0]
    moved = 3e-3 * (X[::-1] @ frame.T) + 7.0
    assert value(moved, method) == pytest.approx(value(X, method), rel=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "periodic"])
def test_other_metrics_have_invariances_of_their_own(metric):
    rng = np.random.default_rng(3)
    X = rng.random((200, 4))
    if metric == "cosine":
        moved, box = X * rng.uniform(0.1, 10, (200, 1)) @ ortho_group.rvs(4, random_state=0), None
    else:
        moved, box = X + 5.3 + rng.integers(-2, 3, (200, 4)), 1.0
    first, second = (value(Y, metric=metric, box=box) for Y in (X, moved))
    assert second == pytest.approx(first, rel=1e-6)


def test_more_than_the_answer_stays_the_same():
    X = cloud(5)
    one = lc.intrinsic_dimension(X, draws=0)
    two = lc.intrinsic_dimension(100.0 * X[:, ::-1] + 3.0, draws=0)
    assert [s.value for s in two.scales] == pytest.approx([s.value for s in one.scales], rel=1e-6)
    assert [s.radius for s in two.scales] == pytest.approx(
        [100 * s.radius for s in one.scales], rel=1e-6
    )
    assert two.status == one.status
    assert {f.code for f in two.findings} == {f.code for f in one.findings}


def test_equal_rows_change_nothing():
    X = cloud(6)
    again = np.concatenate([X, X[:50], X[:20]])
    assert value(again) == value(X)
