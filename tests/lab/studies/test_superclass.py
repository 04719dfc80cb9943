"""0-1 error: order 1 with clean labels however they are grouped, order 2 beside the Bayes rule."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.superclass import STUDY
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def labels() -> StudyResult:
    return run(rules="labels", dimensions=2)


@pytest.fixture(scope="module")
def fits() -> StudyResult:
    return run(rules=["score", "plug-in"], dimensions=2, samples=[1024, 4096, 16384])


def test_grouping_leaves_the_exponent_and_moves_the_level(labels):
    many, two = (value(labels, "alpha", classes=n) for n in (16, 2))
    assert many == pytest.approx(0.5, rel=0.06)
    assert abs(many - two) < 0.05
    assert value(labels, "level over 2 classes") > 1.4


@pytest.mark.parametrize(
    ("rule", "approximator", "alpha"),
    [
        ("score", "piecewise-constant", 0.5),
        ("score", "piecewise-linear", 1.0),
        ("plug-in", "piecewise-constant", 1.0),
        ("plug-in", "piecewise-linear", 2.0),
    ],
)
def test_fits_to_a_score_have_order_one_and_plug_in_rules_order_two(
    fits, rule, approximator, alpha
):
    found = picked(fits, "alpha", rule=rule, approximator=approximator)
    assert found.expected == pytest.approx(alpha)
    assert found.outcome is not Outcome.FAILS
    assert found.measured.value == pytest.approx(alpha, rel=0.08)


def test_the_plug_in_rule_costs_less_than_the_mistakes_that_it_makes(fits):
    at = fits.runs["approximator"] == "piecewise-linear"
    wrong = fits.runs["loss"][at & (fits.runs["rule"] == "score")]
    cost = fits.runs["loss"][at & (fits.runs["rule"] == "plug-in")]
    assert np.all(cost < 0.2 * wrong)


def test_points_near_the_boundary_are_weighed_without_bias():
    """The strata give the share of wrong signs that a plain sample gives."""
    from lawcast.lab.studies.superclass import _mistake, _stratified
    from lawcast.lab.worlds.manifolds import Torus
    from lawcast.lab.worlds.targets import fourier_target

    torus, rng = Torus(2), np.random.default_rng(5)
    score, other = fourier_target(2, 1), fourier_target(2, 2)

    def fit(points):
        return (score(points) + 0.1 * other(points))[:, None]

    plain = torus.sample(400_000, rng)
    wrong = np.mean(np.sign(fit(plain)[:, 0]) != np.sign(score(plain)))
    found = [_stratified(torus, [score], fit, _mistake, rng) for _ in range(20)]
    error = np.std(found) / np.sqrt(20) + np.sqrt(wrong / 400_000)
    assert abs(np.mean(found) - wrong) < 4 * error


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    outcomes = [one.outcome for one in result.readings if one.outcome is not None]
    assert set(outcomes) == {Outcome.HOLDS}


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [256, 512], "dimensions": 1, "seeds": 1}
    assert json.dumps(run(**axes).to_dict()) == json.dumps(run(**axes).to_dict())


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"rules": "guess"}, UnknownNameError),
        ({"approximators": "oracle"}, UnknownNameError),
        ({"classes": 1}, ArgumentError),
        ({"classes": 5}, ArgumentError),
        ({"classes": 32}, ArgumentError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
