"""What a redacted report leaves out, and the words that say so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from lawcast._errors import Finding, FindingKind, list_rows
from lawcast._values import pack_array
from lawcast.fitting.result import Fit
from lawcast.fitting.saved import fit_to_dict
from lawcast.runs.table import Runs

LEFT_OUT = (
    "Left out: every row of the table, from the figures, their tables and the data inside this "
    "file; row numbers and quoted cells in findings; estimates made without one run each."
)
REMAINS = (
    "Still here: the name of the file and its SHA-256, column names, the options it was read with "
    "and the reasons and numbers of rows that were dropped by hand; how many rows there are; the "
    "smallest and largest value of each column, to two digits in its table, while figures, "
    "backtest and predictions start or end at them; means over groups of residuals; and the fit "
    "with its resamples."
)
"""Both are on the page."""

DIGITS = 2
"""Significant digits of the smallest and largest values of a column."""

_QUOTED = re.compile(r"""(['"])([^'"]*\d[^'"]*)\1""")


def redacted(
    findings: Iterable[Finding], declared: dict[str, FindingKind], runs: Runs | None
) -> tuple[Finding, ...]:
    """Findings without row numbers and quoted cells.

    A finding about rows keeps their number and what it is about: its words may quote any of them.

    Args:
        findings: as the checks made them.
        declared: every finding by code.
        runs: the table, whose column names stay; None for findings about no table.
    """
    known = set() if runs is None else {*runs.columns, *runs.names.values()}
    return tuple(_redacted(finding, declared, known) for finding in findings)


def _redacted(
    finding: Finding, declared: dict[str, FindingKind], known: Collection[str]
) -> Finding:
    if finding.rows:
        kind = declared.get(finding.code)
        what = "a finding" if kind is None else kind.title
        count = len(finding.rows)
        where = f"{count:,} {finding.row_label}{'s' if count != 1 else ''}"
        return replace(finding, rows=(), message=f"{what}, in {where}", fix="")

    def hidden(match: re.Match[str]) -> str:
        return match[0] if match[2] in known else f"{match[1]}…{match[1]}"

    return replace(finding, message=_QUOTED.sub(hidden, finding.message))


def card_rows(runs: Runs) -> tuple[tuple[str, str], ...]:
    """The lines about a table without those that number its rows."""
    numbered = {
        f"  {aside.reason}: {list_rows(aside.rows, runs.row_label)}" for aside in runs.set_aside
    }
    return tuple((label, line) for label, line in runs.card().rows if line not in numbered)


def fit_without_runs(fit: Fit, declared: dict[str, FindingKind]) -> dict[str, Any]:
    """The document of a fit without its rows, and without what would give one of them away."""
    runs = replace(
        fit.runs,
        reading=redacted(fit.runs.reading, declared, fit.runs),
        set_aside=tuple(replace(aside, rows=()) for aside in fit.runs.set_aside),
    )
    shown = replace(fit, runs=runs, findings=redacted(fit.findings, declared, fit.runs))
    data = fit_to_dict(shown, runs=False)
    # estimates without one run each would give that run away
    data["left_out"] = pack_array(np.empty((0, len(fit.law.names))))
    return data
