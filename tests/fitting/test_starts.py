from __future__ import annotations

import numpy as np
import pytest

from helpers import TRUTHS, law_table
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import make_problem
from lawcast.fitting.starts import draw_starts
from lawcast.laws.user import law


@pytest.mark.parametrize("name", TRUTHS)
def test_starts_are_inside_the_bounds_and_repeat(name: str) -> None:
    known, columns = law_table(name, 0.01, np.random.default_rng(0))
    problem = make_problem(known, make_loss("log-huber"), columns)
    starts = draw_starts(problem, 40, np.random.default_rng(3))
    assert starts.shape == (40, problem.dimension)
    assert np.isfinite(starts).all()
    assert (starts >= problem.low).all()
    assert (starts <= problem.high).all()
    assert (starts == draw_starts(problem, 40, np.random.default_rng(3))).all()


def test_affine_parameters_are_solved_for() -> None:
    """With the true exponents every start would be the truth, so with any it is a fair fit."""
    known, columns = law_table("chinchilla", 0.0, np.random.default_rng(0))
    problem = make_problem(known, make_loss("log-huber"), columns)
    starts = draw_starts(problem, 50, np.random.default_rng(0))
    errors = np.log(problem.law(problem.x, problem.theta(starts)) / problem.y)
    assert np.median(np.abs(errors).max(axis=1)) < 0.25


def test_a_single_start_is_kept_exactly_once() -> None:
    wave = law(
        lambda x, a, b, c: a * np.cos(b * x + c), variables=["x"], parameters=["a", "b", "c"],
        start={"a": 2.0, "b": (0.5, 1.5), "c": 0.0}, domains={"a": (1.5, 4.0)}, response="y",
    )  # fmt: skip
    x = np.linspace(0, 9, 20)
    problem = make_problem(wave, make_loss("l2"), {"x": x, "y": 3 * np.cos(x)})
    starts = draw_starts(problem, 30, np.random.default_rng(0))
    assert starts[0, 0] == 2.0
    assert starts[0, 2] == 0.0
    assert len(np.unique(starts[:, 1])) == 30
    assert (starts[1:, 2] != 0.0).all()
    assert starts[:, 0].min() == 1.5  # clipped into the domain
