"""Repeated runs: the same N and D more than once, and the noise of one run that they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawcast.runs.rows import group_rows, maybe_equal
from lawcast.runs.table import Runs

_SAME_DESIGN = ("family", "eval_set", "unique_tokens", "width", "params_kind")


@dataclass(frozen=True)
class Repeats:
    """Runs of one design that were made more than once.

    Args:
        noise: pooled standard deviation of ln(loss) within cells: the relative noise of one run.
        cells: designs with at least two runs.
        positions: (m,) positions of these runs in the table.
    """

    noise: float
    cells: int
    positions: NDArray[np.intp]

    def text(self) -> str:
        """``"about 0.4 % from 12 repeated cells"``."""
        cells = f"{self.cells} repeated cell{'s' if self.cells != 1 else ''}"
        return f"about {100 * self.noise:.2g} % from {cells}"


def find_repeats(runs: Runs) -> Repeats | None:
    """The repeats in a table, or None where there are none.

    Rows count as repeats when N and D (or N and C) agree to nine digits along with family,
    evaluation set, unique tokens and width, and when they are not rows of one run. With one
    variable alone, a ``seed`` column has to say that they are repeats.
    """
    axes = [name for name in ("params", "tokens", "compute") if name in runs.columns]
    axes = [name for name in axes if name not in runs.derived]
    if "loss" not in runs.columns or not axes or (len(axes) == 1 and "seed" not in runs.columns):
        return None
    loss = runs.columns["loss"]
    usable = np.isfinite(loss) & (loss > 0)
    for name in axes:
        usable &= np.isfinite(runs.columns[name]) & (runs.columns[name] > 0)
    where = np.flatnonzero(usable)
    keys = [np.round(np.log(runs.columns[name][where]), 9) for name in axes]
    keys += [runs.columns[name][where] for name in _SAME_DESIGN if name in runs.columns]
    suspects = maybe_equal(keys, where.size)
    if not suspects.size:
        return None
    where = where[suspects]
    cell, count = group_rows([key[suspects] for key in keys], where.size)
    size = np.bincount(cell, minlength=count)
    several = size > 1
    own = [name for name in ("run", "seed") if name in runs.columns]
    if own:  # rows of one run at one place are a fault of the table, not repeats
        each, _ = group_rows([cell, *(runs.columns[name][where] for name in own)], where.size)
        pairs = np.unique(np.stack([cell, each]), axis=1)[0]
        several &= np.bincount(pairs, minlength=count) == size
    picked = several[cell]
    if not picked.any():
        return None
    log_loss = np.log(loss[where])
    mean = np.bincount(cell, weights=log_loss, minlength=count) / np.maximum(size, 1)
    squares = float(np.sum((log_loss - mean[cell])[picked] ** 2))
    cells = int(several.sum())
    freedom = int(picked.sum()) - cells
    return Repeats(float(np.sqrt(squares / freedom)), cells, where[picked])
