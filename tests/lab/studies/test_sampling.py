"""Inputs with endless tails: the exponent tends to 1, whatever the loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.sampling import _gaps, _gaussian_moments
from lawcast.theory.verdict import Outcome
from study_readings import every, missed, picked


@pytest.fixture(scope="module")
def exact() -> StudyResult:
    return run_study("sampling", workers=1, methods="integral", seeds=3)


@pytest.mark.parametrize(("loss", "first", "last"), [("l2", 1.20, 1.04), ("l4", 1.34, 1.07)])
def test_gaussian_slopes_fall_to_one(
    exact: StudyResult, loss: str, first: float, last: float
) -> None:
    local = [one.measured.value for one in every(exact, "local alpha", loss=loss)]
    assert len(local) == 10
    assert local == sorted(local, reverse=True)
    assert local[0] == pytest.approx(first, abs=0.005)
    assert local[-1] == pytest.approx(last, abs=0.006)


def test_the_bound_on_compact_support_fails_for_gaussian_inputs(exact: StudyResult) -> None:
    for loss, bound in (("l2", 2.0), ("l4", 4.0)):
        gaussian = picked(exact, inputs="gaussian", loss=loss)
        assert (gaussian.expected, gaussian.outcome) == (1, Outcome.HOLDS)
        assert replace(gaussian, expected=bound, relation=">=").outcome is Outcome.FAILS
        uniform = picked(exact, inputs="uniform", loss=loss)
        assert (uniform.expected, uniform.outcome) == (bound, Outcome.HOLDS)
        assert missed(uniform) < 0.001


def test_simulations_agree_with_the_integral() -> None:
    result = run_study("sampling", workers=1, samples=[100, 1000], inputs="gaussian", seeds=3)
    ratios = every(result, "ratio")
    assert len(ratios) == 6
    for ratio in ratios:
        assert missed(ratio) < (0.1 if ratio.at["loss"] == "l4" else 0.05), ratio
    alpha = picked(result, inputs="gaussian", method="simulation", loss="l2")
    assert alpha.expected == pytest.approx(1.2, abs=0.01)
    assert missed(alpha) < 0.05


def test_the_integral_does_not_depend_on_its_nodes() -> None:
    for n in (10, 10**4, 10**12):
        pair = [_gaussian_moments(n, np.random.default_rng(seed)) for seed in (0, 1)]
        for loss in ("l1", "l2", "l4"):
            assert pair[0][loss] == pytest.approx(pair[1][loss], rel=1e-5)


def test_the_integral_agrees_with_an_adaptive_quadrature() -> None:
    from scipy.integrate import dblquad
    from scipy.special import ndtr

    def integrand(t: float, x: float) -> float:
        free = 1 - (ndtr(x + t) - ndtr(x - t))
        return float(2 * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * 2 * t * free**20)

    found = dblquad(integrand, 0, 6, 0, 12, epsabs=1e-6, epsrel=1e-5)[0]
    assert _gaussian_moments(20, np.random.default_rng(0))["l2"] == pytest.approx(found, rel=1e-3)


def test_gaps_beside_the_outermost_points_count() -> None:
    assert _gaps(np.array([0.0, 1.0]), np.array([-1.0, 0.25, 3.0])) == pytest.approx(
        [(1 + 0.25 + 2) / 3, (1 + 0.0625 + 4) / 3, (1 + 0.25**4 + 16) / 3]
    )


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {"samples": [1000, 2000], "seeds": 1, "workers": 1}
    csv = [run_study("sampling", rng=seed, **axes).runs_csv() for seed in (3, 3, 4)]
    assert csv[0] == csv[1] != csv[2]


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"samples": 0}, "whole number of 10 or more"),
        ({"samples": 10**16}, "takes at most"),
        ({"methods": "simulation", "samples": 10**6}, "would miss the tail"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("sampling", workers=1, **axes)


def test_unknown_inputs_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="uniform"):
        run_study("sampling", inputs="gausian")
