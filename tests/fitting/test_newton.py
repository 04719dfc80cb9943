from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast.fitting.newton import Expansion, _solve, minimise


@dataclass
class Rosenbrock:
    """(1 - x)^2 + k (y - x^2)^2 for several k at once; minimum 0 at (1, 1)."""

    k: np.ndarray
    low: np.ndarray = field(default_factory=lambda: np.full(2, -np.inf))
    high: np.ndarray = field(default_factory=lambda: np.full(2, np.inf))
    unit: np.ndarray = field(default_factory=lambda: np.ones(2))
    rounding: float = 1e-15
    calls: int = 0

    def expand(self, u, which) -> Expansion:
        self.calls += 1
        k, (x, y) = self.k[which], u.T
        with np.errstate(invalid="ignore", over="ignore"):
            value = (1 - x) ** 2 + k * (y - x**2) ** 2
            gradient = np.stack([2 * (x - 1) - 4 * k * x * (y - x**2), 2 * k * (y - x**2)], axis=1)
            hessian = np.empty((x.size, 2, 2))
            hessian[:, 0, 0] = 2 - 4 * k * (y - 3 * x**2)
            hessian[:, 0, 1] = hessian[:, 1, 0] = -4 * k * x
            hessian[:, 1, 1] = 2 * k
        return Expansion(
            value, gradient, hessian, np.eye(2)[None] * np.maximum(k, 1)[:, None, None]
        )


START = np.array([[-1.2, 1.0], [3.0, -5.0], [0.0, 0.0], [-2.0, 4.0]])
STEEP = np.array([1.0, 100.0, 10.0, 1e4])


def test_a_batch_of_valleys() -> None:
    found = minimise(Rosenbrock(STEEP), START, tolerance=1e-12, most=500)
    assert found.converged.all()
    np.testing.assert_allclose(found.u, 1.0, atol=1e-8)
    assert np.abs(found.gradient).max() < 1e-6


def test_one_by_one_gives_what_the_batch_gives() -> None:
    together = minimise(Rosenbrock(STEEP), START, tolerance=1e-10, most=500)
    for i in range(4):
        alone = minimise(Rosenbrock(STEEP[i : i + 1]), START[i : i + 1], tolerance=1e-10, most=500)
        np.testing.assert_allclose(alone.u[0], together.u[i], rtol=1e-12)
        assert alone.iterations[0] == together.iterations[i]


def test_bounds_hold_and_their_gradient_is_left_out() -> None:
    objective = Rosenbrock(STEEP, high=np.array([0.5, np.inf]))
    found = minimise(objective, START, tolerance=1e-12, most=500)
    assert found.converged.all()
    np.testing.assert_allclose(found.u, [[0.5, 0.25]] * 4, atol=1e-9)
    assert (found.gradient[:, 0] == 0.0).all()


def test_fixed_coordinates_stay() -> None:
    fixed = np.array([True, False])
    found = minimise(Rosenbrock(STEEP), START, fixed=fixed, tolerance=1e-12)
    assert found.converged.all()
    assert (found.u[:, 0] == START[:, 0]).all()
    np.testing.assert_allclose(found.u[:, 1], START[:, 0] ** 2, atol=1e-9)


def test_starts_that_are_not_allowed_do_not_converge_and_cost_nothing() -> None:
    start = START.copy()
    start[1] = np.nan
    objective = Rosenbrock(STEEP)
    found = minimise(objective, start, most=500)
    assert found.converged.tolist() == [True, False, True, True]
    assert found.iterations[1] == 1
    assert not np.isfinite(found.value[1])


def test_too_few_evaluations_are_not_convergence() -> None:
    found = minimise(Rosenbrock(STEEP), START, most=2)
    assert not found.converged.any()
    assert (found.iterations == 2).all()
    assert np.isfinite(found.value).all()


def test_a_known_first_expansion_saves_an_evaluation() -> None:
    with_it, without = Rosenbrock(STEEP), Rosenbrock(STEEP)
    first = Rosenbrock(STEEP).expand(START, np.arange(4))
    a = minimise(with_it, START, first=first)
    b = minimise(without, START)
    assert (a.u == b.u).all()
    assert with_it.calls == without.calls - 1


def test_a_wrong_gradient_is_not_convergence() -> None:
    class Wrong(Rosenbrock):
        def expand(self, u, which) -> Expansion:
            found = super().expand(u, which)
            found.gradient = -found.gradient
            return found

    found = minimise(Wrong(STEEP), START, most=300)
    assert not found.converged.any()


@given(st.integers(1, 9), st.integers(0, 2**31))
def test_elimination_agrees_with_numpy(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(7, size, size + 2))
    matrices = root @ root.transpose(0, 2, 1)
    right = rng.normal(size=(7, size))
    definite, solved = _solve(matrices, right)
    assert definite.all()
    np.testing.assert_allclose(
        np.matmul(matrices, solved[:, :, None])[:, :, 0], right, rtol=1e-5, atol=1e-6
    )


def test_elimination_says_what_is_not_definite() -> None:
    matrices = np.array([np.eye(3), np.diag([1.0, -1.0, 1.0]), np.zeros((3, 3))])
    definite, solved = _solve(matrices, np.ones((3, 3)))
    assert definite.tolist() == [True, False, False]
    assert np.isfinite(solved).all()
    assert solved[0] == pytest.approx(1.0)
