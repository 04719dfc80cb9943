"""Cross-entropy: the order of L2 above the entropy, no power law without subtracting it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.cross_entropy import STUDY, clipped, softmax
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def plane() -> StudyResult:
    return run()


@pytest.mark.parametrize(
    ("approximator", "alpha"), [("piecewise-constant", 1.0), ("piecewise-linear", 2.0)]
)
def test_the_excess_has_the_exponent_of_l2(plane, approximator, alpha):
    at = {"approximator": approximator, "probabilities": "off-zero"}
    for loss in ("kl", "excess"):
        found = picked(plane, "alpha", loss=loss, **at)
        assert found.expected == alpha
        assert found.outcome is Outcome.HOLDS
        assert found.measured.value == pytest.approx(alpha, rel=0.04)


@pytest.mark.parametrize("approximator", ["piecewise-constant", "piecewise-linear"])
def test_the_raw_loss_is_no_power_law(plane, approximator):
    raw = picked(plane, "alpha", loss="raw", approximator=approximator, probabilities="off-zero")
    assert abs(raw.measured.value) < 0.01
    assert raw.expected == 0
    assert raw.outcome is Outcome.HOLDS


@pytest.mark.parametrize("approximator", ["piecewise-constant", "piecewise-linear"])
def test_probabilities_that_touch_zero_lower_the_exponent(plane, approximator):
    at = {"approximator": approximator, "loss": "kl"}
    off, touching = (
        picked(plane, "alpha", probabilities=kind, **at) for kind in ("off-zero", "touching-zero")
    )
    assert touching.relation == ">="
    assert touching.expected == pytest.approx(off.expected / 2)
    assert touching.outcome is Outcome.HOLDS
    assert touching.measured.interval.high < off.measured.interval.low


def test_both_ways_to_the_excess_agree(plane):
    assert np.allclose(plane.runs["loss"], plane.runs["excess"], rtol=1e-6, atol=1e-13)
    assert np.allclose(plane.runs["raw"] - plane.runs["entropy"], plane.runs["excess"])


def test_probabilities_are_such_and_touch_zero_where_they_should(plane):
    logits = np.random.default_rng(0).standard_normal((1000, 3))
    for link in (softmax, clipped):
        assert np.allclose(link(logits).sum(axis=1), 1)
    assert softmax(logits).min() > 0
    assert np.mean(clipped(logits) == 0) > 0.1
    touching = plane.runs["probabilities"] == "touching-zero"
    assert plane.runs["zero"][touching].min() > 0.2
    assert plane.runs["zero"][~touching].max() == 0


def test_the_exponent_moves_with_the_dimension():
    found = run(dimensions=[1, 3], approximators="piecewise-constant", probabilities="off-zero")
    one, three = (value(found, "alpha", loss="kl", dimension=d) for d in (1, 3))
    assert one == pytest.approx(2, rel=0.08)
    assert three == pytest.approx(2 / 3, rel=0.08)


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    assert Outcome.FAILS not in {one.outcome for one in result.readings}


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [256, 512], "seeds": 2}
    assert json.dumps(run(**axes).to_dict()) == json.dumps(run(**axes).to_dict())


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"approximators": "oracle"}, UnknownNameError),
        ({"probabilities": "negative"}, UnknownNameError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
