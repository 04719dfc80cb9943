"""What every world and learner checks at its door: whole dimensions, finite points, seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike

from lawcast._errors import ArgumentError
from lawcast._values import Array, check_seed

Rng = int | np.random.Generator


def generator(rng: Rng) -> np.random.Generator:
    """The generator itself, or a fresh one of this seed.

    Raises:
        ArgumentError: neither a seed of 0 or more nor a numpy Generator.
    """
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(check_seed(rng))


def check_dimension(dimension: object, what: str = "manifold") -> int:
    """A whole dimension of 1 or more.

    Raises:
        ArgumentError: it is not, with what a measured dimension may be instead.
    """
    whole = isinstance(dimension, Integral) and not isinstance(dimension, bool)
    if not whole or int(dimension) < 1:  # type: ignore[call-overload]
        raise ArgumentError(
            f"a {what} has a whole dimension of 1 or more, not {dimension!r}: points must be drawn "
            "on it. A measured dimension may be 2.5; give that one to the exponent calculus"
        )
    return int(dimension)  # type: ignore[call-overload,no-any-return]


def check_count(count: object, what: str, least: int = 1) -> int:
    """A whole number of at least ``least``.

    Raises:
        ArgumentError: it is not.
    """
    whole = isinstance(count, Integral) and not isinstance(count, bool)
    if not whole or int(count) < least:  # type: ignore[call-overload]
        raise ArgumentError(f"{what} is a whole number of {least} or more, not {count!r}")
    return int(count)  # type: ignore[call-overload,no-any-return]


def check_positive(value: object, what: str, zero: bool = False) -> float:
    """A finite number above 0 (or 0 as well).

    Raises:
        ArgumentError: it is not.
    """
    real = isinstance(value, Real) and not isinstance(value, bool)
    if real:
        number = float(value)  # type: ignore[arg-type]
        if math.isfinite(number) and (number > 0 or (zero and number == 0)):
            return number
    above = "of 0 or more" if zero else "above 0"
    raise ArgumentError(f"{what} is a finite number {above}, not {value!r}")


def check_points(points: ArrayLike, columns: int, what: str = "points") -> Array:
    """Points as an (n, columns) array of finite numbers.

    Raises:
        ArgumentError: of another shape, or not finite (the first bad rows are named).
    """
    array = np.asarray(points, dtype=float)
    if array.ndim != 2 or array.shape[1] != columns:
        raise ArgumentError(
            f"{what} must be a table of {columns} columns, one row a point, "
            f"not of shape {array.shape}"
        )
    _refuse_missing(array, what)
    return array


def check_values(values: ArrayLike, rows: int, what: str = "the values") -> Array:
    """Target values of ``rows`` points: (rows,) or, for several targets at once, (rows, t).

    Raises:
        ArgumentError: of another shape, or not finite.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim not in (1, 2) or len(array) != rows:
        raise ArgumentError(
            f"{what} must have one row for each of the {rows} training points, "
            f"not the shape {array.shape}"
        )
    _refuse_missing(array, what)
    return array


def chunks(rows: int, numbers_per_row: int, most: int = 4_000_000) -> Iterator[slice]:
    """Slices of the rows that keep a work array below ``most`` numbers (32 MB)."""
    step = max(1, most // max(1, numbers_per_row))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _refuse_missing(array: Array, what: str) -> None:
    if not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
        listed = ", ".join(str(row) for row in bad[:5])
        raise ArgumentError(
            f"{what} hold NaN or infinity in {len(bad)} of {len(array)} rows (first: {listed}); "
            "a nearest neighbour of such a point has no meaning. Drop these rows"
        )
