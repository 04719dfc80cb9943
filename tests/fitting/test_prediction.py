"""Predictions: where, how far, with which two intervals, and what is refused."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import law_table, line_columns, line_law, surface_loss, sweep_columns
from lawcast._errors import SavedFileError, UnitError, UnknownNameError


@cache
def sweep() -> lc.Fit:
    runs = lc.read_runs(sweep_columns(120, seed=1), params_kind="total")
    return lc.fit(runs, law="chinchilla", bootstrap=400, diagnosis=False, starts=16)


@cache
def over(variable: str) -> lc.Fit:
    runs = lc.read_runs(sweep_columns(120, seed=1, ratios=(19.0, 21.0)), params_kind="total")
    return lc.fit(
        runs, law="power-floor", variable=variable, bootstrap=100, diagnosis=False, starts=16
    )


@cache
def line() -> lc.Fit:
    return lc.fit(line_columns(), law=line_law(), loss="l2", bootstrap=200, diagnosis=False)


@cache
def repeated() -> lc.Fit:
    _, table = law_table("data-constrained", 0.004, np.random.default_rng(0))
    return lc.fit(table, law="data-constrained", bootstrap=60, diagnosis=False, starts=16)


def test_optimal_split_is_the_closed_form() -> None:
    fit = sweep()
    prediction = fit.predict(compute=1e24)
    E, A, B, alpha, beta = fit.estimate
    ratio = (alpha * A / (beta * B)) ** (1.0 / (alpha + beta))
    params = ratio * (1e24 / 6.0) ** (beta / (alpha + beta))
    assert prediction.inputs["params"].value == pytest.approx(params, rel=1e-6)
    assert prediction.inputs["tokens"].value == pytest.approx(1e24 / 6.0 / params, rel=1e-6)
    value = E + A / params**alpha + B / (1e24 / 6.0 / params) ** beta
    assert prediction.value == pytest.approx(value, rel=1e-12)
    interval = prediction.inputs["params"].interval
    assert interval is not None
    assert params in interval


def test_given_point_holds_the_truth_in_both_intervals() -> None:
    prediction = sweep().predict(params="10B", tokens="400B")
    truth = float(surface_loss(np.array(1e10), np.array(4e11)))
    assert prediction.interval is not None
    assert prediction.new_run is not None
    assert truth in prediction.interval
    assert prediction.inputs["params"].value == 1e10
    assert prediction.unit == "nats/token"


@pytest.mark.parametrize("compute", [1e20, 1e23, "100x"])
def test_new_run_is_wider_on_both_sides(compute: float | str) -> None:
    prediction = sweep().predict(compute=compute)
    mean, new = prediction.interval, prediction.new_run
    assert mean is not None
    assert new is not None
    assert new.low < mean.low < prediction.value < mean.high < new.high
    assert mean.method == "bca, bootstrap of 120 runs"
    assert new.method == "bca, bootstrap of 120 runs and residuals"


def test_quantities_as_text() -> None:
    fit = sweep()
    same = fit.predict(params=7e10, tokens=1.4e12)
    assert fit.predict(params="70B", tokens="1.4T tokens") == same
    largest = float(fit.runs["compute"].max())
    assert fit.predict(compute="10x").inputs["compute"].value == pytest.approx(10 * largest)
    assert fit.predict(compute="1e24 FLOP") == fit.predict(compute=1e24)
    more = fit.predict(params="70B", tokens="4x").inputs["tokens"].value
    assert more == pytest.approx(4 * fit.runs["tokens"].max())


def test_fixed_ratio() -> None:
    fit = sweep()
    chosen = fit.predict(compute=1e24, ratio=20)
    assert chosen == fit.predict(compute=1e24, along="fixed-ratio", ratio=20)
    tokens, params = chosen.inputs["tokens"], chosen.inputs["params"]
    assert tokens.value / params.value == pytest.approx(20)
    assert params.interval is None  # chosen by the caller, not by the law
    assert chosen.along == "at 20 tokens per parameter, C = 6·N·D"
    assert fit.predict(compute=1e24).value < chosen.value


def test_level() -> None:
    narrow, wide = (sweep().predict(compute="3x", level=level).interval for level in (0.5, 0.99))
    assert narrow is not None
    assert wide is not None
    assert wide.low < narrow.low < narrow.high < wide.high
    assert narrow.level == 0.5


def test_distance_beyond_the_data() -> None:
    fit = sweep()
    assert fit.predict(compute="10x").decades_beyond == pytest.approx(1.0)
    assert fit.predict(params="1B", tokens="20B").decades_beyond == 0.0
    assert "inside the data" in fit.predict(params="1B", tokens="20B").summary()
    small = float(fit.runs["params"].min())
    assert fit.predict(params=small / 100, tokens="20B").decades_beyond >= 2.0
    assert [f.code for f in fit.predict(compute="40x").findings] == ["F005"]
    assert fit.predict(compute="20x").findings == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"params": "1B"}, "missing: tokens"),
        ({}, "missing: params, tokens"),
        ({"params": "1B", "tokens": "1B", "width": 5}, "not read: width"),
        ({"compute": 1e24, "params": "1B"}, "give compute= or params=, not both"),
        ({"compute": 1e24, "width": 5}, "does not read width"),
        ({"params": -1e9, "tokens": 1e9}, "params must be positive"),
        ({"compute": 0}, "compute must be positive"),
        ({"compute": float("nan")}, "not a finite number"),
        ({"compute": "lots"}, "not an amount of compute"),
        ({"params": "many", "tokens": 1e9}, "not a count"),
        ({"params": "1B", "tokens": "1B", "along": "optimal"}, "they split compute"),
        ({"compute": 1e24, "ratio": -3}, "positive number of tokens per parameter"),
        ({"compute": 1e24, "ratio": 20, "along": "optimal"}, 'goes with along="fixed-ratio"'),
        ({"compute": 1e24, "level": 1.5}, "level lies between 0 and 1"),
    ],
)
def test_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UnitError, match=message):
        sweep().predict(**arguments)


def test_unknown_way() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'optimal'"):
        sweep().predict(compute=1e24, along="optimum")


@pytest.mark.parametrize("variable", ["compute", "tokens", "params"])
def test_laws_of_one_variable(variable: str) -> None:
    fit = over(variable)
    prediction = fit.predict(**{variable: "10x"})
    assert prediction.decades_beyond == pytest.approx(1.0)
    assert prediction.value < fit.runs["loss"].min() + 0.02
    assert list(prediction.inputs) == [variable]
    assert prediction.along == ""


def test_law_of_compute_needs_no_split() -> None:
    with pytest.raises(UnitError, match="reads compute itself"):
        over("compute").predict(compute="10x", along="optimal")


def test_law_of_tokens_cannot_be_asked_for_compute() -> None:
    with pytest.raises(UnitError, match="give tokens= instead"):
        over("tokens").predict(compute="10x")


def test_user_law_takes_any_sign() -> None:
    fit = line()
    for x in (-3.0, 0.0, 4.0):
        prediction = fit.predict(x=x)
        assert prediction.value == pytest.approx(1 + 2 * x, abs=0.15)
        assert prediction.decades_beyond == 0.0
        assert prediction.unit == ""
    # the data span 10 wide; -95 to 5 is ten times that
    assert fit.predict(x=-95.0).decades_beyond == pytest.approx(1.0)
    assert [f.code for f in fit.predict(x=1000.0).findings] == ["F005"]


def test_data_constrained_needs_its_unique_tokens() -> None:
    fit = repeated()
    with pytest.raises(UnitError, match="also reads unique_tokens"):
        fit.predict(compute="3x")
    once = fit.predict(compute="3x", unique_tokens="10T")
    scarce = fit.predict(compute="3x", unique_tokens="10B")
    assert scarce.value > once.value
    assert scarce.inputs["unique_tokens"].value == 1e10


def test_no_best_split_is_said() -> None:
    table = sweep_columns(60)
    table["loss"] = 1.8 + 500 / table["params"] ** 0.35  # the tokens do nothing
    fit = lc.fit(lc.read_runs(table), law="chinchilla", bootstrap=0, diagnosis=False, starts=16)
    with pytest.raises(UnitError, match=r'no best split.*along="fixed-ratio"'):
        fit.predict(compute="10x")
    assert fit.predict(compute="10x", along="fixed-ratio").value > 1.8


def test_without_draws_there_is_no_interval() -> None:
    fit = lc.fit(sweep_columns(60), law="chinchilla", bootstrap=0, diagnosis=False, starts=16)
    prediction = fit.predict(compute="10x")
    assert prediction.interval is None
    assert prediction.new_run is None
    assert "mean curve" not in prediction.summary()
    frame = prediction.to_dataframe()
    assert frame["mean_low"][0] is None


def test_round_trip() -> None:
    for prediction in (
        sweep().predict(compute="100x"),
        sweep().predict(params="1B", tokens="20B"),
        line().predict(x=-2.0),
    ):
        text = json.dumps(prediction.to_dict(), allow_nan=False)
        again = lc.Prediction.from_dict(json.loads(text))
        assert again == prediction
        assert again.summary() == prediction.summary()


def test_document_of_another_kind() -> None:
    with pytest.raises(SavedFileError, match="holds a fit, not a prediction"):
        lc.Prediction.from_dict(sweep().to_dict())


def test_views_agree() -> None:
    prediction = sweep().predict(compute="10x")
    assert prediction.interval is not None
    frame = prediction.to_dataframe()
    assert frame["loss"][0] == prediction.value
    assert frame["mean_low"][0] == prediction.interval.low
    text, html = prediction.summary(), prediction._repr_html_()
    assert "one new run" in text
    assert "one new run" in html
    assert max(map(len, text.splitlines())) <= 80
