"""The study of Matérn kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab.learners.kernels import Matern, kernel_ridge
from lawcast.lab.reading import Reading
from lawcast.lab.running import run_study
from lawcast.lab.studies.kernels import RIDGE, STUDY, measure, read
from lawcast.lab.study import Streams
from lawcast.lab.worlds.manifolds import Torus
from lawcast.lab.worlds.processes import gaussian_process
from lawcast.theory.verdict import Outcome


def _run(**axes: Any) -> tuple[Reading, ...]:
    return run_study(STUDY, "quick", workers=1, **axes).readings


def _one(readings: tuple[Reading, ...], **at: Any) -> Reading:
    (found,) = [one for one in readings if at.items() <= dict(one.at).items()]
    return found


@pytest.mark.parametrize(
    ("d", "nu", "target", "value"),
    [(1, 0.5, "process 1/2", 1.0), (2, 0.5, "process 1/2", 0.5), (2, 1.5, "process 3/2", 1.5)],
)
def test_matched_targets_have_twice_nu_over_d(d: int, nu: float, target: str, value: float) -> None:
    axes: dict[str, Any] = {"samples": [64, 256, 1024], "seeds": 3}
    found = _one(_run(manifolds="torus", dimensions=d, nus=nu, targets=target, **axes), loss="l2")
    assert found.expected == pytest.approx(value)
    assert found.measured.value == pytest.approx(value, rel=0.05)


def test_a_smoother_kernel_does_not_help_with_a_rough_target() -> None:
    readings = _run(
        manifolds="torus", dimensions=2, targets="process 1/2", samples=[64, 256, 1024], seeds=3
    )
    values = [_one(readings, nu=nu, loss="l2").measured.value for nu in (0.5, 1.5)]
    assert values == pytest.approx([0.5, 0.5], rel=0.1)
    assert _one(readings, nu=1.5, loss="l2").expected == pytest.approx(0.5)


def test_a_boundary_lowers_the_exponent_of_a_smooth_target() -> None:
    readings = _run(
        dimensions=2, nus=0.5, targets="smooth", samples=[64, 128, 256, 512, 1024], seeds=3
    )
    closed = _one(readings, manifold="torus", loss="l2")
    bounded = _one(readings, manifold="cube", loss="l2")
    inside = _one(readings, manifold="cube", loss="inside")
    assert (closed.expected, bounded.expected, inside.expected) == pytest.approx((3.0, 2.0, 3.0))
    assert closed.measured.value == pytest.approx(3.0, rel=0.1)
    assert bounded.measured.value == pytest.approx(2.0, rel=0.2)
    assert inside.measured.value > bounded.measured.value + 0.4


def test_the_average_over_a_process_is_that_of_its_draws() -> None:
    config: dict[str, Any] = {"manifold": "torus", "dimension": 2, "nu": 0.5, "seed": 0}
    config.update(target="process 1/2", samples=512)
    exact = measure(config, Streams(0, "kernels", config))["l2"]
    rng, torus = np.random.default_rng(0), Torus(2)
    points = 2 * torus.embed(torus.sample(1024, rng))
    values = gaussian_process(Matern(0.5), points, rng, draws=64).values
    found = kernel_ridge(Matern(0.5), points[:512], values[:512], points[512:], ridge=RIDGE)
    assert np.mean((found - values[512:]) ** 2) == pytest.approx(exact, rel=0.1)


def test_sizes_where_the_ridge_matters_are_left_out() -> None:
    sizes = np.repeat([64, 128, 256, 512], 2)
    columns = {
        "manifold": np.full(8, "torus"), "dimension": np.full(8, 1), "nu": np.full(8, 1.5),
        "target": np.full(8, "smooth"), "samples": sizes, "seed": np.tile([0, 1], 4),
        "moved": np.array([0, 0, 0, 0.01, 0.01, 0.5, 0, 0]),
        **{name: np.where(sizes < 200, sizes**-8.0, 1.0) for name in ("l1", "l2", "l4", "inside")},
    }  # fmt: skip
    (found, *_) = read(columns)
    assert found.at["largest"] == 128
    assert found.measured.value == pytest.approx(8.0)
    columns["moved"] = np.ones(8)
    (found, *_) = read(columns)
    assert found.at["largest"] == 0
    assert math.isnan(found.measured.value)
    assert found.outcome is Outcome.UNDECIDED


def test_the_same_seed_gives_the_same_numbers() -> None:
    axes: dict[str, Any] = {"dimensions": 1, "nus": 0.5, "samples": [32, 64], "seeds": 2}
    first, again = (run_study(STUDY, workers=1, rng=3, **axes) for _ in range(2))
    assert first.readings == again.readings
    assert run_study(STUDY, workers=1, rng=4, **axes).readings != first.readings


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        ({"dimensions": 0}, ArgumentError),
        ({"dimensions": 2.5}, ArgumentError),
        ({"nus": 0.7}, ArgumentError),
        ({"targets": "rough"}, UnknownNameError),
        ({"manifolds": "plane"}, UnknownNameError),
        ({"samples": 10**6}, ArgumentError),
    ],
)
def test_bad_axes_are_refused(axes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        STUDY.values("quick", axes)


@pytest.mark.slow
def test_the_quick_preset_agrees_with_theory() -> None:
    found = run_study(STUDY, workers=1)
    assert not [v.claim for v in found.verdicts if v.outcome is Outcome.FAILS]
    matched = [one for one in found.readings if one.tolerance == 0.05 and one.at["loss"] == "l2"]
    assert len(matched) == 4
    for one in matched:
        assert one.measured.value == pytest.approx(one.expected, rel=0.05)
