"""Tables that are in memory already: any data frame that narwhals knows, and plain mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ReadError
from lawcast.runs.sources.raw import (
    MOST_CELLS,
    RawTable,
    TextChooser,
    column_of,
    columns_of_records,
    too_many_cells,
)


def read_mapping(source: Mapping[Any, Any], choose_text: TextChooser) -> RawTable:
    """Read a mapping of column name to array of shape (n,).

    Raises:
        ReadError: no columns, unequal lengths, or a column that is not one-dimensional.
    """
    if not source:
        raise ReadError("the mapping has no columns; expected names with one array each")
    text = choose_text([str(name) for name in source])
    columns: dict[str, NDArray[Any]] = {}
    for raw, values in source.items():
        name = str(raw)
        if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__len__"):
            raise ReadError(
                f"column {name!r} of the mapping is {type(values).__name__}, not an array: "
                "give one value for each run"
            )
        columns[name] = _array(name, values, name in text)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {size}" for name, size in list(lengths.items())[:8])
        raise ReadError(f"the columns have different lengths: {shown}. Give one value for each run")
    return _in_memory(columns, "<mapping>")


def read_records(source: Sequence[Mapping[str, Any]], choose_text: TextChooser) -> RawTable:
    """Read a list of dictionaries, one a run."""
    if not source:
        raise ReadError("the list of runs is empty; expected one dictionary for each run")
    return _in_memory(columns_of_records(source, choose_text), "<list>")


def read_frame(source: Any, choose_text: TextChooser, name: str = "<DataFrame>") -> RawTable:
    """Read a pandas, polars or pyarrow frame (or any other that narwhals knows).

    Raises:
        ReadError: not a frame, or a frame with two columns of one name.
    """
    import narwhals as nw

    if isinstance(source, np.ndarray):
        if source.dtype.names is None:
            raise ReadError(
                f"an array of shape {source.shape} has no column names: pass a mapping such as "
                "{'params': a[:, 0], 'tokens': a[:, 1], 'loss': a[:, 2]}"
            )
        return read_mapping({field: source[field] for field in source.dtype.names}, choose_text)
    source = _plain_frame(source)
    try:
        native: Any = nw.from_native(source)
    except TypeError as error:
        raise ReadError(
            f"cannot read runs from a {type(source).__name__}: pass a file name, "
            "a data frame, a mapping of arrays or a list of dictionaries"
        ) from error
    except Exception as error:  # narwhals has its own exceptions for repeated column names
        raise ReadError(f"the data frame cannot be read: {error}") from error
    frame: Any = native.collect() if isinstance(native, nw.LazyFrame) else native
    if not isinstance(frame, nw.DataFrame):
        raise ReadError("a single column was given; pass a data frame with named columns")
    names = [str(column) for column in frame.columns]
    if not names or not len(frame):
        lack = "columns" if not names else "rows"
        raise ReadError(f"the data frame has no {lack}; expected named columns, one row a run")
    if len(set(names)) != len(names):
        raise ReadError("the data frame has two columns of the same name; rename one of them")
    if len(names) * len(frame) > MOST_CELLS:
        raise ReadError(too_many_cells(len(frame), len(names)))
    text = choose_text(names)
    columns = {
        label: _series(frame[column], label in text)
        for label, column in zip(names, frame.columns, strict=True)
    }
    return _in_memory(columns, name)


def _plain_frame(source: Any) -> Any:
    """A frame that narwhals takes: pandas with text as column names, a batch as a table.

    Raises:
        ReadError: the columns of a pandas frame have several levels.
    """
    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "columns"):
        if source.columns.nlevels > 1:
            raise ReadError(
                f"the columns of the data frame have {source.columns.nlevels} levels; join them "
                "first: df.columns = ['.'.join(map(str, names)) for names in df.columns]"
            )
        if not all(isinstance(name, str) for name in source.columns):
            return source.set_axis([str(name) for name in source.columns], axis=1)
    if module == "pyarrow" and type(source).__name__ == "RecordBatch":
        import pyarrow as pa

        return pa.Table.from_batches([source])
    return source


def _series(series: Any, keep_text: bool) -> NDArray[Any]:
    dtype = series.dtype
    if not keep_text and dtype.is_numeric():
        if series.is_null().any():
            return column_of(series.to_list())
        return np.array(series.to_numpy(), dtype=np.float64)
    values = series.to_list()
    if dtype.is_numeric():  # 12.0 as a label is "12"
        values = [None if value is None else float(value) for value in values]
    return column_of([None if _is_null(value) else value for value in values], keep_text)


def _is_null(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # pandas' NA has no truth value
        return True


def _array(name: str, values: Any, keep_text: bool) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        values = values.tolist()  # None where masked
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ReadError(f"column {name!r} is not one value for each run: {error}") from error
    if array.ndim != 1:
        raise ReadError(f"column {name!r} has shape {array.shape}, not (n,)")
    if array.dtype.kind in "fiub" and not keep_text:
        return array.astype(np.float64)  # astype copies, so the caller's array stays their own
    if array.dtype.kind == "c":
        raise ReadError(f"column {name!r} holds complex numbers, which no run has")
    return column_of([None if _is_null(value) else value for value in array.tolist()], keep_text)


def _in_memory(columns: dict[str, NDArray[Any]], name: str) -> RawTable:
    size = len(next(iter(columns.values()))) if columns else 0
    return RawTable(
        columns=columns,
        row_ids=np.arange(size, dtype=np.int64),
        row_label="row",
        source=name,
        n_read=size,
    )
