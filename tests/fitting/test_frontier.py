"""The best split of compute against its closed form, fixed ratios, and laws without a split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lawcast as lc
from helpers import SURFACE, sweep_columns
from lawcast._errors import UnitError, UnknownNameError
from lawcast.fitting.frontier import (
    Frontier,
    arguments_of,
    flop_per_token_param,
    frontier_of,
    require_frontier,
)
from lawcast.laws.registry import get_law

CHINCHILLA = get_law("chinchilla")


def closed_form(theta: np.ndarray, compute: np.ndarray, flop: float = 6.0) -> np.ndarray:
    """(b, m) best params of E + A/N^alpha + B/D^beta at C = k·N·D (Hoffmann et al. 2022, eq. 4)."""
    _, A, B, alpha, beta = theta.T[:, :, None]
    ratio = (alpha * A / (beta * B)) ** (1.0 / (alpha + beta))
    return ratio * (compute / flop) ** (beta / (alpha + beta))


def spread_theta() -> np.ndarray:
    theta = np.array([list(SURFACE.values())] * 40)
    return theta * np.exp(0.1 * np.random.default_rng(0).standard_normal(theta.shape))


def test_best_split_is_the_closed_form() -> None:
    theta, compute = spread_theta(), np.logspace(18, 27, 7)
    split = Frontier("optimal", 6.0, np.nan, 1e22).split(CHINCHILLA, theta, compute, {})
    assert split.shape == (2, 40, 7)
    np.testing.assert_allclose(split[0], closed_form(theta, compute), rtol=1e-10)
    np.testing.assert_allclose(6.0 * split[0] * split[1], np.broadcast_to(compute, (40, 7)))


def test_searched_split_agrees_with_the_closed_form() -> None:
    theta, compute = spread_theta(), np.logspace(18, 27, 7)
    unstructured = replace(CHINCHILLA, terms=None)
    split = Frontier("optimal", 6.0, np.nan, 1e22).split(unstructured, theta, compute, {})
    best = closed_form(theta, compute)
    np.testing.assert_allclose(split[0], best, rtol=3e-6)
    # the curve is flat there: its height is right to rounding
    lowest = CHINCHILLA((best, compute / 6.0 / best), theta)
    np.testing.assert_allclose(CHINCHILLA((split[0], split[1]), theta), lowest, rtol=1e-14)


def test_no_best_split_is_nan() -> None:
    theta = np.array([[1.8, 400.0, 0.0, 0.35, 0.37]])  # data do not matter: the larger, the better
    split = Frontier("optimal", 6.0, np.nan, 1e22).split(CHINCHILLA, theta, np.array([1e22]), {})
    assert np.isnan(split).all()


def test_fixed_ratio_is_that_of_the_largest_runs() -> None:
    table = sweep_columns(60)
    runs = lc.read_runs(table)
    frontier = frontier_of(CHINCHILLA, runs, "fixed-ratio")
    assert frontier is not None
    compute = runs["compute"]
    top = np.argsort(compute)[-6:]
    expected = np.exp(np.log(table["tokens"] / table["params"])[top].mean())
    assert frontier.ratio == pytest.approx(expected)
    assert frontier.largest == pytest.approx(compute.max())
    theta = np.array([list(SURFACE.values())])
    params, tokens = frontier.split(CHINCHILLA, theta, np.array([1e24]), {})[:, 0, 0]
    assert tokens / params == pytest.approx(frontier.ratio)
    assert 6.0 * params * tokens == pytest.approx(1e24)
    assert "tokens per parameter" in frontier.describe()


def test_given_ratio() -> None:
    frontier = frontier_of(CHINCHILLA, lc.read_runs(sweep_columns(60)), "fixed-ratio", 20.0)
    assert frontier is not None
    assert frontier.ratio == 20.0


def test_accounting_decides_the_constant() -> None:
    table = sweep_columns(60)
    assert flop_per_token_param(lc.read_runs(table)) == 6.0
    assert flop_per_token_param(lc.read_runs(table, accounting="2ND")) == 2.0
    table["compute"] = 7.0 * table["params"] * table["tokens"]
    assert flop_per_token_param(lc.read_runs(table, accounting="column")) == pytest.approx(7.0)


def test_laws_without_a_frontier() -> None:
    runs = lc.read_runs(sweep_columns(60))
    one = get_law("power-floor").on("tokens")
    assert frontier_of(one, runs) is None
    with pytest.raises(UnitError, match="reads tokens, so compute alone does not say"):
        require_frontier(None, one)
    own = frontier_of(get_law("power-floor").on("compute"), runs)
    assert own is not None
    assert own.along == "compute"
    assert own.describe() == "as a law of compute"


def test_unknown_way_has_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'fixed-ratio'"):
        frontier_of(CHINCHILLA, lc.read_runs(sweep_columns(60)), "fixed_ratio")


def test_further_variables_must_be_given() -> None:
    law = get_law("data-constrained")
    split = np.ones((2, 1, 1))
    with pytest.raises(UnitError, match="also reads unique_tokens: give unique_tokens="):
        arguments_of(law, split, {})
    assert len(arguments_of(law, split, {"unique_tokens": 1e9})) == 3
