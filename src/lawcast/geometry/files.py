"""Points in a file: .npy, .npz, .csv, .tsv or .parquet. Nothing pickled is ever loaded."""

from __future__ import annotations

import csv
import lzma
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from lawcast._errors import ArgumentError, ReadError, UnknownNameError
from lawcast._tables import joined, printable
from lawcast.geometry.frames import check_drop, frame_source
from lawcast.geometry.sources import Source, as_source, check_shape

SUFFIXES = (".npy", ".npz", ".csv", ".tsv", ".parquet")
"""The endings of the files that hold points."""

# numpy evaluates the header as a Python literal, which can fail in all these ways
_BAD_HEADER = (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError)
_BAD_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
_LONGEST_LINE = 64 * 2**20
_READ = "Points are read from .npy, .npz, .csv, .tsv and .parquet files"
_READ_FRAME = 'pandas.read_csv(FILE).select_dtypes("number")'
_WITH_KEY = re.compile(r"(?P<path>.+\.(?:npz|parquet))\[(?P<key>[^\]]+)\]", re.IGNORECASE)


def open_points_file(
    path: str | os.PathLike[str], key: str | None = None, drop: Sequence[str] = ()
) -> tuple[Source, str]:
    """The points in a file, read by blocks where the format allows it.

    Args:
        path: a .npy file (memory-mapped), .npz (one of its arrays), .csv, .tsv or .parquet.
            ``"acts.npz[layer3]"`` names the array in the path itself.
        key: the array of a .npz file, or the column of lists of a Parquet file.
        drop: names of columns of a .csv, .tsv or .parquet file that are no coordinates.

    Returns:
        (source, name): the rows and the name of the file.

    Raises:
        ReadError: missing, a folder, empty, damaged, pickled, of another kind, or not rows of
            numbers; says what was found and what is read.
        ArgumentError: ``key`` for a file that holds one array; ``drop`` for one whose columns
            have no names.
        UnknownNameError: there is no array or column ``key``, or no column of ``drop``.
        MissingExtraError: reading Parquet needs pyarrow.
    """
    source = Path(path)
    named = _WITH_KEY.fullmatch(os.fspath(path))
    if key is None and named is not None and not source.exists():
        source, key = Path(named["path"]), named["key"]
    if "://" in os.fspath(path):
        raise ReadError(f"{path} is an address: download it first, then name the file")
    head = _head(source)
    suffix = source.suffix.lower()
    if suffix not in SUFFIXES:
        raise ReadError(f"{source} has the ending {suffix!r} and holds {_found(head)}. {_READ}")
    if key is not None and suffix not in (".npz", ".parquet"):
        raise ArgumentError(f"key= is for .npz and .parquet files; {source.name} holds one array")
    if drop and suffix in (".npy", ".npz"):
        raise ArgumentError(
            f"--drop names columns, and those of {source.name} have no names; save the array "
            "without them, for instance np.save(FILE, X[:, 1:])"
        )
    if suffix == ".npy":
        return _open_npy(source, head), source.name
    if suffix == ".npz":
        return _open_npz(source, head, key)
    if suffix == ".parquet":
        if not head.startswith(b"PAR1"):
            raise ReadError(f"{source} is not a Parquet file: it holds {_found(head)}. {_READ}")
        from lawcast.geometry.parquet import parquet_source

        return parquet_source(source, key, drop), source.name
    return _open_text(source, head, drop), source.name


def layer_files(folder: str | os.PathLike[str]) -> list[Path]:
    """The files of points in a folder, in natural order (layer2 before layer10).

    Files with other endings and hidden files are passed over.

    Raises:
        ReadError: no such folder, or no file in it holds points by its ending.
    """
    place = Path(folder)
    try:
        found = [
            entry
            for entry in place.iterdir()
            if entry.suffix.lower() in SUFFIXES and entry.name[0] != "." and entry.is_file()
        ]
    except NotADirectoryError as error:
        raise ReadError(f"{place} is a file, not a folder of layers") from error
    except OSError as error:
        raise ReadError(f"cannot read the folder {place}: {error.strerror or error}") from error
    if not found:
        raise ReadError(f"the folder {place} holds no points: no file of it is one. {_READ}")
    return sorted(found, key=lambda entry: natural(entry.name))


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A sorting key by which numbers inside names count as numbers."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part
    ], name


