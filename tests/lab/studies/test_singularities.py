"""Rough targets: min(2q, qs + c)/d in isolated places, qs/d everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lawcast._errors import ArgumentError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.singularities import STUDY, _tests
from lawcast.lab.worlds.rough import singular_target
from lawcast.theory.verdict import Outcome
from study_readings import missed, picked


@pytest.fixture(scope="module")
def kinks() -> StudyResult:
    return run_study("singularities", workers=1, dimensions=2, codimensions=1, smoothness=1,
                     samples=[2**10, 2**14])  # fmt: skip


def test_kinks_scale_as_two_three_five(kinks: StudyResult) -> None:
    for loss, over_d in (("l1", 2), ("l2", 3), ("l4", 5)):
        reading = picked(kinks, loss=loss)
        assert reading.expected == pytest.approx(over_d / 2)
        assert missed(reading) < 0.05
        assert reading.outcome is Outcome.HOLDS
    assert replace(picked(kinks, loss="l2"), expected=2.0).outcome is Outcome.FAILS  # 4/d


def test_paths_that_are_rough_everywhere() -> None:
    result = run_study("singularities", workers=1, codimensions=0, samples=[2**9, 2**13])
    for loss, exponent in (("l1", 0.5), ("l2", 1.0), ("l4", 2.0)):
        reading = picked(result, loss=loss)
        assert reading.expected == exponent
        assert missed(reading) < 0.05
    assert replace(picked(result, loss="l2"), expected=4.0).outcome is Outcome.FAILS


def test_a_rougher_target_moves_the_exponent() -> None:
    result = run_study("singularities", workers=1, dimensions=1, codimensions=1,
                       samples=[2**9, 2**13], smoothness=[0.25, 1.0])  # fmt: skip
    for s, expected in ((0.25, 1.5), (1.0, 3.0)):
        reading = picked(result, loss="l2", smoothness=s)
        assert reading.expected == expected
        assert missed(reading) < 0.08


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["quick", "standard"])
def test_every_kind_of_singularity(preset: str) -> None:
    result = run_study("singularities", preset)
    assert len(result.readings) == (21 if preset == "quick" else 30)
    for reading in result.readings:
        assert missed(reading) < reading.tolerance, reading
        assert reading.outcome is Outcome.HOLDS, reading


def test_weighted_tests_have_the_mean_of_a_uniform_cube() -> None:
    import numpy as np

    target = singular_target(2, 0.5, 1, 0)
    rng = np.random.default_rng(0)
    means, total = [], []
    for _ in range(400):
        tests, weights = _tests(target, 0.02, rng)
        across = (tests - target.centre) @ target.normals[0]
        assert np.abs(across).max() <= 0.15
        means.append(np.mean(weights * np.abs(across) ** 0.5))
        total.append(np.mean(weights))
    assert np.mean(total) == pytest.approx(1, abs=0.01)
    assert np.mean(means) == pytest.approx(0.15**0.5 / 1.5, rel=0.01)


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {
        "dimensions": 1,
        "smoothness": 0.5,
        "samples": [256, 512],
        "seeds": 1,
        "workers": 1,
    }
    csv = [run_study("singularities", rng=seed, **axes).runs_csv() for seed in (3, 3, 4)]
    assert csv[0] == csv[1] != csv[2]


def test_kinds_that_do_not_exist_are_left_out() -> None:
    cells = STUDY.grid(STUDY.values("quick", {"samples": 512, "seeds": 1}))
    kinds = {(c["dimension"], c["codimension"], c["smoothness"]) for c in cells}
    assert kinds == {(1, 0, 0.5), (1, 1, 0.5), (1, 1, 1.0), (2, 1, 0.5), (2, 1, 1.0),
                     (2, 2, 0.5), (2, 2, 1.0)}  # fmt: skip


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": 0}, "whole dimension of 1 or more"),
        ({"dimensions": 2.5}, "A measured dimension may be 2.5"),
        ({"dimensions": 4}, "at most 3"),
        ({"dimensions": 1, "codimensions": 2}, "no cell is left"),
        ({"dimensions": 2, "codimensions": 0}, "Brownian path"),
        ({"codimensions": -1}, "whole number of 0 or more"),
        ({"smoothness": 2}, "no singularity"),
        ({"smoothness": -0.5}, "above 0"),
        ({"samples": 4}, "256 or more"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("singularities", workers=1, **axes)
