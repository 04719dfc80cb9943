"""Noise on test labels alone: L1 from order 1 to order 2, L4 from order 4 to order 2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.test_noise import STUDY
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def nearest() -> StudyResult:
    return run(approximators="piecewise-constant", noises=["none", "gaussian"])


@pytest.mark.parametrize(("loss", "clean"), [("l1", 0.5), ("l2", 1.0), ("l4", 2.0)])
def test_every_loss_flows_to_order_two_under_noise(nearest, loss, clean):
    assert value(nearest, "alpha", noise="none", loss=loss) == pytest.approx(clean, rel=0.05)
    assert value(nearest, "alpha", sd=0.5, loss=loss) == pytest.approx(1.0, rel=0.05)


def test_the_crossover_shows_where_residual_and_noise_are_alike(nearest):
    l1, l4 = (value(nearest, "alpha", sd=0.05, loss=loss) for loss in ("l1", "l4"))
    assert 0.55 < l1 < 0.95
    assert 1.1 < l4 < 1.9
    assert picked(nearest, "alpha", sd=0.05, loss="l1").expected is None


@pytest.mark.parametrize("sd", [0.05, 0.5])
@pytest.mark.parametrize("loss", ["l1", "l4"])
def test_the_local_order_is_that_of_the_theory(nearest, sd, loss):
    order = picked(nearest, "order", sd=sd, loss=loss)
    assert order.outcome is Outcome.HOLDS
    assert order.measured.value == pytest.approx(order.expected, rel=0.03)


def test_the_order_expected_follows_the_noise(nearest):
    orders = [picked(nearest, "order", sd=sd, loss="l1").expected for sd in (0.0, 0.05, 0.5)]
    assert orders[0] == pytest.approx(1)
    assert orders[0] < orders[1] < orders[2] < 2


def test_skewed_noise_keeps_a_first_order_term():
    found = run(approximators="piecewise-linear", noises=["gaussian", "skewed"], sds=0.5)
    for loss in ("l1", "l4"):
        skewed = picked(found, "alpha", noise="skewed", loss=loss)
        assert skewed.outcome is Outcome.HOLDS
        assert skewed.measured.value == pytest.approx(1.0, rel=0.05)  # 2/d, not 4/d
        assert value(found, "alpha", noise="gaussian", loss=loss) == pytest.approx(2.0, rel=0.05)
    assert value(found, "alpha", noise="skewed", loss="l2") == pytest.approx(2.0, rel=0.05)


@pytest.mark.slow
def test_the_standard_preset_agrees_with_theory():
    result = run_study(STUDY, "standard", workers=1)
    decided = [one for one in result.readings if one.outcome is not None]
    assert Outcome.FAILS not in {one.outcome for one in decided}
    assert sum(one.outcome is Outcome.HOLDS for one in decided) > 0.95 * len(decided)


def test_noise_shares_points_and_target():
    found = run(samples=512, seeds=1, dimensions=1)
    residuals = {
        name: set(found.runs["residual"][found.runs["approximator"] == name].tolist())
        for name in ("piecewise-constant", "piecewise-linear")
    }
    assert {len(values) for values in residuals.values()} == {1}
    assert residuals["piecewise-constant"] != residuals["piecewise-linear"]


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [256, 512], "seeds": 2, "approximators": "piecewise-linear"}
    one, two = run(**axes), run(**axes)
    assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"approximators": "oracle"}, UnknownNameError),
        ({"noises": "pink"}, UnknownNameError),
        ({"sds": 0.0}, ArgumentError),
        ({"sds": -1.0}, ArgumentError),
        ({"samples": "many"}, ArgumentError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
