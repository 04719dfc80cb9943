from __future__ import annotations

import numpy as np
import pytest

from helpers import TRUTHS, law_table
from lawcast.fitting.general import GeneralObjective, contributions, second_derivatives
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import Problem, make_problem
from lawcast.fitting.terms import TermsObjective, make_basis
from lawcast.laws.law import Term
from lawcast.laws.sums import sum_of_powers

MIXED = sum_of_powers(
    name="mixed",
    title="a floor, two terms, one of them in both variables",
    formula="y = E + A/N^a + B/(N^b·D^c)",
    variables=("params", "tokens"),
    terms=(Term("E"), Term("A", {"params": "a"}), Term("B", {"params": "b", "tokens": "c"})),
    meanings={name: (name, name) for name in "EABabc"},
    source="made up",
    order=("E", "A", "B", "a", "b", "c"),
    floor="E",
)
UNFLOORED = sum_of_powers(
    name="unfloored",
    title="two terms, the first of them not constant, one exponent shared",
    formula="y = A/N^a + B/D^a",
    variables=("params", "tokens"),
    terms=(Term("A", {"params": "a"}), Term("B", {"tokens": "a"})),
    meanings={name: (name, name) for name in "ABa"},
    source="made up",
    order=("A", "B", "a"),
)
SUMS = ["chinchilla", "power-floor", "power", "constant", "mixed", "unfloored"]


def make(name: str, loss: str = "log-huber") -> tuple[Problem, np.ndarray]:
    rng = np.random.default_rng(4)
    if name in TRUTHS:
        law, columns = law_table(name, 0.01, rng, count=30)
        truth = np.array(TRUTHS[name])
    else:
        law = MIXED if name == "mixed" else UNFLOORED
        x = np.exp(rng.normal(size=(2, 30)))
        truth = np.array([1.5, 0.4, 0.3, 0.3, 0.2, 0.5] if name == "mixed" else [0.6, 0.7, 0.3])
        columns = {**dict(zip(law.variables, x, strict=True)), "loss": law(x, truth)}
    problem = make_problem(law, make_loss(loss, 0.01 if loss == "student-t" else None), columns)
    u = problem.from_parameters(truth) + 0.02 * rng.normal(size=(5, truth.size))
    return problem, np.clip(u, problem.low, problem.high)


def some_weights(problem: Problem, count: int = 5) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 4, size=(count, problem.size)).astype(float)


@pytest.mark.parametrize("loss", ["log-l2", "student-t"])
@pytest.mark.parametrize("name", SUMS)
def test_gradient_and_hessian_by_differences(name: str, loss: str) -> None:
    problem, u = make(name, loss)
    objective = TermsObjective(problem, some_weights(problem))
    which = np.arange(5)
    here = objective.expand(u, which)
    for j in range(u.shape[1]):
        step = np.zeros(u.shape[1])
        step[j] = 1e-5
        up, down = objective.expand(u + step, which), objective.expand(u - step, which)
        size = 1e-6 * np.abs(here.gradient).max()
        slope = (up.value - down.value) / 2e-5
        np.testing.assert_allclose(slope, here.gradient[:, j], rtol=1e-5, atol=size + 1e-9)
        row = (up.gradient - down.gradient) / 2e-5
        size = 1e-6 * np.abs(here.hessian).max()
        np.testing.assert_allclose(row, here.hessian[:, j], rtol=1e-5, atol=size)


@pytest.mark.parametrize("loss", ["log-huber", "log-l2", "student-t", "asymmetric"])
@pytest.mark.parametrize("name", SUMS)
def test_the_same_as_the_general_path(name: str, loss: str) -> None:
    problem, u = make(name, loss)
    weights = some_weights(problem)
    which = np.arange(5)
    fast = TermsObjective(problem, weights).expand(u, which)
    for row in range(5):
        parts = contributions(problem, u[row], second_derivatives(problem, u[row]))
        sums = weights[row] @ parts
        size = u.shape[1]
        assert fast.value[row] == pytest.approx(sums[0], rel=1e-10)
        scale = np.abs(sums[1 : size + 1]).max()
        np.testing.assert_allclose(fast.gradient[row], sums[1 : size + 1], atol=1e-9 * scale)
        hessian = sums[size + 1 :].reshape(size, size)
        np.testing.assert_allclose(
            fast.hessian[row], hessian, atol=1e-6 * np.abs(hessian).max() + 1e-10
        )


@pytest.mark.parametrize("name", SUMS)
def test_the_metric_is_that_of_the_general_path_and_semidefinite(name: str) -> None:
    problem, u = make(name, "log-huber")
    weights = some_weights(problem)
    fast = TermsObjective(problem, weights).expand(u, np.arange(5)).metric
    slow = GeneralObjective(problem, weights).expand(u, np.arange(5)).metric
    np.testing.assert_allclose(fast, slow, atol=1e-9 * np.abs(slow).max())
    assert np.linalg.eigvalsh(fast).min() >= -1e-12 * np.abs(fast).max()
    shared = TermsObjective(problem, weights, metric=fast[0]).expand(u, np.arange(5)).metric
    assert (shared == fast[:1]).all()


@pytest.mark.parametrize("name", SUMS)
def test_single_precision_is_close(name: str) -> None:
    problem, u = make(name)
    weights = some_weights(problem)
    basis = make_basis(problem)
    double = TermsObjective(problem, weights, basis=basis).expand(u, np.arange(5))
    single = TermsObjective(problem, weights, basis=basis.single()).expand(u, np.arange(5))
    assert single.gradient.dtype == np.float64
    np.testing.assert_allclose(single.value, double.value, rtol=1e-4)
    scale = np.abs(double.gradient).max()
    np.testing.assert_allclose(single.gradient, double.gradient, atol=1e-3 * scale)


def test_rows_and_responses_follow_their_problem() -> None:
    problem, u = make("chinchilla")
    weights = some_weights(problem)
    response = problem.y * np.exp(0.01 * np.random.default_rng(2).normal(size=(5, problem.size)))
    objective = TermsObjective(problem, weights, response)
    whole = objective.expand(u, np.arange(5))
    for which in ([1, 3, 4], [3, 4], [0, 2], [4]):
        some = objective.expand(u[which], np.array(which))
        np.testing.assert_allclose(some.value, whole.value[which], rtol=1e-12)
        np.testing.assert_allclose(some.hessian, whole.hessian[which], rtol=1e-9, atol=1e-12)


def test_zero_weights_leave_runs_out() -> None:
    problem, u = make("chinchilla")
    weights = np.ones(problem.size)
    weights[::3] = 0.0
    kept = weights > 0
    columns = dict(zip(("params", "tokens"), (x[kept] for x in problem.x), strict=True))
    fewer = make_problem(problem.law, problem.loss, {**columns, "loss": problem.y[kept]})
    at = fewer.from_parameters(problem.theta(u))
    whole = TermsObjective(problem, weights).expand(u, np.arange(5)).value
    np.testing.assert_allclose(
        TermsObjective(fewer, weights[kept]).expand(at, np.arange(5)).value, whole
    )
