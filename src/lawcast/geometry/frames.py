"""Points in the columns of a data frame: pandas natively, every other frame through narwhals."""

from __future__ import annotations

import csv
import io
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ReadError, UnknownNameError
from lawcast._tables import joined, printable


@dataclass(frozen=True, eq=False)
class _Columns(ABC):
    """The rows of a frame of numeric columns; missing cells become NaN."""

    frame: Any
    common: np.dtype[Any]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return len(self.frame), len(self.columns)

    @property
    def dtype(self) -> str:
        """The type that holds every column."""
        return self.common.name

    @property
    def random(self) -> bool:
        """Any row is as near as the next."""
        return True

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Runs of rows."""
        for start in range(0, len(self.frame), rows):
            yield start, self._numbers(slice(start, start + rows))

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Rows by number."""
        return self._numbers(indices)

    @abstractmethod
    def _numbers(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """The rows of these numbers."""


@dataclass(frozen=True, eq=False)
class PandasSource(_Columns):
    """The rows of a pandas frame."""

    extension: bool = False

    def _numbers(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        part = self.frame.iloc[rows]
        if self.extension:  # only these know missing values that are not NaN
            return np.asarray(part.to_numpy(dtype=self.common, na_value=np.nan))
        return np.asarray(part.to_numpy(dtype=self.common))


@dataclass(frozen=True, eq=False)
class FrameSource(_Columns):
    """The rows of a frame that narwhals knows (polars, pyarrow, ...)."""

    def _numbers(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        return np.asarray(self.frame[rows].to_numpy()).astype(self.common, copy=False)


def frame_source(
    X: Any, name: str = "the data frame", read: str = ""
) -> PandasSource | FrameSource:
    """The rows of a data frame.

    Args:
        X: the frame.
        name: how to speak of it.
        read: where it comes from a file, the code that reads the numeric columns alone.

    Raises:
        ReadError: not a frame, a lazy one, a single column, no rows, or columns without numbers
            (all of them are named).
    """
    if isinstance(X, Mapping):
        raise ReadError("points cannot be read from a mapping; type pandas.DataFrame(X)")
    if type(X).__module__.partition(".")[0] == "pandas" and hasattr(X, "columns"):
        return _from_pandas(X, name, read)
    import narwhals as nw

    try:
        frame: Any = nw.from_native(_table(X), allow_series=True)
    except TypeError as error:
        raise ReadError(f"cannot read points from a {type(X).__name__}; pass an array") from error
    if isinstance(frame, nw.Series):
        raise ReadError(
            f"this is a single column of {len(frame):,} values. If they are points on a line, "
            "type X.to_numpy().reshape(-1, 1); if each is an array of its own, np.stack(X)"
        )
    if not isinstance(frame, nw.DataFrame):
        raise ReadError(f"{name} is lazy, nothing is computed yet; type X.collect()")
    _refuse_empty(len(frame), len(frame.columns), name)
    kinds = [frame.schema[column] for column in frame.columns]
    bad = [
        (column, str(kind))
        for column, kind in zip(frame.columns, kinds, strict=True)
        if not (kind.is_numeric() or kind == nw.Boolean)
    ]
    refuse_columns(bad, name, "X.select(polars.selectors.numeric())")
    single = all(kind == nw.Float32 for kind in kinds)
    common = np.dtype(np.float32 if single else np.float64)
    return FrameSource(frame, common, tuple(printable(str(column)) for column in frame.columns))


def _from_pandas(X: Any, name: str, read: str) -> PandasSource:
    from pandas.api.types import is_complex_dtype, is_numeric_dtype

    _refuse_empty(len(X), X.shape[1], name)
    names = [printable(str(column)) for column in X.columns]
    kinds = list(X.dtypes)
    bad = [
        (column, str(kind))
        for column, kind in zip(names, kinds, strict=True)
        if is_complex_dtype(kind) or not is_numeric_dtype(kind)
    ]
    refuse_columns(bad, name, read or 'X.select_dtypes("number")', file=bool(read))
    extension = not all(isinstance(kind, np.dtype) for kind in kinds)
    common = np.dtype(np.float64) if extension else np.result_type(*set(kinds))
    return PandasSource(X, common, tuple(names), extension=extension)


def _table(X: Any) -> Any:
    """A pyarrow batch as a table, which narwhals knows."""
    if type(X).__module__.partition(".")[0] == "pyarrow" and type(X).__name__ == "RecordBatch":
        import pyarrow as pa

        return pa.Table.from_batches([X])
    return X


def _refuse_empty(count: int, width: int, name: str) -> None:
    if not count or not width:
        lack = "rows" if width else "columns"
        raise ReadError(f"{name} has no {lack}: nothing to measure")


def check_drop(drop: Sequence[str], columns: Sequence[str], name: str) -> None:
    """Nothing, if every column to leave out is there and one stays.

    Raises:
        UnknownNameError: there is no such column.
        ReadError: none stays.
    """
    for column in drop:
        if column not in columns:
            known = [printable(one) for one in columns]
            raise UnknownNameError(f"column in {name} for --drop", printable(column), known)
    if columns and not set(columns) - set(drop):
        raise ReadError(f"--drop leaves no column of {name}: nothing to measure")


def refuse_columns(
    bad: Sequence[tuple[str, str]], name: str, fix: str, *, file: bool = False
) -> None:
    """Nothing, if no column is bad.

    Args:
        bad: (name, type) of each column that holds no numbers.
        name: how to speak of the data.
        fix: the code that keeps the numeric columns.
        file: whether they were read from a file, of which the command line can leave some out.

    Raises:
        ReadError: names the columns and says what to type.
    """
    if not bad:
        return
    listed = [f"{column!r} ({kind})" for column, kind in bad[:6]]
    if len(bad) > 6:
        listed.append(f"{len(bad) - 6} more")
    are = "is not a column" if len(bad) == 1 else "are not columns"
    if file:
        names = io.StringIO()
        csv.writer(names, lineterminator="").writerow([column for column, _ in bad])
        leave = f"--drop {shlex.quote(names.getvalue())}"
        fix = f"{fix}, or on the command line {leave}"
    raise ReadError(
        f"{joined(listed)} {are} of numbers in {name}, and points need numbers alone. "
        f"Keep the numeric columns: {fix}. Text that spells numbers becomes numbers "
        "with pandas.to_numeric; a column of arrays becomes points with np.stack"
    )
