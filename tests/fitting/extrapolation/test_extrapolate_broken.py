"""What a breaker tried on the forecasts of learning curves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from curves_to_forecast import noisy_curve


@pytest.mark.parametrize("factor", [1e-90, 1e-30, 1e30, 1e90])
def test_the_unit_of_y_does_not_matter(factor: float) -> None:
    x, y = noisy_curve(20)
    one, other = lc.extrapolate(x, y, at="2x,8x"), lc.extrapolate(x, y * factor, at="2x,8x")
    np.testing.assert_allclose(other.value / factor, one.value, rtol=1e-9)
    np.testing.assert_allclose(other.high / factor, one.high, rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-160, 1e160, 1e300])
def test_values_beyond_any_unit_are_refused(factor: float) -> None:
    x, y = noisy_curve(20)
    with pytest.raises(lc.FitRefused):
        lc.extrapolate(x, y * factor)


def test_a_falling_accuracy_stops_at_zero() -> None:
    x = np.logspace(0, 2, 20)
    made = lc.extrapolate(x, 0.3 - 0.2 * np.linspace(0, 1, 20), metric="accuracy", at="2x,8x")
    assert (made.value >= 0.0).all()
    assert (made.low >= 0.0).all()


def test_a_constant_curve_is_forecast_exactly() -> None:
    made = lc.extrapolate(np.arange(1, 11), np.full(10, 2.0), at="2x,8x")
    np.testing.assert_allclose(made.value, 2.0, rtol=1e-12)
    assert made.status.code == "constant"


@pytest.mark.parametrize("place", [0.0, -1.0, math.nan, math.inf])
def test_a_band_needs_positive_places(place: float) -> None:
    made = lc.extrapolate(*noisy_curve(21))
    with pytest.raises(lc.UnitError):
        made.band([place, 2e10])
    assert made.band(2e10)["value"].shape == (1,)


@pytest.mark.parametrize(
    "arguments",
    [{"metric": None}, {"metric": 1}, {"at": 10**400}, {"at": True}, {"calibration": np.ones(2)}],
)
def test_nonsense_arguments_are_refused_in_words(arguments: dict[str, Any]) -> None:
    x, y = noisy_curve(22)
    with pytest.raises(lc.LawcastError):
        lc.extrapolate(x, y, **arguments)


def test_a_column_called_low_does_not_hide_the_interval() -> None:
    frame = lc.extrapolate(*noisy_curve(23), variable="low").to_dataframe()
    assert {"low", "low_", "high"} <= set(frame.columns)
    assert (frame["low"] < frame["loss"]).all()


@pytest.mark.parametrize("change", ["forecasts", "u", "x_max", "laws", "everything", "none"])
def test_damaged_documents_are_said_to_be_damaged(change: str) -> None:
    data: Any = lc.extrapolate(*noisy_curve(24)).to_dict()
    if change == "forecasts":
        data["forecasts"] = data["forecasts"][:1]
    elif change == "u":
        data["curve"]["u"] = ["nan"] * len(data["curve"]["u"])
    elif change == "x_max":
        data["curve"]["x_max"] = "nan"
    elif change == "laws":
        del data["laws"]
    elif change == "everything":
        data = {"schema": "lawcast/extrapolation/1"}
    else:
        data = None
    with pytest.raises(lc.SavedFileError):
        lc.Extrapolation.from_dict(data)


def test_multiples_may_be_written_with_a_capital() -> None:
    np.testing.assert_allclose(lc.extrapolate(*noisy_curve(25), at="2X").reach, 2.0)


def test_two_curves_under_one_name_are_suspected() -> None:
    x, y = noisy_curve(26)
    made = lc.extrapolate([*x, *x], [*y, *(1.3 * y)], at="2x")
    fix = next(finding.fix for finding in made.findings if finding.code == "X004")
    assert "several curves under one name" in fix
    few = lc.extrapolate([*x, x[-1]], [*y, y[-1]], at="2x")
    assert next(finding.fix for finding in few.findings if finding.code == "X004") == ""


@pytest.mark.parametrize("place", [1e9, 1e10, 2e10])
def test_many_times_the_same_target(place: float) -> None:
    x, y = noisy_curve(27)
    made = lc.extrapolate(x, y, at=[place] * 100)
    np.testing.assert_allclose(made.value, lc.extrapolate(x, y, at=place).value[0], rtol=1e-5)


def test_ten_thousand_targets_agree_with_a_few() -> None:
    x, y = noisy_curve(28)
    at = np.geomspace(2e9, 1.5e11, 10_000)
    many, few = lc.extrapolate(x, y, at=at), lc.extrapolate(x, y, at=at[::2500])
    np.testing.assert_allclose(many.value[::2500], few.value, rtol=1e-5)
    np.testing.assert_allclose(many.high[::2500], few.high, rtol=1e-3)
