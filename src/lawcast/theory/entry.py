"""``lawcast.check_claim``: a claim put to the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lawcast._tables import joined
from lawcast.theory.checking import check_statement
from lawcast.theory.claims import Claim, claim_named
from lawcast.theory.sources import named
from lawcast.theory.statements import Statement, parse_statement
from lawcast.theory.verdict import Outcome, Verdict, worst_outcome


def check_claim(claim: str | int, **premises: Any) -> Verdict:
    """Check a claim by the rules of the theory.

    A premise that is left out and has no printed default (loss, approximator, dimension) is not
    fixed by silence: the claim is checked under each of its values, and the verdict is
    ``conditional`` where they disagree. ``in general`` in front of a statement asks for all of
    them, ``sometimes`` for one.

    Args:
        claim: a statement such as ``"alpha >= 4/d"`` (see ``lawcast claim --help`` for the
            grammar), or the number of a registered claim.
        premises: those of :func:`lawcast.exponent`; a list of values is run over. For a registered
            claim they replace its own, so that one sees the verdict move.

    Returns:
        A verdict: holds, fails, conditional or undecided, with its reason, a counter-example in
        numbers, and the premise that would make the claim true.

    Raises:
        ArgumentError: a statement that cannot be parsed (what was understood and the grammar are
            shown), or premises that contradict each other.
        UnknownNameError: a premise, a value or a registered claim that does not exist.
    """
    given = {name: value for name, value in premises.items() if value is not None}
    text = str(claim).strip()
    if text.lstrip("#").isdigit():
        return check_registered(claim_named(text), given)
    return check_statement(parse_statement(text), given)


def check_registered(claim: Claim, given: Mapping[str, Any]) -> Verdict:
    """A registered claim, with some of its premises replaced.

    Raises:
        ArgumentError, UnknownNameError: see :func:`check_claim`.
    """
    if claim.decide is not None:
        verdict = claim.decide(given)
    elif claim.parts:
        verdict = _join([
            check_statement(parse_statement(part.text), {**part.premises, **given})
            for part in claim.parts
        ])  # fmt: skip
    else:
        verdict = Verdict(
            claim.statement,
            Outcome.UNDECIDED,
            "No rule speaks of this; it takes a run to decide.",
        )
    told = claim.parts and verdict.claim not in claim.statement
    asked = ", ".join(f"{name.replace('_', ' ')} {_words(value)}" for name, value in given.items())
    statement = f"{claim.statement}, asked with {asked}" if asked else claim.statement
    why = f"{claim.why}. " if not given or verdict.outcome is _unchanged(claim) else ""
    return replace(
        verdict,
        id=claim.id,
        claim=f"{statement} ({verdict.claim})" if told else statement,
        reason=f"{why}{verdict.reason}",
        source=named(claim.source),
        study=claim.study,
    )


def _words(value: Any) -> str:
    several = isinstance(value, (list, tuple, set, frozenset))
    return joined([str(one) for one in value], "or") if several else str(value)


def _unchanged(claim: Claim) -> Outcome:
    """The outcome under the claim's own premises, to which its reason belongs."""
    return check_registered(claim, {}).outcome


def statements_of(claim: Claim) -> tuple[tuple[Statement, Mapping[str, Any]], ...]:
    """The parsed statements of a registered claim with their premises."""
    return tuple((parse_statement(part.text), part.premises) for part in claim.parts)


def _join(verdicts: list[Verdict]) -> Verdict:
    """All of several verdicts as one: the worst of them decides."""
    if len(verdicts) == 1:
        return verdicts[0]
    decides = worst_outcome(verdict.outcome for verdict in verdicts)
    worst = next(verdict for verdict in verdicts if verdict.outcome is decides)
    return replace(
        worst,
        claim="; ".join(verdict.claim for verdict in verdicts),
        reason=" ".join(f"'{verdict.claim}': {verdict.reason}" for verdict in verdicts),
        premises=_common(verdicts),
    )


def _common(verdicts: list[Verdict]) -> tuple[tuple[str, str], ...]:
    """The premises of several verdicts: each name once, with every value that it has in one."""
    values: dict[str, dict[str, None]] = {}
    for verdict in verdicts:
        for name, value in verdict.premises:
            values.setdefault(name, {}).setdefault(value)
    return tuple((name, joined(list(found), "or")) for name, found in values.items())
