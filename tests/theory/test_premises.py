"""Premises: values, aliases, defaults, and what contradicts what."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lawcast import ArgumentError, Estimate, Interval, UnknownNameError
from lawcast.theory.premises import (
    CONFLICTS,
    DEFAULT,
    NUMBERS,
    PREMISE,
    PREMISES,
    make_premises,
    premise_lines,
)

OPTIONS = [(premise, option) for premise in PREMISES for option in premise.options]


@pytest.mark.parametrize(("premise", "option"), OPTIONS, ids=lambda one: one.name)
def test_every_alias_leads_to_its_option(premise: Any, option: Any) -> None:
    for word in (option.name, *option.aliases):
        for form in (
            word,
            word.upper(),
            f" {word} ",
            word.replace("-", "_"),
            word.replace("-", " "),
        ):
            assert premise.option(form) is option


def test_no_alias_means_two_values_of_a_premise() -> None:
    for premise in PREMISES:
        words = [word for option in premise.options for word in (option.name, *option.aliases)]
        assert len(words) == len(set(words)), premise.name


def test_no_premise_and_number_share_a_name() -> None:
    names = [*PREMISE, *(number.name for number in NUMBERS)]
    assert len(names) == len(set(names))


def test_defaults_are_told_as_such() -> None:
    told = dict(make_premises(loss="mse", dimension=3).told())
    assert told["loss"] == "l2"
    assert told["regime"] == f"resolution{DEFAULT}"
    assert told["dimension"] == "d = 3"
    lines = premise_lines(make_premises(loss="mse", dimension=3).told())
    assert lines[:2] == [("Premises", "loss: l2"), ("", "dimension: d = 3")]
    assert lines[2][0] == "Defaults"
    assert "regime resolution" in lines[2][1]


def test_one_premise_may_settle_another() -> None:
    assert make_premises(smoothness=0.5)["target"] == "rough"
    assert make_premises(smoothness=0.5, codimension=1)["target"] == "singular"
    assert make_premises(smoothness=2, approximator="linear")["target"] == "smooth"
    assert make_premises(smoothness=1.9, approximator="linear")["target"] == "rough"
    assert make_premises(variable="width")["regime"] == "variance"
    well = make_premises(regime="variance", limit="well-specified")
    assert well["noise"] == "training-labels"
    assert dict(well.told())["noise"] == "training-labels"  # not marked as a default


@pytest.mark.parametrize("name", [number.name for number in NUMBERS])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, True, "three", [3], 1j])
def test_numbers_that_make_no_sense(name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=name):
        make_premises(**{name: value})


def test_a_dimension_is_positive_and_may_be_broken() -> None:
    with pytest.raises(ArgumentError, match="dimension=0 makes no sense"):
        make_premises(dimension=0)
    assert make_premises(dimension=2.5).numbers["dimension"] == 2.5
    with pytest.raises(ArgumentError, match="whole number"):
        make_premises(loss="lq", power=2, approximator="polynomial", degree=1.5)


def test_a_measured_dimension_keeps_its_interval() -> None:
    measured = Estimate(3.0, Interval(2.8, 3.3, 0.9, "half-samples"))
    assert make_premises(dimension=measured).dimension == measured
    with pytest.raises(ArgumentError, match="dimension=inf"):
        make_premises(dimension=Estimate(math.inf))


@pytest.mark.parametrize(
    "given",
    [{"loss": "l3"}, {"approximator": "spline"}, {"nosuch": 1}, {"regime": ""}, {"noise": "x,y"}],
)
def test_unknown_names_list_the_known_ones(given: dict[str, Any]) -> None:
    with pytest.raises(UnknownNameError, match="Known: "):
        make_premises(**given)


def test_noise_may_be_in_both_labels() -> None:
    both = make_premises(noise=("test-labels", "training-labels"))
    assert both["noise"] == make_premises(noise="test,train")["noise"] == "labels"
    with pytest.raises(ArgumentError, match="contradict each other"):
        make_premises(noise="none,labels")
    with pytest.raises(ArgumentError, match="contradict each other"):
        make_premises(loss=["l1", "l2"])


CLASHES: list[dict[str, Any]] = [
    {"loss": "l2", "power": 3},
    {"loss": "lq"},
    {"approximator": "piecewise-linear", "degree": 2},
    {"approximator": "piecewise-polynomial"},
    {"target": "rough"},
    {"target": "singular", "smoothness": 1},
    {"target": "rough", "smoothness": 1, "codimension": 1},
    {"target": "relu-network", "smoothness": 2},
    {"noise": "none", "residual": "below-noise"},
    {"residual_over_noise": 1},
    {"regime": "variance", "limit": "well-specified", "noise": "none"},
    {"regime": "variance", "limit": "well-specified", "noise": "labels"},
    {"limit": "well-specified"},
    {"variable": "width", "regime": "resolution"},
    {"approximator": "kernel"},
    {"noise": "input"},
    {"ambient": 2, "dimension": 3},
    {"structure": "additive"},
    {"largest_factor": 4, "dimension": 3},
    {"target": "singular", "smoothness": 1, "codimension": 3, "dimension": 2},
    {"target": "smooth", "smoothness": 1, "approximator": "piecewise-linear"},
]


def test_every_conflict_is_met() -> None:
    met: set[str] = set()
    for given in CLASHES:
        with pytest.raises(ArgumentError) as error:
            make_premises(**given)
        met |= {sentence for _, sentence in CONFLICTS if sentence in str(error.value)}
    assert {sentence for _, sentence in CONFLICTS} - met == set()


def test_all_conflicts_are_told_at_once() -> None:
    with pytest.raises(ArgumentError) as error:
        make_premises(loss="lq", approximator="kernel", structure="additive")
    for word in ("power=3", "nu=", "largest_factor="):
        assert word in str(error.value)


def test_changes_are_checked_again() -> None:
    premises = make_premises(loss="l2", approximator="piecewise-linear", dimension=3)
    assert premises.with_choice(loss="l1").symbols["q"] == 1
    with pytest.raises(ArgumentError, match="power"):
        premises.with_choice(loss="lq")
