"""Where a study read a number, in the words of the theory's premises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lawcast.lab.reading import Reading

Lens = Callable[[Mapping[str, Any]], Mapping[str, Any]]

LENSES: dict[str, Lens] = {}
"""Study -> what its own columns mean as premises."""


def premises_of(study: str, reading: Reading) -> Mapping[str, Any]:
    """The place of a reading, with the columns that only its study has put as premises."""
    lens = LENSES.get(study)
    return dict(reading.at) if lens is None else lens(reading.at)
