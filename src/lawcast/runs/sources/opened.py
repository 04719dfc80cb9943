"""Opening files that nobody vouched for: bounded memory, guarded lines, known encoding.

A file is read in chunks. A chunk with a zero byte means a binary file; a line over 8 MiB, a file
over 2 GiB or a compressed file that grows beyond that is refused before it is held in memory.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lawcast._errors import ReadError

MOST_BYTES = 2 * 2**30
MOST_PIPED = 512 * 2**20
MOST_LINE = 8 * 2**20
_CHUNK = 2**20

_MAGIC = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet; export the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet; export the table as CSV"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"%PDF", "a PDF; the table must be a text file"),
    (b"\x89PNG", "an image; the table must be a text file"),
    (b"\x80\x04\x95", "a pickle, which is never opened; write the table as CSV"),
)


class NotUtf8(Exception):
    """The text is not UTF-8; read it again as Latin-1."""


@dataclass
class Opened:
    """One source of bytes that can be read from its start more than once.

    Args:
        name: what to call it in messages.
        path: the file, or None when the bytes came through a pipe and are held in ``data``.
        data: bytes of a pipe.
        zipped: whether to unpack gzip.
    """

    name: str
    path: Path | None
    data: bytes = b""
    zipped: bool = False
    sha256: str = field(default="", init=False)

    def chunks(self) -> Iterator[bytes]:
        """The (unpacked) bytes; after the last one ``sha256`` holds the hash of the file."""
        digest = hashlib.sha256()
        total = 0
        with self._stream() as raw:
            hashed = _Hashing(raw, digest)
            stream: io.BufferedIOBase | _Hashing = (
                gzip.GzipFile(fileobj=hashed, mode="rb") if self.zipped else hashed
            )
            try:
                while chunk := stream.read(_CHUNK):
                    total += len(chunk)
                    if total > MOST_BYTES:
                        raise ReadError(too_large(self.name, total))
                    yield chunk
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise ReadError(
                    f"{self.name} is not a whole gzip file ({error}): "
                    "it may have been cut off while copying; copy it again"
                ) from error
            except OSError as error:
                raise ReadError(f"cannot read {self.name}: {error.strerror or error}") from error
        self.sha256 = digest.hexdigest()

    def head(self, size: int = 65536) -> bytes:
        """The first bytes."""
        collected = b""
        for chunk in self.chunks():
            collected += chunk
            if len(collected) >= size:
                break
        return collected[:size]

    def _stream(self) -> BinaryIO:
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise ReadError(f"cannot read {self.name}: {error.strerror or error}") from error


class _Hashing(io.RawIOBase):
    """Passes bytes on and hashes them on the way."""

    def __init__(self, raw: BinaryIO, digest: hashlib._Hash) -> None:
        self._raw = raw
        self._digest = digest

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self._digest.update(data)
        return data


def open_source(source: str | os.PathLike[str]) -> Opened:
    """Open a path, or standard input for "-", after the cheap checks.

    Raises:
        ReadError: missing, a folder, empty, too large, unreadable or binary.
    """
    if source == "-":
        if sys.stdin is None:  # closed by the caller, as with <&-
            raise ReadError("standard input is closed; name a file, or send a table to it")
        return _checked(Opened("<stdin>", None, _spool(sys.stdin.buffer, "standard input")))
    if re.match(r"[a-z][a-z0-9+.-]+://", str(source), re.IGNORECASE):
        raise ReadError(
            f"{str(source)!r} is an address, and Lawcast reads nothing over a network: "
            "download it first, then name the file"
        )
    path = Path(source)
    name = str(path)
    if "\n" in name:
        raise ReadError(
            "the source is text with line breaks, not a file name; write it to a file first, "
            "or pass a mapping such as {'params': [...], 'tokens': [...], 'loss': [...]}"
        )
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReadError(f"there is no file {name!r}{_beside(path)}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or error
        raise ReadError(f"cannot read {name!r}: {reason}") from error
    if stat.S_ISDIR(status.st_mode):
        raise ReadError(f"{name!r} is a folder; name a table in it{_beside(path / 'x')}")
    if not stat.S_ISREG(status.st_mode):  # a pipe or a device can be read only once
        try:
            with path.open("rb") as stream:
                return _checked(Opened(name, None, _spool(stream, name)))
        except OSError as error:
            raise ReadError(f"cannot read {name!r}: {error.strerror or error}") from error
    if status.st_size > MOST_BYTES:
        raise ReadError(too_large(name, status.st_size))
    return _checked(Opened(name, path))


def read_lines(opened: Opened, encoding: str) -> Iterator[str]:
    """Lines of text, each with its line feed; CR and CR LF count as a line feed.

    Raises:
        NotUtf8: the encoding is UTF-8 and the bytes are not.
        ReadError: a line over 8 MiB, or a zero byte in text.
    """
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(errors="strict"), translate=True
    )
    wide = encoding.startswith("utf-16") or encoding.startswith("utf-32")
    pending: list[str] = []
    length = 0
    number = 1
    try:
        for chunk in opened.chunks():
            if not wide and b"\0" in chunk:
                raise ReadError(binary(opened.name))
            text = decoder.decode(chunk)
            lines = text.split("\n")
            if len(lines) == 1:
                pending.append(text)
                length += len(text)
            else:
                yield "".join(pending) + lines[0] + "\n"
                number += len(lines) - 1
                for line in lines[1:-1]:
                    yield line + "\n"
                pending = [lines[-1]]
                length = len(lines[-1])
            if length > MOST_LINE:
                raise ReadError(long_line(opened.name, number))
        pending.append(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-8"):
            raise NotUtf8 from error
        raise ReadError(
            f"{opened.name} is damaged: it starts as {encoding} text but does not go on so. "
            "Save it again as UTF-8"
        ) from error
    last = "".join(pending)
    if last:
        yield last


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes show: a byte order mark, or the zeros of UTF-16."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    sample = head[: len(head) // 2 * 2]
    if sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        if odd > 0.4 * half and even < 0.02 * half:
            return "utf-16-le"
        if even > 0.4 * half and odd < 0.02 * half:
            return "utf-16-be"
    return "utf-8"


def too_large(name: str, size: int) -> str:
    """The message for a file over the limit."""
    return (
        f"{name} has more than {min(size, MOST_BYTES) / 2**30:.0f} GiB, the most that is read: "
        "export only the columns that the law needs, or the final checkpoint of each run"
    )


def long_line(name: str, number: int) -> str:
    """The message for a line over the limit."""
    return (
        f"line {number} of {name} is longer than 8 MiB: this is not a table with one run a line. "
        "Check that the file has line breaks"
    )


def binary(name: str) -> str:
    """The message for a binary file."""
    return (
        f"{name} is a binary file, not a table: export it as CSV, TSV, JSON lines or Parquet "
        "(Parquet is recognised by its first bytes)"
    )


def _checked(opened: Opened) -> Opened:
    head = opened.head()
    if head.startswith(b"\x1f\x8b"):
        opened = Opened(opened.name, opened.path, opened.data, zipped=True)
        head = opened.head()
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise ReadError(f"{opened.name} is empty: expected a header line and one line for each run")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise ReadError(f"{opened.name} is {what}")
    if head.startswith(b"PAR1"):
        return opened
    if b"\0" in head and encoding_of(head) == "utf-8":
        raise ReadError(binary(opened.name))
    return opened


def _spool(stream: BinaryIO, name: str) -> bytes:
    parts: list[bytes] = []
    total = line = 0
    while chunk := stream.read(_CHUNK):
        parts.append(chunk)
        total += len(chunk)
        tail = chunk.rfind(b"\n")
        line = line + len(chunk) if tail < 0 else len(chunk) - tail - 1
        packed = parts[0].startswith((b"\x1f\x8b", b"PAR1"))
        if line > 8 * MOST_LINE and not packed:
            raise ReadError(long_line(name, 1 + sum(part.count(b"\n") for part in parts)))
        if total > MOST_PIPED:
            raise ReadError(
                f"{name} gives more than {MOST_PIPED // 2**20} MiB: save it to a file and name that"
            )
    return b"".join(parts)


def _beside(path: Path) -> str:
    """Up to three tables that lie in the same folder, as a hint."""
    endings = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".gz")
    try:
        with os.scandir(path.parent) as entries:
            names = sorted(
                entry.name
                for _, entry in zip(range(1000), entries, strict=False)
                if entry.name.endswith(endings)
            )
    except OSError:
        return ""
    return f"; in that folder: {', '.join(repr(name) for name in names[:3])}" if names else ""
