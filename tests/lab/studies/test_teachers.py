"""The study of smooth against ReLU teachers."""

from __future__ import annotations

from typing import Any

import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast._values import Estimate, Interval
from lawcast.lab.reading import Reading
from lawcast.lab.running import run_study
from lawcast.lab.studies.teachers import STUDY, TARGETS, _lines, expect
from lawcast.theory.verdict import Outcome

_LOCAL: dict[str, Any] = {"learners": "local-linear", "samples": [2**12, 2**14, 2**16], "seeds": 3}


def _run(**axes: Any) -> tuple[Reading, ...]:
    return run_study(STUDY, workers=1, **axes).readings


def _one(readings: tuple[Reading, ...], name: str = "alpha", **at: Any) -> Reading:
    (found,) = [one for one in readings if one.name == name and at.items() <= dict(one.at).items()]
    return found


def test_a_smooth_teacher_has_four_over_d_and_a_relu_teacher_three() -> None:
    axes: dict[str, Any] = {
        **_LOCAL,
        "dimensions": 2,
        "targets": ["waves", "relu of width 256", "relu process"],
    }
    readings = _run(**axes)
    smooth = _one(readings, target="waves", loss="l2")
    kinked = _one(readings, target="relu of width 256", loss="l2")
    process = _one(readings, target="relu process", loss="l2")
    assert (smooth.expected, kinked.expected, process.expected) == pytest.approx((2, 1.5, 1.5))
    assert smooth.measured.value == pytest.approx(2, rel=0.05)
    assert kinked.measured.value == pytest.approx(1.5, rel=0.1)
    assert process.measured.value == pytest.approx(1.5, rel=0.05)
    for target, excluded in (("waves", "excludes 3/d"), ("relu process", "excludes 4/d")):
        assert _one(readings, "d·alpha", target=target).at["lines"] == excluded


def test_losses_tell_kinks_from_a_process() -> None:
    axes: dict[str, Any] = {**_LOCAL, "dimensions": 2, "targets": ["six kinks", "relu process"]}
    readings = _run(**axes)
    kinks = _one(readings, "l1 over l2", target="six kinks")
    process = _one(readings, "l1 over l2", target="relu process")
    assert (kinks.expected, process.expected) == pytest.approx((2 / 3, 1 / 2))
    assert kinks.measured.value == pytest.approx(2 / 3, rel=0.05)
    assert process.measured.value == pytest.approx(1 / 2, rel=0.03)


@pytest.mark.parametrize("d", [2, 3])
def test_a_homogeneous_kernel_sees_one_dimension_less(d: int) -> None:
    both = ["homogeneous-kernel", "local-linear"]
    readings = _run(dimensions=d, learners=both, targets="bias-free process", seeds=2,
                    samples=[64, 256, 1024, 2**13, 2**15])  # fmt: skip
    kernel = _one(readings, learner="homogeneous-kernel", loss="l2")
    local = _one(readings, learner="local-linear", loss="l2")
    assert kernel.expected == pytest.approx(3 / (d - 1))
    assert local.expected == pytest.approx(3 / d)
    assert kernel.measured.value == pytest.approx(3 / (d - 1), rel=0.1)
    assert local.measured.value == pytest.approx(3 / d, rel=0.1)


def test_a_homogeneous_kernel_learns_a_bias_free_network() -> None:
    axes: dict[str, Any] = {"learners": "homogeneous-kernel", "samples": [64, 256, 1024]}
    found = _one(_run(dimensions=3, targets="bias-free relu", seeds=4, **axes), loss="l2")
    assert found.expected == pytest.approx(1.5)
    assert found.measured.value == pytest.approx(1.5, rel=0.15)


def test_local_linear_agrees_with_delaunay() -> None:
    readings = _run(dimensions=2, learners=["delaunay", "local-linear"], targets="relu process",
                    samples=[2**10, 2**12, 2**14], seeds=3)  # fmt: skip
    found = _one(readings, "local linear over delaunay")
    assert found.measured.value == pytest.approx(1, abs=0.05)


def test_the_premises_of_a_target_move_what_is_expected() -> None:
    at = {"dimension": 3, "learner": "local-linear", "loss": "l1"}
    values = {name: found.value for name in TARGETS if (found := expect({**at, "target": name}))}
    assert values["waves"] == pytest.approx(2 / 3)
    assert values["six kinks"] == pytest.approx(2 / 3)
    assert values["relu process"] == pytest.approx(1 / 2)
    assert "relu of width 256" not in values


def test_the_lines_that_an_interval_excludes_are_named() -> None:
    def scaled(low: float, high: float) -> Estimate:
        return Estimate((low + high) / 2, Interval(low, high, 0.95, "test"))

    assert _lines(3, "delaunay", scaled(2.9, 3.1)) == "excludes 4/d"
    assert _lines(3, "delaunay", scaled(2.9, 4.1)) == "excludes none"
    assert _lines(3, "delaunay", scaled(3.2, 3.8)) == "excludes 3/d, 4/d"
    assert _lines(3, "homogeneous-kernel", scaled(4.4, 4.6)) == "excludes 3/d, 4/d"
    assert _lines(3, "delaunay", Estimate(3.0)) == "no interval"


def test_the_same_seed_gives_the_same_numbers() -> None:
    axes: dict[str, Any] = {"targets": ["waves", "bias-free relu"], "samples": [64, 128, 1024]}
    axes.update(dimensions=2, seeds=1)
    first, again = (run_study(STUDY, workers=1, rng=2, **axes) for _ in range(2))
    assert first.to_dict() == again.to_dict()


@pytest.mark.parametrize(
    ("axes", "error", "says"),
    [
        ({"dimensions": 0}, ArgumentError, "1 or more"),
        ({"dimensions": 2.5}, ArgumentError, "whole dimension"),
        ({"dimensions": 7}, ArgumentError, "at most 5"),
        ({"targets": "teacher"}, UnknownNameError, "waves"),
        ({"learners": "forest"}, UnknownNameError, "delaunay"),
        ({"learners": "homogeneous-kernel", "targets": "waves"}, ArgumentError, "bias-free"),
        ({"learners": "delaunay", "dimensions": 4}, ArgumentError, "no cell is left"),
    ],
)
def test_bad_axes_are_refused(axes: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        STUDY.grid(STUDY.values("quick", axes))


@pytest.mark.slow
def test_relu_teachers_exclude_four_over_d_in_two_to_five_dimensions() -> None:
    targets = ["waves", "relu of width 256", "relu process"]
    found = run_study(STUDY, "standard", workers=1, learners="local-linear", targets=targets)
    for one in found.readings:
        if one.name == "d·alpha":
            known = "3/d" if one.at["target"] == "waves" else "4/d"
            assert known in str(one.at["lines"])
    process = [v for v in found.verdicts if "relu process" in v.claim]
    assert Outcome.FAILS not in {verdict.outcome for verdict in process}
