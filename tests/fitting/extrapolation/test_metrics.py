"""Metrics: to a number that falls and back, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.fitting.extrapolation.metrics import METRICS, Metric, make_metric

POSSIBLE = {
    "loss": [1e-30, 0.5, 3.0, 1e30],
    "error": [1e-6, 0.5, 1.0],
    "accuracy": [0.0, 0.5, 0.999],
    "perplexity": [1.0001, 20.0, 1e6],
}
IMPOSSIBLE = {
    "loss": [0.0, -1.0, math.nan],
    "error": [0.0, -0.1, math.nan],
    "accuracy": [-0.01, 1.0, 1.2, math.nan],
    "perplexity": [1.0, 0.5, -3.0, math.nan],
}


@pytest.mark.parametrize("name", METRICS)
def test_there_and_back(name: str) -> None:
    metric, values = make_metric(name), np.array(POSSIBLE[name])
    z = metric.to_loss(values)
    assert (z > 0).all()
    np.testing.assert_allclose(metric.from_loss(z), values, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", METRICS)
def test_better_is_always_lower_on_the_loss_scale(name: str) -> None:
    metric = make_metric(name)
    z = metric.to_loss(np.sort(POSSIBLE[name]))
    assert (np.diff(z) > 0).all() if metric.falls else (np.diff(z) < 0).all()
    assert metric.falls == (name != "accuracy")


@pytest.mark.parametrize("name", METRICS)
def test_what_is_possible(name: str) -> None:
    metric = make_metric(name)
    assert metric.allowed(np.array(POSSIBLE[name])).all()
    assert not metric.allowed(np.array(IMPOSSIBLE[name])).any()


def test_a_ceiling_is_the_best_accuracy() -> None:
    percent = make_metric("accuracy", ceiling=100, chance=10)
    assert percent.to_loss(np.array([75.0])) == pytest.approx([25.0])
    assert percent.loss_of_chance == pytest.approx(90.0)
    assert percent.allowed(np.array([99.9, 100.0])).tolist() == [True, False]
    assert "below the ceiling of 100" in percent.domain_text


@pytest.mark.parametrize(
    ("name", "chance", "z"),
    [
        ("loss", math.log(50_000), math.log(50_000)),
        ("error", 0.9, 0.9),
        ("accuracy", 0.1, 0.9),
        ("perplexity", 50_000.0, math.log(50_000)),
    ],
)
def test_a_random_guess_on_the_loss_scale(name: str, chance: float, z: float) -> None:
    assert make_metric(name, chance=chance).loss_of_chance == pytest.approx(z)
    assert make_metric(name).loss_of_chance is None


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("loss", {"chance": 0.0}, "above 0"),
        ("loss", {"chance": math.nan}, "finite number"),
        ("loss", {"chance": "10"}, "finite number"),
        ("loss", {"chance": True}, "finite number"),
        ("loss", {"ceiling": 1.0}, "best accuracy possible"),
        ("error", {"chance": -0.1}, "above 0"),
        ("accuracy", {"ceiling": 0.0}, "positive"),
        ("accuracy", {"ceiling": math.inf}, "finite number"),
        ("accuracy", {"chance": 1.0}, "below the ceiling"),
        ("accuracy", {"chance": 0.8, "ceiling": 0.8}, "below the ceiling"),
        ("accuracy", {"chance": -0.1}, "from 0"),
        ("perplexity", {"chance": 1.0}, "above 1"),
    ],
)
def test_bounds_that_no_metric_has(name: str, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        make_metric(name, **wrong)


def test_an_unknown_name_gets_a_guess() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'accuracy'"):
        make_metric("acuracy")


def test_metrics_compare_by_what_they_are() -> None:
    assert make_metric("accuracy", ceiling=1.0) != make_metric("accuracy", ceiling=100.0)
    assert make_metric("loss") == Metric("loss")