def _head(path: Path) -> bytes:
    """The first bytes of a file that exists and is not empty."""
    try:
        if path.is_dir():
            raise ReadError(
                f"{path} is a folder; name a file in it, or, for a folder of layers, type "
                f"lawcast dimension {path}"
            )
        if not path.exists():
            raise ReadError(f"there is no file {path}")
        if not path.is_file():
            raise ReadError(f"{path} is a device or a pipe; points are read from a file")
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error
    if not head:
        raise ReadError(f"{path} is empty (0 bytes); perhaps it was never written to the end")
    return head


def _found(head: bytes) -> str:
    """What a file seems to hold, in words."""
    known = {
        b"\x93NUMPY": "a numpy array (.npy)", b"PK\x03\x04": "a zip archive, as .npz files are",
        b"PAR1": "a Parquet table", b"\x89HDF": "HDF5 data", b"\x1f\x8b": "gzip-compressed data",
        b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"%PDF": "a PDF document",
    }  # fmt: skip
    for magic, words in known.items():
        if head.startswith(magic):
            return words
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a pickled object, which is never loaded because loading it can run any code"
    try:
        text = head[:4000].decode("utf-8", errors="strict" if len(head) < 4000 else "ignore")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        return "bytes of an unknown kind"
    return f"text that starts with {printable(text.strip()[:30])!r}"


def _open_npy(path: Path, head: bytes) -> Source:
    if not head.startswith(b"\x93NUMPY"):
        raise ReadError(f"{path} is not a .npy file: it holds {_found(head)}. {_READ}")
    with path.open("rb") as stream:
        shape, _, dtype = _header(stream, path.name)
        start = stream.tell()
    _refuse_objects(dtype, path.name)
    expected = start + dtype.itemsize * int(np.prod(shape, dtype=object))
    actual = path.stat().st_size
    if actual < expected:
        raise ReadError(
            f"{path} is cut off: an array of shape {shape} and type {dtype} takes {expected:,} "
            f"bytes, and the file has {actual:,}. Copy or write it again"
        )
    check_shape(shape, path.name)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError) as error:
        raise ReadError(f"{path} cannot be mapped into memory: {error}") from error
    return _as_file(array, path.name)


def _open_npz(path: Path, head: bytes, key: str | None) -> tuple[Source, str]:
    if not head.startswith(b"PK"):
        raise ReadError(f"{path} is not a .npz file: it holds {_found(head)}. {_READ}")
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
            if not arrays:
                raise ReadError(f"{path} is an archive without a single array in it")
            if key is None and len(arrays) > 1:
                listed = joined([_described(archive, name) for name in arrays[:20]])
                raise ReadError(
                    f"{path} holds {len(arrays)} arrays: {listed}. Name one: key={arrays[0]!r}, "
                    f"or on the command line {path.name}[{arrays[0]}]"
                )
            chosen = arrays[0] if key is None else key
            if chosen not in arrays:
                raise UnknownNameError(f"array in {path.name}", chosen, arrays)
            name = f"{path.name}[{printable(chosen)}]"
            with archive.open(f"{chosen}.npy") as stream:
                shape, _, dtype = _header(stream, name)
                start = stream.tell()
            _refuse_objects(dtype, name)
            expected = start + dtype.itemsize * int(np.prod(shape, dtype=object))
            actual = archive.getinfo(f"{chosen}.npy").file_size
            if actual < expected:
                raise ReadError(
                    f"{name} is cut off: its shape {shape} takes {expected:,} bytes, and it has "
                    f"{actual:,}. Copy or write it again"
                )
            with archive.open(f"{chosen}.npy") as stream:
                array = np.lib.format.read_array(stream, allow_pickle=False)
    except _BAD_ARCHIVE as error:
        raise ReadError(f"{path} is a damaged archive ({error}); copy or write it again") from error
    return _as_file(array, name), name


