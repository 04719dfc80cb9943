"""Files are written to a temporary name and renamed, so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from lawcast._errors import ReadError, WriteError


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a whole file or nothing.

    Args:
        path: where to write; the folder must exist.
        content: text (written as UTF-8) or bytes.

    Returns:
        The path written.

    Raises:
        WriteError: the folder is missing or read-only, the disk is full, or the path is a folder.
    """
    target = resolve_target(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder")
        if target.exists() and not target.is_file():  # /dev/stdout, a named pipe: no rename there
            target.write_bytes(data)
            return target
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode_for(target))
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        reason = error.strerror or str(error)
        raise WriteError(
            f"cannot write {target}: {reason}. Nothing was left behind; "
            "choose another place with --out or path="
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return target


def resolve_target(path: str | os.PathLike[str]) -> Path:
    """Where writing to a path really goes: a link stays a link and its target is written.

    Raises:
        WriteError: the link leads nowhere, or to itself.
    """
    target = Path(path)
    if not target.is_symlink():
        return target
    if not target.exists():
        raise WriteError(
            f"cannot write {target}: it is a link that leads nowhere "
            f"(to {str(target.readlink())!r}). Remove the link, or choose another place"
        )
    # the real path of a pipe behind /dev/stdout does not exist, so devices keep their own name
    return Path(os.path.realpath(target)) if target.is_file() else target


def read_text(path: str | os.PathLike[str], most: int = 64 * 2**20) -> str:
    """The text of a UTF-8 file.

    Raises:
        ReadError: missing, a folder, not UTF-8, or larger than ``most`` bytes.
    """
    source = Path(path)
    try:
        if source.is_dir():
            raise ReadError(f"{source} is a folder; name a file in it")
        if source.is_char_device() or source.is_block_device():
            raise ReadError(f"{source} is a device, which may never end; name a file")
        size = source.stat().st_size
        if size > most:
            raise ReadError(f"{source} has {size:,} bytes; at most {most:,} are read")
        with source.open("rb") as stream:  # a pipe has no size, so it is read up to the limit
            data = stream.read(most + 1)
        if len(data) > most:
            raise ReadError(f"{source} has more than {most:,} bytes, the most that is read")
        return data.decode("utf-8")
    except FileNotFoundError as error:
        if "://" in str(path):
            raise ReadError(f"{path} is an address: download it first, then name it") from error
        raise ReadError(f"there is no file {source}") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{source} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ReadError(f"cannot read {source}: {error.strerror or error}") from error


def _mode_for(target: Path) -> int:
    """The permissions a freshly opened file would have had (mkstemp makes them private)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
