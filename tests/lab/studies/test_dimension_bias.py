"""TwoNN: right in few dimensions, low in many."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.dimension_bias import STUDY
from lawcast.theory.verdict import Outcome
from study_readings import picked, value


def run(**axes: Any) -> StudyResult:
    return run_study(STUDY, workers=1, **axes)


@pytest.fixture(scope="module")
def quick() -> StudyResult:
    return run()


@pytest.mark.parametrize("manifold", ["cube", "ball"])
def test_two_dimensions_are_right_and_fifty_are_low(quick, manifold):
    two, fifty = (picked(quick, "ratio", manifold=manifold, dimension=d) for d in (2, 50))
    assert two.measured.value == pytest.approx(1, abs=0.06)
    assert two.outcome is not Outcome.FAILS
    assert fifty.measured.value < 0.75
    assert fifty.outcome is Outcome.FAILS


def test_the_bias_grows_with_the_dimension_and_falls_with_the_points(quick):
    ratios = [value(quick, "ratio", manifold="cube", dimension=d) for d in (5, 10, 20, 50)]
    assert ratios == sorted(ratios, reverse=True)
    fifty = quick.runs["dimension"] == 50
    by_size = [
        quick.runs["loss"][fifty & (quick.runs["tokens"] == n)].mean() for n in (500, 1000, 2000)
    ]
    assert by_size == sorted(by_size, reverse=True)


def test_the_loss_is_how_far_the_ratio_is_from_one(quick):
    assert np.array_equal(quick.runs["loss"], np.abs(quick.runs["ratio"] - 1))


def test_the_sign_of_the_bias_depends_on_the_shape():
    """A cube has an edge; circles turn away before the second neighbour comes."""
    found = run(manifolds=["cube", "torus"], dimensions=10, samples=2000)
    assert picked(found, "ratio", manifold="cube").measured.interval.high < 1
    assert picked(found, "ratio", manifold="torus").measured.interval.low > 1


@pytest.mark.slow
def test_many_points_do_not_mend_fifty_dimensions():
    found = run(dimensions=50, manifolds="cube", samples=[8000])
    assert picked(found, "ratio").outcome is Outcome.FAILS


def test_the_same_seed_gives_the_same_numbers():
    axes = {"samples": [100, 200], "dimensions": 3, "seeds": 2}
    assert json.dumps(run(**axes).to_dict()) == json.dumps(run(**axes).to_dict())


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"manifolds": "bottle"}, UnknownNameError),
        ({"samples": 10}, ArgumentError),
    ],
)
def test_values_that_make_no_sense_are_refused(axes, error):
    with pytest.raises(error):
        run(**axes)
