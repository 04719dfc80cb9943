"""Metrics, each turned into plain differences of points.

``euclidean`` needs nothing. ``cosine`` is the angle in radians: rows are put on the unit sphere,
and the angle of two of them is 2·asin(chord/2). ``hamming`` counts the coordinates in which rows
of 0 and 1 differ, which is their squared euclidean distance. ``periodic`` takes the nearest image
in a box, coordinate by coordinate, after folding all points into the box.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, UnknownNameError, list_rows
from lawcast.geometry.points import Points
from lawcast.geometry.sources import Source

METRICS = ("euclidean", "cosine", "hamming", "periodic")
"""Names of the metrics."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Points in the space where their distances are those of plain differences.

    Args:
        metric: name of the metric.
        points: the points there.
        box: (D,) side lengths of the periodic box, or None.
    """

    metric: str
    points: Points
    box: NDArray[np.float64] | None = None

    @property
    def whole(self) -> bool:
        """Whether all coordinates are 0 or 1."""
        return self.metric == "hamming"

    def distances(self, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances in the unit of the metric, from lengths (hamming: squares) of differences."""
        if self.metric == "cosine":
            return 2.0 * np.arcsin(np.minimum(lengths / 2.0, 1.0))
        return lengths

    def lengths(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lengths of differences that belong to distances in the unit of the metric."""
        if self.metric == "hamming":
            return np.sqrt(distances)
        if self.metric == "cosine":
            return 2.0 * np.sin(np.minimum(distances, np.pi) / 2.0)
        return distances


def measured(
    points: Points, metric: str, box: float | NDArray[np.float64] | None = None
) -> Measured:
    """Put points where the metric is that of plain differences.

    Args:
        points: n points of D numbers.
        metric: one of :data:`METRICS`.
        box: side lengths, one number or (D,); for ``"periodic"`` and only there.

    Raises:
        UnknownNameError: no such metric.
        ArgumentError: a box is missing or not wanted; a row is zero (cosine); a coordinate is
            neither 0 nor 1 (hamming).
    """
    if metric not in METRICS:
        raise UnknownNameError("metric", metric, METRICS)
    if metric == "periodic":
        sides = _sides(box, points.width)
        return Measured(metric, _moved(points, Folded(points.source, sides)), sides)
    if box is not None:
        raise ArgumentError(
            f"box= is for metric='periodic' alone, and the metric is {metric!r}: leave out one"
        )
    if metric == "cosine":
        _refuse_zero_rows(points)
        return Measured(metric, _moved(points, OnSphere(points.source)))
    if metric == "hamming":
        _refuse_other_than_bits(points)
    return Measured(metric, points)


def _moved(points: Points, source: Source) -> Points:
    return replace(points, source=source, centre=None)


def _sides(box: float | NDArray[np.float64] | None, width: int) -> NDArray[np.float64]:
    if box is None:
        raise ArgumentError(
            "metric='periodic' needs the side lengths of the box: box=1.0, or one length for "
            f"each of the {width} columns"
        )
    sides = np.asarray(box, dtype=float)
    if sides.ndim > 1 or (sides.ndim == 1 and len(sides) != width):
        raise ArgumentError(
            f"box has the shape {sides.shape}, but the points have {width} columns: give one "
            f"number or {width}"
        )
    if not np.all(np.isfinite(sides) & (sides > 0)):
        raise ArgumentError("the side lengths in box must be finite and above 0")
    return np.broadcast_to(sides, (width,)).copy()


def _refuse_zero_rows(points: Points) -> None:
    zero = [start + np.flatnonzero(~block.any(axis=1)) for start, block in points.blocks(None)]
    rows = points.source_rows(np.concatenate(zero))
    if len(rows):
        raise ArgumentError(
            f"{points.name} has {len(rows)} rows of zeros ({list_rows([int(r) for r in rows])}): "
            "zero has no direction, so no angle. Remove these rows, or use metric='euclidean'"
        )


def _refuse_other_than_bits(points: Points) -> None:
    for start, block in points.blocks(None):
        other = (block != 0) & (block != 1)
        if other.any():
            row, column = np.argwhere(other)[0]
            named = points.source_rows(np.array([start + row]))[0]
            raise ArgumentError(
                f"metric='hamming' is for data of 0 and 1, but {points.name} has "
                f"{block[row, column]:g} in row {named}, column {column}: make it 0 or 1 (for "
                "instance X > 0), or use metric='euclidean'"
            )


@dataclass(frozen=True)
class _Moved(ABC):
    """A source whose rows are computed from those of another, in float64."""

    source: Source

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return self.source.shape

    @property
    def dtype(self) -> str:
        """The computed rows are float64."""
        return "float64"

    @property
    def random(self) -> bool:
        """As the source below."""
        return self.source.random

    @property
    def notes(self) -> tuple[str, ...]:
        """As the source below."""
        return self.source.notes

    @property
    def columns(self) -> tuple[str, ...]:
        """As the source below."""
        return self.source.columns

    def blocks(self, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """(start, block) in order."""
        for start, block in self.source.blocks(rows):
            yield start, self._move(block.astype(np.float64))

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The rows of these numbers, of shape (m, D)."""
        return self._move(self.source.take(indices).astype(np.float64))

    @abstractmethod
    def _move(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows where they are wanted."""


class OnSphere(_Moved):
    """Rows divided by their lengths."""

    def _move(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        # by the largest entry first: squares of the rest neither overflow nor vanish
        with np.errstate(divide="ignore", invalid="ignore"):  # rows that were set aside
            rows = rows / np.abs(rows).max(axis=1, keepdims=True)
            return np.asarray(rows / np.sqrt(np.vecdot(rows, rows))[:, None])


@dataclass(frozen=True)
class Folded(_Moved):
    """Coordinates taken modulo the sides of a box."""

    sides: NDArray[np.float64]

    def _move(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # rows that were set aside
            return np.mod(rows, self.sides)
