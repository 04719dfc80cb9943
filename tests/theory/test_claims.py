"""The registered claims: the verdicts that the reference lists, and premises that move them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import lawcast.theory.claims as declared
from lawcast import ArgumentError, UnknownNameError
from lawcast.theory.claims import CLAIMS, Claim, claim_named
from lawcast.theory.entry import check_claim, statements_of
from lawcast.theory.sources import named
from lawcast.theory.verdict import Verdict

# Section 4 of the reference. A claim that it gives two verdicts, one for each side of a premise
# that the claim leaves open, is conditional; one that only a run decides is undecided here.
LISTED = {
    1: "fails", 2: "holds", 3: "fails", 4: "fails", 5: "holds", 6: "holds", 7: "holds", 8: "fails",
    9: "fails", 10: "holds", 11: "holds", 12: "fails", 13: "fails", 14: "holds", 15: "fails",
    16: "fails", 17: "fails", 18: "fails", 19: "holds", 20: "fails", 21: "fails", 22: "fails",
    23: "conditional", 24: "conditional", 25: "holds", 26: "fails", 27: "fails", 28: "fails",
    29: "fails", 30: "fails", 31: "fails", 32: "fails", 33: "undecided", 34: "fails", 35: "fails",
}  # fmt: skip

FLIPS: list[tuple[int, dict[str, Any], str]] = [
    (1, {"approximator": "piecewise-linear"}, "holds"),
    (2, {"sampling": "gaussian", "dimension": 1}, "fails"),
    (2, {"smoothness": 0.5, "approximator": "piecewise-linear", "loss": "l2"}, "fails"),
    (3, {"approximator": "piecewise-linear"}, "holds"),
    (3, {"approximator": "relu-network"}, "holds"),
    (4, {"loss": "l2"}, "holds"),
    (5, {"loss": "l2"}, "fails"),
    (6, {"approximator": "piecewise-constant"}, "fails"),
    (6, {"target": "rough", "smoothness": 1.5}, "fails"),
    (7, {"limit": "well-specified"}, "fails"),
    (8, {"limit": "well-specified", "loss": "l4"}, "holds"),
    (9, {"noise": "test-labels"}, "holds"),
    (10, {"noise_shape": "skewed"}, "fails"),
    (10, {"residual": "above-noise"}, "fails"),
    (11, {"dimension": 1}, "fails"),
    (12, {"dimension": 20}, "holds"),
    (13, {"approximator": "minimax"}, "holds"),
    (14, {"noise": "test-labels"}, "fails"),
    (15, {"noise": "input"}, "holds"),
    (16, {"approximator": "kernel", "nu": 0.5}, "undecided"),
    (17, {"regime": "variance"}, "holds"),
    (18, {"target": "matched"}, "holds"),
    (19, {"approximator": "kernel", "target": "smooth", "nu": 0.5}, "fails"),
    (20, {"approximator": "linear-features"}, "holds"),
    (21, {"target": "matched"}, "holds"),
    (22, {"target": "smooth"}, "holds"),
    (22, {"approximator": "relu-network"}, "undecided"),
    (23, {"approximator": "piecewise-linear"}, "holds"),
    (23, {"approximator": "homogeneous-kernel"}, "fails"),
    (24, {"structure": "none"}, "holds"),
    (24, {"structure": "additive"}, "fails"),
    (25, {"probabilities": "touching-zero"}, "undecided"),
    (26, {"floor": "subtracted"}, "holds"),
    (27, {"dimension": 4}, "holds"),
    (28, {"noise": "none"}, "holds"),
    (29, {"approximator": "piecewise-constant"}, "holds"),
    (30, {"target": "singular", "smoothness": 1.5, "codimension": 2}, "holds"),
    (31, {"a": 1}, "holds"),
    (32, {"noise": "test-labels"}, "holds"),
    (34, {"most": 20}, "holds"),
    (35, {"regime": "resolution", "loss": "l2", "approximator": "piecewise-linear"}, "holds"),
]


@pytest.fixture(scope="module")
def verdicts() -> dict[int, Verdict]:
    return {int(claim.id): check_claim(claim.id) for claim in CLAIMS}


@pytest.mark.parametrize("number", LISTED)
def test_the_verdict_is_the_listed_one(number: int, verdicts: dict[int, Verdict]) -> None:
    assert verdicts[number].outcome == LISTED[number]


@pytest.mark.parametrize(("number", "premises", "outcome"), FLIPS, ids=str)
def test_a_premise_moves_the_verdict(number: int, premises: dict[str, Any], outcome: str) -> None:
    assert outcome != LISTED[number]
    assert check_claim(number, **premises).outcome == outcome


def test_every_claim_that_the_rules_decide_has_a_premise_that_moves_it() -> None:
    assert {number for number, _, _ in FLIPS} == set(LISTED) - {33}


def test_there_are_35_claims_with_statements_of_a_line() -> None:
    assert [claim.id for claim in CLAIMS] == [str(number) for number in LISTED]
    for claim in CLAIMS:
        assert len(claim.statement) <= 63, claim.statement
        assert claim.why[:1].isupper() or claim.why[:1].isdigit()
        assert not claim.why.endswith(".")
        assert claim.source
        assert claim.parts or claim.decide


def test_no_verdict_is_written_in_the_module() -> None:
    tree = ast.parse(Path(declared.__file__).read_text(encoding="utf-8"))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not words & {"holds", "fails", "conditional", "undecided", "HOLDS", "FAILS"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_verdict_reads_well(claim: Claim, verdicts: dict[int, Verdict]) -> None:
    verdict = verdicts[int(claim.id)]
    text = verdict.summary()
    assert max(map(len, text.splitlines())) <= 80
    assert verdict.reason.startswith(claim.why)
    assert verdict.reason.endswith(".")
    assert ".." not in verdict.reason
    assert verdict.claim.startswith(claim.statement)
    assert verdict.claim.count(claim.statement) == 1
    assert (verdict.id, verdict.study) == (claim.id, claim.study)
    assert verdict.source == named(claim.source)
    if verdict.outcome == "fails":
        assert verdict.counterexample
    if verdict.outcome == "holds":
        assert not verdict.counterexample
    assert Verdict.from_dict(verdict.to_dict()) == verdict


def test_the_reason_of_a_claim_is_left_out_where_its_verdict_moved() -> None:
    why = claim_named("9").why
    assert why in check_claim(9).reason
    assert why in check_claim(9, dimension=2).reason
    assert why not in check_claim(9, noise="test-labels").reason


def test_a_claim_goes_by_its_number() -> None:
    assert check_claim(3) == check_claim("3") == check_claim(" #3 ")
    for name in ("0", "36", "#99"):
        with pytest.raises(UnknownNameError, match="claim"):
            check_claim(name)


def test_the_statements_of_a_claim_can_be_had() -> None:
    (first, premises), (second, _) = statements_of(claim_named("5"))
    assert (first.text, second.text) == ("alpha = 1/d", "alpha = 2/d")
    assert premises == {"loss": "l1", "approximator": "piecewise-constant"}


def test_joined_parts_name_their_premises_together(verdicts: dict[int, Verdict]) -> None:
    told = dict(verdicts[5].premises)
    assert told["approximator"] == "piecewise-constant or piecewise-linear"
    assert len(told) == len(verdicts[5].premises)


@pytest.mark.parametrize("number", [3, 11, 12, 31, 34])
def test_a_premise_that_a_claim_does_not_know_is_refused(number: int) -> None:
    with pytest.raises((ArgumentError, UnknownNameError)):
        check_claim(number, nosuch=1)
