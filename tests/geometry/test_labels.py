"""Labels of rows: any hashable values, none of them missing."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lawcast as lc
from lawcast.geometry.labels import check_labels

NAMES = ["cat", "dog", "cat", "ant"]


@pytest.mark.parametrize(
    "labels",
    [
        NAMES, tuple(NAMES), np.array(NAMES), np.array(NAMES, dtype=object), np.array([NAMES]).T,
        pd.Series(NAMES), pd.Categorical(NAMES), pl.Series(NAMES), pa.array(NAMES),
    ],
)  # fmt: skip
def test_every_kind_of_column(labels):
    codes, classes = check_labels(labels, 4)
    assert classes == ("ant", "cat", "dog")
    np.testing.assert_array_equal(codes, [1, 2, 1, 0])
    assert codes.dtype == np.int64


def test_labels_that_have_no_order():
    codes, classes = check_labels([3, "x", (1, 2), 3], 4)
    assert classes == (3, "x", (1, 2))
    np.testing.assert_array_equal(codes, [0, 1, 2, 0])


@pytest.mark.parametrize("hole", [None, np.nan, pd.NA, pd.NaT])
def test_missing_labels_are_named(hole):
    with pytest.raises(lc.ArgumentError, match=r"rows 1, 3\)"):
        check_labels(["a", hole, "b", hole], 4)


def test_nan_in_an_array():
    with pytest.raises(lc.ArgumentError, match="row 2"):
        check_labels(np.array([0.0, 1.0, np.nan]), 3)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["a"] * 3, "3 values and the points have 4 rows"),
        ("abcd", "not str"),
        ({"a": 1}, "not dict"),
        (7, "not int"),
        (np.eye(4), "labels.argmax"),
        ([["a"], ["b"], ["c"], ["d"]], "not one value"),
        (pd.DataFrame({"a": [1] * 4, "b": [1] * 4}), "shape (4, 2)"),
    ],
)
def test_what_is_no_set_of_labels(labels, says):
    with pytest.raises(lc.ArgumentError) as caught:
        check_labels(labels, 4)
    assert says in str(caught.value)
