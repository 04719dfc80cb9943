"""The table of rules: each row well formed, each reached, none in the shadow of another."""

from __future__ import annotations

from typing import Any

import pytest

from lawcast import ArgumentError
from lawcast.theory.exponent import NoRuleError, exponent, rule_for
from lawcast.theory.expressions import SYMBOLS, parse
from lawcast.theory.premises import PREMISE, make_premises
from lawcast.theory.rules import DECIDED_BY, FLOORS, RULES, Rule, Standing, study_of

LINEAR = {"loss": "l2", "approximator": "piecewise-linear"}
NEAREST = {"loss": "l2", "approximator": "piecewise-constant"}
NETWORK = {"loss": "l2", "approximator": "relu-network"}
KERNEL = {"loss": "l2", "approximator": "kernel", "nu": 0.5}
ANY = {"coefficient": "any"}
BEST = {"loss": "l2", "approximator": "minimax", "smoothness": 2}

REACHED: dict[str, dict[str, Any]] = {
    "raw-entropy": {"loss": "cross-entropy", "floor": "raw"},
    "raw-noise": {**LINEAR, "noise": "test-labels", "floor": "raw"},
    "raw-plateau": {**NEAREST, "noise": "training-labels", "floor": "raw"},
    "raw-limit": {**NETWORK, "regime": "variance", "floor": "raw"},
    "variance-well-specified": {"regime": "variance", "limit": "well-specified", "loss": "l1"},
    "variance-data": {"regime": "variance", "loss": "l2"},
    "variance-data-l1": {"regime": "variance", "loss": "l1"},
    "variance-width": {**NETWORK, "variable": "width"},
    "variance-parameters-network": {**NETWORK, "regime": "variance", "variable": "parameters"},
    "variance-parameters-linear": {
        "regime": "variance", "variable": "parameters", "loss": "l2",
        "approximator": "linear-features",
    },
    "quanta-parameters": {"regime": "discrete", "variable": "parameters", "a": 0.5},
    "quanta-data": {"regime": "discrete", "a": 0.5},
    "mixed-capacity": {"regime": "mixed", "variable": "parameters", "a": 0.5, "b": 0.3},
    "input-noise": {**NEAREST, "noise": "input", "ambient": 10},
    "minimax": {**BEST, "noise": "labels"},
    "minimax-parameters": {**BEST, "variable": "parameters"},
    "minimax-clean": BEST,
    "interpolated-noise": {**NEAREST, "noise": "labels"},
    "zero-one-noisy": {**NEAREST, "loss": "zero-one", "noise": "labels"},
    "zero-one": {**NEAREST, "loss": "zero-one"},
    "zero-one-bound": {"loss": "zero-one"},
    "skewed-noise": {**LINEAR, "loss": "l1", "noise": "test-labels", "noise_shape": "skewed"},
    "crossover": {**LINEAR, "loss": "l1", "noise": "test-labels", "residual_over_noise": 1.0},
    "test-noise": {**LINEAR, "loss": "l1", "noise": "test-labels"},
    "test-noise-bound": {"loss": "l1", "noise": "test-labels"},
    "probabilities-at-zero": {**LINEAR, "loss": "kl", "probabilities": "touching-zero"},
    "gaussian-inputs": {**NEAREST, "sampling": "gaussian"},
    "additive": {**LINEAR, "structure": "additive", "largest_factor": 1, "dimension": 3},
    "kernel-matched": {**KERNEL, "target": "matched"},
    "kernel-homogeneous": {
        "loss": "l2", "approximator": "homogeneous-kernel", "target": "bias-free-process",
    },
    "kernel-rough": {**KERNEL, "target": "rough", "smoothness": 0.5},
    "kernel-closed": KERNEL,
    "kernel-bounded": {**KERNEL, "domain": "bounded"},
    "network-free": {
        "loss": "l2", "approximator": "free-network", "variable": "parameters", "smoothness": 2,
    },
    "network-smooth": NETWORK,
    "network-kinked": {**NETWORK, "target": "relu-network"},
    "network-rough": {**NETWORK, "target": "relu-process"},
    "isolated": {**LINEAR, "target": "relu-network"},
    "order-unknown": {},
    "interpolator": {"loss": "l2"},
    "pieces-bound": {**LINEAR, "coefficient": "any"},
    "pieces": LINEAR,
    "pieces-above-noise": {**LINEAR, "noise": "test-labels", "residual": "above-noise"},
}  # fmt: skip
BY_ID = {rule.id: rule for rule in RULES}


