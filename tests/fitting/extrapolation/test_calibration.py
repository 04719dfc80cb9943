"""Conformal half-widths: quantiles, coverage, levels, the packaged constants."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lawcast._errors import ArgumentError, SavedFileError
from lawcast.fitting.extrapolation.calibration import (
    LEAST_CURVES,
    Calibration,
    Difficulty,
    HeldOut,
    shipped,
    weighted_quantiles,
)
from lawcast.fitting.extrapolation.rule import Rule


def held_out(count: int, seed: int, spread: float = 1.0) -> list[HeldOut]:
    """Curves whose errors are normal with the scale that the calibration assumes."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        typical, noise = float(rng.uniform(0.005, 0.05)), float(rng.uniform(0.001, 0.03))
        reach = np.exp(rng.uniform(0.05, 0.7, 12))
        hard = Difficulty(
            typical, noise, reach, rng.uniform(-0.05, 0.05, 12), rng.uniform(0, 0.1, 12)
        )
        made.append(HeldOut(hard, spread * BASE.scale(hard) * rng.normal(0, 1, 12)))
    return made


BASE = Calibration(Rule(), 0.8, 0.1, 0.75, 1.0, 0.4, np.linspace(0, 3, 201), 1000, 16.0, "a test")


def at(*reach: float) -> Difficulty:
    """An ordinary curve, forecast at these reaches."""
    return Difficulty(0.02, 0.01, np.array(reach), np.zeros(len(reach)), np.zeros(len(reach)))


def test_quantiles_are_those_of_the_scores() -> None:
    made = BASE.on(held_out(800, 1), "simulated")
    # |normal| has its 90 % quantile at 1.645
    half = made.half_width(at(2.0), 0.9)
    np.testing.assert_allclose(half / BASE.scale(at(2.0)), 1.645, rtol=0.05)


def test_coverage_on_new_curves_is_nominal() -> None:
    made = BASE.on(held_out(60, 2), "simulated")
    for level in (0.5, 0.8, 0.9):
        covered = [
            np.mean(np.abs(h.error) <= made.half_width(h.difficulty, level))
            for h in held_out(600, 3)
        ]
        assert abs(np.mean(covered) - level) < 0.04


def test_the_half_width_grows_with_reach_error_noise_and_level() -> None:
    half = BASE.half_width(at(1.1, 1.5, 2.0, 4.0, 8.0, 16.0), 0.9)
    assert (np.diff(half) > 0).all()
    near = at(1.1)
    assert BASE.half_width(replace(near, typical_error=0.04), 0.9)[0] > half[0]
    assert BASE.half_width(replace(near, noise=0.03), 0.9)[0] > half[0]
    assert BASE.half_width(replace(near, bend_shift=np.array([-0.1])), 0.9)[0] > half[0]
    assert BASE.half_width(replace(near, bend=np.array([0.2])), 0.9)[0] > half[0]
    assert BASE.half_width(near, 0.95)[0] > half[0]


def test_a_level_that_few_curves_cannot_support_is_refused() -> None:
    few = replace(BASE, curves=25)
    few.half_width(at(2.0), 0.9)
    with pytest.raises(ArgumentError, match="at least 99 curves"):
        few.half_width(at(2.0), 0.99)


def test_too_few_curves_to_calibrate() -> None:
    with pytest.raises(ArgumentError, match=str(LEAST_CURVES)):
        BASE.on(held_out(LEAST_CURVES - 1, 0), "few")


def test_groups_and_curves_count_equally() -> None:
    wide = [replace(h, group="wide") for h in held_out(20, 4, spread=3.0)]
    narrow = [replace(h, group="narrow") for h in held_out(200, 5, spread=0.1)]
    one = BASE.quantiles([*wide, *narrow])
    other = BASE.quantiles([*wide, *narrow, *narrow])
    np.testing.assert_allclose(one[10:], other[10:], rtol=0.1)


def test_weighted_quantiles_of_equal_weights() -> None:
    values = np.arange(1.0, 101.0)
    np.testing.assert_allclose(
        weighted_quantiles(values, np.ones(100), 5), [1.0, 25.0, 50.0, 75.0, 100.0]
    )


def test_json_round_trip_and_the_hash() -> None:
    made = BASE.on(held_out(30, 6), "simulated")
    data = json.loads(json.dumps(made.to_dict()))
    again = Calibration.from_dict(data)
    np.testing.assert_allclose(again.scores, made.scores, rtol=1e-4)
    assert again.sha256 == made.sha256
    data["error_power"] = 0.5
    with pytest.raises(SavedFileError, match="hash"):
        Calibration.from_dict(data)


def test_the_packaged_constants_open_and_say_what_they_are_made_of() -> None:
    made = shipped()
    assert made.curves == 143
    assert "curves_dev.csv" in made.source
    assert made.farthest == 16.0
    assert made.rule == replace(Rule(), law_weights=made.rule.law_weights)
    np.testing.assert_allclose(sum(made.rule.law_weights.values()), 1.0, atol=2e-3)
    assert (np.diff(made.scores) >= 0).all()
