"""Whether the values lie on a grid so coarse that distances are tied or blurred by rounding.

Continuous estimators take the logarithms of ratios of distances. On a grid many neighbours stand at
one distance, and rounding to a step s adds to each squared distance about s²/6 a coordinate (two
values, each uniform within its step: 2·s²/12). That matters once it is not small beside the
squared distance to the nearest neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COARSE = 0.5
"""From this share of coarse columns on, the data as a whole counts as rounded."""

_SAMPLE = 4096
_QUERIES = 256
_COLUMNS = 256
_BYTES = 8 * 2**20
_FEW = 16
_DIGITS = {
    "float64": 52, "float32": 23, "float16": 10, "bfloat16": 7,
    "float8_e4m3": 3, "float8_e5m2": 2,
}  # fmt: skip
"""Binary digits after the first that each type keeps."""


@dataclass(frozen=True)
class Grain:
    """What a sample of the points shows about rounding.

    Args:
        sampled: how many points the sample has.
        distinct: median over columns of the number of different values in the sample.
        coarse: the share of the columns with far fewer different values than points.
        step: median over such columns of the gap between neighbouring values; None without any.
        tied: the share of the points whose two nearest neighbours in the sample are equally far.
        blur: the distance that rounding adds, over the distance to the nearest neighbour.
    """

    sampled: int
    distinct: float
    coarse: float
    step: float | None
    tied: float
    blur: float


def measure_grain(
    rows: NDArray[np.float64], count: int, whole: bool, dtype: str = "float64"
) -> Grain:
    """The grain of a sample.

    Args:
        rows: (m, D) distinct points, a sample of all.
        count: how many points there are in all; the nearest neighbour is nearer among more.
        whole: whether all values are whole numbers, so that 1 is a step in every column.
        dtype: name of the type that the values were stored in, which rounds them by itself.
    """
    spread = rows.max(axis=0) != rows.min(axis=0)
    moving = np.flatnonzero(spread)
    chosen = moving[np.unique(np.linspace(0, len(moving) - 1, _COLUMNS).astype(int))]
    steps, distinct, judged = [], [], 0
    for column in chosen:
        values, times = np.unique(rows[:, column], return_counts=True)
        distinct.append(len(values))
        others = len(rows) - int(times.max())  # many columns are mostly zero
        if others < _FEW:
            continue
        judged += 1
        if len(values) - 1 < others / 4:
            steps.append(float(np.median(np.diff(values))))
        elif whole:
            steps.append(1.0)
    coarse = len(steps) / judged if judged else 0.0
    step = float(np.median(steps)) if steps else None
    # a few discrete columns beside continuous ones are coordinates of their own, not rounding
    seen = np.mean(np.square(steps)) * coarse * len(moving) if coarse >= COARSE else 0.0
    noise = np.sqrt(max(seen, _stored(rows[:_QUERIES, moving], dtype)) / 6)
    first, second = _two_nearest(rows, whole)
    tied = float(np.mean(second - first <= 1e-9 * first))
    near = float(np.median(first)) * _nearer(first, second, len(rows), count)
    return Grain(
        sampled=len(rows),
        distinct=float(np.median(distinct)),
        coarse=coarse,
        step=step,
        tied=tied,
        blur=float(noise) / near if near > 0 else float(noise > 0),
    )


def _stored(rows: NDArray[np.float64], dtype: str) -> float:
    """The sum over columns of the mean squared step that a floating-point type has there."""
    bits = next((bits for name, bits in _DIGITS.items() if dtype.startswith(name)), None)
    if bits is None or not rows.any():
        return 0.0
    exponents = np.frexp(rows)[1] - 1 - bits
    return float(np.where(rows == 0, 0.0, np.ldexp(1.0, 2 * exponents)).mean(axis=0).sum())


def sample_rows(count: int, width: int) -> NDArray[np.int64]:
    """The numbers of evenly spaced points that fit into a few megabytes; at most all of them."""
    most = max(3, min(_SAMPLE, _BYTES // (8 * width), count))
    return np.unique(np.linspace(0, count - 1, most).astype(np.int64))


def _two_nearest(rows: NDArray[np.float64], whole: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Distances from some of the points to their two nearest others, each of shape (q,)."""
    centre = rows.mean(axis=0)
    moved = rows - (np.rint(centre) if whole else centre)  # whole numbers keep ties exact
    asked = np.unique(np.linspace(0, len(rows) - 1, _QUERIES).astype(int))
    norms = np.einsum("ij,ij->i", moved, moved)
    squares = norms[asked, None] + norms - 2 * moved[asked] @ moved.T
    squares[np.arange(len(asked)), asked] = np.inf
    near = np.argpartition(squares, 1, axis=1)[:, :2]
    apart = [np.linalg.norm(moved[asked] - moved[near[:, j]], axis=1) for j in (0, 1)]
    return np.minimum(*apart), np.maximum(*apart)


def _nearer(
    first: NDArray[np.float64], second: NDArray[np.float64], sampled: int, count: int
) -> float:
    """How much nearer a neighbour is among all points than in the sample: (m/n)^(1/d)."""
    logs = np.log(second[first > 0] / first[first > 0])
    dimension = len(logs) / logs.sum() if logs.sum() > 0 else np.inf
    return float((sampled / count) ** (1 / np.clip(dimension, 1, 100)))
