"""Parquet files, through the optional package pyarrow."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from lawcast._errors import MissingExtraError, ReadError
from lawcast.runs.sources.frames import read_frame
from lawcast.runs.sources.opened import Opened
from lawcast.runs.sources.raw import MOST_CELLS, RawTable, TextChooser, too_many_cells


def read_parquet(opened: Opened, choose_text: TextChooser) -> RawTable:
    """Read a Parquet file; nested columns are left out with a note.

    Raises:
        MissingExtraError: pyarrow is not installed.
        ReadError: the file is damaged or too large to hold.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("parquet", f"reading {opened.name}, a Parquet file,") from error
    for _ in opened.chunks():  # for the hash
        pass
    source: Any = io.BytesIO(opened.data) if opened.path is None else str(opened.path)
    try:
        with pq.ParquetFile(source) as file:
            rows, width = file.metadata.num_rows, file.metadata.num_columns
            if rows * width > MOST_CELLS:
                raise ReadError(f"{opened.name}: {too_many_cells(rows, width)}")
            flat = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
            nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
            table = file.read(columns=flat)
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).split("\n")[0]
        raise ReadError(
            f"{opened.name} is a damaged Parquet file ({first}); write or copy it again"
        ) from error
    raw = read_frame(table, choose_text, opened.name)
    notes = tuple(f"left out {name!r}: a column of lists or structures" for name in nested)
    return replace(raw, sha256=opened.sha256, notes=notes)
