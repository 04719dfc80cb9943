"""Checks of single values and columns: missing, not positive, wrong unit, too few."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding, FindingKind, Severity
from lawcast._tables import joined
from lawcast._units import format_variable
from lawcast._values import Array
from lawcast.runs.findings import (
    COMPUTE_DIFFERS,
    LOOKS_LIKE_PERPLEXITY,
    LOSS_NOT_POSITIVE,
    MISSING_VALUE,
    MIXED_SCALE,
    NOT_POSITIVE,
    TOO_FEW,
    counted,
)
from lawcast.runs.table import Runs

LEAST_ROWS = 5
_REASON = {
    "params": (1e-12, 1e16),
    "tokens": (1e-12, 1e18),
    "unique_tokens": (1e-12, 1e18),
    "compute": (1e-12, 1e36),
    "loss": (1e-30, 1e12),
}
"""Magnitudes far outside of anything trained or imaginable; inside, no power overflows."""
_PERPLEXITY_MEDIAN = 8.0  # nats; a uniform guess among 3,000 words
_UNIFORM_LARGEST = 12.6  # nats; a uniform guess among 300,000 words
_WIDE_GAP = 2.7  # decades without any run; real sweeps step by one at most
_COMPUTE_SLACK = 1.3  # attention FLOP and rounding stay below this


def about(
    runs: Runs,
    kind: FindingKind,
    message: str,
    *,
    fix: str,
    mask: NDArray[np.bool_] | None = None,
    severity: Severity | None = None,
) -> Finding:
    """A finding about the rows of a mask (n,), named by their ids in ascending order."""
    rows = () if mask is None else sorted(runs.row_ids[mask].tolist())
    return kind.found(message, fix=fix, rows=rows, row_label=runs.row_label, severity=severity)


def checked(runs: Runs, *names: str) -> list[str]:
    """Those of the columns that come from the source and that a law may use.

    In a table for a caller's own law only that law's columns count.
    """
    return [
        name
        for name in names
        if name in runs.columns
        and name not in runs.derived
        and (not runs.user_columns or name in runs.user_columns)
    ]


def usable_rows(runs: Runs) -> NDArray[np.bool_]:
    """(n,) rows with every value that the simplest law of this table needs."""
    needed = _needed(runs)
    usable = np.ones(len(runs), dtype=bool)
    for name in needed:
        values = runs.columns[name]
        usable &= np.isfinite(values)
        if not runs.user_columns:
            usable &= values > 0
    return usable


def missing_values(runs: Runs) -> Finding | None:
    """R003."""
    names = list(runs.user_columns) or checked(runs, "params", "tokens", "compute", "loss")
    names = [runs.resolve(name) for name in names]
    needed = set(_needed(runs))
    rows = np.zeros(len(runs), dtype=bool)
    serious = False
    parts = []
    for name in names:
        gone = ~np.isfinite(runs.columns[name])
        if gone.any():
            infinite = int(np.isinf(runs.columns[name]).sum())
            extra = f" ({infinite} infinite)" if infinite else ""
            parts.append(f"{name} in {int(gone.sum())}{extra}")
            rows |= gone
            serious = serious or name in needed
    if not parts:
        return None
    severity = Severity.WARNING if serious else Severity.NOTE
    if serious and len(runs) >= LEAST_ROWS and int(usable_rows(runs).sum()) < LEAST_ROWS:
        severity = Severity.ERROR
    return about(
        runs,
        MISSING_VALUE,
        f"{int(rows.sum())} of {len(runs)} rows lack a value: {joined(parts)}; "
        "a fit sets aside the rows that lack what its law needs",
        fix="fill in the values, or drop the rows",
        mask=rows,
        severity=severity,
    )


def loss_not_positive(runs: Runs) -> Finding | None:
    """R004."""
    if not checked(runs, "loss"):
        return None
    loss = runs.columns["loss"]
    bad = loss <= 0
    if not bad.any():
        return None
    lowest = float(np.min(loss[bad]))
    hint = "drop these rows, or correct them"
    if bad.mean() > 0.5:
        hint = "flip the sign if this is a log-likelihood; use 1 - x if it is an accuracy"
    unit = {
        "nats": "a cross-entropy cannot be",
        "bits": "a cross-entropy cannot be",
        "perplexity": "a perplexity below 1 cannot be",
    }[runs.loss_unit]
    return about(
        runs,
        LOSS_NOT_POSITIVE,
        f"the loss is at or below zero in {counted(int(bad.sum()))} (lowest {lowest:.4g} nats), "
        f"which {unit}",
        fix=hint,
        mask=bad,
    )


def looks_like_perplexity(runs: Runs) -> Finding | None:
    """R005."""
    if not checked(runs, "loss") or runs.loss_unit == "perplexity" or runs.user_columns:
        return None
    loss = runs.columns["loss"]
    loss = loss[np.isfinite(loss)]
    if loss.size < LEAST_ROWS:
        return None
    low, middle, high = np.quantile(loss, [0.1, 0.5, 0.9])
    if not (middle > _PERPLEXITY_MEDIAN or (low > 5.0 and high > _UNIFORM_LARGEST)):
        return None
    words = f"{math.exp(min(middle, 50.0)):,.0f}" if middle < 20 else "very many"
    return about(
        runs,
        LOOKS_LIKE_PERPLEXITY,
        f"losses are {low:.3g} to {high:.3g}, half of them above {middle:.3g}: in nats that is "
        f"worse than a uniform guess among {words} words, so this looks like perplexity",
        fix='loss_unit="perplexity" (--loss-unit perplexity) if it is',
    )


def mixed_scale(runs: Runs) -> Finding | None:
    """R007: some rows, or all, give N or D in another unit."""
    if runs.user_columns:
        return None
    return (
        _beyond_reason(runs)
        or _scale_against_compute(runs)
        or _scale_gap(runs, "params", small=2e4, large=1e6)
        or _scale_gap(runs, "tokens", small=1e5, large=1e7)
        or _scale_of_all(runs)
    )


def _beyond_reason(runs: Runs) -> Finding | None:
    """Magnitudes that no run has, and whose powers overflow."""
    rows = np.zeros(len(runs), dtype=bool)
    parts = []
    for name, (least, most) in _REASON.items():
        if not checked(runs, name):
            continue
        values = runs.columns[name]
        bad = (values > most) | ((values > 0) & (values < least))
        bad &= np.isfinite(values)
        if bad.any():
            parts.append(f"{name} in {int(bad.sum())} (first {values[bad][0]:.3g})")
            rows |= bad
    if not parts:
        return None
    return about(
        runs,
        MIXED_SCALE,
        f"values that no training run has: {joined(parts)}; the unit or the exponent is wrong",
        fix=f"correct these rows, or drop them: runs.drop([{_some_ids(runs, rows)}])",
        mask=rows,
    )


def compute_differs(runs: Runs) -> Finding | None:
    """R008."""
    if runs.accounting_chosen:
        return None
    ratio = _compute_ratio(runs)
    if ratio is None or mixed_scale(runs) is not None:
        return None  # a wrong unit of N or D is no matter of how FLOP are counted
    off = np.isfinite(ratio) & ((ratio > _COMPUTE_SLACK) | (ratio < 1 / _COMPUTE_SLACK))
    if not off.any():
        return None
    low, high = float(ratio[off].min()), float(ratio[off].max())
    spread = f"{low:.3g}" if high < 1.01 * low else f"{low:.3g}-{high:.3g}"
    reason = "attention, embedding or rematerialisation FLOP may be counted"
    if abs(float(np.median(ratio[off])) - 1 / 3) < 0.03:
        reason = "2ND, the forward pass alone, seems to be counted"
    return about(
        runs,
        COMPUTE_DIFFERS,
        f"the compute column is {spread} x 6ND in {int(off.sum())} of "
        f"{int(np.isfinite(ratio).sum())} rows: {reason}. Laws of compute will use the column",
        fix='accounting="column" to keep it, accounting="6ND" to count 6ND (--accounting)',
        mask=off,
    )


def not_positive(runs: Runs) -> Finding | None:
    """R010."""
    rows = np.zeros(len(runs), dtype=bool)
    parts = []
    for name in checked(runs, "params", "tokens", "compute"):
        bad = runs.columns[name] <= 0
        if bad.any():
            lowest = format_variable(name, float(runs.columns[name][bad].min()))
            parts.append(f"{name} in {int(bad.sum())} (lowest {lowest})")
            rows |= bad
    if not parts:
        return None
    return about(
        runs,
        NOT_POSITIVE,
        f"zero or negative values: {joined(parts)}. A power law takes logarithms; "
        "zero tokens is an untrained model",
        fix=f"correct these rows, or drop them: runs.drop([{_some_ids(runs, rows)}])",
        mask=rows,
    )


def too_few(runs: Runs) -> Finding | None:
    """R011."""
    usable = int(usable_rows(runs).sum())
    if usable >= LEAST_ROWS:
        return None
    what = joined(_needed(runs)) + (" present" if runs.user_columns else " present and positive")
    message = f"only {usable} of {counted(runs.n_read)} can be used ({what})"
    if not runs.n_read:
        message = "the table has a header and no rows"
    return about(
        runs,
        TOO_FEW,
        f"{message}; a law needs at least {LEAST_ROWS} runs",
        fix="add runs, or correct the rows that the other findings name",
    )


def _needed(runs: Runs) -> list[str]:
    if runs.user_columns:
        return [runs.resolve(name) for name in runs.user_columns]
    variables = [name for name in ("params", "tokens") if name in runs.columns]
    variables = variables or [name for name in ("compute", "step") if name in runs.columns][:1]
    return [*variables, "loss"]


def _some_ids(runs: Runs, mask: NDArray[np.bool_]) -> str:
    ids = sorted(runs.row_ids[mask].tolist())
    return ", ".join(map(str, ids[:8])) + (", ..." if len(ids) > 8 else "")


def _compute_ratio(runs: Runs) -> Array | None:
    """(n,) C / 6ND where all three come from the source."""
    if len(checked(runs, "params", "tokens", "compute")) < 3:
        return None
    params, tokens = runs.columns["params"], runs.columns["tokens"]
    compute = runs.columns["compute"]
    valid = (params > 0) & (tokens > 0) & (compute > 0)
    with np.errstate(all="ignore"):
        ratio = compute / (6.0 * params * tokens)
    return np.where(valid & np.isfinite(ratio) & (ratio > 0), ratio, np.nan)


def _scale_against_compute(runs: Runs) -> Finding | None:
    ratio = _compute_ratio(runs)
    if ratio is None or not np.isfinite(ratio).any():
        return None
    with np.errstate(invalid="ignore"):
        decades = np.log10(ratio)
        steps = np.round(decades / 3.0)
        off = np.isfinite(decades) & (steps != 0) & (np.abs(decades - 3.0 * steps) < 0.75)
    if not off.any() or off.sum() > 0.5 * np.isfinite(ratio).sum():
        return None
    step = int(np.median(steps[off]))
    which = "N or D is" if step > 0 else "C is"
    return about(
        runs,
        MIXED_SCALE,
        f"in {counted(int(off.sum()))} compute is 10^{3 * step} x 6ND, unlike in the rest: "
        f'{which} in another unit there ("70" for 70 million?)',
        fix='write one unit in all rows; params_unit="M" if a whole column is in millions',
        mask=off,
    )


def _scale_gap(runs: Runs, name: str, small: float, large: float) -> Finding | None:
    """Rows far below all others in N (or D) that are no worse for it."""
    if not checked(runs, name) or not checked(runs, "loss"):
        return None
    values, loss = runs.columns[name], runs.columns["loss"]
    usable = np.isfinite(values) & (values > 0) & np.isfinite(loss) & (loss > 0)
    if usable.sum() < 2:
        return None
    ordered = np.sort(np.log10(values[usable]))
    gaps = np.diff(ordered)
    widest = int(np.argmax(gaps))
    if gaps[widest] < _WIDE_GAP:
        return None
    below = usable & (np.log10(np.where(usable, values, 1.0)) <= ordered[widest])
    above = usable & ~below
    if values[below].max() > small or values[above].min() < large:
        return None
    # A run that is truly a thousand times smaller is worse than the rest; a misprinted one is not.
    if float(np.median(loss[below])) > 1.1 * float(np.max(loss[above])):
        return None
    label = "N" if name == "params" else "D"
    low = f"{float(values[below].min()):.4g}"
    high = f"{float(values[below].max()):.4g}"
    return about(
        runs,
        MIXED_SCALE,
        f"{label} is {low} to {high} in {counted(int(below.sum()))} and above "
        f"{format_variable(name, float(values[above].min()))} in the rest, with losses alike: "
        "some rows look like millions or billions",
        fix=f'write one unit in all rows; {name}_unit="M" if a whole column is in millions',
        mask=below,
    )


def _scale_of_all(runs: Runs) -> Finding | None:
    """All of N, or all of D, in millions or billions."""
    if "params" not in runs.columns or "tokens" not in runs.columns:
        return None
    params, tokens = runs.columns["params"], runs.columns["tokens"]
    usable = np.isfinite(params) & np.isfinite(tokens) & (params > 0) & (tokens > 0)
    if usable.sum() < 2:
        return None
    ratio = float(np.median(tokens[usable] / params[usable]))
    if ratio > 1e6 and float(params[usable].max()) < 1e5 and checked(runs, "params"):
        name, label = "params", "N"
    elif ratio < 1e-3 and float(tokens[usable].max()) < 1e6 and checked(runs, "tokens"):
        name, label = "tokens", "D"
    else:
        return None
    values = runs.columns[name][usable]
    return about(
        runs,
        MIXED_SCALE,
        f"{label} is {values.min():.4g} to {values.max():.4g} with {ratio:.2g} tokens for each "
        "parameter: the column looks like millions or billions. Exponents do not change, but "
        "every prediction for a given size would",
        fix=f'{name}_unit="M" or "B" (--{name}-unit)',
        severity=Severity.WARNING,
    )
