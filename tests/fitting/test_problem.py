from __future__ import annotations

import numpy as np
import pytest

from helpers import TRUTHS, law_table
from lawcast.fitting.general import predict
from lawcast.fitting.losses import make_loss
from lawcast.fitting.problem import make_problem
from lawcast.laws.user import law


@pytest.mark.parametrize("name", TRUTHS)
def test_parameters_go_to_coordinates_and_back(name: str) -> None:
    known, columns = law_table(name, 0.0, np.random.default_rng(0))
    problem = make_problem(known, make_loss("log-huber"), columns)
    truth = np.array(TRUTHS[name])
    u = problem.from_parameters(truth)
    assert problem.parameters(u) == pytest.approx(truth, rel=1e-9)
    assert problem.coordinates(problem.theta(u)) == pytest.approx(u, abs=1e-12)
    # the scaled problem predicts the scaled table
    np.testing.assert_allclose(predict(problem, u[None])[0], np.log(problem.y), atol=1e-12)
    assert problem.size == columns["loss"].size
    assert problem.dimension == truth.size


@pytest.mark.parametrize("name", TRUTHS)
def test_columns_are_centred(name: str) -> None:
    known, columns = law_table(name, 0.01, np.random.default_rng(0))
    problem = make_problem(known, make_loss("log-huber"), columns)
    assert np.log(problem.y).mean() == pytest.approx(0.0, abs=1e-12)
    assert np.log(problem.x[0]).mean() == pytest.approx(0.0, abs=1e-10)
    for group in known.same_scale:
        assert len({problem.scales[variable] for variable in group}) == 1


def test_the_lowest_coordinate_of_a_positive_parameter_is_zero() -> None:
    known, columns = law_table("chinchilla", 0.01, np.random.default_rng(0))
    problem = make_problem(known, make_loss("log-huber"), columns)
    u = problem.from_parameters(np.array([0.0, *TRUTHS["chinchilla"][1:]]))
    assert u[0] == problem.low[0]
    assert problem.parameters(u)[0] == 0.0
    assert problem.theta(u)[0] > 0.0


def test_a_users_law_stays_in_its_own_units() -> None:
    line = law(
        lambda x, a, b: a + b * x, variables=["x"], parameters=["a", "b"],
        start={"a": -4000.0, "b": (0.0, 2.0)}, domains={"b": (0.0, 5.0)}, response="y",
    )  # fmt: skip
    columns = {"x": np.array([-1.0, 0.0, 2.0]), "y": np.array([3.0, -2.0, 0.0])}
    problem = make_problem(line, make_loss("l2"), columns)
    assert set(problem.scales.values()) == {1.0}
    assert problem.y is not columns["y"] or (problem.y == columns["y"]).all()
    assert problem.unit.tolist() == [4.0, 0.002]
    assert problem.low.tolist() == [-np.inf, 0.0]
    assert problem.coordinates(np.array([7.0, 9.0])).tolist() == [7.0, 5.0]
