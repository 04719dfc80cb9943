"""The averaged forecast: spacing, lean, bounds, rising curves, degenerate input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lawcast.fitting.extrapolation.averaging import TREND, Average, forecast
from lawcast.fitting.extrapolation.families import LAWS
from lawcast.fitting.extrapolation.noise import bin_points
from lawcast.fitting.extrapolation.rule import Rule

RULE = Rule()
AT = np.log([2.0, 4.0, 8.0])


def made_from(x: np.ndarray, y: np.ndarray, at: np.ndarray = AT, rule: Rule = RULE) -> Average:
    u, log_y, _ = bin_points(np.log(x / x.max()), np.log(y))
    return forecast(u, np.exp(log_y), at, rule)


def floor_law(x: np.ndarray) -> np.ndarray:
    return 1.7 + 2e3 * x**-0.35


@pytest.mark.parametrize("first", [1e7, 1e8, 1e9])
@pytest.mark.parametrize(
    "law", [floor_law, lambda x: 2.0 + 100.0 * (x + 1e8) ** -0.25, lambda x: 50.0 * x**-0.12]
)
def test_evenly_and_log_spaced_checkpoints_of_a_curve_give_the_same_answer(law, first) -> None:
    log_spaced = np.geomspace(first, 1e10, 60)
    for even in (np.linspace(first, 1e10, 200), np.linspace(first, 1e10, 5000)):
        one, other = made_from(log_spaced, law(log_spaced)), made_from(even, law(even))
        # the fall that is forecast is 2 to 25 %; plain (x/x_max)^2 weights would differ by more
        assert np.abs(one.log_y - other.log_y).max() < 0.006


def test_plain_late_weights_would_depend_on_the_spacing() -> None:
    """The control of the test above: without shares the two grids weigh the past differently."""
    u_log = np.log(np.geomspace(1e8, 1e10, 60) / 1e10)
    u_even = np.log(np.linspace(1e8, 1e10, 200) / 1e10)
    means = [
        float((np.exp(RULE.power * u) * u).sum() / np.exp(RULE.power * u).sum())
        for u in (u_log, u_even)
    ]
    assert abs(means[0] - means[1]) > 0.03


def test_a_power_law_with_a_floor_is_forecast_well() -> None:
    x = np.geomspace(1e8, 1e10, 60)
    error = made_from(x, floor_law(x)).log_y - np.log(floor_law(1e10 * np.array([2.0, 4.0, 8.0])))
    assert np.abs(error).max() < 0.02


def test_the_forecast_does_not_depend_on_units() -> None:
    x = np.geomspace(1e8, 1e10, 40)
    one = made_from(x, floor_law(x))
    other = made_from(x * 1e-6, floor_law(x) * 7.0)
    np.testing.assert_allclose(one.log_y + np.log(7.0), other.log_y, atol=1e-9)


def test_weights_sum_to_one_with_the_lean() -> None:
    x = np.geomspace(1e8, 1e10, 40)
    rng = np.random.default_rng(0)
    made = made_from(x, floor_law(x) * np.exp(rng.normal(0, 0.02, 40)))
    assert {law.law for law in made.laws} == set(LAWS)
    np.testing.assert_allclose(sum(law.weight for law in made.laws) + made.lean, 1.0)
    mean = sum(law.weight * law.log_y for law in made.laws) + made.lean * made.level
    np.testing.assert_allclose(mean, made.log_y, atol=1e-12)


def test_noise_beyond_the_trend_leans_to_no_change() -> None:
    rng = np.random.default_rng(5)
    x = np.geomspace(1e8, 1e10, 40)
    flat = 2.0 * (x / 1e10) ** -0.002
    noisy = made_from(x, flat * np.exp(rng.normal(0, 0.05, 40)))
    clean = made_from(x, flat)
    if noisy.laws[0].law != TREND:
        assert noisy.lean > 0.5
    assert clean.lean < 0.5
    assert np.abs(noisy.log_y - noisy.level).max() < 0.05


def test_no_lean_when_it_is_switched_off() -> None:
    x = np.geomspace(1e8, 1e10, 40)
    assert made_from(x, floor_law(x), rule=replace(RULE, lean=0.0)).lean == 0.0


def test_a_rising_curve_is_carried_on_along_its_line() -> None:
    x = np.geomspace(1e8, 1e10, 60)
    y = 2.0 * np.exp(0.08 * np.log(x / 3e9) ** 2)  # lowest at 3e9, then up: overfitting
    made = made_from(x, y)
    assert [law.law for law in made.laws] == [TREND]
    assert made.log_y[-1] > made.level
    assert made.slope > 0.0
    np.testing.assert_allclose(np.diff(made.log_y, 2), 0.0, atol=1e-9)


def test_a_constant_curve_stays_constant() -> None:
    x = np.geomspace(1e8, 1e10, 12)
    made = made_from(x, np.full(12, 3.0))
    np.testing.assert_allclose(made.log_y, np.log(3.0), atol=2e-3)


@pytest.mark.parametrize("size", [4, 5, 6, 8])
def test_few_points_give_a_finite_forecast(size: int) -> None:
    x = np.geomspace(1e8, 1e10, size)
    made = made_from(x, floor_law(x))
    assert np.isfinite(made.log_y).all()
    assert (np.diff(made.log_y) <= 1e-12).all()


def test_a_law_is_bounded_by_the_slope_at_the_end() -> None:
    """A steep early fall with a flat end: what still falls fast beyond the data is dropped."""
    x = np.geomspace(1e6, 1e10, 60)
    y = 0.5 + 4.0 / (1.0 + (x / 1e8) ** 1.5)
    made = made_from(x, y)
    local = -np.polyfit(np.log(x[-8:]), np.log(y[-8:]), 1)[0]
    fall = made.level - made.log_y[0]
    assert fall <= 1.5 * local * np.log(2.0) + 0.02


def test_reading_between_the_places_agrees_with_a_direct_forecast() -> None:
    x = np.geomspace(1e8, 1e10, 40)
    places = np.linspace(0.0, np.log(16.0), 64)
    wanted = np.log([1.3, 2.7, 11.0])
    made = made_from(x, floor_law(x), places)
    direct = made_from(x, floor_law(x), wanted)
    np.testing.assert_allclose(made.read_at(places, wanted).log_y, direct.log_y, atol=1e-6)


def test_the_bend_shift_is_what_the_expected_bend_changes() -> None:
    x = np.geomspace(1e7, 1e10, 60)
    straight = made_from(x, 50.0 * x**-0.3)
    free = made_from(x, 50.0 * x**-0.3, rule=replace(RULE, bend_spread=1e6))
    np.testing.assert_allclose(straight.bend_shift, straight.log_y - free.log_y, atol=1e-6)
    assert (straight.bend_shift > 0.0).all()
    # laws bend downwards or not at all: an average of them lies above the straight line
    np.testing.assert_allclose(
        straight.bend, straight.log_y - straight.level - straight.slope * AT, atol=1e-9
    )
    assert (np.diff(straight.bend) > 0.0).all()


@pytest.mark.parametrize("slope", [0.1, 0.3, 0.5])
def test_the_interval_of_a_straight_line_mostly_holds_the_straight_line(slope: float) -> None:
    import lawcast as lc

    x = np.geomspace(1e7, 1e10, 60)
    held = []
    for seed in range(6):
        noise = np.exp(np.random.default_rng(seed).normal(0, 0.004, 60))
        made = lc.extrapolate(x, 5.0 * (x / 1e7) ** -slope * noise, at="2x,8x")
        truth = 5.0 * (made.at / 1e7) ** -slope
        held.append((made.low < truth) & (truth < made.high))
    # no curve of the calibration is straight for three decades and stays so: 90 % is not kept
    assert np.mean(held, axis=0)[0] >= 0.8
    assert np.mean(held, axis=0)[1] >= 0.5
