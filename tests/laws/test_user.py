from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from lawcast.laws.user import law


def decay(x, top, rate):
    """A function as a user would write it."""
    return top * np.exp(-rate * x)


def make(**changes):
    given = {
        "variables": ["x"],
        "parameters": ["top", "rate"],
        "start": {"top": 5, "rate": (0.1, 1)},
    }
    return law(decay, **{**given, **changes})


def test_a_function_becomes_a_law() -> None:
    mine = make(domains={"rate": (0.0, 4.0)}, response="y")
    assert mine.names == ("top", "rate")
    assert mine.name == "decay"
    assert mine.user
    assert mine.response == "y"
    assert not mine.positive
    assert not mine.free_variable
    assert mine.parameters[0].start == (5.0, 5.0)
    assert mine.parameters[1].domain == (0.0, 4.0)
    assert mine.formula == "y = decay(x, top, rate)"
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(mine([x], np.array([2.0, 0.5])), 2 * np.exp(-0.5 * x))
    assert mine([x], np.ones((4, 2))).shape == (4, 3)


def test_names_and_formulas_can_be_given() -> None:
    mine = make(name="cooling", formula="y = top·e^(-rate·x)")
    assert (mine.title, mine.formula) == ("cooling", "y = top·e^(-rate·x)")
    assert (
        law(lambda x, a: a * x, variables=["x"], parameters=["a"], start={"a": 1}).name
        == "user law"
    )


def test_a_function_that_ignores_its_inputs_still_has_their_shape() -> None:
    flat = law(lambda x, a: a, variables=["x"], parameters=["a"], start={"a": 1.0})
    assert flat([np.zeros(7)], np.ones((3, 1))).shape == (3, 7)


def test_overflow_is_the_solvers_business() -> None:
    assert np.isinf(make()([np.array([-1e4])], np.array([1.0, 1.0]))).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": {"top": 5}}, "missing: ['rate']"),
        ({"start": {"top": 5, "rate": 1, "more": 2}}, "not parameters: ['more']"),
        ({"domains": {"other": (0, 1)}}, "not parameters: ['other']"),
        ({"domains": {"rate": (0.5, 4.0)}}, "is not inside its domain"),
        ({"start": {"top": 5, "rate": (1, 0.1)}}, "is not inside its domain"),
        ({"start": {"top": float("nan"), "rate": 1}}, "is not inside its domain"),
        ({"variables": ["top"]}, "names repeat in variables and parameters: ['top']"),
        ({"parameters": [], "start": {}}, "at least one parameter"),
    ],
)
def test_declarations_that_cannot_work_are_refused(changes, message: str) -> None:
    with pytest.raises(ValueError) as error:
        make(**changes)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda x, a: a * x + 1j, "complex128 values"),
        (lambda x, a: np.ones(7), "returned an array of shape (7,)"),
        (lambda x, a: "text", "values, not real numbers"),
        (lambda x, a: 1 / 0, "raised ZeroDivisionError"),
        (lambda x: x, "raised TypeError"),
    ],
)
def test_faults_of_the_function_are_named(fn: Any, message: str) -> None:
    made = lc.law(fn, variables=["x"], parameters=["a"], start={"a": 1.0}, response="y")
    table = {"x": np.arange(1.0, 9.0), "y": np.arange(1.0, 9.0)}
    with pytest.raises(lc.ArgumentError, match=re.escape(message)):
        lc.fit(table, law=made, loss="l2", bootstrap=0)
