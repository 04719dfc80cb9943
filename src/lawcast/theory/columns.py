"""Sizes and losses for the theory room: two arrays, or a table of runs and the names of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawcast._errors import ArgumentError, Finding, TableError
from lawcast._values import Array, pack_array, unpack_array
from lawcast.theory import local_findings as kinds

Index: TypeAlias = NDArray[np.intp]


@runtime_checkable
class Columns(Protocol):
    """What a table of runs offers: columns by name, and ids of its rows."""

    @property
    def row_ids(self) -> NDArray[np.int64]:
        """(n,) ids by which findings name rows."""

    @property
    def row_label(self) -> str:
        """What an id counts: ``"line"`` or ``"row"``."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """(n,) the column of that name."""


@dataclass(frozen=True, eq=False)
class Points:
    """Sizes and losses, checked.

    Args:
        x: (n,) sizes, positive.
        loss: (n,) losses, finite.
        groups: (n,) number of the group of each row from 0; None where none were given.
        names: names of the groups, in the order of their numbers.
        rows: (n,) ids of the rows.
        row_label: what an id counts.
        variable: name of the size.
    """

    x: Array
    loss: Array
    groups: Index | None
    names: tuple[str, ...]
    rows: NDArray[np.int64]
    row_label: str
    variable: str

    @property
    def count(self) -> int:
        """Number of rows n."""
        return self.x.size

    @property
    def decades(self) -> float:
        """Decades between the smallest size and the largest."""
        return float(np.log10(self.x.max() / self.x.min()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        groups = None if self.groups is None else pack_array(self.groups.astype(np.int64))
        return {
            "x": pack_array(self.x),
            "loss": pack_array(self.loss),
            "groups": groups,
            "names": list(self.names),
            "rows": pack_array(self.rows),
            "row_label": self.row_label,
            "variable": self.variable,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Points:
        """The points that :meth:`to_dict` described.

        Raises:
            ValueError, SavedFileError: the parts do not fit each other.
        """
        groups = data["groups"]
        made = cls(
            x=unpack_array(data["x"]).astype(np.float64),
            loss=unpack_array(data["loss"]).astype(np.float64),
            groups=None if groups is None else unpack_array(groups).astype(np.intp),
            names=tuple(str(name) for name in data["names"]),
            rows=unpack_array(data["rows"]).astype(np.int64),
            row_label=str(data["row_label"]),
            variable=str(data["variable"]),
        )
        alike = made.x.ndim == 1 and made.x.shape == made.loss.shape == made.rows.shape
        if not alike or not made.x.size or not np.all(np.isfinite(made.x) & (made.x > 0.0)):
            raise ValueError("sizes and losses do not fit")
        if made.groups is not None and (
            made.groups.shape != made.x.shape
            or made.groups.min() < 0
            or made.groups.max() >= len(made.names)
        ):
            raise ValueError("groups do not fit")
        return made


def read_points(
    x: ArrayLike | Columns,
    loss: ArrayLike | str | None,
    *,
    variable: str | None = None,
    groups: ArrayLike | str | None = None,
    groups_name: str = "groups",
) -> Points:
    """Check sizes and losses, all of them at once.

    Args:
        x: (n,) sizes; or a table of runs.
        loss: (n,) losses; or, for a table, the name of its column (``"loss"`` unless given).
        variable: for a table the name of the column of sizes; for arrays a name for the axis.
        groups: (n,) labels, or for a table the name of a column.
        groups_name: name of the argument, for messages.

    Raises:
        ArgumentError: not rows of one length, or none; a table without the name of its sizes.
        TableError: rows with a missing or infinite value or a size that is not positive.
        UnknownNameError: the table has no such column.
    """
    if isinstance(x, Columns):
        if variable is None:
            raise ArgumentError(
                "a table has several sizes: say which one, for instance variable='params'"
            )
        name = "loss" if loss is None else loss
        if not isinstance(name, str):
            raise ArgumentError("with a table loss= is the name of a column, such as 'loss'")
        rows, row_label = np.asarray(x.row_ids, dtype=np.int64), str(x.row_label)
        sizes, losses = as_numbers(x[variable], variable), as_numbers(x[name], name)
        labels = x[groups] if isinstance(groups, str) else groups
    else:
        if loss is None or isinstance(loss, str) or isinstance(groups, str):
            raise ArgumentError(
                "pass sizes and losses as two rows of numbers, or a table of runs and the names "
                "of its columns; from a data frame: frame['params'], frame['loss']"
            )
        sizes, losses, labels = as_numbers(x, "x"), as_numbers(loss, "loss"), groups
        rows, row_label = np.arange(sizes.size, dtype=np.int64), "row"
    if sizes.shape != losses.shape:
        raise ArgumentError(
            f"x and loss are rows of one length; these have {sizes.size} and {losses.size} numbers"
        )
    if not sizes.size:
        raise ArgumentError(
            "there are no rows: x and loss are empty, and an exponent needs sizes with losses; "
            "pass at least one row of each"
        )
    found = _value_findings(sizes, losses, rows, row_label)
    if found:
        raise TableError(tuple(found))
    codes, names = (None, ()) if labels is None else number_labels(labels, sizes.size, groups_name)
    return Points(sizes, losses, codes, names, rows, row_label, variable or "x")


def as_numbers(values: ArrayLike, name: str) -> Array:
    """A row of numbers.

    Raises:
        ArgumentError: not numbers, or not one row of them.
    """
    try:
        array = np.asarray(values)
        if array.dtype == np.bool_ or array.dtype.kind in "cmM":
            raise TypeError(f"the type is {array.dtype}")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is a row of numbers: {error}") from error
    if array.ndim != 1:
        raise ArgumentError(f"{name} is one row of numbers, not an array of shape {array.shape}")
    return array


def number_labels(labels: ArrayLike, n: int, name: str) -> tuple[Index, tuple[str, ...]]:
    """Labels as numbers from 0 in sorted order of their text, and their names.

    Raises:
        ArgumentError: not one label a row, or a label is missing.
    """
    array = np.asarray(labels, dtype=object)
    if array.shape != (n,):
        raise ArgumentError(f"{name}= has one label a row: {n}, not shape {array.shape}")
    words = ["" if _is_missing(label) else label_word(label) for label in array.tolist()]
    if "" in words:
        raise ArgumentError(
            f"{name}= has no label in position {words.index('')}; a row without one belongs to no "
            f"group. Give every row a label, or leave {name}= out"
        )
    names = sorted(set(words))
    place = {word: i for i, word in enumerate(names)}
    return np.array([place[word] for word in words], dtype=np.intp), tuple(names)


MOST_DRAWS = 20_000
"""Resamples beyond which an interval no longer changes, and memory runs out."""


def check_count(
    value: object, name: str, least: int, zero: str = "", most: int = MOST_DRAWS
) -> int:
    """A whole number from ``least`` to ``most``; or 0, where ``zero`` says what that means.

    Raises:
        ArgumentError: it is not.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not (int(value) >= least or (zero and int(value) == 0)):  # type: ignore[call-overload]
        also = f", or 0 for {zero}" if zero else ""
        raise ArgumentError(f"{name}= is a whole number of {least} or more{also}, not {value!r}")
    if int(value) > most:  # type: ignore[call-overload]
        raise ArgumentError(
            f"{name}= is at most {most:,}, not {value!r}: more change no digit that is shown and "
            "would run out of memory"
        )
    return int(value)  # type: ignore[call-overload,no-any-return]


