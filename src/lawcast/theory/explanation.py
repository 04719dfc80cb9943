"""What a measured exponent and dimension leave of theory, and what would decide the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawcast._errors import Finding
from lawcast._files import write_atomically
from lawcast._tables import Card, Table, bracket, joined, significant
from lawcast._values import (
    Estimate,
    check_level,
    document,
    number,
    open_document,
    opens,
    plain,
)
from lawcast.theory.experiments import Experiment
from lawcast.theory.sources import papers_in

if TYPE_CHECKING:
    import pandas as pd

_MOST_EXPERIMENTS = 3
"""Experiments that the summary prints; the object holds all."""


class Standing(StrEnum):
    """What became of a hypothesis."""

    SURVIVES = "survives"
    UNDECIDED = "undecided"
    EXCLUDED = "excluded"
    NOT_TESTED = "not tested"


ORDER = tuple(Standing)
"""The order in which hypotheses are shown."""


@dataclass(frozen=True)
class Implied:
    """What a number would have to be for the hypothesis to hold.

    Args:
        name: of the number: ``"s"``, ``"d"``, ``"q(p+1)"``.
        estimate: its value, and its interval where alpha has one.
    """

    name: str
    estimate: Estimate

    def __str__(self) -> str:
        interval = self.estimate.interval
        ends = "" if interval is None else f" {bracket(interval.low, interval.high)}"
        return f"{self.name} = {significant(self.estimate.value, 3)}{ends}"


@dataclass(frozen=True)
class Row:
    """One hypothesis beside the measurement.

    Args:
        id: the hypothesis, with its relation.
        formula: what it says alpha is, or is at least or at most.
        relation: ``"="``, ``">="`` or ``"<="``.
        outcome: what became of it.
        predicted: its value at d; None where a number is missing.
        ratio: alpha over the value; None likewise.
        p: probability of a discrepancy at least this large if it were true, two-sided for an
            equality and one-sided for a bound; None where there is no test.
        implied: what a free number, or d, would have to be.
        note: what to know, a few words.
        premises: under which it has a reason, those that do not fit loss and variable left out.
        basis: theorem, heuristic, derived or measured, in the order of the premises.
        source: where, in the same order.
    """

    id: str
    formula: str
    relation: str
    outcome: Standing
    predicted: Estimate | None = None
    ratio: Estimate | None = None
    p: float | None = None
    implied: Implied | None = None
    note: str = ""
    premises: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    source: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``"4/d"``, or ``"≥ 4/d"`` for a bound."""
        sign = {"=": "", ">=": "≥ ", "<=": "≤ "}[self.relation]
        return f"{sign}{self.formula}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.id,
            "formula": self.formula,
            "relation": self.relation,
            "outcome": str(self.outcome),
            "predicted": None if self.predicted is None else self.predicted.to_dict(),
            "ratio": None if self.ratio is None else self.ratio.to_dict(),
            "p": None if self.p is None else plain(self.p),
            "implied": None
            if self.implied is None
            else {"name": self.implied.name, **self.implied.estimate.to_dict()},
            "note": self.note,
            "premises": list(self.premises),
            "basis": list(self.basis),
            "source": list(self.source),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Row:
        """The row that :meth:`to_dict` described."""
        implied = data["implied"]
        if str(data["relation"]) not in ("=", ">=", "<="):
            raise ValueError(f"there is no relation {data['relation']!r}")
        return cls(
            id=str(data["id"]),
            formula=str(data["formula"]),
            relation=str(data["relation"]),
            outcome=Standing(data["outcome"]),
            predicted=_estimate(data["predicted"]),
            ratio=_estimate(data["ratio"]),
            p=None if data["p"] is None else number(data["p"]),
            implied=None
            if implied is None
            else Implied(str(implied["name"]), Estimate.from_dict(implied)),
            note=str(data["note"]),
            premises=tuple(str(text) for text in data["premises"]),
            basis=tuple(str(text) for text in data["basis"]),
            source=tuple(str(text) for text in data["source"]),
        )


