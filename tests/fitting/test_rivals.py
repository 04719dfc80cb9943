"""Rival laws: worse ones are told apart, equal ones are not, on units left out whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import law_table, sweep_columns
from lawcast.fitting.rivals import Rival


def rivals(table: Any, **options: Any) -> dict[str, Rival]:
    fit = lc.fit(table, **({"law": "chinchilla", "bootstrap": 0, "starts": 16} | options))
    assert isinstance(fit, lc.Fit)
    return {rival.law: rival for rival in fit.rivals}


def test_a_law_that_contains_this_one_is_as_good() -> None:
    found = rivals(sweep_columns(120, seed=1))["skaling"]
    assert found.as_good
    assert found.error == pytest.approx(found.own_error, rel=0.05)
    assert found.forecast == pytest.approx(found.own_forecast, rel=0.01)


def test_a_law_without_a_floor_is_worse() -> None:
    found = rivals(sweep_columns(120, seed=1))["kaplan"]
    assert not found.as_good
    assert found.difference > 3
    assert found.error > 2 * found.own_error


def test_the_true_law_beats_the_wrong_one() -> None:
    _, table = law_table("kaplan", 0.004, np.random.default_rng(0))
    found = rivals(table)["kaplan"]
    assert found.difference < -1.645
    fit = lc.fit(table, law="chinchilla", bootstrap=0)
    messages = [f.message for f in fit.findings if f.code == "F009"]
    assert any(m.startswith("kaplan predicts left-out runs better than chin") for m in messages)


def test_forecasts_are_asked_at_the_same_place() -> None:
    table = sweep_columns(120, seed=1)
    fit = lc.fit(table, law="chinchilla", bootstrap=0)
    own = fit.predict(compute="10x", along="fixed-ratio").value
    for rival in fit.rivals:
        assert rival.own_forecast == pytest.approx(own, rel=1e-9)
        assert rival.where.startswith("10x the largest compute and ")


def test_one_variable_rivals() -> None:
    _, table = law_table("power-floor", 0.004, np.random.default_rng(0))
    found = rivals(table | {"params": np.full(80, 1e9)}, law="power-floor", variable="tokens")
    assert set(found) == {"power", "m3"}
    assert not found["power"].as_good
    assert found["power"].where == "10x the largest tokens"


def test_too_few_units_have_no_comparison() -> None:
    table: dict[str, Any] = sweep_columns(60)
    table["family"] = [f"f{k % 8}" for k in range(60)]
    assert rivals(table, cluster="family") == {}
    assert rivals(sweep_columns(9)) == {}


def test_round_trip() -> None:
    rival = Rival("skaling", 0.01, float("inf"), float("nan"), 2.0, 2.1, "somewhere")
    again = Rival.from_dict(rival.to_dict())
    assert again.own_error == float("inf")
    assert np.isnan(again.difference)
    assert not again.as_good
