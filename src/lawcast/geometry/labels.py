"""Labels that split the points into classes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import ArgumentError, list_rows


def check_labels(labels: Any, count: int) -> tuple[NDArray[np.int64], tuple[Hashable, ...]]:
    """The class of every row of the source.

    Args:
        labels: n hashable values: an array, a list, a pandas, polars or pyarrow column, a tensor.
        count: how many rows the source has, n (those that are set aside included).

    Returns:
        (codes, classes): ``classes[codes[i]]`` is the label of row i; classes are sorted where
        they can be compared and else in order of appearance.

    Raises:
        ArgumentError: not one label a row, a label is missing, or one is not hashable; names
            the rows.
    """
    values = _listed(labels)
    if len(values) != count:
        raise ArgumentError(
            f"labels= has {len(values):,} values and the points have {count:,} rows: "
            "each row needs one label, also a row that is set aside later"
        )
    try:
        missing = [row for row, value in enumerate(values) if _is_missing(value)]
        seen = dict.fromkeys(values)
    except TypeError as error:
        raise ArgumentError(
            f"a label is not one value ({error}): labels are numbers or text, one a row"
        ) from error
    if missing:
        raise ArgumentError(
            f"{len(missing):,} labels are missing ({list_rows(missing)}), and a row without one "
            "belongs to no class. Give them a label of their own, such as 'none', or leave the "
            "rows out"
        )
    try:
        classes = sorted(seen)  # type: ignore[type-var]
    except TypeError:
        classes = list(seen)
    number = {value: code for code, value in enumerate(classes)}
    return np.fromiter((number[value] for value in values), np.int64, count), tuple(classes)


def _listed(labels: Any) -> list[Hashable]:
    if isinstance(labels, (str, bytes, Mapping)) or not isinstance(labels, Sized):
        raise ArgumentError(
            f"labels= takes n values, one for each row, not {type(labels).__name__}; "
            "of a data frame, pass the column: labels=df['class']"
        )
    shape = tuple(int(size) for size in getattr(labels, "shape", (len(labels),)))
    if len(shape) == 2 and shape[1] == 1 and hasattr(labels, "reshape"):
        labels, shape = labels.reshape(-1), shape[:1]
    if len(shape) != 1:
        raise ArgumentError(
            f"labels= has the shape {shape} where (n,) is needed. If a row marks its class "
            "with a 1, type labels=labels.argmax(axis=1)"
        )
    for method in ("tolist", "to_list", "to_pylist"):  # numpy and torch; polars; pyarrow
        if hasattr(labels, method):
            return list(getattr(labels, method)())
    return list(labels)


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas.NA, none of which equals itself plainly."""
    if value is None:
        return True
    same = value == value
    return not isinstance(same, (bool, np.bool_)) or not same
