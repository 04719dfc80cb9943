"""The study of variance-limited scaling in the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.reading import Reading
from lawcast.lab.running import run_study
from lawcast.lab.studies.variance_data import STUDY
from lawcast.theory.verdict import Outcome

_SIZES = [1024, 4096, 16384]


def _run(**axes: Any) -> tuple[Reading, ...]:
    return run_study(STUDY, workers=1, **axes).readings


def _values(readings: tuple[Reading, ...], name: str) -> dict[str, float]:
    return {one.at["loss"]: one.measured.value for one in readings if one.name == name}


def test_the_exponent_is_one_in_every_loss_once_the_limit_is_subtracted() -> None:
    readings = _run(targets="outside", samples=_SIZES, seeds=2)
    found = _values(readings, "alpha")
    assert found["l1"] == pytest.approx(1, abs=0.04)
    assert found["l2"] == pytest.approx(1, abs=0.04)
    assert found["l4"] == pytest.approx(1, abs=0.07)
    assert all(0 < value < 0.06 for value in _values(readings, "raw slope").values())
    assert len(_values(readings, "slope, inexact limit")) == 3


def test_a_representable_target_has_half_the_power_of_the_loss() -> None:
    readings = _run(targets="inside", samples=_SIZES, seeds=2)
    found = _values(readings, "alpha")
    assert found["l1"] == pytest.approx(0.5, rel=0.07)
    assert found["l2"] == pytest.approx(1, rel=0.07)
    assert found["l4"] == pytest.approx(2, rel=0.07)
    expected = {one.at["loss"]: one.expected for one in readings if one.name == "alpha"}
    assert expected == pytest.approx({"l1": 0.5, "l2": 1.0, "l4": 2.0})
    noisy = _values(readings, "alpha, noisy tests")
    assert noisy == pytest.approx({"l1": 1.0, "l2": 1.0, "l4": 1.0}, abs=0.07)


def test_the_limit_is_below_every_loss_and_the_same_at_every_size() -> None:
    runs = run_study(STUDY, workers=1, targets="outside", samples=_SIZES[:2], seeds=[3]).runs
    limits = runs["limit_l2"]
    assert limits[0] == limits[1]
    assert np.all(runs["loss"] > runs["limit_l1"])
    assert runs["other_l2"][0] == pytest.approx(limits[0], rel=0.1)
    assert runs["other_l2"][0] != limits[0]


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again = (_run(samples=[512], seeds=[1], rng=7) for _ in range(2))
    assert [str(one) for one in first] == [str(one) for one in again]


@pytest.mark.parametrize(
    ("axes", "error", "says"),
    [
        ({"targets": "sideways"}, UnknownNameError, "outside"),
        ({"params": 0}, ArgumentError, "number of features"),
        ({"params": 512, "samples": 1024}, ArgumentError, "4 points or more for each feature"),
        ({"samples": 2.5}, ArgumentError, "number of training points"),
    ],
)
def test_bad_axes_are_refused(axes: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        STUDY.grid(STUDY.values("quick", axes))


@pytest.mark.slow
def test_the_quick_preset_agrees_with_theory() -> None:
    outcomes = [verdict.outcome for verdict in run_study(STUDY, workers=1).verdicts]
    assert len(outcomes) == 12
    assert set(outcomes) == {Outcome.HOLDS}
