"""Candidate curves of each law: they are the declared laws, solved in their linear part."""

from __future__ import annotations

import numpy as np
import pytest

from lawcast.fitting.extrapolation.families import LAWS, candidates
from lawcast.laws.registry import get_law

U = np.linspace(-5.0, 0.0, 40)
AT = np.array([-1.0, 0.0, 0.7, 2.0])


def curve_of(name: str) -> np.ndarray:
    """A curve that the law describes exactly, for x divided by the largest x."""
    theta = {
        "power-floor": (0.6, 0.5, 0.4),
        "m3": (0.8, 0.5, 0.5),
        "shifted": (0.6, 0.5, 0.05, 0.6),
        "m4": (0.3, 2.0, 0.7, 0.4, 0.5),
        "bnsl": (0.5, 0.6, 0.25, 0.4, 0.12, 0.4),
    }[name]
    return get_law(name).value(np.exp(U), *theta)


@pytest.mark.parametrize("name", LAWS)
def test_a_candidate_is_the_declared_law_at_its_parameters(name: str) -> None:
    y = curve_of(name)
    made = candidates(name, U, y, np.full(U.size, 1e4), AT)
    columns = tuple(made.theta[:, j, None] for j in range(made.theta.shape[1]))
    again = np.log(get_law(name).value(np.exp(AT)[None, :], *columns))
    np.testing.assert_allclose(made.log_y, again, atol=1e-7)


@pytest.mark.parametrize("name", LAWS)
def test_the_misfit_is_the_weighted_square_of_relative_residuals(name: str) -> None:
    y = curve_of(name) * np.exp(0.02 * np.sin(7.0 * U))
    weight = 1e3 * np.exp(2.0 * U)
    made = candidates(name, U, y, weight, AT)
    columns = tuple(made.theta[:, j, None] for j in range(made.theta.shape[1]))
    fitted = get_law(name).value(np.exp(U)[None, :], *columns)
    direct = (weight * (fitted / y - 1.0) ** 2).sum(axis=1)
    if name == "m4":
        # solved in transformed residuals: exact to first order, so only near the optimum
        near = np.argsort(direct)[:20]
        np.testing.assert_allclose(made.misfit[near], direct[near], rtol=0.2, atol=0.2)
    else:
        np.testing.assert_allclose(made.misfit, direct, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in LAWS if name != "m4"])
def test_the_linear_part_is_the_least_squares_optimum(name: str) -> None:
    y = curve_of(name) * np.exp(0.01 * np.cos(5.0 * U))
    weight = np.full(U.size, 1e3)
    made = candidates(name, U, y, weight, AT)
    law = get_law(name)
    for row in range(0, len(made.theta), max(1, len(made.theta) // 7)):
        theta = made.theta[row]
        best = made.misfit[row]
        for j, parameter in enumerate(law.parameters):
            if parameter.name not in law.linear:
                continue
            for factor in (0.999, 1.001):
                moved = theta.copy()
                moved[j] *= factor
                fitted = law.value(np.exp(U), *moved)
                assert (weight * (fitted / y - 1.0) ** 2).sum() >= best - 1e-9


@pytest.mark.parametrize("name", LAWS)
def test_no_candidate_rises_or_goes_below_zero(name: str) -> None:
    rng = np.random.default_rng(3)
    y = 1.0 + 0.3 * np.exp(-0.4 * U) + rng.normal(0, 0.1, U.size)
    at = np.linspace(0.0, 5.0, 30)
    made = candidates(name, U, y, np.full(U.size, 100.0), at)
    assert made.misfit.size
    assert (np.diff(made.log_y, axis=1) <= 1e-9).all()
    assert np.isfinite(made.log_y).all()


def test_a_known_ceiling_is_used_by_m4() -> None:
    made = candidates("m4", U, curve_of("m4"), np.full(U.size, 1e4), AT, ceiling=7.0)
    assert set(made.theta[:, 1]) == {7.0}


def test_the_grid_finds_a_curve_of_its_own_law_within_its_step() -> None:
    for name in LAWS:
        y = curve_of(name)
        made = candidates(name, U, y, 1e6 * np.exp(3.0 * U), AT)
        best = made.log_y[int(np.argmin(made.misfit))]
        # with late weights the best candidate is off by little, whatever the grid's step
        assert abs(best[1] - np.log(y[-1])) < (0.01 if name == "m4" else 0.003)
