"""One table of rows behind every view: terminal text, HTML and data frame."""

from __future__ import annotations

import html
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 80
"""Columns of the terminal that every text is laid out for."""


@dataclass(frozen=True)
class Table:
    """Named columns and rows of plain values.

    Args:
        columns: column headings.
        rows: one sequence of cells a row: text, numbers or None (shown as a dash).
        title: shown above the table; may be empty.
        notes: sentences shown below it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    def text(self, width: int = WIDTH) -> str:
        """Aligned plain text; the last column is wrapped to ``width``."""
        body = [[show(cell) for cell in row] for row in self.rows]
        sizes = [
            max([len(name), *(len(row[j]) for row in body)]) for j, name in enumerate(self.columns)
        ]
        lead = sum(sizes[:-1]) + 2 * (len(sizes) - 1)
        if sizes and lead + sizes[-1] > width:
            sizes[-1] = max(width - lead, 16)
        numeric = [
            bool(self.rows) and all(row[j] is None or _is_number(row[j]) for row in self.rows)
            for j in range(len(self.columns))
        ]
        lines = [self.title] if self.title else []
        for row in [list(self.columns), *body]:
            cells = [
                cell.rjust(size) if right else cell.ljust(size)
                for cell, size, right in zip(row[:-1], sizes[:-1], numeric[:-1], strict=True)
            ]
            last = textwrap.wrap(row[-1], sizes[-1]) or [""]
            if numeric[-1]:
                last = [last[0].rjust(sizes[-1])]
            lines.append("  ".join([*cells, last[0]]).rstrip())
            lines.extend(" " * lead + rest for rest in last[1:])
        for note in self.notes:
            lines.extend(textwrap.wrap(note, width))
        return "\n".join(lines)

    def html(self) -> str:
        """An accessible HTML table; every cell is escaped."""
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(show(cell))}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def csv(self) -> str:
        """The table as CSV text with full precision."""
        import csv
        import io

        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow(["" if cell is None else cell for cell in row])
        return stream.getvalue()

    def to_dataframe(self) -> pd.DataFrame:
        """The rows as a pandas frame."""
        import pandas as pd

        return pd.DataFrame([list(row) for row in self.rows], columns=list(self.columns))


@dataclass(frozen=True)
class Card:
    """Labelled lines: the summary of one object.

    Args:
        rows: (label, line) pairs; a line under the same heading has an empty label.
            Lines are wrapped when they are too long.
    """

    rows: tuple[tuple[str, str], ...]

    def text(self, width: int = WIDTH) -> str:
        """Plain text with a column of labels and hanging indents."""
        lead = max((len(label) for label, _ in self.rows), default=0) + 2
        lines: list[str] = []
        for label, line in self.rows:
            content = printable(line)
            indent = len(content) - len(content.lstrip())
            wrapped = textwrap.wrap(
                content,
                width - lead,
                subsequent_indent=" " * indent,
                drop_whitespace=True,
                replace_whitespace=False,
                break_on_hyphens=False,
            ) or [""]
            lines.append(f"{label.ljust(lead)}{wrapped[0]}".rstrip())
            lines.extend(" " * lead + rest for rest in wrapped[1:])
        return "\n".join(lines)

    def html(self) -> str:
        """A two-column HTML table; every cell is escaped."""
        body = "".join(
            f'<tr><th scope="row">{html.escape(label)}</th>'
            f'<td style="white-space:pre-wrap">{html.escape(line)}</td></tr>'
            for label, line in self.rows
        )
        return f"<table><tbody>{body}</tbody></table>"


class Tabled(ABC):
    """What is shown as one table with labelled lines under it."""

    @property
    @abstractmethod
    def table(self) -> Table:
        """The table."""

    @abstractmethod
    def card(self) -> Card:
        """The labelled lines under the table."""

    def summary(self) -> str:
        """Text of at most 80 columns."""
        return f"{self.table.text()}\n\n{self.card().text()}"

    def _repr_html_(self) -> str:
        return self.table.html() + self.card().html()


def show(cell: object) -> str:
    """A cell as text: four significant digits for floats, a dash for None."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if _is_number(cell) and not isinstance(cell, int):
        return significant(float(cell))  # type: ignore[arg-type]
    return printable(" ".join(str(cell).split()) if "\n" in str(cell) else str(cell))


def printable(text: str) -> str:
    """Text without control characters, which a hostile name could use on a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def significant(value: float, digits: int = 4) -> str:
    """A number with a fixed count of significant digits, plain where that is readable."""
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 10**6:
        text = f"{value:#.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:.0f}"
        return text.rstrip(".")
    return f"{value:.{digits - 1}e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def bracket(low: float, high: float, digits: int = 3) -> str:
    """``"[0.320, 0.371]"``."""
    return f"[{significant(low, digits)}, {significant(high, digits)}]"


def wrap(text: str, width: int = WIDTH, indent: str = "") -> str:
    """Text wrapped to ``width`` with a hanging indent."""
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _is_number(cell: object) -> bool:
    import numbers

    return isinstance(cell, numbers.Real) and not isinstance(cell, bool)


def joined(names: Sequence[str], word: str = "and") -> str:
    """``"a, b and c"``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
