"""What became of a statement: holds, fails, conditional or undecided, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lawcast._tables import Card
from lawcast._values import document, open_document, opens
from lawcast.theory.premises import premise_lines

_SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """What a check of a statement can end in."""

    HOLDS = "holds"
    FAILS = "fails"
    CONDITIONAL = "conditional"
    UNDECIDED = "undecided"


_WORST_FIRST = (Outcome.FAILS, Outcome.UNDECIDED, Outcome.CONDITIONAL, Outcome.HOLDS)


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of all of several statements together: the worst of theirs."""
    return min(outcomes, key=_WORST_FIRST.index)


def all_true(results: Iterable[bool | None]) -> bool | None:
    """Whether all of several things are true, of which None is unknown."""
    seen = set(results)
    return False if False in seen else (None if None in seen else True)


@dataclass(frozen=True)
class Verdict:
    """The outcome of checking one statement.

    Args:
        claim: the statement, as it was understood.
        outcome: holds, fails, conditional (true under a further premise), or undecided.
        reason: why, in a sentence or two.
        counterexample: numbers under which the statement is false; empty if none.
        repair: the premise, or the change of the statement, that would make it true; empty if
            none is needed or known.
        premises: (premise, value) pairs that the verdict stands on, those taken by default
            marked so.
        source: where the reason is written.
        study: name of the study that decides it by experiment; empty if none does.
        evidence: measured numbers behind the verdict, one line each; empty for the calculus.
        id: number of a registered claim, else "".
        standing: how firm the rules behind it stand, the weakest of them: ``"theorem"``,
            ``"heuristic"``, ``"derived"`` or ``"measured"``; empty where no rule is behind it.
    """

    claim: str
    outcome: Outcome
    reason: str
    counterexample: str = ""
    repair: str = ""
    premises: tuple[tuple[str, str], ...] = ()
    source: str = ""
    study: str = ""
    evidence: tuple[str, ...] = ()
    id: str = ""
    standing: str = ""

    @property
    def told(self) -> str:
        """The outcome with how firm it stands: ``"holds (heuristic)"``."""
        sure = self.outcome in (Outcome.UNDECIDED,) or not self.standing
        return str(self.outcome) if sure else f"{self.outcome} ({self.standing})"

    def card(self) -> Card:
        """The verdict as labelled lines."""
        rows: list[tuple[str, str]] = [
            ("Claim", f"{self.id}. {self.claim}" if self.id else self.claim),
            ("Verdict", self.told.replace(self.outcome, self.outcome.upper(), 1)),
            ("Reason", self.reason),
        ]
        repeated = self.counterexample in self.reason
        rows += [] if repeated else [("Counter-example", self.counterexample)]
        rows += [("True if", self.repair)] if self.repair else []
        rows += [("Measured" if k == 0 else "", line) for k, line in enumerate(self.evidence)]
        rows += premise_lines(self.premises)
        rows += [("Source", self.source)] if self.source else []
        if self.study:
            done = "decided it" if self.evidence else "decides it by experiment"
            rows.append(("Study", f"{self.study} {done}"))
        return Card(tuple(rows))

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def to_dict(self) -> dict[str, Any]:
        """A versioned document (schema ``lawcast/verdict/1``)."""
        return document(
            "verdict",
            _SCHEMA_VERSION,
            {
                "id": self.id,
                "claim": self.claim,
                "outcome": str(self.outcome),
                "reason": self.reason,
                "counterexample": self.counterexample,
                "repair": self.repair,
                "premises": [list(pair) for pair in self.premises],
                "source": self.source,
                "study": self.study,
                "evidence": list(self.evidence),
                "standing": self.standing,
            },
        )

    @classmethod
    @opens("verdict")
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that :meth:`to_dict` described.

        Raises:
            SavedFileError: damaged, of another kind, or written by a newer version.
        """
        data = open_document(data, "verdict", _SCHEMA_VERSION)
        return cls(
            claim=str(data["claim"]),
            outcome=Outcome(data["outcome"]),
            reason=str(data["reason"]),
            counterexample=str(data["counterexample"]),
            repair=str(data["repair"]),
            premises=tuple((str(name), str(value)) for name, value in data["premises"]),
            source=str(data["source"]),
            study=str(data["study"]),
            evidence=tuple(str(line) for line in data["evidence"]),
            id=str(data["id"]),
            standing=str(data["standing"]),
        )
