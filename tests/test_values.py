"""Intervals, estimates, packed arrays and versioned documents."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lawcast
from lawcast._errors import SavedFileError
from lawcast._values import (
    Estimate,
    Interval,
    Status,
    document,
    number,
    open_document,
    pack_array,
    parse_json,
    plain,
    unpack_array,
)

INTERVAL = Interval(0.32, 0.371, 0.9, "percentile, 1000 draws")


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


def test_an_interval_knows_what_it_covers() -> None:
    assert 0.32 in INTERVAL
    assert 0.371 in INTERVAL
    assert 0.3711 not in INTERVAL
    assert math.isclose(INTERVAL.width, 0.051)


def test_values_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        INTERVAL.low = 0.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "interval", [INTERVAL, Interval(-math.inf, math.inf, 0.5, "unbounded")], ids=["finite", "inf"]
)
def test_values_survive_json(interval: Interval) -> None:
    assert Interval.from_dict(through_json(interval.to_dict())) == interval
    estimate = Estimate(0.35, interval)
    assert Estimate.from_dict(through_json(estimate.to_dict())) == estimate
    status = Status("floor-open", "E is not bounded by these runs", ok=False)
    assert Status.from_dict(through_json(status.to_dict())) == status
    assert str(status) == status.text


def test_not_computed_is_none_and_stays_none() -> None:
    assert Estimate.from_dict(through_json(Estimate(1.0).to_dict())).interval is None


@given(st.floats())
def test_every_number_survives_json(value: float) -> None:
    back = number(through_json(plain(value)))
    assert back == value or (math.isnan(back) and math.isnan(value))


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.5, np.nan, -np.inf, 5e-324]),
        np.zeros((0, 5)),
        np.arange(24.0).reshape(2, 3, 4)[:, ::-1],
        np.array([True, False]),
        np.arange(5, dtype=np.int64),
        np.arange(3, dtype=">f8"),
        np.array(3.0),
    ],
    ids=["special", "empty", "strided", "bool", "int", "big-endian", "scalar"],
)
def test_arrays_come_back_bit_for_bit(array: np.ndarray[Any, Any]) -> None:
    back = unpack_array(through_json(pack_array(array)))
    assert back.shape == np.ascontiguousarray(array).shape or array.ndim == 0
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.tobytes() == array.astype(back.dtype).tobytes()
    assert back.flags.writeable


def packed(dtype: str = "<f8", shape: Any = (2,), raw: bytes = b"\0" * 16) -> dict[str, Any]:
    text = base64.b64encode(zlib.compress(raw)).decode()
    return {"dtype": dtype, "shape": shape, "zlib": text}


@pytest.mark.parametrize(
    "data",
    [
        {},
        packed() | {"zlib": "not base64!"},
        packed() | {"zlib": base64.b64encode(b"not zlib").decode()},
        packed() | {"zlib": None},
        packed(shape=(3,)),
        packed(shape=(1,)),
        packed(shape=(-2,)),
        packed(shape="x"),
        packed(shape=None),
        packed(shape=(10**12,)),
        packed(dtype="O"),
        packed(dtype="nonsense"),
        packed(dtype="<U4"),
    ],
    ids=lambda data: json.dumps(data)[:60],
)
def test_a_damaged_array_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(SavedFileError, match="packed array is damaged"):
        unpack_array(data)


def test_a_packed_array_that_swells_is_not_unpacked_further_than_declared() -> None:
    bomb = packed(raw=b"\0" * 50_000_000)
    assert len(bomb["zlib"]) < 100_000
    with pytest.raises(SavedFileError, match="17 bytes where 16 were declared"):
        unpack_array(bomb)


def test_a_document_names_its_kind_and_version() -> None:
    data = through_json(document("fit", 3, {"law": "power"}))
    assert data == {"schema": "lawcast/fit/3", "lawcast": lawcast.__version__, "law": "power"}
    assert open_document(data, "fit", 3) == data
    assert open_document(data, "fit", 4) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "not a saved Lawcast object"),
        ({}, "not a saved Lawcast object"),
        ({"schema": 3}, "not a saved Lawcast object"),
        ({"schema": "other/fit/1"}, "has the schema 'other/fit/1'"),
        ({"schema": "lawcast/fit"}, "has the schema"),
        ({"schema": "lawcast/fit/one"}, "has the schema"),
        ({"schema": "lawcast/runs/1"}, "holds a runs, not a fit"),
        ({"schema": "lawcast/fit/2", "lawcast": "9.0"}, r"newer Lawcast \(9.0.*pip install --up"),
    ],
)
def test_another_document_is_refused(data: object, reason: str) -> None:
    with pytest.raises(SavedFileError, match=f"fit.json.*{reason}"):
        open_document(data, "fit", 1, source="fit.json")


@pytest.mark.parametrize("text", ["", '{"a": 1', "[" * 100_000, "hello"])
def test_what_is_not_json_is_refused_with_the_source(text: str) -> None:
    with pytest.raises(SavedFileError, match=r"fit\.json is damaged"):
        parse_json(text, "fit.json")
