"""The readings of a study as they are shown: short places, and a table that fits a terminal."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from lawcast._tables import Table, bracket, significant
from lawcast.lab.reading import Reading
from lawcast.lab.result import StudyResult
from lawcast.runs.table import text_of

_SHORT = {"dimension": "d", "samples": "D", "params": "P"}
_SAYS_NOTHING = ("none", "")  # values that only their column explains


def against_theory(result: StudyResult) -> list[Reading]:
    """The exponents of which theory says something, and that could be measured."""
    return [
        one
        for one in result.exponents
        if one.expected is not None and np.isfinite(one.measured.value)
    ]


def miss(one: Reading) -> float:
    """How far a reading lies from what theory says, as a share of it; 0 on the side of a bound.

    Args:
        one: a reading of which theory says something.
    """
    assert one.expected is not None
    off = one.measured.value - one.expected
    if (one.relation == ">=" and off > 0) or (one.relation == "<=" and off < 0):
        return 0.0
    return abs(off) / (abs(one.expected) or 1.0)


def unvarying(result: StudyResult) -> dict[str, Any]:
    """The columns that name a curve and are the same all over the study, with their value."""
    return {
        name: result.runs[name][0]
        for name in result.by
        if len(set(text_of(result.runs[name]).tolist())) == 1
    }


def everywhere(result: StudyResult) -> str:
    """``"d = 2, sd = 1"``: what is the same all over the study; empty for nothing."""
    return ", ".join(part_words(name, value) for name, value in unvarying(result).items())


def short_place(result: StudyResult, one: Reading) -> str:
    """Where a reading was read, without what is the same all over the study."""
    same = {*unvarying(result), *(["loss"] if len(result.losses) == 1 else [])}
    parts = [part_words(name, value) for name, value in one.at.items() if name not in same]
    return ", ".join(parts) or "everywhere"


def part_words(column: str, value: Any) -> str:
    """``"d = 2"`` or ``"piecewise-linear"``: the value of a column, named where that is needed."""
    name = _SHORT.get(column, column)
    if not isinstance(value, str):
        return f"{name} = {value:g}"
    with contextlib.suppress(ValueError):
        float(value)
        return f"{name} = {value}"
    return f"{name} = {value or '–'}" if value in _SAYS_NOTHING else value


def readings_tables(result: StudyResult) -> list[Table]:
    """A table for each kind of number: where, the number, what theory says, and the verdict.

    The second column is named by the number. Where theory says nothing of it, the table ends there.
    """
    tables = []
    for name in dict.fromkeys(one.name for one in result.readings):
        group = [one for one in result.readings if one.name == name]
        told = any(one.expected is not None for one in group)
        head = ("where", name, "theory", "verdict") if told else ("where", name)
        rows = tuple(
            (
                short_place(result, one),
                _measured(one),
                _theory(one),
                "–" if one.outcome is None else str(one.outcome),
            )[: len(head)]
            for one in group
        )
        tables.append(Table(head, rows))
    return tables


def _measured(one: Reading) -> str:
    interval = one.measured.interval
    ends = "" if interval is None else f" {bracket(interval.low, interval.high)}"
    return f"{significant(one.measured.value, 3)}{ends}"


def _theory(one: Reading) -> str:
    """``"≥ 2/d = 1.00"``; a formula that is the number itself is not said twice."""
    if one.expected is None:
        return "–"
    lead = {"=": "", ">=": "≥ ", "<=": "≤ "}[one.relation]
    number = significant(one.expected, 3)
    if not one.basis:
        return f"{lead}{number}"
    first, *rest = one.basis.split()
    with contextlib.suppress(ValueError):
        if float(first.rstrip(":,;")) == one.expected:
            return f"{lead}{one.basis}" if rest else f"{lead}{number}"
    return f"{lead}{one.basis} = {number}"
