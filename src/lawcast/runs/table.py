"""The table of runs that every other room reads: fixed names, row ids and where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawcast._errors import ArgumentError, Finding, SavedFileError, UnknownNameError, list_rows
from lawcast._tables import Card
from lawcast._units import format_compute, format_count
from lawcast._values import document, open_document, pack_array, unpack_array

if TYPE_CHECKING:
    import pandas as pd

NUMBER_COLUMNS = ("params", "tokens", "compute", "loss", "step", "unique_tokens", "width")
"""Fixed columns that hold numbers (float64); missing values are NaN."""

TEXT_COLUMNS = ("run", "family", "seed", "eval_set", "params_kind")
"""Fixed columns that hold text (object arrays of str); missing values are ""."""

_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class SetAside:
    """Rows that were read but are not used.

    Args:
        rows: ids of the rows.
        reason: why, in words.
        code: code of the finding behind it (``"R012"``); empty when the caller dropped them.
    """

    rows: tuple[int, ...]
    reason: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.reason} x{len(self.rows)}".strip()


@dataclass(frozen=True, eq=False)
class Runs:
    """A table of training runs; one row is one run (or one checkpoint of a run).

    Args:
        columns: arrays of shape (n,). The names in :data:`NUMBER_COLUMNS` hold float64 (params and
            tokens as counts, compute in FLOP, loss in nats per token), those in
            :data:`TEXT_COLUMNS` hold text; every other column of the source is kept under its own
            name, as float64 where all of it is numeric, else as text.
        row_ids: (n,) int64: line of a text file (the header is line 1) or 0-based position.
        row_label: ``"line"`` or ``"row"``.
        source: file name, ``"<stdin>"``, ``"<DataFrame>"`` or ``"<mapping>"``.
        sha256: of the file's bytes, or of the columns for sources in memory.
        n_read: data rows in the source.
        set_aside: rows that are not used, and why.
        notes: what was guessed, derived or converted.
        reading: findings made while reading.
        accounting: how compute is counted (``"6ND"``, ``"column"``, ...); ``""`` without compute.
        accounting_chosen: whether the caller chose it.
        derived: fixed columns that were computed from others.
        loss_unit: unit of the loss in the source; the column itself is in nats.
        names: fixed name -> name of the column in the source.
        user_columns: further numeric columns that the caller's own law uses.
        options: the arguments of ``read_runs`` that the caller gave, so that the reading can be
            done again.
    """

    columns: Mapping[str, NDArray[Any]]
    row_ids: NDArray[np.int64]
    row_label: str = "row"
    source: str = "<mapping>"
    sha256: str = ""
    n_read: int = -1
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    reading: tuple[Finding, ...] = ()
    accounting: str = ""
    accounting_chosen: bool = False
    derived: tuple[str, ...] = ()
    loss_unit: str = "nats"
    names: Mapping[str, str] = field(default_factory=dict)
    user_columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if column.shape != self.row_ids.shape:
                raise ValueError(
                    f"column {name!r} has shape {column.shape}, not {self.row_ids.shape}"
                )
            column.setflags(write=False)
        self.row_ids.setflags(write=False)
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        if self.n_read < 0:
            object.__setattr__(self, "n_read", len(self.row_ids))

    def __len__(self) -> int:
        return len(self.row_ids)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.resolve(name) in self.columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The column of that fixed name, or of that name in the source.

        Raises:
            UnknownNameError: there is no such column.
        """
        key = self.resolve(name)
        if key not in self.columns:
            raise UnknownNameError("column", name, self.columns, f"(table: {self.source})")
        return self.columns[key]

    def resolve(self, name: str) -> str:
        """The name a column is held under: ``"params"`` for the source's ``"Model Size"``."""
        if name in self.columns:
            return name
        return next((fixed for fixed, named in self.names.items() if named == name), name)

    def check(self) -> tuple[Finding, ...]:
        """All findings about this table at once, worst first; includes those of the reading."""
        from lawcast.runs.checks import check_runs

        return check_runs(self)

    def drop(self, rows: Iterable[int] | int, reason: str = "dropped by the caller") -> Runs:
        """A smaller table that remembers why.

        Args:
            rows: ids of the rows to leave out, as findings name them.
            reason: why, in words; kept in ``set_aside``.

        Raises:
            UnknownNameError: an id is not in the table.
            ArgumentError: not row ids.
        """
        wanted = np.unique(np.atleast_1d(np.asarray(_as_list(rows), dtype=np.int64)))
        missing = wanted[~np.isin(wanted, self.row_ids)]
        if missing.size:
            already = {row for aside in self.set_aside for row in aside.rows}
            hint = (
                "It was set aside before."
                if int(missing[0]) in already
                else f"Row ids count {self.row_label}s of {self.source}."
            )
            known = map(str, self.row_ids[:20].tolist())
            raise UnknownNameError(self.row_label, str(missing[0]), known, hint)
        if not wanted.size:
            return self
        return self.set_rows_aside(np.isin(self.row_ids, wanted), reason)

    def set_rows_aside(self, mask: NDArray[np.bool_], reason: str, code: str = "") -> Runs:
        """Set aside the rows where ``mask`` (n,) is true, for a finding or a caller."""
        aside = SetAside(tuple(self.row_ids[mask].tolist()), reason, code)
        # A finding of the reading goes away with its rows when the caller drops them, and stays
        # when it is the reading itself that sets them aside.
        smaller = self.take(~mask)
        reading = self.reading if code else smaller.reading
        return replace(smaller, set_aside=(*self.set_aside, aside), reading=reading)

    def take(self, selection: ArrayLike) -> Runs:
        """The rows of a mask (n,) or of positions, with the same provenance."""
        index = np.asarray(selection)
        if index.dtype != np.bool_:
            index = index.astype(np.intp)
        kept = self.row_ids[index]
        return replace(
            self,
            columns={name: column[index] for name, column in self.columns.items()},
            row_ids=kept,
            reading=_still_true(self.reading, self.row_label, self.row_ids, kept),
        )

    def split(self, by: str) -> dict[str, Runs]:
        """One table for each value of a column, in sorted order.

        Raises:
            UnknownNameError: there is no such column.
        """
        labels = text_of(self[by])
        parts: dict[str, Runs] = {}
        for value in sorted(set(labels.tolist())):
            part = self.take(labels == value)
            parts[value] = replace(part, notes=(*part.notes, f"only {by} = {value or '(none)'}"))
        return parts

    def summary(self) -> str:
        """Text of at most 80 columns: rows read and set aside, spans, notes."""
        return self.card().text()

    def _repr_html_(self) -> str:
        return self.card().html()

    def to_dataframe(self) -> pd.DataFrame:
        """A pandas frame of all columns, indexed by row id."""
        import pandas as pd

        data = {name: np.array(column) for name, column in self.columns.items()}
        return pd.DataFrame(data, index=pd.Index(self.row_ids, name=self.row_label))

    def to_dict(self, columns: Iterable[str] | None = None) -> dict[str, Any]:
        """A document ``lawcast/runs/1``; only the named columns, or all.

        Raises:
            UnknownNameError: there is no such column.
        """
        kept = list(self.columns) if columns is None else [self.resolve(name) for name in columns]
        return document(
            "runs",
            _SCHEMA_VERSION,
            {
                "source": self.source,
                "sha256": self.sha256,
                "row_label": self.row_label,
                "row_ids": pack_array(self.row_ids),
                "columns": {name: _pack_column(self[name]) for name in dict.fromkeys(kept)},
                "n_read": self.n_read,
                "set_aside": [
                    {
                        "rows": pack_array(np.asarray(aside.rows, dtype=np.int64)),
                        "reason": aside.reason,
                        "code": aside.code,
                    }
                    for aside in self.set_aside
                ],
                "notes": list(self.notes),
                "reading": [finding.to_dict() for finding in self.reading],
                "accounting": self.accounting,
                "accounting_chosen": self.accounting_chosen,
                "derived": list(self.derived),
                "loss_unit": self.loss_unit,
                "names": dict(self.names),
                "user_columns": list(self.user_columns),
                "options": dict(self.options),
            },
        )

    @classmethod
    def from_dict(cls, data: object, source: str = "the document") -> Runs:
        """The table that :meth:`to_dict` described.

        Raises:
            SavedFileError: damaged, of another kind, or written by a newer version.
        """
        content = open_document(data, "runs", _SCHEMA_VERSION, source)
        try:
            return cls(
                columns={str(k): _unpack_column(v) for k, v in content["columns"].items()},
                row_ids=unpack_array(content["row_ids"]).astype(np.int64),
                row_label=str(content["row_label"]),
                source=str(content["source"]),
                sha256=str(content["sha256"]),
                n_read=int(content["n_read"]),
                set_aside=tuple(
                    SetAside(
                        tuple(unpack_array(aside["rows"]).astype(np.int64).tolist()),
                        str(aside["reason"]),
                        str(aside["code"]),
                    )
                    for aside in content["set_aside"]
                ),
                notes=tuple(str(note) for note in content["notes"]),
                reading=tuple(Finding.from_dict(finding) for finding in content["reading"]),
                accounting=str(content["accounting"]),
                accounting_chosen=bool(content["accounting_chosen"]),
                derived=tuple(str(name) for name in content["derived"]),
                loss_unit=str(content["loss_unit"]),
                names={str(k): str(v) for k, v in content["names"].items()},
                user_columns=tuple(str(name) for name in content["user_columns"]),
                options={str(k): v for k, v in content["options"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise SavedFileError(
                f"{source} is damaged: the table of runs in it lacks or garbles {error}. "
                "Make it again from the original table"
            ) from error

    def card(self) -> Card:
        """The labelled lines behind every view."""
        return Card(tuple([*self._count_rows(), *self._span_rows(), *self._note_rows()]))

    def _count_rows(self) -> list[tuple[str, str]]:
        aside = sum(len(item.rows) for item in self.set_aside)
        text = f"{self.n_read:,} read, {len(self):,} used, {aside:,} set aside"
        if self.set_aside:
            text += ": " + ", ".join(str(item) for item in self.set_aside)
        elsewhere = self.n_read - len(self) - aside
        rows = [("Runs", text)]
        if elsewhere > 0:
            rows.append(("", f"the other {elsewhere:,} rows are outside this part of the table"))
        for item in self.set_aside:
            rows.append(("", f"  {item.reason}: {list_rows(item.rows, self.row_label)}"))
        return rows

    def _span_rows(self) -> list[tuple[str, str]]:
        spans: list[str] = []
        for symbol, name in (("N", "params"), ("D", "tokens"), ("C", "compute")):
            values = self.columns.get(name)
            if values is None:
                continue
            values = values[np.isfinite(values) & (values > 0)]
            if not values.size:
                continue
            low, high = float(values.min()), float(values.max())
            decades = np.log10(high / low)
            if name == "compute":
                ends = f"{format_compute(low, 2)[:-5]}-{format_compute(high, 2)}"
            else:
                ends = f"{format_count(low, 2)}-{format_count(high, 2)}"
            unit = " decades" if not spans else ""
            spans.append(f"{symbol} {ends} ({decades:.1f}{unit})")
        rows = [("Span", "  ".join(spans))] if spans else []
        from lawcast.runs.repeats import find_repeats

        repeats = find_repeats(self)
        if repeats is not None:
            rows.append(("" if rows else "Span", f"noise {repeats.text()}"))
        return rows

    def _note_rows(self) -> list[tuple[str, str]]:
        return [("" if i else "Notes", note) for i, note in enumerate(self.notes)]


def text_of(column: NDArray[Any]) -> NDArray[np.object_]:
    """A column as text, shape (n,): whole numbers without a decimal point, missing as ""."""
    if column.dtype == np.object_:
        return column
    values, inverse = np.unique(column, return_inverse=True)
    words = np.empty(len(values), dtype=object)
    words[:] = [_word(float(value)) for value in values]
    return words[inverse.reshape(column.shape)]


def hash_columns(columns: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of named columns, whatever their order; text is hashed with its lengths."""
    digest = hashlib.sha256()
    for name in sorted(columns):
        column = columns[name]
        digest.update(f"{len(name.encode())}:{name}:{column.dtype.kind}:{len(column)}:".encode())
        if column.dtype == np.object_:
            for word in column.tolist():
                data = str(word).encode("utf-8", "surrogatepass")
                digest.update(b"%d:" % len(data))
                digest.update(data)
        else:
            digest.update(np.ascontiguousarray(column.astype("<f8")).tobytes())
    return digest.hexdigest()


def _word(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _as_list(rows: Iterable[int] | int) -> list[int]:
    listed = [rows] if isinstance(rows, (int, np.integer)) else rows
    if isinstance(listed, (str, bytes)) or not isinstance(listed, Iterable):
        raise ArgumentError(f"rows is a list of row ids, such as [2, 5], not {rows!r}")
    ids = list(listed)
    for row in ids:
        if isinstance(row, bool) or not isinstance(row, (int, np.integer)):
            raise ArgumentError(f"a row id is a whole number, not {row!r}")
    return [int(row) for row in ids]


def _still_true(
    findings: tuple[Finding, ...],
    label: str,
    before: NDArray[np.int64],
    after: NDArray[np.int64],
) -> tuple[Finding, ...]:
    """Findings of the reading without the rows that just left; one about no row left goes too."""
    if not any(finding.rows for finding in findings):
        return findings
    gone = np.setdiff1d(before, after)
    kept = []
    for finding in findings:
        rows = np.asarray(finding.rows if finding.row_label == label else (), dtype=np.int64)
        left = rows[~np.isin(rows, gone)]
        if left.size == rows.size:
            kept.append(finding)
        elif left.size:
            kept.append(replace(finding, rows=tuple(left.tolist())))
    return tuple(kept)


def _pack_column(column: NDArray[Any]) -> dict[str, Any]:
    if column.dtype != np.object_:
        return {"numbers": pack_array(column)}
    codes: dict[str, int] = {}
    index = np.fromiter(
        (codes.setdefault(str(word), len(codes)) for word in column), np.int64, len(column)
    )
    return {"words": list(codes), "codes": pack_array(index)}


def _unpack_column(data: Mapping[str, Any]) -> NDArray[Any]:
    if "numbers" in data:
        return unpack_array(data["numbers"])
    words = np.array([str(word) for word in data["words"]] or [""], dtype=object)
    codes = unpack_array(data["codes"]).astype(np.int64)
    if codes.size and (codes.min() < 0 or codes.max() >= len(words)):
        raise ValueError("codes of a text column")
    return words[codes]