@dataclass(frozen=True, repr=False)
class Explanation:
    """Which hypotheses alpha and d leave alive. Made by :func:`lawcast.explain`.

    Args:
        alpha: the measured exponent.
        dimension: the measured dimension; with a lower bound alone, its interval has no end.
        level: a hypothesis is excluded where its probability is below 1 - level.
        rows: every hypothesis, survivors first.
        conclusion: what it comes to, in a paragraph.
        experiments: what would separate those left, the cheapest first.
        findings: what to know, worst first.
        exponent: name of the exponent in the fit; empty for a number.
        loss: name of the loss; empty where none was given.
        variable: ``"data"``, ``"parameters"``, ``"width"``, or empty.
        numbers: what was given of q, p, s, c, nu, a, ambient and factor.
        only_at_least: whether the dimension is bounded below alone.
    """

    alpha: Estimate
    dimension: Estimate
    level: float
    rows: tuple[Row, ...]
    conclusion: str
    experiments: tuple[Experiment, ...] = ()
    findings: tuple[Finding, ...] = ()
    exponent: str = ""
    loss: str = ""
    variable: str = ""
    numbers: tuple[tuple[str, float], ...] = ()
    only_at_least: bool = False

    def of(self, outcome: Standing | str) -> tuple[Row, ...]:
        """The rows with that outcome."""
        return tuple(row for row in self.rows if row.outcome == outcome)

    def __getitem__(self, id: str) -> Row:
        """The row of one hypothesis, such as ``"4/d"`` or ``">= 4/d"``."""
        for row in self.rows:
            if id in (row.id, row.name):
                return row
        raise KeyError(id)

    @cached_property
    def table(self) -> Table:
        """One row a hypothesis that was tested or lacks a number."""
        rows = []
        for row in self.rows:
            if row.outcome is Standing.NOT_TESTED:
                continue
            predicted = None if row.predicted is None else significant(row.predicted.value, 3)
            if self.only_at_least and row.predicted is not None and row.predicted.interval:
                predicted = f"up to {predicted}"
            ratio, note = _cell(row.ratio, 2), _short_note(row)
            rows.append((row.name, predicted, ratio, _chance(row.p), str(row.outcome), note))
        return Table(("line", "predicts", "alpha/line", "p", "outcome", "note"), tuple(rows))

    def card(self) -> Card:
        """What was measured, the conclusion, what the survivors stand on, what to do next."""
        return Card((*self._head(), ("", ""), *self._tail()))

    def measured_card(self) -> Card:
        """What was measured and given."""
        return Card(tuple(self._head()))

    def _head(self) -> list[tuple[str, str]]:
        of = f" ({self.exponent})" if self.exponent else ""
        about = f" of {self.variable}" if self.variable else ""
        at_least = "at least " if self.only_at_least else ""
        dimension = significant(self.dimension.value, 4) if self.only_at_least else _words(
            self.dimension
        )  # fmt: skip
        rows = [("Exponent", f"{_words(self.alpha)}{of}{about}"),
                ("Dimension", f"{at_least}{dimension}")]  # fmt: skip
        known = [f"loss {self.loss}"] if self.loss else []
        known += [f"{name} = {significant(value, 3)}" for name, value in self.numbers]
        rows += [("Given", ", ".join(known))] if known else []
        return [*rows, ("Test", f"a line is excluded where p < {1 - self.level:.2g}")]

    def _tail(self) -> list[tuple[str, str]]:
        rows = [("Conclusion", self.conclusion)]
        left = [row for row in self.of(Standing.SURVIVES) if row.relation == "="]
        told: dict[str, str] = {}
        for row in left:
            for k, (premise, basis, source) in enumerate(
                zip(row.premises, row.basis, row.source, strict=True)
            ):
                shown = f"as for {told[source]}" if source in told else source
                told.setdefault(source, row.name)
                rows.append((row.name if k == 0 else "", f"{premise} ({basis}; {shown})"))
        papers = papers_in(source for row in left for source in row.source)
        rows += [("Papers", "; ".join(papers))] if papers else []
        for k, one in enumerate(self.experiments[:_MOST_EXPERIMENTS]):
            rows.append(("To decide" if k == 0 else "", f"{one.between}: {one.text}"))
        more = len(self.experiments) - _MOST_EXPERIMENTS
        rows += [("", f"{more} more in .experiments and in the JSON")] if more > 0 else []
        aside = self.of(Standing.NOT_TESTED)
        notes = dict.fromkeys(row.note for row in aside)
        for k, note in enumerate(notes):
            names = joined([row.name for row in aside if row.note == note])
            rows.append(("Not tested" if k == 0 else "", f"{note}: {names}"))
        rows.append(("Assumed", ASSUMED))
        for finding in self.findings:
            mark = "!" if str(finding.severity) != "note" else "-"
            rows.append((mark, f"{finding.code} {finding.message}"))
            rows += [("", f"fix: {finding.fix}")] if finding.fix else []
        return rows

    def parts(self) -> tuple[Card | Table, ...]:
        """Labelled lines and the table behind every view."""
        return self.measured_card(), self.table, Card(tuple(self._tail()))

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return "\n\n".join(part.text() for part in self.parts())

    def _repr_html_(self) -> str:
        return "".join(part.html() for part in self.parts())

    def __repr__(self) -> str:
        return f"<Explanation: {self.conclusion.partition('. ')[0].rstrip('.')}>"

    def to_dataframe(self) -> pd.DataFrame:
        """One row a hypothesis, with numbers at full precision."""
        return self.full_table.to_dataframe()

    @cached_property
    def full_table(self) -> Table:
        """One row a hypothesis, those not tested too, one number a cell."""
        columns = ("hypothesis", "outcome", "p", "predicted", "predicted_low", "predicted_high",
                   "ratio", "ratio_low", "ratio_high", "implied", "implied_value", "implied_low",
                   "implied_high", "note", "premises", "basis", "source")  # fmt: skip
        rows = tuple(
            (row.id, str(row.outcome), row.p, *_three(row.predicted), *_three(row.ratio),
             row.implied.name if row.implied else None,
             *_three(row.implied.estimate if row.implied else None),
             row.note, "; or ".join(row.premises), "; or ".join(row.basis),
             "; or ".join(row.source))
            for row in self.rows
        )  # fmt: skip
        return Table(columns, rows)

    def to_dict(self) -> dict[str, Any]:
        """A versioned document (schema ``lawcast/explanation/1``)."""
        content = {
            "alpha": self.alpha.to_dict(),
            "dimension": self.dimension.to_dict(),
            "level": self.level,
            "rows": [row.to_dict() for row in self.rows],
            "conclusion": self.conclusion,
            "experiments": [one.to_dict() for one in self.experiments],
            "findings": [finding.to_dict() for finding in self.findings],
            "exponent": self.exponent,
            "loss": self.loss,
            "variable": self.variable,
            "numbers": dict(self.numbers),
            "only_at_least": self.only_at_least,
        }
        return document("explanation", 1, content)

    @classmethod
    @opens("explanation")
    def from_dict(cls, data: Mapping[str, Any]) -> Explanation:
        """The explanation that :meth:`to_dict` described.

        Raises:
            SavedFileError: damaged, of another kind, or written by a newer version.
        """
        content = open_document(dict(data), "explanation", 1)
        return cls(
            alpha=Estimate.from_dict(content["alpha"]),
            dimension=Estimate.from_dict(content["dimension"]),
            level=check_level(content["level"]),
            rows=tuple(Row.from_dict(row) for row in content["rows"]),
            conclusion=str(content["conclusion"]),
            experiments=tuple(Experiment.from_dict(one) for one in content["experiments"]),
            findings=tuple(Finding.from_dict(one) for one in content["findings"]),
            exponent=str(content["exponent"]),
            loss=str(content["loss"]),
            variable=str(content["variable"]),
            numbers=tuple((str(name), float(x)) for name, x in content["numbers"].items()),
            only_at_least=bool(content["only_at_least"]),
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the explanation as JSON; :meth:`from_dict` opens it again.

        Raises:
            WriteError: the file cannot be written; nothing is left behind.
        """
        return write_atomically(path, json.dumps(self.to_dict(), allow_nan=False) + "\n")


ASSUMED = (
    "alpha and d are independent; each is two halves of lognormals that meet at its value and "
    "match its interval; alpha is that of the loss above its floor"
)
"""What every test takes for granted."""


def _estimate(data: Mapping[str, Any] | None) -> Estimate | None:
    return None if data is None else Estimate.from_dict(data)


def _words(estimate: Estimate) -> str:
    interval = estimate.interval
    if interval is None:
        return f"{significant(estimate.value, 4)} (no interval)"
    ends = bracket(interval.low, interval.high, 4)
    return f"{significant(estimate.value, 4)} {ends}, {100 * interval.level:g} %"


def _cell(estimate: Estimate | None, digits: int) -> str | None:
    if estimate is None:
        return None
    value = significant(estimate.value, 3)
    interval = estimate.interval
    return value if interval is None else f"{value} {bracket(interval.low, interval.high, digits)}"


def _chance(p: float | None) -> str | None:
    if p is None:
        return None
    return f"{p:.2f}" if p >= 0.095 else f"{p:.3f}" if p >= 0.0005 else "<.001"


def _short_note(row: Row) -> str:
    if row.outcome is Standing.EXCLUDED and row.ratio is not None:
        return ""  # the ratio says it all
    parts = [row.note, "" if row.implied is None else str(row.implied)]
    return ": ".join(part for part in parts if part)


def _three(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return None, None, None
    interval = estimate.interval
    if interval is None:
        return estimate.value, None, None
    return estimate.value, interval.low, interval.high
