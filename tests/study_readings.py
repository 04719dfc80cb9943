"""The numbers that a study read off, picked by where they were read."""

from __future__ import annotations

from typing import Any

from lawcast.lab.reading import Reading
from lawcast.lab.result import StudyResult


def picked(result: StudyResult, name: str = "alpha", **at: Any) -> Reading:
    """The one reading of that name at that place."""
    (one,) = every(result, name, **at)
    return one


def value(result: StudyResult, name: str = "alpha", **at: Any) -> float:
    """What was measured there."""
    return picked(result, name, **at).measured.value


def every(result: StudyResult, name: str = "alpha", **at: Any) -> list[Reading]:
    """All readings of that name at that place."""
    return [
        reading
        for reading in result.readings
        if reading.name == name and at.items() <= dict(reading.at).items()
    ]


def missed(reading: Reading) -> float:
    """By which share the measured number misses the expected one."""
    assert reading.expected is not None
    return abs(reading.measured.value / reading.expected - 1)
