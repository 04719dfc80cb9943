"""Noisy labels: plateaus of interpolators, rates of averages, and a sum that beats 4/d."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.label_noise import STUDY, near_count, plateau
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def nearest() -> StudyResult:
    return run(approximators="piecewise-constant", dimensions=[1, 2], samples=[1024, 4096, 16384])


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("noise", ["gaussian", "laplace", "uniform"])
def test_nearest_neighbour_tends_to_twice_the_noise(nearest, d, noise):
    at = {"dimension": d, "noise": noise}
    assert value(nearest, "plateau", loss="l2", **at) == pytest.approx(2, rel=0.03)
    assert value(nearest, "plateau", loss="clean", **at) == pytest.approx(1, rel=0.05)
    factor = {"gaussian": math.sqrt(2), "laplace": 1.5, "uniform": 4 / 3}[noise]
    assert value(nearest, "plateau", loss="l1", **at) == pytest.approx(factor, rel=0.02)


def test_the_factor_of_l1_depends_on_the_shape_of_the_noise(nearest):
    """sqrt(2) is for Gaussian noise alone: the intervals of the three do not meet."""
    ends = [
        picked(nearest, "plateau", loss="l1", dimension=2, noise=noise).measured.interval
        for noise in ("uniform", "gaussian", "laplace")
    ]
    assert ends[0].high < ends[1].low
    assert ends[1].high < ends[2].low


def test_sigma_squared_alone_leaves_no_power_law(nearest):
    after = picked(nearest, "alpha after sigma^2", dimension=2, noise="gaussian")
    assert abs(after.measured.value) < 0.03  # a clean power law would have 2/d = 1
    assert after.outcome is Outcome.HOLDS


@pytest.mark.parametrize("d", [1, 2])
def test_delaunay_tends_to_its_plateau(d):
    found = run(approximators="delaunay", dimensions=d, samples=[1024, 4096])
    assert value(found, "plateau", loss="l2") == pytest.approx(1 + 2 / (d + 2), rel=0.03)
    assert picked(found, "plateau", loss="clean").outcome is Outcome.HOLDS


@pytest.mark.slow
def test_delaunay_tends_to_its_plateau_in_space():
    found = run(approximators="delaunay", dimensions=3, samples=[4096, 16384, 65536], seeds=4)
    assert value(found, "plateau", loss="l2") == pytest.approx(1.4, rel=0.03)


def test_the_mean_of_neighbours_has_the_minimax_rate():
    found = run(approximators="k-nn", dimensions=2, samples=[1024, 2048, 4096, 8192, 16384])
    alpha = picked(found, "alpha", loss="clean")
    assert alpha.expected == pytest.approx(2 / 3)
    assert alpha.outcome is Outcome.HOLDS
    assert value(found, "alpha over 4/d") < 0.5


def test_an_additive_learner_beats_what_is_promised_without_noise():
    found = run(approximators="additive", dimensions=8)
    assert value(found, "alpha", loss="clean") == pytest.approx(1, rel=0.06)
    assert picked(found, "alpha over 4/d").outcome is Outcome.HOLDS  # 1 > 4/8


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    assert {one.outcome for one in result.readings} == {Outcome.HOLDS}


def test_the_expected_plateau_follows_the_place():
    place = {"approximator": "delaunay", "dimension": 3, "loss": "l2", "noise": "gaussian"}
    assert plateau(place).value == pytest.approx(1.4)
    assert plateau({**place, "dimension": 1}).value == pytest.approx(5 / 3)
    assert plateau({**place, "loss": "l1"}) is None
    assert plateau({**place, "approximator": "k-nn"}) is None
    assert plateau({**place, "approximator": "piecewise-constant"}).value == 2


def test_plateaus_are_in_units_of_the_noise():
    found = run(
        approximators="piecewise-constant",
        dimensions=1,
        noises="gaussian",
        sds=[0.5, 2.0],
        samples=[2048, 4096],
    )
    for sd in (0.5, 2.0):
        assert value(found, "plateau", loss="l2", sd=sd) == pytest.approx(2, rel=0.04)
    assert found.runs["l1"].max() > 3 * found.runs["l1"].min()


def test_the_count_of_neighbours_grows_as_declared():
    assert near_count(2**13, 2) == round(2 ** (26 / 3) / 2)
    assert near_count(2, 8) == 1


def test_the_same_seed_gives_the_same_numbers():
    axes = {"approximators": ["piecewise-constant", "k-nn"], "dimensions": 1, "samples": [256, 512]}
    one, two = run(seeds=2, **axes), run(seeds=2, **axes)
    assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())
    other = run_study(STUDY, workers=1, rng=1, seeds=2, **axes)
    assert other.runs["loss"].tolist() != one.runs["loss"].tolist()


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"approximators": "oracle"}, UnknownNameError),
        ({"noises": "skewed"}, UnknownNameError),
        ({"sds": 0.0}, ArgumentError),
        ({"samples": 3}, ArgumentError),
        ({"approximators": "additive", "dimensions": 2}, ArgumentError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
