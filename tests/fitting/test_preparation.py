"""Before a fit: order of rows, units, and the fewest runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import line_law, sweep_columns
from lawcast._errors import UnknownNameError
from lawcast.fitting.losses import make_loss
from lawcast.fitting.preparation import (
    distinct,
    fewest_runs,
    law_over,
    refuse_bad_table,
    rows_for,
    runs_of,
    shortage_of,
    units_of,
)
from lawcast.laws.registry import get_law

CHINCHILLA = get_law("chinchilla")


def test_rows_come_in_an_order_of_their_own() -> None:
    table: dict[str, Any] = sweep_columns(30)
    table["family"] = [f"f{k % 3}" for k in range(30)]
    shuffled = np.random.default_rng(0).permutation(30)
    other = {name: np.asarray(values)[shuffled] for name, values in table.items()}
    first, *_ = rows_for(lc.read_runs(table), CHINCHILLA, "family", 100)
    second, *_ = rows_for(lc.read_runs(other), CHINCHILLA, "family", 100)
    for name in ("params", "tokens", "loss"):
        np.testing.assert_array_equal(first[name], second[name])
    np.testing.assert_array_equal(units_of(first, "family")[0], units_of(second, "family")[0])


def test_equal_rows_are_told_apart_by_their_cluster() -> None:
    table: dict[str, Any] = {"params": [1e8] * 4, "tokens": [1e9] * 4, "loss": [3.0] * 4}
    first = lc.read_runs(table | {"family": ["a", "b", "a", "b"]}, duplicates="all")
    second = lc.read_runs(table | {"family": ["b", "b", "a", "a"]}, duplicates="all")
    orders = [
        rows_for(runs, CHINCHILLA, "family", 100)[0]["family"].tolist() for runs in (first, second)
    ]
    assert orders[0] == orders[1]


def test_thinning_keeps_both_ends() -> None:
    runs, aside, thinned = rows_for(lc.read_runs(sweep_columns(1000)), CHINCHILLA, None, 100)
    assert (len(runs), aside, thinned) == (100, {}, 900)
    everything = sweep_columns(1000)["params"]
    assert runs["params"].min() == everything.min()
    assert runs["params"].max() == everything.max()
    assert len(runs.set_aside[-1].rows) == 900


def test_missing_and_impossible_values_are_counted_apart() -> None:
    table = sweep_columns(30)
    table["loss"][[1, 2]] = np.nan
    table["tokens"][[2, 4]] = 0.0
    runs, aside, _ = rows_for(lc.read_runs(table), CHINCHILLA, None, 100)
    assert list(aside.values()) == [2, 1]
    assert [item.rows for item in runs.set_aside] == [(1, 2), (4,)]


def test_source_of_a_user_law_may_be_any_mapping() -> None:
    runs = runs_of({"x": [1.0, 1.0], "y": [2.0, 2.0]}, line_law())
    assert len(runs) == 2  # equal rows are repeats of a measurement
    assert runs_of(runs, None) is runs


def test_law_over_names_the_variable_that_varies_most() -> None:
    table = sweep_columns(30)
    table["params"] = np.full(30, 1e9)
    runs = lc.read_runs(table)
    assert law_over(get_law("power"), None, runs).variables == ("tokens",)
    assert law_over(get_law("power"), "params", runs).variables == ("params",)
    renamed = lc.read_runs({"N": table["params"], "D": table["tokens"], "loss": table["loss"]})
    assert law_over(get_law("power"), "D", renamed).variables == ("tokens",)
    with pytest.raises(ValueError, match="is for laws of one variable"):
        law_over(CHINCHILLA, "tokens", runs)


def test_text_is_no_variable() -> None:
    table: dict[str, Any] = sweep_columns(30)
    table["family"] = ["a"] * 30
    runs = lc.read_runs(table)
    with pytest.raises(UnknownNameError, match="'family' holds text"):
        refuse_bad_table(runs, get_law("power").on("family"), make_loss("log-huber"), ())
    with pytest.raises(UnknownNameError, match="'family' holds text"):
        refuse_bad_table(runs, line_law(variables=["family"], response="loss"), make_loss("l2"), ())


@pytest.mark.parametrize(
    ("law", "fewest"), [("chinchilla", 8), ("power-floor", 6), ("power", 5), ("skaling", 9)]
)
def test_fewest_runs(law: str, fewest: int) -> None:
    assert fewest_runs(get_law(law)) == fewest
    assert fewest_runs(line_law()) == 3


def test_shortage_names_every_reason() -> None:
    table = sweep_columns(6)
    table["tokens"] = np.full(6, 1e10)
    text = shortage_of(lc.read_runs(table), CHINCHILLA)
    assert "needs at least 8 runs; there are 6" in text
    assert "tokens takes 1 different value; " in text
    assert shortage_of(lc.read_runs(sweep_columns(8)), CHINCHILLA) == ""


def test_distinct_counts_usable_values() -> None:
    runs = lc.read_runs(
        {"params": [1e8, 1e8, 2e8, np.nan, 0.0], "tokens": [1e9, 2e9, 3e9, 4e9, 5e9],
         "loss": [3.0, 2.9, 2.8, 2.7, 2.6]}
    )  # fmt: skip
    assert distinct(runs, "params") == 2
    assert distinct(runs, "width") == 0
