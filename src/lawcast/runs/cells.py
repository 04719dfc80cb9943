"""Cells of text as numbers: "70M", "1.4T", "n/a", "2,34" where a comma is the decimal sign.

Each distinct text is parsed once, so that a column of a million cells with few values is cheap.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import UnitError
from lawcast._units import parse_compute, parse_count
from lawcast._values import Array

MISSING_WORDS = frozenset(
    [
        *("", "-", "--", "---", "–", "—", "?", "."),
        *("na", "n/a", "#n/a", "<na>", "n.a.", "nan", "null", "none", "nil"),
        *("missing", "unknown", "tbd"),
    ]
)
"""Texts (in lower case) that mean "no value"."""

_GROUPED_BY_SPACE = re.compile(r"[-+]?\d{1,3}(?:[ '\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?")
_SPACES = re.compile(r"[ '\u00a0\u2009\u202f]")
_COMMA_NUMBER = re.compile(r"[-+]?[\d.]*,[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s*[A-Za-z]?[\w /·*-]*")
_THOUSANDS = re.compile(r"(?:,\d{3}){2,}(?!\d)|,\d{3}\.\d")
_DECIMAL = re.compile(r"^\D?\d{4,},\d|^\D?0\d*,\d|^\D?,\d|,\d{1,2}(?![\d,])|,\d{4,}|\.\d{3},\d")
_GROUPED_BY_POINT = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:[eE][-+]?\d+|\s*[A-Za-z].*)?")
_POINT_GROUPS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|[-+]?\d{1,3}(?:\.\d{3})+,\d+")


class Decimal(enum.Enum):
    """What the commas in the numbers of a file mean."""

    POINT = "."
    COMMA = ","
    UNCLEAR = "unclear"
    MIXED = "mixed"


@dataclass(frozen=True)
class Parsed:
    """Numbers read from cells of text.

    Args:
        values: (n,) numbers; NaN where there is none.
        scaled: (n,) bool, true where the cell had its own suffix or unit ("70M").
        bad: (n,) bool, true where there is text that is no number.
        missing: (n,) bool, true where a word such as "n/a" says that there is no value.
    """

    values: Array
    scaled: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    missing: NDArray[np.bool_]


def parse_column(texts: NDArray[np.object_], kind: str, decimal: Decimal) -> Parsed:
    """Parse cells of text, shape (n,).

    Args:
        texts: cells.
        kind: ``"count"`` (suffixes K, M, B, T), ``"compute"`` (FLOP, PF-days) or ``"number"``.
        decimal: POINT or COMMA.
    """
    words = texts.tolist()
    codes = {text: code for code, text in enumerate(dict.fromkeys(words))}
    index = np.fromiter(map(codes.__getitem__, words), np.intp, len(words))
    table = [_parse(text, kind, decimal) for text in codes]
    values = np.array([row[0] for row in table], dtype=float)
    flags = np.array([row[1:] for row in table], dtype=bool).reshape(-1, 3)
    if not len(table):
        empty = np.zeros(0, dtype=bool)
        return Parsed(np.zeros(0), empty, empty, empty)
    return Parsed(values[index], flags[index, 0], flags[index, 1], flags[index, 2])


def decimal_sign(texts: Iterable[str]) -> Decimal:
    """Decide what commas mean from all distinct numeric cells of a file.

    ``"1,234"`` alone can be either; ``"2,34"`` and ``"1.234,5"`` need a decimal comma, and
    ``"1,234,567"`` or ``"1,234.5"`` a decimal point. A file has one convention, never two.
    """
    comma = point = unclear = single_dot = False
    for raw in texts:
        text = raw.strip()
        if "," not in text:
            single_dot = single_dot or ("." in text and not _POINT_GROUPS.fullmatch(text))
            continue
        if _COMMA_NUMBER.fullmatch(text) is None:
            continue
        if _THOUSANDS.search(text):
            point = True
        elif _DECIMAL.search(text):
            comma = True
        else:
            unclear = True
    if comma and (point or single_dot):
        return Decimal.MIXED
    if comma:
        return Decimal.COMMA
    return Decimal.UNCLEAR if unclear and not point else Decimal.POINT


def unit_factor(column: str, unit: str) -> float:
    """How many of the base unit one ``unit`` is: ``"M"`` → 1e6, ``"PF-days"`` → 8.64e19.

    Raises:
        UnitError: no such unit for that column.
    """
    word = _LONG_WORDS.get(unit.strip().lower(), unit.strip())
    known = "FLOP, EFLOP, PF-days" if column == "compute" else "K, M, B, T"
    try:
        parse = parse_compute if column == "compute" else parse_count
        try:
            factor = parse(f"1 {word}")
        except UnitError:
            factor = parse(word)
    except UnitError as error:
        raise UnitError(f"{unit!r} is not a unit for {column}: write one of {known}") from error
    if factor <= 0:
        raise UnitError(f"{unit!r} is not a unit for {column}: it must be above zero")
    return factor


_LONG_WORDS = {
    "thousand": "K",
    "thousands": "K",
    "million": "M",
    "millions": "M",
    "mio": "M",
    "billion": "B",
    "billions": "B",
    "trillion": "T",
    "trillions": "T",
}


def _parse(raw: str, kind: str, decimal: Decimal) -> tuple[float, bool, bool, bool]:
    """value, scaled, bad, missing."""
    text = raw.strip()
    if text.lower() in MISSING_WORDS:
        return np.nan, False, False, bool(text)
    if _GROUPED_BY_SPACE.fullmatch(text):
        text = _SPACES.sub("", text)
    if decimal is Decimal.COMMA:
        whole, _, rest = text.partition(",")
        if "." in rest or ("." in whole and _GROUPED_BY_POINT.fullmatch(whole) is None):
            return np.nan, False, True, False  # 2.5 where 2,5 is meant: never guess
        text = text.replace(".", "").replace(",", ".", 1)
    elif _COMMA_NUMBER.fullmatch(text) and re.search(r"(?<!\d),|,(?!\d{3}(?!\d))", text):
        return np.nan, False, True, False
    try:
        return float(text.replace(",", "")), False, False, False
    except ValueError:
        pass
    if kind == "number":
        return np.nan, False, True, False
    try:
        value = parse_compute(text) if kind == "compute" else parse_count(text)
    except UnitError:
        return np.nan, False, True, False
    return value, True, False, False
