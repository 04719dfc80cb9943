"""CSV, TSV and their relatives, streamed in chunks with the line number of every row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, ReadError, Severity, TableError
from lawcast.runs.findings import FILE_TROUBLE, counted
from lawcast.runs.sources.opened import NotUtf8, Opened, encoding_of, read_lines
from lawcast.runs.sources.raw import (
    MOST_CELLS,
    MOST_COLUMNS,
    RawTable,
    TextChooser,
    too_many_cells,
    unique_names,
)
from lawcast.runs.table import SetAside

_DELIMITERS = (",", "\t", ";", "|")
_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_CELLS_A_CHUNK = 10_000  # small enough to stay in the cache of a core
_LEAST_ROWS_A_CHUNK = 64
_END = "\x1f"
"""Text of a line added at the end: it is a record of its own unless a quote is still open."""

_MOST_BREAKS = 5
"""Line breaks that one quoted cell may hold; more are lines that a stray quote swallowed."""

_BLANK = frozenset({"", "nan", "NaN", "NA", "N/A", "n/a", "null", "None", "none"})


def read_delimited(
    opened: Opened, choose_text: TextChooser, keep_text: frozenset[str] = frozenset()
) -> RawTable:
    """Read a delimited text file.

    Args:
        opened: the file.
        choose_text: names the columns to keep as text, given the header.
        keep_text: further columns to keep as text; ``"*"`` for all.

    Raises:
        ReadError: no table can be made of it.
        TableError: R020, when there is no header or no row that fits it.
    """
    encoding = encoding_of(opened.head())
    try:
        return _read(opened, encoding, choose_text, keep_text)
    except NotUtf8:
        return _read(opened, "latin-1", choose_text, keep_text)


def _read(
    opened: Opened, encoding: str, choose_text: TextChooser, keep_text: frozenset[str]
) -> RawTable:
    lines = read_lines(opened, encoding)
    first = _first_lines(lines)
    delimiter = _sniff(first, opened.name)
    body = _Body(opened.name, delimiter)
    body.reader = csv.reader(chain(first, lines, body.ending()), delimiter=delimiter)
    header = body.header()
    names, twice = unique_names(header)
    text = set(names) if "*" in keep_text else choose_text(names) | keep_text
    mixed: set[str] = set()
    columns = [_Column(name in text) for name in names]
    for rows in body.chunks():
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            column.add(cells)
    for name, column in zip(names, columns, strict=True):
        if column.turned:
            mixed.add(name)
    if mixed:  # numbers at first, text further down: read again to have the text of all cells
        return _read(opened, encoding, choose_text, keep_text | mixed)
    notes = [] if encoding == "utf-8" else [_encoding_note(encoding)]
    if delimiter != ",":
        notes.append(f"columns separated by {_NAMES[delimiter]}")
    if opened.zipped:
        notes.append("unpacked gzip; the hash is of the packed file")
    findings, aside = body.trouble()
    if twice:
        findings.append(_twice(twice))
    return RawTable(
        columns={name: column.whole() for name, column in zip(names, columns, strict=True)},
        row_ids=np.concatenate([np.asarray(ids, dtype=np.int64) for ids in body.ids])
        if body.ids
        else np.zeros(0, dtype=np.int64),
        row_label="line",
        source=opened.name,
        sha256=opened.sha256,
        n_read=body.n_read,
        set_aside=tuple(aside),
        notes=tuple(notes),
        findings=tuple(findings),
        is_text=True,
    )


@dataclass
class _Column:
    """One growing column: floats as long as every cell is a number, else text."""

    as_text: bool
    parts: list[NDArray[Any]] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    turned: bool = False

    def add(self, cells: Sequence[str]) -> None:
        if self.turned:
            return
        if not self.as_text:
            numbers = _floats(cells)
            if numbers is not None:
                self.parts.append(numbers)
                return
            if self.parts:
                self.turned = True
                return
            self.as_text = True
        part = np.empty(len(cells), dtype=object)
        keep = self.words.setdefault  # one string object for equal cells
        part[:] = list(map(keep, cells, cells))
        self.parts.append(part)

    def whole(self) -> NDArray[Any]:
        if not self.parts:
            return np.zeros(0, dtype=object if self.as_text else np.float64)
        return np.concatenate(self.parts)


@dataclass
class _Body:
    """The records of a file: checks their shape and notes their lines."""

    name: str
    delimiter: str
    reader: Any = None
    ended: bool = False
    open_quote: bool = False
    ids: list[list[int]] = field(default_factory=list)
    n_read: int = 0
    width: int = 0
    first: list[str] = field(default_factory=list)
    ragged: dict[int, int] = field(default_factory=dict)
    repeated: list[int] = field(default_factory=list)

    def header(self) -> list[str]:
        start = 1
        while record := self._next(1):
            if any(cell.strip() for cell in record[0]):
                self.first, self.width = record[0], len(record[0])
                self._refuse_open_quote(record[0], start)
                break
            start = self._line() + 1
        if not self.first:
            raise ReadError(f"{self.name} is empty: expected a header line and a line for each run")
        if self.width > MOST_COLUMNS:
            raise ReadError(
                f"{self.name} has {self.width:,} columns, more than {MOST_COLUMNS:,}: "
                "export only the columns that the law needs"
            )
        if self.width > 1 and _floats(self.first) is not None:
            raise TableError(
                (
                    FILE_TROUBLE.found(
                        "the first line has only numbers, so there are no column names",
                        rows=(self._line(),),
                        row_label="line",
                        fix="add a header line such as params,tokens,loss",
                    ),
                )
            )
        return self.first

    def chunks(self) -> Iterator[list[list[str]]]:
        """Rows that fit the header, many at a time; notes the lines of all others."""
        size = max(_LEAST_ROWS_A_CHUNK, _CELLS_A_CHUNK // self.width)
        while True:
            start = self._line() + 1
            batch = self._next(size)
            if not batch:
                break
            lines = self._line() + 1 - start
            plain = len(batch) == lines and set(map(len, batch)) == {self.width}
            if plain and self.first not in batch and not self.open_quote:
                rows, ids = batch, list(range(start, start + lines))
            else:
                rows, ids = self._fitting(batch, start)
            if rows:
                self.ids.append(ids)
                self.n_read += len(ids)
                if self.n_read * self.width > MOST_CELLS:
                    raise ReadError(f"{self.name}: {too_many_cells(self.n_read, self.width)}")
                yield rows
        self.n_read += len(self.ragged)

    def _fitting(self, batch: list[list[str]], start: int) -> tuple[list[list[str]], list[int]]:
        rows: list[list[str]] = []
        ids: list[int] = []
        for record in batch:
            self._refuse_open_quote(record, start)
            if len(record) == self.width + 1 and not record[-1].strip():
                record = record[:-1]  # a comma at the end of the line, and nothing after it
            if len(record) != self.width:
                if any(cell.strip() for cell in record):  # a blank line is no row
                    self.ragged[start] = len(record)
            elif record == self.first:
                self.repeated.append(start)
            else:
                rows.append(record)
                ids.append(start)
            start += 1 + sum(cell.count("\n") for cell in record)
        return rows, ids

    def ending(self) -> Iterator[str]:
        """The line that is added at the end of the file."""
        self.ended = True
        yield f'"{_END}'

    def _line(self) -> int:
        """The last line read, without the one that was added."""
        return int(self.reader.line_num) - self.ended

    def _next(self, size: int) -> list[list[str]]:
        start = self._line() + 1
        batch: list[list[str]] = []
        try:
            batch.extend(islice(self.reader, size))  # keeps what came before an error
        except csv.Error as error:
            start += sum(1 + sum(cell.count("\n") for cell in record) for record in batch)
            raise ReadError(
                f"{self.name} cannot be read as a table from line {start} on ({error}): "
                'look there for a quote (") that is opened and never closed'
            ) from error
        if self.ended and batch:
            self.open_quote = batch[-1] != [_END]
            if not self.open_quote:
                batch.pop()
        return batch

    def _refuse_open_quote(self, record: list[str], start: int) -> None:
        """Refuse a record that goes on over lines which must have been records of their own.

        Raises:
            TableError: R020, with the line where the quote opened.
        """
        for cell in record:
            breaks = cell.count("\n")
            never = self.open_quote and cell.endswith(_END)
            if never or breaks:
                inner = cell.split("\n")[1:-1]
                cells = self.width if self.width > 2 else 0
                rows = cells and any(line.count(self.delimiter) == cells - 1 for line in inner)
                if never or rows or breaks > _MOST_BREAKS:
                    lines = breaks - never * cell.removesuffix(_END).endswith("\n")
                    after = f" and {counted(lines, 'line')} after it" if lines else ""
                    what = "is never closed" if never else "is closed far below"
                    raise TableError(
                        (
                            FILE_TROUBLE.found(
                                f'a quote (") that opens in line {start} {what}, so it swallows '
                                f"the rest of that line{after}",
                                rows=(start,),
                                row_label="line",
                                fix="remove that quote, or close it in its own line",
                            ),
                        )
                    )
            start += breaks

    def trouble(self) -> tuple[list[Finding], list[SetAside]]:
        findings: list[Finding] = []
        aside: list[SetAside] = []
        if self.repeated:
            findings.append(
                FILE_TROUBLE.found(
                    "the header is repeated inside the table, as when files are joined; "
                    "those lines were left out",
                    rows=self.repeated,
                    row_label="line",
                    fix="check that the joined files have the same units and evaluation set",
                    severity=Severity.WARNING,
                )
            )
        if self.ragged:
            finding = self._ragged()
            if not self.ids:
                raise TableError((finding,))
            findings.append(finding)
            aside.append(SetAside(tuple(self.ragged), "ragged rows", FILE_TROUBLE.code))
        return findings, aside

    def _ragged(self) -> Finding:
        counts = Counter(self.ragged.values())
        shown = ", ".join(f"{size} ({times}x)" for size, times in counts.most_common(3))
        share = len(self.ragged) / max(self.n_read, 1)
        fix = "repair those lines, or export the table again"
        if share > 0.5 and min(counts) > self.width:
            fix = (
                "if numbers have decimal commas, export with decimal points "
                "or with semicolons between columns"
            )
        return FILE_TROUBLE.found(
            f"{len(self.ragged)} of {self.n_read} rows do not have the {self.width} columns of "
            f"the header but {shown}; set aside, because their cells may be shifted",
            rows=self.ragged,
            row_label="line",
            fix=fix,
            severity=Severity.ERROR
            if len(self.ragged) > max(1, 0.05 * self.n_read)
            else Severity.WARNING,
        )


def _first_lines(lines: Iterator[str], most: int = 50, most_text: int = 2**20) -> list[str]:
    first: list[str] = []
    length = 0
    for line in lines:
        first.append(line)
        length += len(line)
        if len(first) >= most or length > most_text:
            break
    return first


def _sniff(first: Sequence[str], name: str) -> str:
    """The delimiter under which most of the first lines have equally many cells, and many."""
    if not any(line.strip() for line in first):
        raise ReadError(f"{name} is empty: expected a header line and one line for each run")
    head = next(line for line in first if line.strip()).lstrip("\ufeff").lstrip()
    if head[:1] == "<":
        raise ReadError(
            f"{name} looks like a web page, not a table: "
            "download the table itself (perhaps a login page was saved instead)"
        )
    _refuse_spaces(first)
    best, score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(first, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if (same, widths[0]) > score:
            best, score = delimiter, (same, widths[0])
    return best


def _refuse_spaces(first: Sequence[str]) -> None:
    """Columns separated by spaces cannot be told from names with spaces; so they are refused.

    Raises:
        TableError: R020, where the first lines are words and numbers with nothing but spaces.
    """
    rows = [line.split() for line in first if line.strip()]
    if len(rows) < 2 or any(sign in line for sign in _DELIMITERS for line in first):
        return
    if len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows):
        raise TableError(
            (
                FILE_TROUBLE.found(
                    f"the {len(rows[0])} columns are separated by spaces, which also occur inside "
                    "names and values",
                    row_label="line",
                    fix="put commas or tabs between the columns",
                ),
            )
        )


def _floats(cells: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        pass
    try:
        return np.array([np.nan if cell in _BLANK else float(cell) for cell in cells])
    except ValueError:
        return None


def _encoding_note(encoding: str) -> str:
    if encoding == "latin-1":
        return "the file is not UTF-8; its text was read as Latin-1, check accented names"
    return f"read as {encoding.upper().replace('-SIG', ' with a byte order mark')}"


def _twice(names: Sequence[str]) -> Finding:
    from lawcast.runs.names import list_names

    return FILE_TROUBLE.found(
        f"column names occur more than once: {list_names(names, 6)}; the first of each keeps the "
        'name, the next is called "name.2"',
        row_label="line",
        fix='rename the columns in the file, or name the one to use, for instance loss="loss.2"',
        severity=Severity.WARNING,
    )
