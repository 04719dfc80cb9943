"""The published Chinchilla runs through the public door, against the published refit.

Besiroglu et al. 2024, "Chinchilla Scaling: A replication attempt", print for 240 of the 245 runs
(standard errors from 4,000 row bootstraps; 95 % percentile intervals)::

    E      1.8169  (0.0257)    1.769 to 1.871
    A      482.01  (124.52)    285 to 744
    B      2085.43 (1293.28)   1042 to 5810
    alpha  0.3478  (0.0154)    0.317 to 0.373
    beta   0.3658  (0.0206)    0.331 to 0.415
    beta / (alpha + beta)      0.513 (0.020)

They maximise a likelihood with a free scale; the plain Huber sum has its optimum at OPTIMUM below,
where their own objective is lower than at their printed values.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import lawcast as lc
from lawcast._data import packaged

OPTIMUM = {"E": "1.8172", "A": "477.8", "B": "2143.4", "alpha": ".3473", "beta": ".3672"}
ALL_RUNS = {"E": "1.8913", "A": "495.7", "B": "12846", "alpha": ".3493", "beta": ".4530"}
ERRORS = np.array([0.0256, 120.0, 1322.0, 0.0150, 0.0204])
PRINTED_ERRORS = np.array([0.0257, 124.52, 1293.28, 0.0154, 0.0206])
PRINTED_RANGES = np.array(
    [[1.769, 1.871], [285, 744], [1042, 5810], [0.317, 0.373], [0.331, 0.415]]
)


def table(left_out: int) -> lc.Runs:
    with packaged("chinchilla.csv") as path:
        runs = lc.read_runs(path, params_kind="total")
    return runs.drop(runs.row_ids[:left_out], reason="left out by Besiroglu et al. 2024")


@cache
def fit_240(rng: int = 0) -> lc.Fit:
    return lc.fit(table(5), bootstrap=4000, diagnosis=False, rng=rng)


def digits(fit: lc.Fit, expected: dict[str, str]) -> dict[str, str]:
    """Each parameter with as many decimals as the expected text."""
    shown = {}
    for name, text in expected.items():
        decimals = len(text.partition(".")[2])
        shown[name] = f"{fit.parameters[name].value:.{decimals}f}".removeprefix("0")
    return shown


def test_optimum_of_240_runs() -> None:
    fit = fit_240()
    assert len(fit.runs) == 240
    assert fit.law.name == "chinchilla"
    assert digits(fit, OPTIMUM) == OPTIMUM


def test_optimum_of_all_245_runs() -> None:
    fit = lc.fit(table(0), bootstrap=0, diagnosis=False)
    assert digits(fit, ALL_RUNS) == ALL_RUNS


def test_certificate() -> None:
    certificate = fit_240().certificate
    assert certificate.converged
    assert certificate.starts == 128
    assert certificate.reached >= 0.95
    assert certificate.gradient < 1e-9
    assert certificate.value == pytest.approx(0.00101827402, rel=1e-8)


def test_standard_errors_of_4000_draws() -> None:
    """Within 5 % of the reference with the fixed seed; see the test of ten seeds for B."""
    fit = fit_240()
    assert (fit.requested, fit.failed) == (4000, 0)
    errors = fit.draws.std(axis=0)
    np.testing.assert_allclose(errors, ERRORS, rtol=0.05)
    np.testing.assert_allclose(errors, PRINTED_ERRORS, rtol=0.06)


def test_percentile_intervals_are_the_printed_ones() -> None:
    found = np.quantile(fit_240().draws, [0.025, 0.975], axis=0).T
    width = np.diff(PRINTED_RANGES, axis=1)
    assert (np.abs(found - PRINTED_RANGES) < 0.06 * width).all()


def test_split_exponent() -> None:
    draws = fit_240().draws
    exponent = draws[:, 4] / (draws[:, 3] + draws[:, 4])
    assert exponent.mean() == pytest.approx(0.513, abs=0.005)
    assert exponent.std() == pytest.approx(0.020, abs=0.002)


@pytest.mark.slow
def test_standard_errors_over_ten_seeds() -> None:
    """Four of five are stable within 5 %; B is heavy-tailed.

    Its standard deviation over 4,000 draws ranges from 1,200 to 1,425 over the seeds 0 to 9 (seeds
    1 and 6 are 8 % above and 9 % below 1,322): one draw in a thousand lies above 12,000. The
    quartiles of B, and the standard deviation of log B, do not vary so.
    """
    errors = np.stack([fit_240(seed).draws.std(axis=0) for seed in range(10)])
    off = np.abs(errors / ERRORS - 1.0)
    assert (off[:, [0, 1, 3, 4]] < 0.05).all()
    assert (off[:, 2] < 0.12).all()
    assert np.median(errors[:, 2]) == pytest.approx(1322, rel=0.05)
    logs = np.array([np.log(fit_240(seed).draws[:, 2]).std() for seed in range(10)])
    assert logs.max() / logs.min() < 1.05
