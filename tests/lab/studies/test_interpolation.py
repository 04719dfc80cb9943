"""Interpolators on the torus: q(p+1)/d, and every claim that its numbers decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.interpolation import DEGREES, FINEST, STUDY, measure
from lawcast.lab.study import Config, Streams
from lawcast.theory.verdict import Outcome
from study_readings import every, missed, picked

ENDS = (2**11, 2**15)
"""Two sizes four octaves apart give a slope nearly as well as all five."""


@pytest.fixture(scope="module")
def small() -> StudyResult:
    return run_study("interpolation", workers=1, dimensions=[1, 2, 3], samples=ENDS)


def check(result: StudyResult, dimensions: list[int]) -> None:
    """The thresholds that the exponents must meet."""
    assert len(result.readings) == 9 * len(dimensions)
    for reading in result.readings:
        d, loss = reading.at["dimension"], reading.at["loss"]
        allowed = 0.1 if loss == "l4" else 0.03 if d <= 3 else 0.08
        assert missed(reading) < allowed, reading
        assert reading.outcome is Outcome.HOLDS, reading


def test_exponents_up_to_three_dimensions(small: StudyResult) -> None:
    check(small, [1, 2, 3])


@pytest.mark.slow
def test_exponents_of_the_quick_preset() -> None:
    check(run_study("interpolation"), [1, 2, 3])


@pytest.mark.slow
def test_exponents_up_to_six_dimensions() -> None:
    result = run_study("interpolation", dimensions=[4, 5, 6], samples=[2**15, 2**17, 2**19])
    check(result, [4, 5, 6])
    costs = result.costs
    assert costs.columns[-1] == "CPU seconds"
    largest = [row[-1] for row in costs.rows if row[0] == 2**17]
    assert len(largest) == 36
    assert all(0 < seconds < 60 for seconds in largest)


def test_orders_of_the_losses_stay_apart(small: StudyResult) -> None:
    for d in (1, 2, 3):
        for name, p in DEGREES.items():
            l1, l2, l4 = (
                picked(small, dimension=d, approximator=name, loss=loss).measured.value
                for loss in ("l1", "l2", "l4")
            )
            assert l2 / l1 == pytest.approx(2, rel=0.04)
            assert l4 / l2 == pytest.approx(2, rel=0.06)
            assert l1 * d == pytest.approx(p + 1, rel=0.04)


def test_wrong_exponents_are_excluded(small: StudyResult) -> None:
    constant = picked(small, dimension=2, approximator="piecewise-constant", loss="l2")
    assert replace(constant, expected=2.0).outcome is Outcome.FAILS  # 4/d
    assert replace(constant, expected=2.0, relation=">=").outcome is Outcome.FAILS
    first = picked(small, dimension=2, approximator="piecewise-constant", loss="l1")
    assert replace(first, expected=1.0).outcome is Outcome.FAILS  # 2/d
    quadratic = picked(small, dimension=2, approximator="piecewise-quadratic", loss="l2")
    assert replace(quadratic, expected=2.0, relation="<=").outcome is Outcome.FAILS  # 4/d at most


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {"dimensions": 2, "samples": [64, 128], "seeds": 1}
    once = run_study("interpolation", workers=1, rng=3, **axes)
    again = run_study("interpolation", workers=1, rng=3, **axes)
    other = run_study("interpolation", workers=1, rng=4, **axes)
    assert once.runs_csv() == again.runs_csv()
    assert once.runs_csv() != other.runs_csv()


def test_approximators_share_points_and_sizes_share_the_target() -> None:
    rows = {}
    for name in DEGREES:
        config: Config = {"dimension": 1, "approximator": name, "samples": 256, "seed": 0}
        streams = Streams(0, STUDY.name, config)
        rows[name] = measure(config, streams)
        bigger = Streams(0, STUDY.name, {**config, "samples": 512})
        for purpose, columns, same in (
            ("target", ("dimension", "seed"), True),
            ("points", ("dimension", "samples", "seed"), False),
        ):
            pair = [s.rng(purpose, *columns).random() for s in (streams, bigger)]
            assert (pair[0] == pair[1]) is same
    values = [rows[name]["l2"] for name in DEGREES]
    assert values == sorted(values, reverse=True)


def test_sizes_at_which_rounding_shows_are_left_out() -> None:
    values = STUDY.values("full", {"dimensions": [1, 2], "seeds": 1})
    largest = {d: max(c["samples"] for c in STUDY.grid(values) if c["dimension"] == d)
               for d in (1, 2)}  # fmt: skip
    assert largest == {1: FINEST, 2: 2**20}


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": 0}, "whole dimension of 1 or more"),
        ({"dimensions": 2.5}, "A measured dimension may be 2.5"),
        ({"dimensions": 9}, "at most 8"),
        ({"samples": 10**9}, "more memory or time"),
        ({"samples": 2.5}, "whole number"),
        ({"samples": 8}, "nearest points, and a cell has 8"),
        ({"dimensions": 1, "samples": 2**18}, "rounding hides"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("interpolation", workers=1, **axes)


def test_an_unknown_approximator_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="piecewise-linear"):
        run_study("interpolation", approximators="piecewise-linaer")


def test_a_flipped_axis_moves_the_expectation_and_the_number(small: StudyResult) -> None:
    expected = {one.at["dimension"]: one.expected for one in every(small, loss="l2")
                if one.at["approximator"] == "piecewise-linear"}  # fmt: skip
    assert expected == pytest.approx({1: 4, 2: 2, 3: 4 / 3})
