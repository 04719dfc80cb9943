"""Linear interpolation on Delaunay simplices: 2q/d."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.delaunay import LEAST, MOST, STUDY
from lawcast.lab.study import Config
from lawcast.theory.verdict import Outcome
from study_readings import missed, picked


@pytest.fixture(scope="module")
def small() -> StudyResult:
    return run_study("delaunay", workers=1, dimensions=[1, 2, 3], samples=[2**9, 2**13])


def test_exponents_up_to_three_dimensions(small: StudyResult) -> None:
    assert len(small.readings) == 9
    for reading in small.readings:
        assert missed(reading) < (0.1 if reading.at["loss"] == "l4" else 0.05), reading
        assert reading.outcome is not Outcome.FAILS, reading


@pytest.mark.slow
def test_exponents_of_the_quick_preset() -> None:
    for reading in run_study("delaunay").readings:
        assert missed(reading) < reading.tolerance, reading
        assert reading.outcome is Outcome.HOLDS, reading


@pytest.mark.slow
def test_exponents_in_four_dimensions() -> None:
    result = run_study("delaunay", dimensions=4, samples=[2**10, 2**12, 2**14])
    for reading in result.readings:
        assert missed(reading) < (0.1 if reading.at["loss"] == "l4" else 0.08), reading


def test_an_exponent_of_constant_pieces_is_excluded(small: StudyResult) -> None:
    for loss, q in (("l1", 1), ("l2", 2)):
        linear = picked(small, dimension=2, loss=loss)
        assert replace(linear, expected=q / 2).outcome is Outcome.FAILS


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {"dimensions": 2, "samples": [256, 512], "seeds": 2, "workers": 1}
    csv = [run_study("delaunay", rng=seed, **axes).runs_csv() for seed in (3, 3, 4)]
    assert csv[0] == csv[1] != csv[2]


def test_sizes_that_a_dimension_does_not_allow_are_left_out() -> None:
    def sizes(d: int, cells: tuple[Config, ...]) -> list[Any]:
        return sorted({cell["samples"] for cell in cells if cell["dimension"] == d})

    values = STUDY.values("quick", {"dimensions": [1, 4], "samples": [256, 2**14, 2**17]})
    cells = STUDY.grid(values)
    assert sizes(1, cells) == [256, 2**14, 2**17]
    assert sizes(4, cells) == [2**14]
    assert LEAST[4] > 256
    assert MOST[4] < 2**17


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": 0}, "whole dimension of 1 or more"),
        ({"dimensions": 2.5}, "A measured dimension may be 2.5"),
        ({"dimensions": 5}, "too many simplices"),
        ({"dimensions": 4, "samples": 64}, "do not surround the tests"),
        ({"samples": -1}, "whole number of 2 or more"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("delaunay", workers=1, **axes)