def test_every_rule_is_reached_and_none_is_in_the_shadow_of_another() -> None:
    assert list(BY_ID) == [rule.id for rule in RULES]
    assert set(REACHED) == set(BY_ID)


@pytest.mark.parametrize("name", list(REACHED))
def test_a_rule_is_the_first_that_fits(name: str) -> None:
    assert rule_for(make_premises(**REACHED[name])).id == name
    found = exponent(**{"dimension": 3, **REACHED[name]})
    assert found.rule == name
    assert found.value is not None
    assert found.value.value >= 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_row_is_well_formed(rule: Rule) -> None:
    for name, values in rule.when.items():
        assert values <= {option.name for option in PREMISE[name].options}, name
    assert parse(rule.value).symbols <= set(SYMBOLS)
    assert rule.relation in ("=", ">=", "<=", "~")
    assert isinstance(rule.standing, Standing)
    assert rule.steps
    assert rule.source
    assert rule.subtract
    for text in (*rule.steps, *rule.assumes):
        assert not text.endswith(".")


def test_the_studies_name_rules_that_exist() -> None:
    named = [name for rules in DECIDED_BY.values() for name in rules]
    assert set(named) <= set(BY_ID)
    assert len(named) == len(set(named))
    assert study_of(BY_ID["pieces"]) == "interpolation"
    assert study_of(BY_ID["pieces"], make_premises(**LINEAR)) == "interpolation"
    rough = make_premises(**LINEAR, smoothness=1.5)
    assert study_of(BY_ID["pieces"], rough) == "singularities"
    assert study_of(BY_ID["network-free"], make_premises(**REACHED["network-free"])) == ""


def test_the_plateaus_name_approximators() -> None:
    names = {option.name for option in PREMISE["approximator"].options}
    assert {floor.approximator for floor in FLOORS} <= names


@pytest.mark.parametrize(
    "given",
    [
        {**LINEAR, "noise": "labels", "target": "relu-network"},
        {"loss": "l2", "approximator": "piecewise-quadratic", "noise": "labels",
         "coefficient": "any"},
        {**KERNEL, "noise": "labels"},
        {**KERNEL, "variable": "parameters"},
        {"loss": "l2", "smoothness": 0.5},
        {**LINEAR, "loss": "zero-one", "target": "relu-network"},
        {**LINEAR, "loss": "huber", "noise": "training-labels"},
        {"loss": "l2", "approximator": "piecewise-quadratic", "noise": "training-labels",
         "structure": "additive", "largest_factor": 1},
        {**BEST, "target": "singular", "codimension": 1},
        {"loss": "l2", "approximator": "homogeneous-kernel"},
        {**LINEAR, "target": "matched"},
        # a Lipschitz fit has bounds alone, and none for points that thin out
        {"loss": "l2", "sampling": "gaussian"},
        {"loss": "l2", "noise": "input", "ambient": 10},
        {"loss": "zero-one", "smoothness": 0.5},
        # a leading coefficient that may vanish, where no bound is known
        {**LINEAR, "loss": "l1", "noise": "test-labels", "noise_shape": "skewed", **ANY},
        {**LINEAR, "loss": "zero-one", **ANY},
        {**LINEAR, "structure": "additive", "largest_factor": 1, **ANY},
        {**LINEAR, "noise": "test-labels", "residual_over_noise": 1.0, **ANY},
        {**LINEAR, "noise": "labels", **ANY},
        {**LINEAR, "sampling": "gaussian", **ANY},
        {**KERNEL, **ANY},
        # unbounded inputs, outside smooth and rough pieces
        {**LINEAR, "target": "relu-network", "sampling": "gaussian"},
        {**KERNEL, "sampling": "gaussian"},
        {**NETWORK, "sampling": "gaussian"},
        {**BEST, "sampling": "gaussian"},
        # an additive target and a learner of which no rule says that it finds the sum
        {"structure": "additive", "largest_factor": 1},
        {"loss": "l2", "structure": "additive", "largest_factor": 1},
        {**BEST, "structure": "additive", "largest_factor": 1},
        {**LINEAR, "noise": "test-labels", "structure": "additive", "largest_factor": 1},
        # a raw slope at one ratio of residual and noise
        {**LINEAR, "noise": "test-labels", "residual_over_noise": 1.0, "floor": "raw"},
    ],
)  # fmt: skip
def test_what_no_rule_covers_is_said_to_be_undecided(given: dict[str, Any]) -> None:
    with pytest.raises(NoRuleError, match="what holds there is undecided"):
        exponent(**{"dimension": 3, **given})


