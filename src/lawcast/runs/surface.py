"""A smooth surface through the losses, used to judge rows against their neighbours.

No law is assumed: ln(loss) as a quadratic in the logarithms of the variables, fitted so that a few
wild rows do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawcast._values import Array
from lawcast.runs.table import Runs

_MOST_ROWS = 20_000
_ROUNDS = 12
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Cloud:
    """The rows of a table that have a place: logarithms of the variables and of the loss.

    Args:
        positions: (m,) positions in the table.
        axes: names of the variables.
        places: (m, k) their natural logarithms.
        log_loss: (m,) natural logarithms of the loss.
    """

    positions: NDArray[np.intp]
    axes: tuple[str, ...]
    places: Array
    log_loss: Array


def cloud_of(runs: Runs) -> Cloud | None:
    """The rows with positive, finite loss and variables; None without a loss or a variable.

    The variables are params and tokens where both exist, else the one of them that does, else
    compute.
    """
    axes = tuple(name for name in ("params", "tokens") if name in runs.columns)
    if not axes:
        axes = tuple(name for name in ("compute",) if name in runs.columns)
    if "loss" not in runs.columns or not axes or runs.user_columns:
        return None
    table = np.stack([runs.columns[name] for name in (*axes, "loss")], axis=1)
    usable = np.all(np.isfinite(table) & (table > 0), axis=1)
    logs = np.log(table[usable])
    return Cloud(np.flatnonzero(usable), axes, logs[:, :-1], logs[:, -1])


def sample(table: Array, most: int = _MOST_ROWS) -> NDArray[np.intp]:
    """Positions of at most about ``most`` rows, chosen by their values and not by their order."""
    if len(table) <= most:
        return np.arange(len(table))
    bits = np.ascontiguousarray(table).view(np.uint64)
    mixed = np.zeros(len(table), dtype=np.uint64)
    for j in range(bits.shape[1]):
        mixed = (mixed ^ bits[:, j]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    share = np.uint64(-(-len(table) // most))
    return np.flatnonzero(mixed % share == 0)


def quadratic(places: Array) -> Array:
    """(m, p) terms 1, x, x², xy of standardised places (m, k)."""
    spread = places.std(axis=0)
    scaled = (places - places.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    terms = [np.ones(len(places))]
    for i in range(scaled.shape[1]):
        terms.append(scaled[:, i])
        terms.extend(scaled[:, i] * scaled[:, j] for j in range(i + 1))
    return np.stack(terms, axis=1)


def robust_fit(terms: Array, values: Array) -> tuple[Array, float]:
    """Coefficients and the robust standard deviation of what is left (iterated weights 1/|r|).

    Absolute deviations rather than squares, so that diverged runs do not pull the surface.
    """
    weights = np.ones(len(values))
    solution: Array = np.zeros(terms.shape[1])
    scale = 0.0
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)
        solution = np.asarray(
            np.linalg.lstsq(terms * root[:, None], values * root, rcond=1e-10)[0], dtype=float
        )
        rest = np.abs(values - terms @ solution)
        scale = max(float(np.median(rest)), 1e-12)
        weights = 1.0 / np.maximum(rest, 0.1 * scale)
    freedom = max(len(values) - terms.shape[1], 1) / len(values)
    return solution, 1.4826 * scale / freedom
