from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from helpers import TRUTHS, law_table, read_nist
from lawcast.fitting.general import (
    GeneralObjective,
    calibrated_steps,
    predict,
    predict_with_jacobian,
    second_derivatives,
)
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import Problem, make_problem

CURVED = ["kaplan", "skaling", "data-constrained", "m3", "shifted", "m4", "bnsl"]


def make(name: str, loss: str = "log-huber") -> tuple[Problem, np.ndarray]:
    rng = np.random.default_rng(4)
    law, columns = law_table(name, 0.01, rng, count=30)
    problem = make_problem(law, make_loss(loss, 0.01 if loss == "student-t" else None), columns)
    truth = problem.from_parameters(np.array(TRUTHS[name]))
    u = truth + 0.02 * rng.normal(size=(4, truth.size))
    return problem, np.clip(u, problem.low, problem.high)


@pytest.mark.parametrize("loss", ["log-huber", "l2"])
@pytest.mark.parametrize("name", TRUTHS)
def test_the_jacobian_is_that_of_the_predictions(name: str, loss: str) -> None:
    problem, u = make(name, loss)
    value, jacobian = predict_with_jacobian(problem, u)
    np.testing.assert_allclose(value, predict(problem, u), rtol=1e-12, atol=1e-13)
    for j in range(u.shape[1]):
        step = np.zeros(u.shape[1])
        step[j] = 1e-5
        slope = (predict(problem, u + step) - predict(problem, u - step)) / 2e-5
        np.testing.assert_allclose(jacobian[:, j], slope, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", ["chinchilla", "kaplan", "skaling", "m3", "shifted"])
def test_differences_stand_in_for_a_gradient(name: str) -> None:
    problem, u = make(name)
    _, exact = predict_with_jacobian(problem, u[:1])
    plain = dataclasses.replace(problem.law, gradient=None, value_and_gradient=None)
    without = dataclasses.replace(problem, law=plain)
    _, rough = predict_with_jacobian(without, u[:1])
    _, close = predict_with_jacobian(without, u[:1], calibrated_steps(without, u[0]))
    scale = np.abs(exact).max(axis=2, keepdims=True)
    assert (np.abs(rough - exact) / scale).max() < 1e-5
    assert (np.abs(close - exact) / scale).max() < 1e-10


@pytest.mark.parametrize("name", CURVED)
def test_gradient_and_hessian_by_differences(name: str) -> None:
    problem, u = make(name, "student-t")
    weights = np.random.default_rng(1).integers(0, 4, size=(4, problem.size)).astype(float)
    objective = GeneralObjective(problem, weights)
    which = np.arange(4)
    here = objective.expand(u, which)
    for j in range(u.shape[1]):
        step = np.zeros(u.shape[1])
        step[j] = 1e-5
        up, down = objective.expand(u + step, which), objective.expand(u - step, which)
        slope = (up.value - down.value) / 2e-5
        scale = np.abs(here.gradient).max()
        np.testing.assert_allclose(slope, here.gradient[:, j], rtol=1e-4, atol=1e-6 * scale)
        row = (up.gradient - down.gradient) / 2e-5
        scale = np.abs(here.hessian).max()
        np.testing.assert_allclose(row, here.hessian[:, j], rtol=1e-2, atol=1e-3 * scale)


def test_second_derivatives_at_a_bound_stay_inside() -> None:
    problem, u = make("shifted")
    at_bound = u[0].copy()
    at_bound[2] = problem.low[2]
    bend = second_derivatives(problem, at_bound)
    assert bend.shape == (problem.size, 4, 4)
    assert np.isfinite(bend).all()
    np.testing.assert_allclose(bend, bend.transpose(0, 2, 1))


def test_calibrated_steps_fit_the_width_of_a_peak() -> None:
    """Eckerle4 is a peak of width 4 at 451: a step relative to 451 would step over it."""
    certified = read_nist("Eckerle4")
    problem = make_problem(certified.law(2), make_loss("l2"), certified.columns)
    u = certified.certified
    steps = calibrated_steps(problem, u)
    x, (b1, b2, b3) = problem.x[0], u
    peak = b1 / b2 * np.exp(-0.5 * ((x - b3) / b2) ** 2)
    exact = peak * (x - b3) / b2**2
    _, fine = predict_with_jacobian(problem, u[None], steps)
    _, coarse = predict_with_jacobian(problem, u[None])
    assert np.abs(fine[0, 2] - exact).max() < 1e-10
    assert np.abs(coarse[0, 2] - exact).max() > 1e-6


def test_points_outside_the_law_are_not_allowed() -> None:
    problem, u = make("kaplan")
    wild = u.copy()
    wild[1] = [800.0, -16.0, 5.0, 1e-3]
    value = GeneralObjective(problem, np.ones(problem.size)).expand(wild, np.arange(4)).value
    assert np.isfinite(value).tolist() == [True, False, True, True]
