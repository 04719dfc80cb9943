"""Quantities as people write them, and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast._errors import UnitError, UnknownNameError
from lawcast._units import (
    ACCOUNTINGS,
    LOSS_UNITS,
    accounting,
    format_compute,
    format_count,
    format_variable,
    loss_to_nats,
    parse_compute,
    parse_count,
    parse_multiple,
    parse_variable,
)

POSITIVE = st.floats(min_value=1e-3, max_value=1e30)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("70M", 70e6),
        ("70m", 70e6),
        ("1.4T tokens", 1.4e12),
        ("1,000", 1000.0),
        ("1,234,567.5", 1234567.5),
        ("1_000_000", 1e6),
        ("2.5e9", 2.5e9),
        (" 16B params ", 16e9),
        ("3 k", 3000.0),
        (".5B", 0.5e9),
        ("7 samples", 7.0),
        (12, 12.0),
        (0, 0.0),
    ],
)
def test_counts(text: str | float, value: float) -> None:
    assert parse_count(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "M", "n/a", "70 Mb", "1,4", "1,00", "1.2.3", "1e24 FLOP", "7 0", "0x10", "inf", "nan",
     "1e999", float("nan"), float("inf"), "<b>", "1.4T tokens per day"],
)  # fmt: skip
def test_what_is_not_a_count_is_refused(text: str | float) -> None:
    with pytest.raises(UnitError):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e24 FLOP", 1e24),
        ("1e24", 1e24),
        ("1e24 flops", 1e24),
        ("3 EFLOP", 3e18),
        ("2 ZFLOP", 2e21),
        ("1 PF-days", 1e15 * 86400),
        ("12 PF-day", 12e15 * 86400),
        ("1 PFLOP/s-day", 1e15 * 86400),
        ("2 TF-hours", 2e12 * 3600),
        (6e20, 6e20),
    ],
)
def test_compute(text: str | float, value: float) -> None:
    assert parse_compute(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["", "FLOP", "1e24 tokens", "lots", "nan", "12 PF-years"])
def test_what_is_not_compute_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnitError, match="1e24 FLOP"):
        parse_compute(text)


def test_multiples() -> None:
    assert parse_multiple("10x") == 10.0
    assert parse_multiple("2.5 ×") == 2.5
    assert parse_multiple("1e24 FLOP") is None
    assert parse_multiple("x") is None


@given(POSITIVE)
def test_a_printed_count_reads_back_to_its_digits(value: float) -> None:
    assert parse_count(format_count(value)) == pytest.approx(value, rel=0.51e-2)


@given(POSITIVE, st.integers(min_value=2, max_value=12))
def test_more_digits_read_back_closer(value: float, digits: int) -> None:
    near = 0.51 * 10.0 ** (1 - digits)
    assert parse_count(format_count(value, digits)) == pytest.approx(value, rel=near)
    assert parse_compute(format_compute(value, digits)) == pytest.approx(value, rel=near)


@given(POSITIVE)
def test_a_printed_value_is_stable(value: float) -> None:
    for parse, show in [(parse_count, format_count), (parse_compute, format_compute)]:
        assert show(parse(show(value))) == show(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_from_its_own_text(value: float) -> None:
    assert parse_count(repr(value)) == value
    assert parse_compute(repr(value)) == value


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_a_unit_error(text: str) -> None:
    for parse in (parse_count, parse_compute):
        try:
            value = parse(text)
        except UnitError:
            continue
        assert math.isfinite(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (70e6, "70M"),
        (1.4e12, "1.4T"),
        (950, "950"),
        (999_999, "1M"),
        (0.5, "0.5"),
        (2e15, "2,000T"),
        (3.2386031e25, "3.24e25"),
    ],
)
def test_counts_print_short(value: float, text: str) -> None:
    assert format_count(value) == text


def test_compute_prints_short() -> None:
    assert format_compute(1e24) == "1e24 FLOP"
    assert format_compute(1.234e21) == "1.23e21 FLOP"
    assert format_compute(float("inf")) == "inf FLOP"


def test_a_variable_has_the_unit_of_its_column() -> None:
    assert format_variable("compute", 1e21) == "1e21 FLOP"
    assert format_variable("params", 7e10) == "70B"
    assert format_variable("width", 1024) == "1024"
    assert parse_variable("compute", "1 EFLOP") == 1e18
    assert parse_variable("params", "70B") == 70e9


@pytest.mark.parametrize("unit", LOSS_UNITS)
def test_a_loss_in_any_unit_is_the_same_loss(unit: str) -> None:
    nats = np.array([0.5, 2.0, 11.0])
    given_as = {"nats": nats, "bits": nats / np.log(2), "perplexity": np.exp(nats)}[unit]
    np.testing.assert_allclose(loss_to_nats(given_as, unit), nats, rtol=1e-14)


def test_an_impossible_perplexity_becomes_nan() -> None:
    assert np.isnan(loss_to_nats(np.array([0.0, -1.0, np.nan]), "perplexity")).all()


def test_an_unknown_loss_unit_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'bits'"):
        loss_to_nats(np.ones(1), "bit")


def test_accountings_are_named_and_explained() -> None:
    assert accounting("6ND").flop_per_token_param == 6.0
    assert accounting("column").flop_per_token_param is None
    assert all(
        name == kind.name and kind.meaning.endswith(".") for name, kind in ACCOUNTINGS.items()
    )
    with pytest.raises(UnknownNameError, match="6ND"):
        accounting("7ND")
