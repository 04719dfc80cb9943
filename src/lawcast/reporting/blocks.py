"""What a section of a report is made of; ``page.html`` knows how to show each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from lawcast._errors import Finding, FindingKind, list_rows
from lawcast._tables import Table, show
from lawcast.reporting.picture import Picture

MOST_ROWS = 250
"""Rows of a table shown in a page; of longer ones, rows evenly spread."""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Facts:
    """Labelled lines."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; folded away under ``summary`` when that is not empty."""

    kind: ClassVar[str] = "grid"
    table: Table
    summary: str = ""

    @property
    def shown(self) -> tuple[tuple[Any, ...], ...]:
        """At most :data:`MOST_ROWS` rows."""
        rows = self.table.rows
        if len(rows) <= MOST_ROWS:
            return rows
        picked = np.unique(np.round(np.linspace(0, len(rows) - 1, MOST_ROWS)).astype(int))
        return tuple(rows[i] for i in picked)

    @property
    def notes(self) -> tuple[str, ...]:
        """The table's notes, and what is not shown of it."""
        left_out = len(self.table.rows) - len(self.shown)
        if not left_out:
            return self.table.notes
        return (
            *self.table.notes,
            f"{len(self.shown):,} of {len(self.table.rows):,} rows, evenly spread; "
            "lawcast fit --figures DIR writes all of them as CSV.",
        )

    def is_number(self, column: int) -> bool:
        """Whether a column is shown right-aligned."""
        cells = [row[column] for row in self.table.rows]
        return any(c is not None for c in cells) and all(
            c is None or isinstance(c, (int, float, np.number)) for c in cells
        )

    def is_interval(self, value: Any) -> bool:
        """Whether a cell is an interval, which is not broken over lines."""
        return isinstance(value, str) and value.startswith("[") and len(value) < 40

    def cell(self, value: Any) -> str:
        """A cell as text."""
        return show(value)


@dataclass(frozen=True, eq=False)
class Plot:
    """A figure with its message and its numbers; ``prefix`` makes its ids its own."""

    kind: ClassVar[str] = "plot"
    picture: Picture
    prefix: str

    @property
    def svg(self) -> str:
        """The figure as an ``<svg>`` element."""
        return self.picture.inline_svg(f"{self.prefix}-")

    @property
    def grid(self) -> Grid:
        """Its numbers."""
        return Grid(self.picture.table, f"Numbers in the figure “{self.picture.title}”")


@dataclass(frozen=True)
class Alert:
    """A finding with its declaration and the section that shows more."""

    finding: Finding
    declared: FindingKind | None
    section: str = ""
    section_title: str = ""

    @property
    def rows(self) -> str:
        """The rows concerned, cut short where there are many."""
        return list_rows(self.finding.rows, self.finding.row_label)

    @property
    def symbol(self) -> str:
        """Carries the severity where colour does not."""
        return {"error": "✖", "warning": "▲", "note": "●"}[str(self.finding.severity)]


@dataclass(frozen=True)
class Alerts:
    """Findings, worst first."""

    kind: ClassVar[str] = "alerts"
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Code:
    """Lines to type."""

    kind: ClassVar[str] = "code"
    label: str
    text: str


Block = Text | Facts | Grid | Plot | Alerts | Code


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a report under its own heading.

    Args:
        name: anchor; letters, digits and hyphens.
        title: heading.
        blocks: what it holds, in order.
        place: where it comes among the sections of a report; equal places keep their order.
    """

    name: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    place: int = 50


@dataclass(frozen=True)
class Embedded:
    """A JSON document inside the page, found again by its id."""

    name: str
    data: Any
