"""Quantities as people write them: "70M", "1.4T tokens", "1e24 FLOP", nats, bits, perplexity.

Losses are held in nats per token; counts are plain numbers; compute is in FLOP. Accountings of
training compute are named here, because the exponents of a law depend on the one chosen.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from lawcast._errors import UnitError, UnknownNameError
from lawcast._values import Array

_SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12, "q": 1e15, "p": 1e15}
_COUNT_WORDS = {
    "", "token", "tokens", "tok", "param", "params", "parameter", "parameters",
    "sample", "samples", "example", "examples",
}  # fmt: skip
_SI_PREFIX = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "g": 1e9,
    "t": 1e12,
    "p": 1e15,
    "e": 1e18,
    "z": 1e21,
    "y": 1e24,
}
_SECONDS = {"s": 1.0, "second": 1.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0}
_NUMBER = r"[-+]?(?:\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_COUNT = re.compile(rf"\s*({_NUMBER})\s*([kKmMbBgGtTqQpP]?)\s*([A-Za-z]*)\s*")
_FLOP = re.compile(rf"\s*({_NUMBER})\s*([kKmMgGtTpPeEzZyY]?)\s*[fF][lL][oO][pP][sS]?\s*")
_FLOP_TIME = re.compile(
    rf"\s*({_NUMBER})\s*([kKmMgGtTpPeEzZyY]?)\s*[fF](?:[lL][oO][pP])?(?:/s|[sS])?[-\s·*]?\s*(days?|hours?|seconds?|[dhs])\s*"
)
_TIMES = re.compile(rf"\s*({_NUMBER})\s*[xX×]\s*")


def parse_count(text: str | float) -> float:
    """A count of parameters, tokens or samples.

    Args:
        text: a number, or text such as ``"70M"``, ``"1.4T tokens"``, ``"1,000"``.

    Returns:
        The count as a float.

    Raises:
        UnitError: the text is not a finite number with a known suffix.
    """
    if not isinstance(text, str):
        return _finite(text, "count")
    match = _COUNT.fullmatch(text)
    if match is None or match[3].lower() not in _COUNT_WORDS:
        raise UnitError(
            f"{text!r} is not a count: write a number with at most one of K, M, B, T, Q, "
            'for instance "70M" or "1.4T tokens"'
        )
    return _finite(_plain(match[1]) * _SUFFIXES[match[2].lower()], text)


def parse_compute(text: str | float) -> float:
    """Training compute in FLOP.

    Args:
        text: FLOP as a number, or text such as ``"1e24 FLOP"``, ``"3 EFLOP"``, ``"12 PF-days"``.

    Returns:
        FLOP.

    Raises:
        UnitError: the text is not an amount of compute.
    """
    if not isinstance(text, str):
        return _finite(text, "compute")
    match = _FLOP.fullmatch(text)
    if match is not None:
        return _finite(_plain(match[1]) * _SI_PREFIX[match[2].lower()], text)
    match = _FLOP_TIME.fullmatch(text)
    if match is not None:
        unit = match[3].lower()
        seconds = _SECONDS[unit] if unit in _SECONDS else _SECONDS[unit.rstrip("s")]
        return _finite(_plain(match[1]) * _SI_PREFIX[match[2].lower()] * seconds, text)
    try:
        return _finite(_plain(text.strip()), text)
    except (ValueError, UnitError) as error:
        raise UnitError(
            f'{text!r} is not an amount of compute: write "1e24 FLOP", "3 EFLOP" or "12 PF-days"'
        ) from error


def parse_multiple(text: str) -> float | None:
    """10.0 for ``"10x"``; None when the text is not a multiple."""
    match = _TIMES.fullmatch(text)
    return None if match is None else _finite(_plain(match[1]), text)


def format_count(value: float, digits: int = 3) -> str:
    """``"1.4T"``, ``"70M"``, ``"950"``; ``"3.2e25"`` for what nobody counts in trillions."""
    if math.isfinite(value) and abs(value) >= 1e16:
        return format_compute(value, digits).removesuffix(" FLOP")
    return _format_scaled(value, digits, ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")))


def format_compute(value: float, digits: int = 3) -> str:
    """``"1.2e21 FLOP"``."""
    if not math.isfinite(value):
        return f"{value} FLOP"
    mantissa, exponent = f"{value:.{max(digits - 1, 0)}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)} FLOP"


def format_variable(name: str, value: float) -> str:
    """A value of a fixed column with its unit: params, tokens, compute or a plain number."""
    if name == "compute":
        return format_compute(value)
    if name in COUNT_COLUMNS:
        return format_count(value)
    return f"{value:.4g}"


COUNT_COLUMNS = ("params", "tokens", "unique_tokens", "samples", "step")
"""Columns that hold counts and are printed with K, M, B, T."""

VARIABLE_UNITS = {
    "params": "parameters",
    "tokens": "tokens",
    "unique_tokens": "tokens",
    "compute": "FLOP",
    "step": "steps",
    "loss": "nats/token",
}
"""Units of the fixed columns, for axis labels and docs."""


def parse_variable(name: str, text: str | float) -> float:
    """A value of a fixed column: compute in FLOP, everything else as a count."""
    return parse_compute(text) if name == "compute" else parse_count(text)


LOSS_UNITS = ("nats", "bits", "perplexity")
"""Units a loss may be given in; it is held in nats (perplexity = exp(nats), bits = nats / ln 2)."""


def loss_to_nats(values: Array, unit: str) -> Array:
    """Losses in nats.

    Args:
        values: (n,) losses in ``unit``.
        unit: one of :data:`LOSS_UNITS`.

    Returns:
        (n,) losses in nats; a perplexity at or below zero becomes NaN.

    Raises:
        UnknownNameError: no such unit.
    """
    if unit == "nats":
        return values
    if unit == "bits":
        return values * math.log(2.0)
    if unit == "perplexity":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, np.log(values), np.nan)
    raise UnknownNameError("loss unit", unit, LOSS_UNITS)


@dataclass(frozen=True)
class Accounting:
    """How training compute is counted from parameters and tokens.

    Args:
        name: the name to pass as ``accounting=``.
        meaning: one sentence with the source.
        flop_per_token_param: k in C = k·N·D, or None where compute is its own column.
    """

    name: str
    meaning: str
    flop_per_token_param: float | None


ACCOUNTINGS = {
    "6ND": Accounting(
        "6ND",
        "C = 6·N·D: two FLOP a parameter and token forward, four backward "
        "(Kaplan et al. 2020, section 2.1).",
        6.0,
    ),
    "2ND": Accounting("2ND", "C = 2·N·D: the forward pass alone (inference).", 2.0),
    "column": Accounting("column", "C is what the compute column says.", None),
}
"""Accountings of compute by name."""


def accounting(name: str) -> Accounting:
    """The accounting of that name.

    Raises:
        UnknownNameError: no such accounting.
    """
    if name not in ACCOUNTINGS:
        raise UnknownNameError("compute accounting", name, ACCOUNTINGS)
    return ACCOUNTINGS[name]


def _plain(text: str) -> float:
    return float(text.replace(",", "").replace("_", ""))


def _finite(value: float, shown: object) -> float:
    try:
        value = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnitError(f"{shown!r} is not a number") from error
    if not math.isfinite(value):
        raise UnitError(f"{shown!r} is not a finite number")
    return value


def _format_scaled(value: float, digits: int, steps: tuple[tuple[float, str], ...]) -> str:
    if not math.isfinite(value):
        return str(value)

    def pick(scaled: float) -> str:
        return f"{scaled:.{digits}g}" if abs(scaled) < 10**digits else f"{scaled:,.0f}"

    for size, suffix in steps:
        if abs(value) >= size * (1 - 0.5 * 10.0**-digits):
            return pick(value / size) + suffix
    return pick(value)
