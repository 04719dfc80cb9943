"""Claims that arithmetic decides."""

from __future__ import annotations

from typing import Any

import pytest

from lawcast import ArgumentError, UnknownNameError
from lawcast.theory.arithmetic import (
    GPT_ALPHA,
    PUBLISHED,
    gpt_contradicts,
    limit_is_free,
    papers_argue,
    published_models,
    tail_sum,
)


@pytest.mark.parametrize(("a", "outcome"), [(0.5, "fails"), (1, "holds"), (2, "fails")])
def test_the_tail_of_a_power_law(a: float, outcome: str) -> None:
    verdict = tail_sum({"a": a})
    assert verdict.outcome == outcome
    # the sum from 10^6 on, in units of D^-a, is 1/a to four digits
    assert f"sum / D^-a = {1 / a:.4f}" in verdict.evidence[0]
    by_hand = sum(i ** -(1 + a) for i in range(1001, 400_001)) + 400_000.5**-a / a
    assert by_hand * 1000**a == pytest.approx(1 / a, rel=2e-3)


def test_several_values_of_a() -> None:
    verdict = tail_sum({"a": [1, 2]})
    assert verdict.outcome == "fails"
    assert len(verdict.evidence) == 2


@pytest.mark.parametrize("a", [0, -1, True, "one", float("nan")])
def test_a_sum_that_does_not_converge(a: object) -> None:
    with pytest.raises(ArgumentError):
        tail_sum({"a": a})


def test_published_models_move_with_their_dimension() -> None:
    assert published_models({}).outcome == "holds"
    assert len(published_models({}).evidence) == len(PUBLISHED)
    assert published_models({"dimension": 1}).outcome == "fails"
    assert published_models({"dimension": 1000}).outcome == "fails"  # none lies between any more
    with pytest.raises(ArgumentError):
        published_models({"dimension": 0})


def test_the_exponent_of_gpt_and_its_dimension() -> None:
    least = 4 / GPT_ALPHA
    assert gpt_contradicts({"dimension": least * 1.01}).outcome == "fails"
    assert gpt_contradicts({"dimension": least * 0.99}).outcome == "holds"
    assert gpt_contradicts({"loss": "l1", "dimension": 20}).outcome == "holds"
    with pytest.raises(UnknownNameError):
        gpt_contradicts({"loss": "l3"})


def test_what_the_papers_state() -> None:
    verdict = papers_argue({})
    assert verdict.outcome == "fails"
    assert "piecewise-constant, alpha = 2/d" in verdict.counterexample
    for name in ("piecewise-linear", "relu-network", ["piecewise-linear", "piecewise-quadratic"]):
        assert papers_argue({"approximator": name}).outcome == "holds"
    assert papers_argue({"approximator": "1-nn"}).outcome == "fails"
    with pytest.raises(UnknownNameError):
        papers_argue({"approximator": "spline"})
    with pytest.raises(ArgumentError, match="contradicts"):
        papers_argue({"noise": "none", "residual": "below-noise"})
    with pytest.raises(ArgumentError, match="state no exponent"):
        papers_argue({"approximator": "minimax"})


def test_the_price_of_a_free_limit() -> None:
    verdict = limit_is_free({})
    assert verdict.outcome == "fails"
    assert limit_is_free({"most": 50}).outcome == "holds"
    assert "times as wide" in verdict.reason


@pytest.mark.parametrize(
    "given",
    [{"points": 3}, {"decades": 0}, {"noise": -1}, {"exponent": "x"}, {"loss": "l2"},
     {"most": True}],
)  # fmt: skip
def test_designs_that_make_no_sense(given: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        limit_is_free(given)
