"""The Chinchilla surface of Besiroglu et al. 2024: the optimum and its bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import bootstrap_weights, chinchilla_columns
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.solve import Around, prepare, search, solve_many
from lawcast.laws.surfaces import CHINCHILLA


@pytest.fixture(scope="module")
def problem() -> Problem:
    return make_problem(CHINCHILLA, make_loss("log-huber"), chinchilla_columns(240))


@pytest.fixture(scope="module")
def around(problem: Problem) -> Around:
    return prepare(problem, search(problem, np.random.default_rng(0)).u)


def test_the_optimum_of_240_runs(problem: Problem) -> None:
    found = search(problem, np.random.default_rng(1))
    assert found.converged
    assert found.reached >= 0.95
    assert found.value == pytest.approx(0.00101827402, rel=1e-8)
    E, A, B, alpha, beta = problem.parameters(found.u)
    assert round(E, 4) == 1.8172
    assert round(A, 1) == 477.8
    assert round(B, 1) == 2143.4
    assert round(alpha, 4) == 0.3473
    assert round(beta, 4) == 0.3672


def test_all_245_runs_pull_the_data_exponent_up() -> None:
    columns = chinchilla_columns(245)
    whole = make_problem(CHINCHILLA, make_loss("log-huber"), columns)
    found = search(whole, np.random.default_rng(0))
    assert whole.parameters(found.u) == pytest.approx(
        [1.8913, 495.7, 12846, 0.3493, 0.4530], rel=3e-4
    )


def test_standard_errors_of_4000_draws(problem: Problem, around: Around) -> None:
    """Besiroglu et al. print .0257, 124.5, 1293, .0154, .0206."""
    draws = [
        solve_many(problem, around, weights=bootstrap_weights(0, block, 240)) for block in range(16)
    ]
    assert all(block.converged.all() for block in draws)
    parameters = problem.parameters(np.concatenate([block.u for block in draws])[:4000])
    expected = [0.0256, 120, 1322, 0.0150, 0.0204]
    assert parameters.std(axis=0) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_every_draw_is_at_its_optimum(problem: Problem, around: Around, seed: int) -> None:
    """Against solves to 1e-12 that start at the draw's end, at the optimum and far from it."""
    rng = np.random.default_rng(seed)
    for block in range(2):
        weights = bootstrap_weights(seed, block, 240)
        quick = solve_many(problem, around, weights=weights)
        assert quick.converged.all()
        best, value = quick.u, np.full(256, np.inf)
        for spread in (0.0, 0.1, 0.3):
            start = np.clip(
                around.u + spread * rng.normal(size=(256, 5)), problem.low, problem.high
            )
            tight = solve_many(
                problem, around, weights=weights, start=start, tolerance=1e-12, most=500
            )
            assert tight.converged.all()
            better = tight.value < value
            best = np.where(better[:, None], tight.u, best)
            value = np.where(better, tight.value, value)
        deviation = problem.parameters(quick.u) / problem.parameters(best) - 1.0
        assert np.abs(deviation).max() < 1e-4
