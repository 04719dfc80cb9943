"""The public doors: one curve, many curves, a comparison, and everything that can be wrong."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lawcast as lc
from curves_to_forecast import floor_law, many_curves, noisy_curve
from lawcast.fitting.extrapolation.calibration import shipped
from lawcast.fitting.extrapolation.collection import Extrapolations
from lawcast.fitting.extrapolation.comparison import LawComparison
from lawcast.fitting.extrapolation.result import Extrapolation


def codes(made: Any) -> set[str]:
    return {finding.code for finding in made.findings}


def runs_of(columns: dict[str, Any]) -> lc.Runs:
    return lc.read_runs(columns, checkpoints="all", duplicates="all")


def test_one_curve() -> None:
    x, y = noisy_curve(0)
    made = lc.extrapolate(x, y, at="2x,8x")
    assert made.status.ok
    np.testing.assert_allclose(made.at, [2e10, 8e10])
    truth = floor_law(made.at)
    assert ((made.low < truth) & (truth < made.high)).all()
    np.testing.assert_allclose(made.value, truth, rtol=0.06)
    assert (made.low < made.value).all()
    assert (made.value < made.high).all()
    first, second = made.forecasts
    assert first.reach == pytest.approx(2.0)
    assert first.value.interval is not None
    assert first.value.interval.level == 0.9
    assert second.value.interval.width > first.value.interval.width
    assert sum(share.weight for share in made.laws) == pytest.approx(1.0)


def test_the_value_is_the_weighted_geometric_mean_of_the_laws() -> None:
    x, y = noisy_curve(1)
    made = lc.extrapolate(x, y, at="4x")
    mean = sum(share.weight * np.log(share.value) for share in made.laws)
    np.testing.assert_allclose(np.exp(mean), made.value, rtol=1e-9)


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2x", [2e10]), (3e10, [3e10]), ([2e10, "3x"], [2e10, 3e10]), (np.array([1.5e10]), [1.5e10])],
)
def test_ways_to_say_where(at: Any, expected: list[float]) -> None:
    x, y = noisy_curve(2)
    np.testing.assert_allclose(lc.extrapolate(x, y, at=at).at, expected)


def test_the_default_targets() -> None:
    x, y = noisy_curve(2)
    np.testing.assert_allclose(lc.extrapolate(x, y).reach, [2.0, 4.0, 8.0])


def test_counts_with_a_unit_are_understood_for_tokens() -> None:
    x, y = noisy_curve(2)
    made = lc.extrapolate(x, y, at="30B", variable="tokens")
    np.testing.assert_allclose(made.at, 3e10)
    assert "tokens" in made.summary()


@pytest.mark.parametrize("kind", [list, np.asarray, pd.Series, lambda v: np.asarray(v)[::-1]])
def test_any_sequence_in_any_order(kind: Any) -> None:
    x, y = noisy_curve(3)
    np.testing.assert_allclose(
        lc.extrapolate(kind(x), kind(y), at="2x").value, lc.extrapolate(x, y, at="2x").value
    )


def test_views_agree() -> None:
    x, y = noisy_curve(4)
    made = lc.extrapolate(x, y, at="2x,4x", name="a & b")
    text = made.summary()
    assert max(map(len, text.splitlines())) <= 80
    for word in ("Forecast", "Average of", "Backtest", "Intervals", "90 %", "143 curves"):
        assert word in text
    assert "a &amp; b" in made._repr_html_()
    frame = made.to_dataframe()
    np.testing.assert_allclose(frame["low"], made.low)
    assert {"m3", "bnsl"} <= set(frame.columns)


def test_it_survives_json() -> None:
    x, y = noisy_curve(5)
    made = lc.extrapolate(x, y, at="2x,1e6x", metric="error", chance=50.0)
    again = Extrapolation.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.summary() == made.summary()
    np.testing.assert_allclose(again.band([3e10])["value"], made.band([3e10])["value"])
    np.testing.assert_array_equal(np.isnan(again.low), [False, True])


def test_the_band_is_the_forecast() -> None:
    x, y = noisy_curve(6)
    made = lc.extrapolate(x, y, at="2x,8x")
    band = made.band(made.at)
    for name, values in (("value", made.value), ("low", made.low), ("high", made.high)):
        np.testing.assert_allclose(band[name], values)
    many = made.band(np.geomspace(1e8, 1e11, 300))
    assert np.isfinite(many["value"]).all()


def test_parameters_of_an_averaged_law() -> None:
    x, y = noisy_curve(7, noise=1e-5, size=80, first=1e7)
    found = lc.extrapolate(x, y).parameters("power-floor")
    assert found["E"] == pytest.approx(1.7, rel=0.05)
    with pytest.raises(lc.UnknownNameError, match="averaged law"):
        lc.extrapolate(x, y).parameters("chinchilla")


def test_the_same_input_gives_the_same_bytes() -> None:
    x, y = noisy_curve(8)
    one, other = (json.dumps(lc.extrapolate(x, y).to_dict()) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("size", [4, 5, 7, 10])
def test_few_points_are_forecast_with_a_warning(size: int) -> None:
    x = np.geomspace(1e8, 1e10, size)
    made = lc.extrapolate(x, floor_law(x), at="2x")
    np.testing.assert_allclose(made.value, floor_law(2e10), rtol=0.03)
    assert ("X008" in codes(made)) == (size <= 6)
    assert ("X015" in codes(made)) == (size <= 5)


# --- metrics ------------------------------------------------------------------------------------


def test_accuracy_is_forecast_upwards_and_stays_below_the_ceiling() -> None:
    x = np.geomspace(1e6, 1e9, 40)
    accuracy = 0.9 - 0.6 * (x / 1e6) ** -0.3
    made = lc.extrapolate(x, accuracy, at="2x,8x", metric="accuracy", chance=0.1)
    assert (np.diff(made.value) > 0).all()
    assert (made.high < 1.0).all()
    np.testing.assert_allclose(made.value[0], 0.9 - 0.6 * 2000**-0.3, atol=0.01)
    error = lc.extrapolate(x, 1 - accuracy, at="2x,8x", metric="error", chance=0.9)
    np.testing.assert_allclose(1 - error.value, made.value)
    np.testing.assert_allclose(1 - error.high, made.low)


def test_percentages_are_accuracies_with_a_ceiling() -> None:
    x = np.geomspace(1e6, 1e9, 30)
    percent = 90 - 60 * (x / 1e6) ** -0.3
    made = lc.extrapolate(x, percent, at="2x", metric="accuracy", ceiling=100)
    fraction = lc.extrapolate(x, percent / 100, at="2x", metric="accuracy")
    np.testing.assert_allclose(made.value, 100 * fraction.value)
    with pytest.raises(lc.FitRefused, match="ceiling=100"):
        lc.extrapolate(x, percent, at="2x", metric="accuracy")


def test_perplexity_is_the_exponential_of_a_loss() -> None:
    x, y = noisy_curve(9)
    loss = lc.extrapolate(x, y, at="2x")
    perplexity = lc.extrapolate(x, np.exp(y), at="2x", metric="perplexity")
    np.testing.assert_allclose(np.log(perplexity.value), loss.value)
    np.testing.assert_allclose(np.log(perplexity.low), loss.low)


# --- many curves --------------------------------------------------------------------------------


def test_a_table_of_curves_agrees_with_its_curves_one_by_one() -> None:
    columns = many_curves(4)
    made = lc.extrapolate(runs_of(columns), by="curve", at="2x")
    assert isinstance(made, Extrapolations)
    assert [one.name for one in made] == [f"curve {i}" for i in range(4)]
    for one in made:
        mine = columns["curve"] == one.name
        alone = lc.extrapolate(columns["tokens"][mine], columns["loss"][mine], at="2x")
        np.testing.assert_allclose(one.value, alone.value)
        np.testing.assert_allclose(one.low, alone.low)
    assert len(made) == 4
    assert made["curve 2"].name == "curve 2"
    with pytest.raises(lc.UnknownNameError, match="forecast curve"):
        made["curve 9"]


def test_a_refused_curve_does_not_cost_the_others() -> None:
    columns = many_curves(3)
    keep = (columns["curve"] != "curve 1") | (np.arange(120) % 40 < 2)
    made = lc.extrapolate(runs_of({k: v[keep] for k, v in columns.items()}), by="curve")
    assert [one.name for one in made] == ["curve 0", "curve 2"]
    assert [one.name for one in made.refused] == ["curve 1"]
    assert "two" in made.refused[0].reason or "2" in made.refused[0].reason
    assert "curve 1" in made.summary()
    again = Extrapolations.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.summary() == made.summary()


def test_a_table_of_twenty_curves_is_calibrated_on_itself() -> None:
    runs = runs_of(many_curves(24))
    own = lc.extrapolate(runs, by="curve", at="2x")
    packaged = lc.extrapolate(runs, by="curve", at="2x", calibration="shipped")
    assert own.curves[0].calibration.curves == 24
    assert own.curves[0].calibration.source == "the last doubling of 24 curves of this table"
    assert packaged.curves[0].calibration is shipped()
    # these simulated curves are smoother than the public ones: their own intervals are narrower
    own_width = np.mean([np.log(one.high / one.low) for one in own])
    assert own_width < np.mean([np.log(one.high / one.low) for one in packaged])
    truth = dict(zip([c.name for c in own], own, strict=True))
    assert len(truth) == 24


def test_fewer_than_twenty_curves_keep_the_packaged_constants() -> None:
    made = lc.extrapolate(runs_of(many_curves(19, size=25)), by="curve", at="2x")
    assert made.curves[0].calibration is shipped()


def test_compare_shows_every_law_beside_the_average() -> None:
    made = lc.compare(runs_of(many_curves(6)), by="curve")
    laws = [record.law for record in made.records]
    assert laws[0] == "average"
    assert set(laws) == {"average", "power-floor", "m3", "shifted", "m4", "bnsl", "constant"}
    assert laws[-1] == "constant"
    assert sum(record.wins for record in made.records) == pytest.approx(1.0)
    assert made.records[-1].excess > 1.6
    text = made.summary()
    assert max(map(len, text.splitlines())) <= 80
    assert "6 curves" in text
    again = LawComparison.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.summary() == text
    assert len(made.to_dataframe()) == 7


def test_compare_of_one_curve_does_not_claim_a_winner() -> None:
    x, y = noisy_curve(10)
    made = lc.compare(x, y)
    assert "cannot tell them apart" in made.verdict()


def test_compare_of_curves_too_short() -> None:
    x = np.geomspace(1e8, 1e10, 6)
    assert "long enough" in lc.compare(x, floor_law(x)).verdict()


# --- bad input ----------------------------------------------------------------------------------


def test_a_constant_curve_stays_where_it_is() -> None:
    x = np.geomspace(1e8, 1e10, 20)
    made = lc.extrapolate(x, np.full(20, 2.5), at="2x,8x")
    np.testing.assert_allclose(made.value, 2.5, rtol=2e-3)
    assert "X010" in codes(made)


def test_a_rising_loss_is_said_to_rise() -> None:
    x = np.geomspace(1e8, 1e10, 40)
    made = lc.extrapolate(x, 2.0 * np.exp(0.08 * np.log(x / 3e9) ** 2), at="2x")
    assert made.status.code == "rising"
    assert not made.status.ok
    assert "X011" in codes(made)
    assert made.value[0] > 2.2


def test_noise_larger_than_the_trend_leans_to_no_change() -> None:
    rng = np.random.default_rng(0)
    x = np.geomspace(1e8, 1e10, 60)
    made = lc.extrapolate(x, 2.0 * x**-0.001 * np.exp(rng.normal(0, 0.2, 60)), at="2x")
    assert codes(made) & {"X011", "X012"}
    assert np.isfinite(made.value).all()


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1e9], [2.0], "at least 4"),
        ([1e9, 2e9], [2.0, 1.9], "at least 4"),
        ([1e9] * 6, [2.0, 1.9, 1.8, 1.7, 1.6, 1.5], "has one"),
        ([-1.0, 1, 2, 3, 4, 5], [3.0, 2.9, 2.8, 2.7, 2.6, 2.5], "negative"),
        ([1.0, 2, 3, 4, 5], [3.0, 2.0, 0.0, 1.0, 0.9], "above 0"),
        ([1.0, 2, 3, 4, 5], [3.0, 2.0, -1.0, 1.0, 0.9], "value of -1"),
        ([math.nan] * 5, [1.0] * 5, "none"),
    ],
)
def test_curves_that_cannot_be_forecast(x: list[float], y: list[float], words: str) -> None:
    with pytest.raises(lc.FitRefused, match=words) as caught:
        lc.extrapolate(x, y)
    assert caught.value.findings[-1].code == "X001"


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1.0, 2, 3, 4], [3.0, 2.0, 1.0], "4 values and y has 3"),
        (np.ones((4, 2)), np.ones(4), "shape"),
        (["a", "b", "c", "d"], [1.0, 2, 3, 4], "not numbers"),
        (np.arange(1, 5) + 1j, [1.0, 2, 3, 4], "complex"),
        ([], [], "empty"),
        ([1.0, 2, 3, 4], None, "y is missing"),
    ],
)
def test_arrays_that_are_no_curve(x: Any, y: Any, words: str) -> None:
    with pytest.raises(lc.ArgumentError, match=words):
        lc.extrapolate(x, y)


def test_points_without_a_number_and_at_zero_are_set_aside_and_named() -> None:
    x, y = noisy_curve(11)
    clean = lc.extrapolate(x, y, at="2x")
    dirty = lc.extrapolate([0.0, *x, math.nan, 5e9], [9.0, *y, 2.0, math.inf], at="2x")
    np.testing.assert_allclose(dirty.value, clean.value)
    found = {finding.code: finding for finding in dirty.findings}
    assert found["X002"].rows == (42, 43)
    assert found["X003"].rows == (1,)


def test_a_million_points_are_fine() -> None:
    x = np.arange(1.0, 1_000_001.0)
    y = floor_law(x * 1e4) * np.exp(np.random.default_rng(0).normal(0, 0.02, x.size))
    made = lc.extrapolate(x, y, at="2x")
    np.testing.assert_allclose(made.value, floor_law(2e10), rtol=0.02)


def test_a_target_inside_the_data_is_the_smoothed_curve() -> None:
    x, y = noisy_curve(12, noise=0.001)
    made = lc.extrapolate(x, y, at=5e9)
    np.testing.assert_allclose(made.value, floor_law(5e9), rtol=0.01)
    assert "X013" in codes(made)


def test_a_target_a_million_times_away_gets_no_interval_and_the_reason() -> None:
    x, y = noisy_curve(13)
    made = lc.extrapolate(x, y, at="2x,1e6x")
    assert made.forecasts[0].value.interval is not None
    assert made.forecasts[1].value.interval is None
    assert np.isfinite(made.value[1])
    reason = next(f for f in made.findings if f.code == "X014")
    assert "no interval" in reason.message
    assert "no interval" in made.summary()


@pytest.mark.parametrize("at", [0.0, -1.0, math.nan, math.inf, "0x", "abc", "", [], None, object()])
def test_targets_that_are_none(at: Any) -> None:
    x, y = noisy_curve(14)
    with pytest.raises((lc.UnitError, lc.ArgumentError)):
        lc.extrapolate(x, y, at=at)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 90, "90", True, math.nan])
def test_levels_that_are_none(level: Any) -> None:
    x, y = noisy_curve(15)
    with pytest.raises(lc.ArgumentError, match="level"):
        lc.extrapolate(x, y, level=level)


def test_a_level_beyond_the_calibration_is_refused() -> None:
    x, y = noisy_curve(15)
    with pytest.raises(lc.ArgumentError, match="at least 999 curves"):
        lc.extrapolate(x, y, level=0.999)


@pytest.mark.parametrize(
    "arguments",
    [
        {"metric": "bleu"},
        {"metric": "loss", "ceiling": 1.0},
        {"metric": "accuracy", "chance": 1.2},
        {"metric": "perplexity", "chance": 0.5},
        {"calibration": "none"},
        {"by": "curve"},
    ],
)
def test_arguments_that_contradict(arguments: dict[str, Any]) -> None:
    x, y = noisy_curve(16)
    with pytest.raises((lc.ArgumentError, lc.UnknownNameError)):
        lc.extrapolate(x, y, **arguments)


def test_tables_without_the_columns() -> None:
    runs = runs_of(many_curves(2))
    with pytest.raises(lc.UnknownNameError):
        lc.extrapolate(runs, by="nothing")
    with pytest.raises(lc.UnknownNameError):
        lc.extrapolate(runs, "nothing", by="curve")
    with pytest.raises(lc.ArgumentError, match="text, not numbers"):
        lc.extrapolate(runs, by="curve", variable="curve")
    with pytest.raises(lc.ArgumentError, match="name of a column"):
        lc.extrapolate(runs, np.ones(3), by="curve")


def test_every_curve_refused() -> None:
    columns = {"curve": ["a", "b"], "tokens": [1e9, 2e9], "loss": [2.0, 1.9]}
    with pytest.raises(lc.FitRefused, match="none of the 2 curves"):
        lc.extrapolate(runs_of(columns), by="curve")


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e200])
def test_units_far_from_one(scale: float) -> None:
    x, y = noisy_curve(17)
    made = lc.extrapolate(x * scale, y, at="2x")
    np.testing.assert_allclose(made.value, lc.extrapolate(x, y, at="2x").value, rtol=1e-6)
    small = lc.extrapolate(x, y * 1e-30, at="2x")
    np.testing.assert_allclose(small.value * 1e30, made.value, rtol=1e-6)


def test_a_straight_line_says_what_it_would_be_if_it_stayed_one() -> None:
    x = np.geomspace(1e7, 1e10, 50)
    y = 50.0 * x**-0.12 * np.exp(np.random.default_rng(0).normal(0, 0.004, 50))
    made = lc.extrapolate(x, y, at="8x")
    found = next(f for f in made.findings if f.code == "X018")
    assert f"{50.0 * 8e10**-0.12:.2f}"[:3] in found.message
    assert "X018" not in codes(lc.extrapolate(*noisy_curve(0, noise=0.002)))


def test_checkpoints_of_one_run_are_said_to_be_that() -> None:
    columns = many_curves(2)
    one = lc.extrapolate(runs_of({"run": columns.pop("curve"), **columns}), by="run", at="2x")
    assert all("X017" in codes(curve) for curve in one)
    x, y = noisy_curve(0)
    finished = runs_of({"run": [f"r{i}" for i in range(x.size)], "tokens": x, "loss": y})
    assert "X017" not in codes(lc.extrapolate(finished, at="2x"))


def test_a_table_of_several_curves_is_not_taken_for_one() -> None:
    columns = many_curves(3)
    runs = runs_of({"run": columns["curve"], "tokens": columns["tokens"], "loss": columns["loss"]})
    with pytest.raises(lc.ArgumentError, match='by="run"'):
        lc.extrapolate(runs)
    with pytest.raises(lc.ArgumentError, match='by="run"'):
        lc.compare(runs)


@pytest.mark.parametrize("table", ["runs.csv", {"x": [1.0]}, pd.DataFrame({"x": [1.0]})])
def test_a_table_that_was_not_read_is_refused_with_the_way(table: Any) -> None:
    with pytest.raises(lc.ArgumentError, match="read_runs"):
        lc.extrapolate(table, "loss")
    with pytest.raises(lc.ArgumentError, match="read_runs"):
        lc.compare(table, "loss")


def test_a_target_below_the_data_is_refused() -> None:
    x, y = noisy_curve(18)
    with pytest.raises(lc.UnitError, match="below the first point"):
        lc.extrapolate(x, y, at="2x,40")


def test_an_accuracy_taken_for_a_loss_is_told_what_to_say() -> None:
    x = np.geomspace(1e6, 1e9, 40)
    made = lc.extrapolate(x, 90 - 60 * (x / 1e6) ** -0.3)
    fix = next(f.fix for f in made.findings if f.code == "X011")
    assert 'metric="accuracy", ceiling=100' in fix


def test_results_are_short_when_printed() -> None:
    x, y = noisy_curve(19)
    assert len(repr(lc.extrapolate(x, y))) < 200
    many = lc.extrapolate(runs_of(many_curves(3)), by="curve")
    assert len(repr(many)) < 100
    assert "3 curves" in repr(many)


def test_what_percentages_are_of() -> None:
    x = np.geomspace(1e6, 1e9, 40)
    text = lc.extrapolate(x, 0.9 - 0.6 * (x / 1e6) ** -0.3, metric="accuracy").summary()
    assert "distance to the ceiling" in text
    assert "log perplexity" in lc.extrapolate(x, 9.0 * x**-0.05 + 3, metric="perplexity").summary()


def test_a_note_on_every_curve_is_said_once() -> None:
    columns = many_curves(3)
    made = lc.extrapolate(runs_of({"run": columns.pop("curve"), **columns}), by="run", at="2x")
    assert made.summary().count("X017") == 1
