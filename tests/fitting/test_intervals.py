"""Percentile and BCa intervals against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lawcast._errors import UnknownNameError
from lawcast.fitting.intervals import corrected_draws, fewest_draws, interval_of


def test_percentile_is_the_quantiles() -> None:
    draws = np.random.default_rng(0).normal(size=1000)
    interval = interval_of(draws, 0.9, source="bootstrap of 7 runs")
    assert interval is not None
    assert (interval.low, interval.high) == tuple(np.quantile(draws, [0.05, 0.95]))
    assert interval.method == "percentile, bootstrap of 7 runs"


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_bca_is_that_of_scipy(level: float) -> None:
    """The mean of a skewed sample, against scipy's BCa on the same draws."""
    sample = np.random.default_rng(1).exponential(size=25)
    theirs = stats.bootstrap(
        (sample,), np.mean, confidence_level=level, n_resamples=4000, method="BCa",
        rng=np.random.default_rng(2),
    )  # fmt: skip
    left_out = np.array([np.delete(sample, k).mean() for k in range(25)])
    interval = interval_of(
        theirs.bootstrap_distribution, level, method="bca", estimate=float(sample.mean()),
        left_out=left_out,
    )  # fmt: skip
    assert interval is not None
    assert interval.low == pytest.approx(theirs.confidence_interval.low, rel=1e-3)
    assert interval.high == pytest.approx(theirs.confidence_interval.high, rel=1e-3)
    assert interval.method.startswith("bca, ")


def test_bca_without_what_it_needs_says_percentile() -> None:
    interval = interval_of(np.arange(100.0), 0.9, method="bca", estimate=50.0)
    assert interval is not None
    assert interval.method.startswith("percentile, ")


def test_corrected_draws_have_the_bca_quantiles() -> None:
    rng = np.random.default_rng(0)
    draws, left_out = rng.exponential(size=20_000), rng.exponential(size=40)
    corrected = corrected_draws(draws, 0.9, left_out)
    for level in (0.5, 0.9, 0.98):
        interval = interval_of(draws, level, method="bca", estimate=0.9, left_out=left_out)
        assert interval is not None
        plain = interval_of(corrected, level)
        assert plain is not None
        np.testing.assert_allclose(
            [plain.low, plain.high], [interval.low, interval.high], rtol=5e-3
        )
    assert corrected_draws(np.array([np.nan]), 0.9, left_out).size == 0


def test_too_few_draws() -> None:
    for level, fewest in ((0.5, 8), (0.9, 40), (0.99, 400)):
        assert fewest_draws(level) == fewest
        assert interval_of(np.arange(fewest - 1.0), level) is None
        assert interval_of(np.arange(float(fewest)), level) is not None
    broken = np.where(np.arange(60) < 30, np.nan, 1.0)
    assert interval_of(broken, 0.9) is None


@pytest.mark.parametrize("estimate", [-5.0, 5.0])
def test_estimate_outside_all_draws(estimate: float) -> None:
    draws = np.linspace(-1, 1, 200)
    interval = interval_of(
        draws, 0.9, method="bca", estimate=estimate, left_out=np.linspace(0, 1, 10)
    )
    assert interval is not None
    assert -1 <= interval.low <= interval.high <= 1


def test_equal_draws() -> None:
    interval = interval_of(np.ones(100), 0.9, method="bca", estimate=1.0, left_out=np.ones(10))
    assert interval is not None
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_unknown_method() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'bca'"):
        interval_of(np.arange(100.0), 0.9, method="bcaa")