def test_no_rule_names_the_premise_that_would_help() -> None:
    with pytest.raises(ArgumentError, match="or noise= none"):
        exponent(**KERNEL, noise="labels", dimension=3)


def test_a_coefficient_that_may_vanish_leaves_a_bound() -> None:
    found = exponent(**LINEAR, target="relu-network", coefficient="any", dimension=2)
    assert (found.rule, found.number) == ("pieces-bound", "alpha ≥ 2/d = 1.000")
    noisy = exponent(**LINEAR, noise="test-labels", coefficient="any", dimension=2)
    assert (noisy.rule, noisy.relation) == ("test-noise-bound", ">=")


def test_a_lipschitz_classifier_has_a_bound() -> None:
    found = exponent(loss="zero-one", approximator="lipschitz", dimension=2)
    assert found.number == "alpha ≥ 1/d = 0.5000"


@pytest.mark.parametrize(
    ("nu", "loss", "d", "value"),
    [
        (0.25, "l1", 1, 1.5),  # the inside is the slower
        (0.5, "l2", 1, 3.0),  # the boundary is
        (1.5, "l2", 1, 5.0),
    ],
)
def test_the_slower_of_boundary_and_inside_decides(
    nu: float, loss: str, d: float, value: float
) -> None:
    found = exponent(loss=loss, approximator="kernel", nu=nu, domain="bounded", dimension=d)
    assert found.value is not None
    assert found.value.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("loss", "smoothness", "d", "known"),
    [
        ("l2", 1.5, 1, True),  # 2 s = 3 <= 2 nu + d + 1 = 3
        ("l2", 1.6, 1, False),
        ("l1", 2.0, 1, True),  # s = 2 <= nu + d/2 + 1 = 2
        ("l4", 1.5, 1, False),  # 4 s = 6 > 4 (nu + d/2) + 1 = 5
        ("l2", 1.0, None, True),  # in every dimension
        ("l2", 1.5, None, False),
    ],
)
def test_a_rough_target_on_a_domain_with_a_boundary(
    loss: str, smoothness: float, d: float | None, known: bool
) -> None:
    given: dict[str, Any] = {"loss": loss, "approximator": "kernel", "nu": 0.5, "dimension": d,
                             "domain": "bounded", "smoothness": smoothness}  # fmt: skip
    if known:
        found = exponent(**given)
        assert found.rule == "kernel-rough"
        assert "a closed manifold" not in found.assumptions
    else:
        with pytest.raises(NoRuleError):
            exponent(**given)


@pytest.mark.parametrize("noise", ["test-labels", "training-labels", "labels"])
def test_above_the_noise_the_raw_slope_is_that_without_noise(noise: str) -> None:
    given: dict[str, Any] = {**LINEAR, "noise": noise, "floor": "raw", "dimension": 2}
    assert exponent(**given).number == "alpha = 0"
    above = exponent(**given, residual="above-noise")
    assert (above.rule, above.number) == ("pieces-above-noise", "alpha ≈ 4/d = 2.000")
