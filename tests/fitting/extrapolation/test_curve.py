"""From raw points to a clean curve: what is set aside, refused, trusted less and said."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lawcast._errors import ArgumentError, Finding, FitRefused, Severity
from lawcast._values import Array
from lawcast.fitting.extrapolation.curve import Curve, prepare_curve
from lawcast.fitting.extrapolation.hygiene import DISTRUST
from lawcast.fitting.extrapolation.metrics import make_metric

LOSS, ACCURACY = make_metric("loss"), make_metric("accuracy")


def curve(x: Any, values: Any, **kwargs: Any) -> Curve:
    return prepare_curve(x, values, **{"metric": LOSS, **kwargs})


def law(x: Array) -> Array:
    return 2.0 + 30.0 * x**-0.4


def points(n: int = 20, noise: float = 0.0) -> tuple[Array, Array]:
    x = 100.0 * np.arange(1, n + 1)
    return x, law(x) * np.exp(noise * np.random.default_rng(0).standard_normal(n))


def found(made: Curve) -> dict[str, Finding]:
    return {finding.code: finding for finding in made.findings}


# --- a clean curve --------------------------------------------------------------------------------


def test_a_clean_curve_has_nothing_to_say() -> None:
    x, y = points()
    made = curve(x, y, name="a")
    assert made.findings == ()
    assert (made.name, made.n_read, made.size, made.x_max) == ("a", 20, 20, 2000.0)
    np.testing.assert_array_equal(made.x, x)
    np.testing.assert_allclose(made.u, np.log(x / 2000.0), atol=1e-12)
    np.testing.assert_allclose(made.y, y)
    assert (made.trust == 1.0).all()


def test_the_order_of_points_does_not_matter() -> None:
    x, y = points(60, 0.01)
    shuffled = np.random.default_rng(1).permutation(60)
    first, second = curve(x, y), curve(x[shuffled], y[shuffled])
    for name in ("x", "value", "u", "y", "counts", "trust"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("x_unit", [1e-30, 1e-320, 1e30, 1e304])
@pytest.mark.parametrize("y_unit", [1e-30, 1e30])
def test_units_do_not_matter(x_unit: float, y_unit: float) -> None:
    x, y = points(30, 0.01)
    if x_unit == 1e-320:  # subnormal numbers have few digits: whole multiples of the smallest
        x, x_unit = np.arange(1.0, 31.0), 5e-324
    first, second = curve(x, y), curve(x * x_unit, y * y_unit)
    np.testing.assert_allclose(second.u, first.u, atol=1e-9)
    np.testing.assert_allclose(second.y / y_unit, first.y, rtol=1e-9)


def test_close_points_share_a_bin_and_are_counted() -> None:
    x = np.linspace(1.0, 2.0, 1001)
    made = curve(x, law(x))
    assert made.size <= 15
    assert made.counts.sum() == 1001
    assert (np.diff(made.u) > 0).all()


def test_accuracy_is_held_as_distance_to_its_ceiling() -> None:
    x, y = points()
    made = curve(x, 0.9 - 0.1 * y, metric=ACCURACY)
    np.testing.assert_allclose(made.y, 0.1 + 0.1 * y)
    np.testing.assert_allclose(made.value, 0.9 - 0.1 * y)


# --- kinds of input -------------------------------------------------------------------------------

KINDS = {
    "list": list,
    "tuple": tuple,
    "pandas": pd.Series,
    "pandas nullable": lambda v: pd.Series(v, dtype="Float64"),
    "polars": pl.Series,
    "arrow": pa.array,
    "arrow chunks": lambda v: pa.chunked_array([v]),
    "objects": lambda v: np.array(v, dtype=object),
    "decimals": lambda v: [Decimal(float(a)) for a in v],
    "masked": np.ma.masked_invalid,
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_column_of_numbers_is_read(kind: str) -> None:
    x, y = points()
    made = curve(KINDS[kind](x), KINDS[kind](y))
    np.testing.assert_allclose(made.y, y)


@pytest.mark.parametrize("dtype", ["i8", "i4", "u2", "f4"])
def test_other_number_types(dtype: str) -> None:
    x = np.arange(1, 21).astype(dtype)
    y = np.arange(60, 20, -2).astype(dtype)
    np.testing.assert_allclose(curve(x, y).y, np.arange(60, 20, -2), rtol=1e-6)


class _Tensor:
    """As a tensor that asks for gradients: an array only after detach() and cpu()."""

    def __init__(self, values: Array, free: bool = False) -> None:
        self.values, self.free = values, free

    def detach(self) -> _Tensor:
        return _Tensor(self.values, True)

    def cpu(self) -> _Tensor:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if not self.free:
            raise RuntimeError("call detach() first")
        return self.values


def test_a_tensor_that_asks_for_gradients() -> None:
    x, y = points()
    np.testing.assert_allclose(curve(_Tensor(x), _Tensor(y)).y, y)


X, Y = points()


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([str(v) for v in X], Y, "x holds text"),
        (np.array([str(v) for v in X], dtype=object), Y, r"x holds text \('100.0'\)"),
        (X, ["2.1"] * 20, "y holds text"),
        (X + 0j, Y, "x holds complex128"),
        (pd.date_range("2020-01-01", periods=20), Y, "x holds datetime64"),
        (X, Y[:5], "x has 20 values and y has 5"),
        (X[:, None], Y, r"not of shape \(20, 1\)"),
        (X, np.ones((20, 2)), r"y is one column .* not of shape \(20, 2\)"),
        (3.0, 4.0, "one column of numbers"),
        (None, Y, "one column of numbers"),
        ([[1.0], [2.0, 3.0]], Y, "rows of different length"),
        ((v for v in X), Y, "not numbers"),
        ([], [], "x is empty"),
    ],
)
def test_what_is_no_column_of_numbers(x: Any, y: Any, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        curve(x, y)


def test_one_id_for_each_point() -> None:
    with pytest.raises(ArgumentError, match="rows= names 3 points, but there are 20"):
        curve(X, Y, rows=range(3))


# --- points set aside -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "y"])
def test_points_without_a_number_are_named(bad: float, where: str) -> None:
    x, y = points()
    (x if where == "x" else y)[4] = bad
    made = curve(x, y, rows=range(40, 60), row_label="line")
    assert found(made)["X002"].rows == (44,)
    assert found(made)["X002"].row_label == "line"
    assert "1 point without" in found(made)["X002"].message
    assert (made.n_read, made.x.size) == (20, 19)


@pytest.mark.parametrize("missing", ["none", "mask", "NA"])
def test_missing_values_are_no_numbers(missing: str) -> None:
    x, y = points()
    values: Any = {
        "none": [None, *y[1:]],
        "mask": np.ma.masked_array((1000 * y).astype(int), x == 100.0),
        "NA": pd.Series([None, *y[1:]], dtype="Float64"),
    }[missing]
    made = curve(x, values)
    assert found(made)["X002"].rows == (1,)
    assert made.x.size == 19


def test_zero_has_no_place_on_a_log_axis() -> None:
    x, y = points()
    made = curve(x - 100.0, y)
    assert found(made)["X003"].rows == (1,)
    assert found(made)["X003"].severity is Severity.NOTE
    assert np.isfinite(made.u).all()


def test_no_point_goes_without_a_word() -> None:
    x = np.geomspace(1e-300, 1e300, 20)
    made = curve(x, np.linspace(3.0, 2.0, 20))
    aside = sum(len(finding.rows) for finding in made.findings)
    assert made.x.size + aside == 20
    assert np.isfinite(made.u).all()


def test_repeated_x_are_averaged_in_the_logarithm() -> None:
    x, y = points()
    made = curve(np.repeat(x, 2), np.stack([y * 1.01, y / 1.01], axis=1).ravel())
    np.testing.assert_allclose(made.y, y)
    assert (made.counts == 2).all()
    assert "20 points share" in found(made)["X004"].message
    assert "X009" not in found(made)  # equal values at one x are no running best


def test_equal_repeats_are_no_running_best() -> None:
    x, y = points()
    assert "X009" not in found(curve(np.repeat(x, 2), np.repeat(y, 2)))


# --- curves refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([1.0], [2.0], "has one"),
        ([1.0, 2.0], [2.0, 1.9], "has 2"),
        ([1.0, 2.0, 3.0], [3.0, 2.0, 1.9], "has 3"),
        ([5.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "has one"),
        ([0.0, 1.0, 2.0, 3.0], [4.0, 3.0, 2.0, 1.0], "has 3"),
        (X, np.full(20, np.nan), "has none"),
    ],
)
def test_too_few_places(x: Any, y: Any, says: str) -> None:
    with pytest.raises(FitRefused, match=f"at least 4 points at different x; .* {says}"):
        curve(x, y)


def test_a_refusal_says_what_was_set_aside_before() -> None:
    with pytest.raises(FitRefused) as refusal:
        curve([1.0, 2.0, 3.0, 4.0], [4.0, np.nan, 2.0, 1.0])
    assert [finding.code for finding in refusal.value.findings] == ["X002", "X001"]
    assert refusal.value.findings[0].rows == (2,)


def test_negative_x_is_refused_with_its_rows() -> None:
    with pytest.raises(FitRefused, match=r"'a' has a negative x \(-200\)") as refusal:
        curve(X - 300.0, Y, name="a")
    assert refusal.value.findings[-1].rows == (1, 2)
    assert refusal.value.findings[-1].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("metric", "values", "rows", "says"),
    [
        (LOSS, np.where(X == 500.0, 0.0, Y), (5,), "metric='accuracy'"),
        (LOSS, np.where(X >= 1900.0, -1.0, Y), (19, 20), "above 0"),
        (ACCURACY, np.where(X == 500.0, 1.0, 0.5), (5,), "below the ceiling of 1"),
        (ACCURACY, np.where(X == 500.0, -0.1, 0.5), (5,), "from 0"),
        (ACCURACY, np.full(20, 55.0), tuple(range(1, 21)), "ceiling=100"),
        (ACCURACY, np.linspace(-9.0, 55.0, 20), (1, 2, 3, *range(4, 21)), "check the column"),
        (make_metric("perplexity"), np.where(X == 500.0, 1.0, 9.0), (5,), "above 1"),
    ],
)
def test_values_the_metric_cannot_have(
    metric: Any, values: Array, rows: tuple[int, ...], says: str
) -> None:
    with pytest.raises(FitRefused, match=says) as refusal:
        curve(X, values, metric=metric)
    assert refusal.value.findings[-1].rows == rows


# --- spikes, breaks, warm-up ----------------------------------------------------------------------


@pytest.mark.parametrize("wide", [1, 2, 3])
@pytest.mark.parametrize("height", [1.2, 0.8])
def test_a_spike_is_set_aside(wide: int, height: float) -> None:
    x, y = points(200, 0.003)
    clean = curve(x, y)
    y[120 : 120 + wide] *= height
    made = curve(x, y)
    assert found(made)["X005"].rows == tuple(range(121, 121 + wide))
    assert made.x.size == 200 - wide
    np.testing.assert_allclose(made.y, clean.y, rtol=0.003)


@pytest.mark.parametrize("size", [1.0, 0.005])
def test_a_steep_start_is_no_spike(size: float) -> None:
    x = np.geomspace(1.0, 1e4, 60)
    assert curve(x, size + 9.0 * x**-1.5).x.size == 60


def test_ordinary_noise_is_not_set_aside() -> None:
    x, y = points(300, 0.005)
    assert "X005" not in found(curve(x, y))


def test_a_jump_of_level_costs_earlier_points_weight() -> None:
    x, y = points(200, 0.003)
    y[120:] *= 0.9
    made = curve(x, y)
    before = np.exp(made.u) * made.x_max < x[120] * 0.99
    assert found(made)["X006"].severity is Severity.WARNING
    np.testing.assert_array_equal(made.trust[before], DISTRUST)
    assert (made.trust[~before] == 1.0).mean() > 0.9


@pytest.mark.parametrize("n", [20, 60, 300])
def test_a_smooth_curve_has_no_break(n: int) -> None:
    x = np.geomspace(1.0, 1e4, n)
    steep = 0.2 + 0.8 / (1.0 + (x / 50.0) ** 3)
    assert "X006" not in found(curve(x, steep))


def test_a_flat_start_loses_weight() -> None:
    x = np.geomspace(1.0, 1e4, 60)
    made = curve(x, 0.2 + 0.8 / (1.0 + (x / 100.0) ** 2))
    flat = made.trust == DISTRUST
    assert "X007" in found(made)
    assert flat[:5].all()
    assert not flat[30:].any()


def test_a_rising_start_loses_weight() -> None:
    x, y = points(40)
    y[:3] = y[3] * np.array([0.5, 0.7, 0.9])
    made = curve(x, y)
    assert (made.trust[:3] == DISTRUST).all()
    assert (made.trust[4:] == 1.0).all()


# --- what the values look like --------------------------------------------------------------------


def test_a_constant_curve() -> None:
    assert found(curve(X, np.full(20, 2.5)))["X010"].severity is Severity.WARNING


def test_a_rising_curve_is_no_error_here() -> None:
    made = curve(X, Y[::-1])
    assert (np.diff(made.y) > 0).all()
    assert (made.trust == 1.0).all()


def test_noise_larger_than_the_trend() -> None:
    x = X
    made = curve(x, 2.0 * np.exp(0.05 * np.random.default_rng(3).standard_normal(20)))
    assert np.isfinite(made.y).all()
    assert "X006" not in found(made)
    assert made.x.size >= 18


@pytest.mark.parametrize(("n", "few"), [(4, True), (6, True), (7, False)])
def test_few_points_get_a_warning(n: int, few: bool) -> None:
    assert ("X008" in found(curve(*points(n)))) == few


def staircase() -> Array:
    return np.repeat(np.linspace(0.6, 0.4, 7), 3)[:20]


@pytest.mark.parametrize("rises", [False, True])
def test_a_staircase_looks_like_a_running_best(rises: bool) -> None:
    values = 1.0 - staircase() if rises else staircase()
    made = curve(X, values, metric=ACCURACY if rises else LOSS)
    assert found(made)["X009"].severity is Severity.NOTE


@pytest.mark.parametrize("rises", [False, True])
def test_a_staircase_that_only_gets_worse_is_no_running_best(rises: bool) -> None:
    values = staircase() if rises else 1.0 - staircase()
    assert "X009" not in found(curve(X, values, metric=ACCURACY if rises else LOSS))


# --- size and saving ------------------------------------------------------------------------------


def test_a_million_points() -> None:
    n = 1_000_000
    rng = np.random.default_rng(0)
    x = rng.permutation(np.arange(1.0, n + 1))
    y = law(x) * np.exp(0.01 * rng.standard_normal(n))
    start = time.process_time()
    made = curve(x, y)
    assert time.process_time() - start < 3.0  # about 0.5 s on an idle machine
    assert made.size < 400
    assert made.counts.sum() == made.x.size
    late = made.u > -1.0
    expected = law(np.exp(made.u[late]) * made.x_max)
    np.testing.assert_allclose(made.y[late], expected, rtol=2e-3)


def test_a_saved_curve_comes_back() -> None:
    x, y = points(40)
    y[4] = np.nan
    metric = make_metric("accuracy", ceiling=5.0, chance=0.5)
    made = curve(x, 4.9 - 0.5 * y, metric=metric, name="a")
    again = Curve.from_dict(made.to_dict())
    for name in ("u", "y", "counts", "trust"):
        np.testing.assert_array_equal(getattr(made, name), getattr(again, name))
    for name in ("name", "x_max", "metric", "n_read", "findings"):
        assert getattr(made, name) == getattr(again, name)