def check_number(value: object, name: str, above: float = -np.inf, below: float = np.inf) -> float:
    """A finite number strictly between two others.

    Raises:
        ArgumentError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not above < float(value) < below:
        ends = []
        if np.isfinite(above):
            ends.append(f"above {above:g}")
        if np.isfinite(below):
            ends.append(f"below {below:g}")
        where = f" {' and '.join(ends)}" if ends else ""
        raise ArgumentError(f"{name}= is a finite number{where}, not {value!r}")
    return float(value)


def rows_where(points: Points, mask: NDArray[np.bool_]) -> Sequence[int]:
    """Ids of the rows where ``mask`` (n,) is true."""
    chosen: list[int] = points.rows[mask].tolist()
    return chosen


def _value_findings(
    sizes: Array, losses: Array, rows: NDArray[np.int64], row_label: str
) -> list[Finding]:
    found = []
    missing = ~np.isfinite(sizes) | ~np.isfinite(losses)
    if missing.any():
        found.append(
            kinds.MISSING.found(
                f"{int(missing.sum())} of {sizes.size} rows have a missing or infinite size or "
                "loss, and a slope needs both",
                fix="leave these rows out",
                rows=rows[missing].tolist(),
                row_label=row_label,
            )
        )
    low = np.isfinite(sizes) & (sizes <= 0.0)
    if low.any():
        found.append(
            kinds.NOT_POSITIVE.found(
                f"{int(low.sum())} of {sizes.size} rows have a size of zero or less, which has no "
                "logarithm",
                fix="leave these rows out, or correct their size",
                rows=rows[low].tolist(),
                row_label=row_label,
            )
        )
    return found


def _is_missing(label: object) -> bool:
    return label is None or label == "" or (isinstance(label, float) and label != label)


def label_word(label: object) -> str:
    """A label as text: whole numbers without a decimal point."""
    whole = isinstance(label, float) and label.is_integer()
    return str(int(label)) if whole else str(label)  # type: ignore[call-overload]
