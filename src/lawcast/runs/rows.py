"""Which rows stand for runs: the last checkpoint of each, duplicates once, diverged ones aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._tables import printable
from lawcast.runs.findings import CHECKPOINTS, DIVERGED, DUPLICATES, MISSING_VALUE, counted
from lawcast.runs.table import Runs

_MIX = np.uint64(0x9E3779B97F4A7C15)
_NEAR_END = 0.98
"""Share of a run's steps from which its loss passes for the last: trackers log it just before."""
_MOST_NAMED = 3


def codes_of(column: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """(n,) small integers that are equal where the cells are (NaN equals NaN), and their number."""
    if column.dtype == np.object_:
        words = column.tolist()
        known = {word: code for code, word in enumerate(dict.fromkeys(words))}
        return np.fromiter(map(known.__getitem__, words), np.int64, len(words)), len(known)
    values, codes = np.unique(_bits(column), return_inverse=True)
    return codes.reshape(-1).astype(np.int64), len(values)


def group_rows(columns: Sequence[NDArray[Any]], size: int) -> tuple[NDArray[np.int64], int]:
    """(n,) group numbers of rows that are equal in every column, and how many groups there are."""
    groups = np.zeros(size, dtype=np.int64)
    count = min(size, 1)
    for column in columns:
        codes, number = codes_of(column)
        if count <= 1:
            groups, count = codes, number
        else:
            groups, count = _dense(groups * number + codes, count * number)
        if count == size:  # all rows differ already
            break
    return groups, count


def maybe_equal(columns: Sequence[NDArray[Any]], size: int) -> NDArray[np.intp]:
    """Positions of rows that may equal another row in every column; all that do are among them.

    One sort of 64-bit hashes instead of one of every column.
    """
    mixed = np.zeros(size, dtype=np.uint64)
    for column in columns:
        if column.dtype == np.object_:
            words = column.tolist()
            part = np.fromiter(map(hash, words), np.int64, len(words))
        else:
            part = _bits(column)
        mixed = (mixed ^ part.view(np.uint64)) * _MIX
        mixed ^= mixed >> np.uint64(31)
    order = np.sort(mixed)
    again = order[1:][order[1:] == order[:-1]]
    return np.flatnonzero(np.isin(mixed, again)) if again.size else np.zeros(0, dtype=np.intp)


def _bits(column: NDArray[Any]) -> NDArray[np.int64]:
    values = column.astype(np.float64) + 0.0  # -0.0 and 0.0 are one value
    values[np.isnan(values)] = np.nan
    return values.view(np.int64)


def _dense(codes: NDArray[np.int64], bound: int) -> tuple[NDArray[np.int64], int]:
    """The same grouping with the numbers 0, 1, 2 ..."""
    if bound > 8 * len(codes) + 1000:
        values, dense = np.unique(codes, return_inverse=True)
        return dense.reshape(-1).astype(np.int64), len(values)
    used = np.zeros(bound, dtype=bool)
    used[codes] = True
    number = np.cumsum(used) - 1
    return number[codes], int(number[-1]) + 1 if bound else 0


def keep_final(runs: Runs) -> Runs:
    """Only the last step that has a loss of each run; the other rows are set aside.

    R014 names the runs that did not end there: a loss in mid-schedule is not a final one.
    """
    if "run" not in runs.columns or "step" not in runs.columns or not len(runs):
        return runs
    keys = [runs.columns[name] for name in ("run", "family", "seed") if name in runs.columns]
    groups, count = group_rows(keys, len(runs))
    step = np.where(np.isfinite(runs.columns["step"]), runs.columns["step"], -np.inf)
    end = _largest(groups, step, count)[groups]
    if "loss" in runs.columns:
        usable = np.isfinite(runs.columns["loss"])
        has_any = np.bincount(groups, weights=usable, minlength=count) > 0
        step = np.where(usable | ~has_any[groups], step, -np.inf)
        usable |= ~has_any[groups]
    else:
        usable = np.ones(len(runs), dtype=bool)
    last = _largest(groups, step, count)[groups]
    unused = (step < last) | ~usable
    if not unused.any():
        return runs
    stand_ins = ~unused & np.isfinite(last) & (last < end)
    short = int(np.unique(groups[stand_ins]).size)
    note = f"kept the last step of each of {count} runs"
    if short:
        note = (
            f"kept the last step of {count - short} of {count} runs, and of "
            f"{counted(short, 'run')} the last step that has a loss"
        )
        runs = _name_unfinished(runs, stand_ins & (last < _NEAR_END * end), end)
    later = unused & (runs.columns["step"] > last)
    smaller = runs
    if later.any():
        smaller = runs.set_rows_aside(later, "last steps without a loss", MISSING_VALUE.code)
    if (unused & ~later).any():
        rest = (unused & ~later)[~later]
        smaller = smaller.set_rows_aside(rest, "earlier checkpoints", CHECKPOINTS.code)
    return replace(smaller, notes=(*smaller.notes, f'{note} (checkpoints="all" keeps every step)'))


def _largest(groups: NDArray[np.int64], values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """(count,) the largest value of each group."""
    largest = np.full(count, -np.inf)
    np.maximum.at(largest, groups, values)
    return largest


def _name_unfinished(runs: Runs, mask: NDArray[np.bool_], end: NDArray[np.float64]) -> Runs:
    """The table with a finding about the rows (n,) that stand for runs that went on to ``end``."""
    where = np.flatnonzero(mask)
    if not where.size:
        return runs
    run, step = runs.columns["run"], runs.columns["step"]
    shown = [
        f"run {printable(str(run[i]))}: step {end[i]:.16g} has no loss; step {step[i]:.16g}, in "
        "mid-schedule, stands for it"
        for i in where[:_MOST_NAMED].tolist()
    ]
    if where.size > _MOST_NAMED:
        shown.append(f"and {where.size - _MOST_NAMED} more runs likewise")
    finding = CHECKPOINTS.found(
        f"{'; '.join(shown)}. A loss in mid-schedule is high and bends the law",
        rows=sorted(runs.row_ids[where].tolist()),
        row_label=runs.row_label,
        fix="fill in the last loss, or leave the run out: "
        f"runs.drop([{', '.join(map(str, sorted(runs.row_ids[where].tolist())[:8]))}"
        f"{', ...' if where.size > 8 else ''}])",
    )
    return replace(runs, reading=(*runs.reading, finding))


def count_once(runs: Runs) -> Runs:
    """Rows equal in every column once; R012 names the others and the rows they repeat."""
    again, first = find_duplicates(runs)
    if not again.any():
        return runs
    ids = runs.row_ids
    pairs = ", ".join(
        f"{ids[i]} repeats {ids[first[i]]}" for i in np.flatnonzero(again)[:3].tolist()
    )
    finding = DUPLICATES.found(
        f"exact copies of another row in {counted(int(again.sum()))} "
        f"({runs.row_label} {pairs}); each is counted once",
        rows=ids[again].tolist(),
        row_label=runs.row_label,
        fix='duplicates="all" if they are independent repeats',
    )
    smaller = runs.set_rows_aside(again, "duplicate", DUPLICATES.code)
    return replace(smaller, reading=(*smaller.reading, finding))


def find_duplicates(runs: Runs) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """(n,) whether a row repeats an earlier one (by row id) exactly, and which."""
    columns = list(runs.columns.values())
    leader = np.arange(len(runs))
    suspects = maybe_equal(columns, len(runs))
    if suspects.size:
        suspects = suspects[np.argsort(runs.row_ids[suspects], kind="stable")]
        groups, count = group_rows([column[suspects] for column in columns], len(suspects))
        first = np.zeros(count, dtype=np.intp)
        first[groups[::-1]] = suspects[::-1]  # the smallest id is written last
        leader[suspects] = first[groups]
    return leader != np.arange(len(runs)), leader


def set_diverged_aside(runs: Runs) -> Runs:
    """Without the rows that R015 names."""
    from lawcast.runs.diverged import find_diverged

    mask = find_diverged(runs)
    return runs.set_rows_aside(mask, "diverged", DIVERGED.code) if mask.any() else runs
