"""Additive targets on a product: the sum of the dimensions, or the largest factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.lab.studies.products import ENDLESS, _bin_means, _fitted_bins, _of_bins
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.products import Product
from lawcast.lab.worlds.targets import additive_target, fourier_target
from lawcast.theory.verdict import Outcome
from study_readings import missed, picked


@pytest.fixture(scope="module")
def small() -> StudyResult:
    return run_study("products", workers=1, params=[768, 12288])


def test_a_joint_learner_sees_the_sum_and_an_additive_one_the_largest(small: StudyResult) -> None:
    assert len(small.readings) == 12
    for reading in small.readings:
        assert missed(reading) < (0.1 if reading.at["loss"] == "l4" else 0.05), reading
        assert reading.outcome is Outcome.HOLDS, reading
    assert picked(small, learner="joint", loss="l2").expected == pytest.approx(2 / 3)
    for ratio in (4, 20, ENDLESS):
        additive = picked(small, learner="additive", ratio=ratio, loss="l2")
        assert additive.expected == pytest.approx(2)
        assert replace(additive, expected=2 / 3).outcome is Outcome.FAILS


def test_another_number_of_factors_moves_the_joint_exponent_alone() -> None:
    result = run_study("products", workers=1, dimensions=2, params=[768, 12288], ratios=4)
    assert picked(result, learner="joint", loss="l2").expected == 1
    assert missed(picked(result, learner="joint", loss="l2")) < 0.05
    assert picked(result, learner="additive", loss="l2").expected == 2
    assert missed(picked(result, learner="additive", loss="l2")) < 0.05


def test_bins_from_many_points_tend_to_those_of_endless_data() -> None:
    space = Product((Torus(1), Torus(1)))
    target = additive_target(*((part, fourier_target(1, 5 + i)) for i, part in
                               enumerate(space.columns)))  # fmt: skip
    train, tests = space.sample(100_000, 0), space.sample(2000, 1)
    fitted = _of_bins(_fitted_bins(train, target(train), 16), tests)
    exact = _of_bins(_bin_means(target, 16), tests)
    assert np.abs(fitted - exact).max() < 0.02
    assert np.abs(exact - target(tests)).max() > 0.1


def test_an_empty_bin_takes_the_value_of_its_neighbour() -> None:
    train = np.random.default_rng(0).random((4000, 2))
    train = train[(train[:, 0] < 0.25) | (train[:, 0] > 0.375)]
    fitted = _fitted_bins(train, train[:, 0] // 0.125, 8)
    assert fitted[0, 2] in (fitted[0, 1], fitted[0, 3])
    assert np.ptp(fitted[0]) == pytest.approx(7, abs=0.01)


def test_a_seed_gives_the_same_numbers_and_another_one_others() -> None:
    axes: dict[str, Any] = {"params": [96, 192], "seeds": 2, "workers": 1}
    csv = [run_study("products", rng=seed, **axes).runs_csv() for seed in (3, 3, 4)]
    assert csv[0] == csv[1] != csv[2]


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": 0}, "whole dimension of 1 or more"),
        ({"dimensions": 2.5}, "A measured dimension may be 2.5"),
        ({"params": 100}, "no multiple of the 3 factors"),
        ({"params": 3 * 2**20}, "a cell takes at most"),
        ({"ratios": 1}, "barely determined"),
        ({"ratios": -1}, "whole number of 0 or more"),
    ],
)
def test_axes_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        run_study("products", workers=1, **axes)


def test_an_unknown_learner_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="joint"):
        run_study("products", learners="tree")
