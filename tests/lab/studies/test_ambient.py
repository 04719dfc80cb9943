"""A bent torus in many columns keeps the exponent of its own dimension."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.theory.verdict import Outcome
from study_readings import every, missed, picked


@pytest.fixture(scope="module")
def small() -> StudyResult:
    return run_study("ambient", workers=1, samples=[2**10, 2**14])


def test_the_exponent_follows_the_intrinsic_dimension(small: StudyResult) -> None:
    for reading in small.readings:
        assert missed(reading) < (0.1 if reading.at["loss"] == "l4" else 0.05), reading
        assert reading.outcome is Outcome.HOLDS, reading
    for ambient in (10, 50):
        alpha = picked(small, approximator="piecewise-constant", ambient=ambient, loss="l2")
        assert alpha.expected == 1
        assert replace(alpha, expected=2 / ambient).outcome is Outcome.FAILS


def test_the_change_between_spaces_is_read_seed_by_seed(small: StudyResult) -> None:
    ratios = every(small, "ratio")
    assert len(ratios) == 6
    assert all(one.measured.value == pytest.approx(1, abs=0.02) for one in ratios)
    alone = run_study("ambient", workers=1, ambients=10, samples=[64, 128], seeds=2)
    assert not every(alone, "ratio")


def test_another_dimension_moves_the_exponent() -> None:
    result = run_study("ambient", workers=1, dimensions=3, ambients=10, samples=[2**10, 2**14],
                       approximators="piecewise-constant")  # fmt: skip
    alpha = picked(result, loss="l2")
    assert alpha.expected == pytest.approx(2 / 3)
    assert missed(alpha) < 0.05


@pytest.mark.slow
def test_exponents_of_the_standard_preset() -> None:
    for reading in run_study("ambient", "standard").readings:
        assert missed(reading) < (0.1 if reading.at["loss"] == "l4" else 0.05), reading


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {"ambients": 10, "samples": [64, 128], "seeds": 2, "workers": 1}
    csv = [run_study("ambient", rng=seed, **axes).runs_csv() for seed in (3, 3, 4)]
    assert csv[0] == csv[1] != csv[2]


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": 0}, "whole dimension of 1 or more"),
        ({"dimensions": 2.5}, "A measured dimension may be 2.5"),
        ({"ambients": 4}, "bent in 5 columns or more"),
        ({"ambients": 10_000}, "at most 1,000"),
        ({"ambients": 200, "samples": 2**20}, "do not fit in memory"),
        ({"samples": 4}, "give samples of 8 or more"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("ambient", workers=1, **axes)


def test_an_unknown_approximator_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="piecewise-linear"):
        run_study("ambient", approximators="delauney")