def _described(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(f"{name}.npy") as stream:
        shape = _header(stream, name)[0]
    return f"{printable(name)} ({' × '.join(f'{size:,}' for size in shape) or 'one number'})"


def _header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, Fortran order and type of the array that a .npy stream holds."""
    try:
        version = np.lib.format.read_magic(stream)
        # version 3.0 differs from 2.0 in the coding of the names of fields alone
        later = version != (1, 0)
        read = np.lib.format.read_array_header_2_0 if later else np.lib.format.read_array_header_1_0
        shape, order, dtype = read(stream)
        if min(shape, default=0) < 0:
            raise ValueError(f"the shape {shape} has a negative size")
        return shape, order, dtype
    except _BAD_HEADER as error:
        first = str(error).split("\n")[0]
        raise ReadError(f"the header of {name} is damaged ({first}); write it again") from error


def _refuse_objects(dtype: np.dtype[Any], name: str) -> None:
    if dtype.hasobject:
        raise ReadError(
            f"{name} holds pickled Python objects (dtype object). They are never loaded, because "
            "loading them can run any code. Where you trust them, save numbers instead: "
            "np.save(FILE, np.stack(X).astype('float32'))"
        )


def _as_file(array: Any, name: str) -> Source:
    """An array of a file as a source; refusals speak of the file."""
    try:
        return as_source(array)[0]
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from error


def _open_text(path: Path, head: bytes, drop: Sequence[str] = ()) -> Source:
    import pandas as pd

    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadError(f"{path} is not a text file: it holds {_found(head)}. {_READ}")
    coding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    first = _first_line(path, coding)
    comma = "," if path.suffix.lower() == ".csv" else "\t"
    mark = comma if comma in first else next((m for m in ";\t," if m in first), comma)
    cells = next(csv.reader([first], delimiter=mark), [])
    decimal = (
        "," if mark != "," and any("," in cell for cell in _cells(head, coding, mark)) else "."
    )
    counts = _counts(cells)
    header = None if _all_numbers(cells, decimal) and not counts else 0
    try:
        with warnings.catch_warnings():
            # lines longer than the header: pandas would make an index of the first column, or
            # drop the last
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path, sep=mark, header=header, encoding=coding, decimal=decimal,
                low_memory=False, index_col=False,
            )  # fmt: skip
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path} is not UTF-8 text ({error.reason}, byte {error.start}); save it as UTF-8"
        ) from error
    except (
        pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, csv.Error,
    ) as error:  # fmt: skip
        first_line = str(error).split("\n")[0].removeprefix("Error tokenizing data. C error: ")
        raise ReadError(
            f"{path} is not a table ({first_line.strip()}): every line needs the same columns"
        ) from error
    if drop and header is None:
        raise ArgumentError(
            f"--drop names columns, and those of {path.name} have no names: its first line holds "
            "numbers. Write a line of names above it"
        )
    check_drop(drop, list(frame.columns), path.name)
    source = frame_source(frame.drop(columns=list(drop)), path.name, _READ_FRAME)
    if not counts:
        return source
    note = f"the first line of {path.name}, 0 to {len(cells) - 1}, was taken as names of columns"
    return replace(source, notes=(*source.notes, note))


def _first_line(path: Path, coding: str) -> str:
    """The first line that is not blank; as long as a line of a million numbers may be."""
    with path.open(encoding=coding, errors="replace") as stream:
        while line := stream.readline(_LONGEST_LINE):
            if line.strip():
                return line.rstrip("\r\n")
    return ""


def _cells(head: bytes, coding: str, mark: str) -> list[str]:
    """The cells of the first lines that may be numbers."""
    lines = head.decode(coding, errors="ignore").splitlines()[:20]
    cells = [cell.strip() for line in lines for cell in line.split(mark)]
    return [cell for cell in cells if _all_numbers([cell], ",")]


def _all_numbers(cells: list[str], decimal: str) -> bool:
    try:
        for cell in cells:
            float(cell.strip().replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return False
    return bool(cells)


def _counts(cells: list[str]) -> bool:
    """Whether the cells are 0, 1, 2, ...: the names that a data frame gives to bare columns."""
    return len(cells) > 2 and [cell.strip() for cell in cells] == [
        str(i) for i in range(len(cells))
    ]
