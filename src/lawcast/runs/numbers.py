"""From the columns of a source to the fixed columns: numbers, units, derived columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, Severity, TableError
from lawcast._units import accounting, loss_to_nats
from lawcast._values import Array
from lawcast.runs.cells import Decimal, decimal_sign, parse_column, unit_factor
from lawcast.runs.findings import FILE_TROUBLE, LOSS_NOT_POSITIVE, NOT_NUMERIC, counted
from lawcast.runs.names import NamePlan, quote
from lawcast.runs.sources.raw import RawTable
from lawcast.runs.table import NUMBER_COLUMNS, TEXT_COLUMNS, text_of

_SMOOTHED = re.compile(r"smooth|(?<![a-z])ema(?![a-z])|running.?(?:mean|avg|average)", re.I)
_SIDE_COLUMNS = ("step", "width", "unique_tokens")  # few laws use them
_KINDS = {"params": "count", "tokens": "count", "unique_tokens": "count", "compute": "compute"}


@dataclass
class Understood:
    """What became of the columns so far, with the notes and findings on the way."""

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    accounting: str = ""


def number_sources(plan: NamePlan, user_columns: Sequence[str]) -> dict[str, str]:
    """Name in the table of runs -> column of the source, for all columns that hold numbers."""
    fixed = {name: plan.sources[name] for name in NUMBER_COLUMNS if name in plan.sources}
    own = {name: name for name in user_columns if name not in fixed}
    return {**fixed, **own}


def text_only(raw: RawTable, plan: NamePlan, given: Mapping[str, str | None]) -> set[str]:
    """Source columns that were guessed to hold numbers and hold none at all."""
    hopeless: set[str] = set()
    for name, source in number_sources(plan, ()).items():
        column = raw.columns.get(source)
        guessed = given.get(name) is None and source != name
        if guessed and column is not None and column.dtype == np.object_:
            parsed = parse_column(column, _KINDS.get(name, "number"), Decimal.POINT)
            commas = decimal_sign(dict.fromkeys(column)) is not Decimal.POINT
            if parsed.bad.any() and not commas and np.isnan(parsed.values).all():
                hopeless.add(source)
    return hopeless


def find_decimal(raw: RawTable, sources: Iterable[str], chosen: str | None) -> Decimal:
    """What commas in numbers mean; refuses where the file does not say.

    Raises:
        TableError: R020, the cells contradict each other or can be read in two ways.
    """
    if chosen is not None:
        return Decimal.COMMA if chosen == "," else Decimal.POINT
    texts: dict[str, None] = {}
    for name in sources:
        column = raw.columns[name]
        if column.dtype == np.object_:
            texts.update(dict.fromkeys(column))
    sign = decimal_sign(texts)
    if sign in (Decimal.POINT, Decimal.COMMA):
        return sign
    example = next(text for text in texts if "," in text and any(ch.isdigit() for ch in text))
    if sign is Decimal.UNCLEAR:
        message = (
            f"numbers such as {example!r} can mean {example.replace(',', '')} or "
            f"{example.replace(',', '.')}; nothing in the file decides"
        )
    else:
        message = (
            f"some numbers have decimal commas ({example!r}) and others decimal points; "
            "read either way, some would be wrong by a factor of a thousand"
        )
    raise TableError(
        (
            FILE_TROUBLE.found(
                message,
                fix='decimal="," or decimal="." (--decimal), or export with decimal points',
                row_label=raw.row_label,
            ),
        )
    )


def understand(
    raw: RawTable,
    plan: NamePlan,
    user_columns: Sequence[str],
    decimal: Decimal,
    units: Mapping[str, str | None],
    loss_unit: str,
) -> Understood:
    """Fixed columns in base units (counts, FLOP, nats), text columns, and all the others."""
    out = Understood()
    for name, source in number_sources(plan, user_columns).items():
        unit = units.get(name) or (plan.units.get(name) if name != "loss" else None)
        out.columns[name] = _numbers(raw, name, source, decimal, unit, out)
    for name in TEXT_COLUMNS:
        if name in plan.sources:
            out.columns[name] = _stripped(text_of(raw.columns[plan.sources[name]]))
    used = set(plan.sources.values())
    for name, column in raw.columns.items():
        if name in used or name in user_columns:
            continue
        free = name
        while free in out.columns:  # loss="my_loss" in a table that has a "loss" as well
            free += "_column"
        out.columns[free] = _other(column, decimal)
    if decimal is Decimal.COMMA:
        out.findings.append(
            FILE_TROUBLE.found(
                "numbers have decimal commas; they were read so (2,34 is 2.34)",
                fix='decimal="." if the commas separate thousands',
                severity=Severity.NOTE,
                row_label=raw.row_label,
            )
        )
    if "loss" in out.columns:
        _convert_loss(raw, plan, loss_unit, out)
        _suspect_smoothing(raw, plan, out)
    return out


def derive(out: Understood, chosen: str | None) -> None:
    """Fill in a missing tokens or compute column by the accounting, and say so.

    C = k·N·D, with k = 6 unless the caller names another accounting.
    """
    has = {name for name in ("params", "tokens", "compute") if name in out.columns}
    if has == {"params", "tokens", "compute"} and chosen in (None, "column"):
        out.accounting = "column"
        return
    if "compute" in has and chosen in (None, "column") and "params" not in has:
        out.accounting = "column"
        return
    if chosen == "column":
        out.accounting = "column" if "compute" in has else ""
        return
    name = chosen or "6ND"
    factor = accounting(name).flop_per_token_param
    columns = out.columns
    if factor is None or len(has) < 2 or "params" not in has:
        out.accounting = "column" if "compute" in has else ""
        return
    out.accounting = name
    formula = f"{factor:.0f}·params"
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if "tokens" not in has:
            columns["tokens"] = columns["compute"] / (factor * columns["params"])
            out.derived.append("tokens")
            out.notes.append(f"derived: tokens = compute / ({formula})")
            return
        if "compute" in has:
            columns["compute_column"] = columns["compute"]
            out.notes.append('the source\'s own compute is kept as "compute_column"')
        columns["compute"] = factor * columns["params"] * columns["tokens"]
    out.derived.append("compute")
    out.notes.append(f"derived: compute = {formula}·tokens")


def _numbers(
    raw: RawTable, name: str, source: str, decimal: Decimal, unit: str | None, out: Understood
) -> Array:
    column = raw.columns[source]
    factor = 1.0 if unit is None else unit_factor(name, unit)
    if unit is not None and factor != 1.0:
        out.notes.append(f"{name} in {unit}: times {factor:.3g}")
    if column.dtype != np.object_:
        return column.astype(np.float64) * factor
    parsed = parse_column(column, _KINDS.get(name, "number"), decimal)
    if parsed.bad.any():
        examples = list(dict.fromkeys(column[parsed.bad].tolist()))
        shown = ", ".join(quote(text, 24) for text in examples[:3])
        out.findings.append(
            NOT_NUMERIC.found(
                f"{name} (column {quote(source)}) has text in {counted(int(parsed.bad.sum()))} "
                f"({shown}{', ...' if len(examples) > 3 else ''}); these rows have no {name}",
                rows=raw.row_ids[parsed.bad].tolist(),
                row_label=raw.row_label,
                fix="write numbers (suffixes K, M, B, T are understood) or leave the cells empty",
                severity=Severity.ERROR if name not in _SIDE_COLUMNS else Severity.WARNING,
            )
        )
    if parsed.scaled.any() or parsed.missing.any():
        picked = parsed.scaled | parsed.missing
        shown = ", ".join(quote(text, 24) for text in list(dict.fromkeys(column[picked]))[:3])
        out.findings.append(
            NOT_NUMERIC.found(
                f"{name} (column {quote(source)}) has text in {counted(int(picked.sum()))} "
                f"({shown}): {counted(int(parsed.scaled.sum()), 'number')} with a unit read, "
                f"{int(parsed.missing.sum())} taken as missing",
                row_label=raw.row_label,
                severity=Severity.NOTE,
            )
        )
    return np.where(parsed.scaled, parsed.values, parsed.values * factor)


def _other(column: NDArray[Any], decimal: Decimal) -> NDArray[Any]:
    if decimal is Decimal.COMMA and column.dtype == np.object_:
        parsed = parse_column(column, "number", decimal)
        if not parsed.bad.any() and not np.isnan(parsed.values).all():
            return parsed.values
    return column


def _stripped(column: NDArray[np.object_]) -> NDArray[np.object_]:
    words = {word: str(word).strip() for word in set(column.tolist())}
    if all(word == clean for word, clean in words.items()):
        return column
    clean = np.empty(len(column), dtype=object)
    clean[:] = [words[word] for word in column.tolist()]
    return clean


def _convert_loss(raw: RawTable, plan: NamePlan, loss_unit: str, out: Understood) -> None:
    unit = plan.units.get("loss", "nats") if loss_unit == "nats" else loss_unit
    loss = out.columns["loss"]
    out.columns["loss"] = loss_to_nats(loss, unit)
    if unit == "nats":
        return
    out.notes.append(f"loss converted from {unit} to nats")
    bad = np.isfinite(loss) & (loss <= 0)
    if unit == "perplexity" and bad.any():
        out.findings.append(
            LOSS_NOT_POSITIVE.found(
                f"{counted(int(bad.sum()))} have a perplexity at or below zero, which cannot be; "
                "they have no loss",
                rows=raw.row_ids[bad].tolist(),
                row_label=raw.row_label,
                fix="correct or drop these rows, or pass the right loss_unit=",
            )
        )


def _suspect_smoothing(raw: RawTable, plan: NamePlan, out: Understood) -> None:
    if _SMOOTHED.search(plan.sources["loss"]):
        out.findings.append(
            FILE_TROUBLE.found(
                f"the loss column {quote(plan.sources['loss'])} is smoothed, by its name: each "
                "value mixes in earlier, higher ones, and the noise is hidden",
                fix="export the raw values and name that column: loss=...",
                severity=Severity.WARNING,
                row_label=raw.row_label,
            )
        )
