"""Skills learned one by one: a in parameters, a/(1+a) in data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.quanta import STUDY, expected_loss, tail
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def quick() -> StudyResult:
    return run()


@pytest.mark.parametrize("a", [0.5, 1.0])
def test_the_exponent_in_data_is_below_that_in_parameters(quick, a):
    assert value(quick, "alpha", a=a, loss="parameters") == pytest.approx(a, rel=0.01)
    assert value(quick, "alpha", a=a, loss="expected") == pytest.approx(a / (1 + a), rel=0.01)
    assert value(quick, "alpha", a=a, loss="data") == pytest.approx(a / (1 + a), rel=0.05)
    assert picked(quick, "alpha_D / alpha_P", a=a).measured.interval.high < 0.9


def test_every_reading_agrees_with_theory(quick):
    assert {one.outcome for one in quick.readings} == {Outcome.HOLDS}


def test_samples_lose_what_they_lose_on_average(quick):
    share = quick.runs["loss"] / quick.runs["expected"]
    for a in (0.5, 1.0):
        of_a = share[quick.runs["a"] == a]
        error = of_a.std() / np.sqrt(of_a.size)
        assert abs(of_a.mean() - 1) < 4 * error


@pytest.mark.parametrize(("a", "times"), [(0.5, 1), (1.0, 1), (1.0, 3)])
def test_the_expected_loss_is_the_plain_sum(a, times):
    from scipy.special import bdtr, zeta

    rank = np.arange(1, 4_000_001, dtype=float)
    p = rank ** -(1 + a) / zeta(1 + a)
    plain = (p * bdtr(times - 1, 1000, p)).sum() + zeta(1 + a, 4_000_001) / zeta(1 + a)
    assert expected_loss(1000, a, times) == pytest.approx(plain, rel=1e-6)


def test_the_tail_is_what_is_left_of_one():
    p = np.arange(1, 11, dtype=float) ** -2 / (np.pi**2 / 6)
    assert tail(10, 1.0) == pytest.approx(1 - p.sum())
    assert tail(0, 0.5) == pytest.approx(1)


def test_more_sightings_cost_more_samples_at_the_same_exponent():
    found = run(exponents=1.0, sightings=[1, 4], samples=[4096, 16384], seeds=1)
    once, often = (value(found, "alpha", loss="expected", sightings=n) for n in (1, 4))
    assert often == pytest.approx(once, rel=0.05)
    losses = {n: found.runs["expected"][found.runs["sightings"] == n] for n in (1, 4)}
    assert np.all(losses[4] > 1.5 * losses[1])


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    assert {one.outcome for one in result.readings} == {Outcome.HOLDS}


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [256, 512], "seeds": 2}
    assert json.dumps(run(**axes).to_dict()) == json.dumps(run(**axes).to_dict())


@pytest.mark.parametrize(
    "axes",
    [{"exponents": 0}, {"exponents": 5}, {"sightings": 0}, {"sightings": 1.5}, {"samples": 0}],
)
def test_values_that_make_no_sense_are_refused(axes):
    with pytest.raises(ArgumentError):
        run(**axes)
