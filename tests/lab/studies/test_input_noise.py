"""Noise in the inputs: the dimension of the space takes the place of that of the data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.input_noise import STUDY, clean_distance, expected
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def torus() -> StudyResult:
    return run()


def test_without_noise_the_exponent_is_that_of_the_torus(torus):
    assert value(torus, "alpha", thickness=0, loss="l2") == pytest.approx(1.0, rel=0.05)


def test_thick_noise_gives_the_exponent_of_the_space(torus):
    thick = picked(torus, "alpha", thickness=0.3, loss="l2")
    assert thick.expected == pytest.approx(0.2)
    assert thick.outcome is Outcome.HOLDS
    assert thick.measured.value == pytest.approx(0.2, rel=0.15)


def test_the_exponent_falls_with_the_noise_and_with_the_size(torus):
    alphas = [value(torus, "alpha", thickness=t, loss="l2") for t in (0, 0.03, 0.1, 0.3)]
    assert alphas == sorted(alphas, reverse=True)
    early = value(torus, "alpha at small sizes", thickness=0.03)
    assert early > alphas[1] + 0.15


def test_what_is_expected_follows_the_premises():
    place = {"dimension": 2, "ambient": 10, "thickness": 0.3, "loss": "l2"}
    assert expected(place, 2048).value == pytest.approx(0.2)
    assert expected({**place, "ambient": 20}, 2048).value == pytest.approx(0.1)
    assert expected({**place, "loss": "l1"}, 2048).value == pytest.approx(0.1)
    assert expected({**place, "thickness": 0.0}, 2048).value == pytest.approx(1.0)
    between = expected({**place, "thickness": 0.03}, 2048)
    assert (between.relation, between.value) == ("<=", 1.0)
    # The same noise is thick as soon as there are enough points.
    assert expected({**place, "thickness": 0.03}, 10**7).relation == "="


def test_the_clean_distance_is_that_of_a_poisson_process(torus):
    clean = (torus.runs["thickness"] == 0) & (torus.runs["tokens"] == 8192)
    measured = float(np.mean(torus.runs["distance"][clean]))
    assert measured == pytest.approx(clean_distance(8192, 2), rel=0.02)


def test_another_space_gives_another_exponent():
    found = run(ambients=[4, 16], thicknesses=0.3, samples=[512, 2048, 8192], seeds=2)
    small, large = (value(found, "alpha", ambient=a, loss="l2") for a in (4, 16))
    assert small > large + 0.1


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    outcomes = [one.outcome for one in result.readings if one.outcome is not None]
    assert set(outcomes) == {Outcome.HOLDS}


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [64, 128], "seeds": 2}
    assert json.dumps(run(**axes).to_dict()) == json.dumps(run(**axes).to_dict())


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"ambients": 3}, ArgumentError),
        ({"thicknesses": -0.1}, ArgumentError),
        ({"thickness": 0.1}, UnknownNameError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
