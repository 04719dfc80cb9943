"""The small published tables and computed constants that ship inside the package."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from lawcast._errors import ReadError, UnknownNameError


def packaged_names() -> tuple[str, ...]:
    """File names of the packaged tables, sorted."""
    from importlib.resources import files

    folder = files("lawcast") / "data"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".csv")))


def packaged(name: str) -> AbstractContextManager[Path]:
    """A packaged table as a real file, also where the package is imported from an archive.

    Args:
        name: a file name such as ``"chinchilla.csv"``.

    Returns:
        A context manager: ``with packaged("chinchilla.csv") as path: ...``

    Raises:
        UnknownNameError: no such table in the package.
    """
    from importlib.resources import as_file, files

    if name not in packaged_names():
        raise UnknownNameError("packaged table", name, packaged_names())
    return as_file(files("lawcast") / "data" / name)


def packaged_path(name: str) -> Path:
    """The lasting path of a packaged table, for a package that is installed as plain files.

    Raises:
        UnknownNameError: no such table in the package.
        ReadError: the package is imported from an archive, where no lasting path exists.
    """
    with packaged(name) as path:
        kept = path
    if not kept.exists():
        raise ReadError(
            f"{name} lies inside an archive and has no path of its own; "
            f'use: with packaged("{name}") as path'
        )
    return kept


def packaged_text(name: str) -> str:
    """The text of a packaged file that is not a table, such as ``"extrapolation.json"``."""
    from importlib.resources import files

    return (files("lawcast") / "data" / name).read_text(encoding="utf-8")
