"""Points in a Parquet file, decoded batch by batch with the optional package pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, MissingExtraError, ReadError, UnknownNameError
from lawcast._tables import joined, printable
from lawcast.geometry.frames import check_drop, refuse_columns

_SINGLE = frozenset("?bBhHef")  # types whose values float32 holds exactly


@dataclass(frozen=True, eq=False)
class ParquetSource:
    """The rows of a Parquet file of numeric columns, or of one column of equally long lists.

    Missing cells become NaN. Rows are read in order; :meth:`take` decodes every row group that
    it needs a row of.
    """

    path: Path
    shape: tuple[int, int]
    dtype: str
    columns: tuple[str, ...]
    listed: str | None
    single: bool
    kept: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def random(self) -> bool:
        """A row far inside costs as much as all before it."""
        return False

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Batches of rows."""
        with _opened(self.path) as file:
            start = 0
            for block in self._batches(file, rows, None):
                yield start, block
                start += len(block)

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Rows by number, from one pass over the row groups that hold them."""
        once, back = np.unique(indices, return_inverse=True)
        out = np.empty((len(once), self.shape[1]), np.float32 if self.single else np.float64)
        first = 0
        with _opened(self.path) as file:
            for group in range(file.metadata.num_row_groups):
                end = first + file.metadata.row_group(group).num_rows
                start = first
                if np.searchsorted(once, first) < np.searchsorted(once, end):
                    for block in self._batches(file, 8192, [group]):
                        low, high = np.searchsorted(once, (start, start + len(block)))
                        out[low:high] = block[once[low:high] - start]
                        start += len(block)
                first = end
        return np.asarray(out[back])

    def _batches(
        self, file: Any, rows: int, groups: list[int] | None
    ) -> Iterator[NDArray[np.float32 | np.float64]]:
        import pyarrow as pa

        wanted = None if self.kept is None else list(self.kept)
        if self.listed is not None:
            wanted = [self.listed]
        try:
            # one thread: the number of threads is the caller's to choose
            for batch in file.iter_batches(rows, groups, columns=wanted, use_threads=False):
                yield self._numbers(batch)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.path, error) from error

    def _numbers(self, batch: Any) -> NDArray[np.float32 | np.float64]:
        kind = np.float32 if self.single else np.float64
        if self.listed is None:
            block = np.empty((batch.num_rows, self.shape[1]), kind)
            for j in range(self.shape[1]):
                block[:, j] = batch.column(j).to_numpy(zero_copy_only=False)
            return block
        column = batch.column(0)
        width = self.shape[1]
        if column.null_count or any(size != width for size in _sizes(column)):
            raise ReadError(
                f"the lists in column {printable(str(self.listed))!r} of {self.path.name} are not "
                f"all {width:,} numbers long, as the first is; leave the others out"
            )
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat.reshape(-1, width), dtype=kind)


def parquet_source(path: Path, key: str | None = None, drop: Sequence[str] = ()) -> ParquetSource:
    """The points in a Parquet file.

    Args:
        path: the file.
        key: the column of lists that holds the points; needed where other columns stand beside
            it.
        drop: columns to leave out.

    Raises:
        MissingExtraError: pyarrow is not installed.
        ReadError: damaged, no rows, no columns, or columns that hold no numbers.
        UnknownNameError: there is no column ``key``, or none of a name in ``drop``.
        ArgumentError: the column ``key`` is not one of lists of numbers.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("parquet", f"reading {path.name}, a Parquet file,") from error
    try:
        with _opened(path) as file:
            schema, count = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not count or not len(schema):
        lack = "rows" if len(schema) else "columns"
        raise ReadError(f"{path.name} has no {lack}: nothing to measure")
    check_drop(drop, schema.names, path.name)
    schema = pa.schema([field for field in schema if field.name not in drop])
    lists = [field.name for field in schema if _is_list(field.type)]
    if key is not None:
        if key not in schema.names:
            raise UnknownNameError("column", key, [printable(name) for name in schema.names])
        if key not in lists:
            raise ArgumentError(
                f"key={key!r} names a plain column; it chooses a column of lists of numbers. "
                "Leave it out, and every column is a coordinate"
            )
    elif lists and len(schema) > 1:
        raise ReadError(
            f"{path.name} has columns of lists ({joined([printable(n) for n in lists])}) beside "
            f"others; name the one that holds the points: key={lists[0]!r}"
        )
    listed = key if key is not None else (lists[0] if lists else None)
    if listed is not None:
        kind = schema.field(listed).type.value_type
        width = _first_length(path, listed)
        return ParquetSource(path, (count, width), _name(kind), (), listed, _fits_single(kind))
    kinds = [field.type for field in schema]
    bad = [(printable(f.name), str(f.type)) for f in schema if not _is_number(f.type)]
    refuse_columns(bad, path.name, 'pandas.read_parquet(FILE).select_dtypes("number")',
                   file=True)  # fmt: skip
    single = all(_fits_single(kind) for kind in kinds)
    names = {_name(kind) for kind in kinds}
    shown = names.pop() if len(names) == 1 else ("float32" if single else "float64")
    columns = tuple(printable(name) for name in schema.names)
    kept = tuple(schema.names) if drop else None
    return ParquetSource(path, (count, len(kinds)), shown, columns, None, single, kept)


def _opened(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, pre_buffer=False, memory_map=True)


def _first_length(path: Path, listed: str) -> int:
    with _opened(path) as file:
        column = next(file.iter_batches(1, columns=[listed], use_threads=False)).column(0)
    sizes = _sizes(column)
    if column.null_count or not sizes[0]:
        raise ReadError(f"the first list in column {printable(listed)!r} of {path.name} is empty")
    return int(sizes[0])


def _sizes(column: Any) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    return np.asarray(pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False))


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return (listed or pa.types.is_fixed_size_list(kind)) and _is_number(kind.value_type)


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    whole = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    return bool(whole or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _fits_single(kind: Any) -> bool:
    import pyarrow as pa

    return not pa.types.is_decimal(kind) and np.dtype(kind.to_pandas_dtype()).char in _SINGLE


def _name(kind: Any) -> str:
    import pyarrow as pa

    return "float64" if pa.types.is_decimal(kind) else np.dtype(kind.to_pandas_dtype()).name


def _damaged(path: Path, error: Exception) -> ReadError:
    first = str(error).split("\n")[0]
    return ReadError(f"{path.name} is a damaged Parquet file ({first}); write or copy it again")
