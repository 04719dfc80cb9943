"""The sections of a report about what an exponent and a dimension leave of theory."""

from __future__ import annotations

import platform

import numpy as np

from lawcast import __version__
from lawcast._tables import Table
from lawcast.reporting.blocks import Block, Facts, Grid, Plot, Section, Text
from lawcast.reporting.figures_explain import explanation_picture, survivors_words
from lawcast.reporting.gathered import PLACES, Gathered, Shown
from lawcast.reporting.kind_sections import safe, show_each
from lawcast.reporting.look import printable, tidy
from lawcast.theory.explanation import ASSUMED, Explanation, Standing

_METHODS = (
    ("Assumed", ASSUMED),
    (
        "Probability",
        "Of a ratio of alpha to the line at least so far from 1 if the line were true: two-sided "
        "for a line, one-sided for a bound, by quadrature over both errors.",
    ),
    (
        "Survives",
        "Not excluded, and lines 4/3 away on either side are. 4/3 is the ratio of 3/d and 4/d.",
    ),
    (
        "Slope error",
        "Of n runs spread evenly over R decades with residual noise σ: σ·√12/(R·ln 10·√n).",
    ),
)


def show_explanations(gathered: Gathered) -> Shown:
    """What exponents and dimensions leave of theory."""
    return show_each(
        gathered, Explanation, "explanation", "explanation",
        title=lambda one: "What explains the exponent",
        blocks=explanation_blocks,
        answer=lambda label, one: explanation_answer(one),
        source=lambda label, one: tidy(label or one.exponent or "alpha and d"),
        named=lambda one: one.exponent,
        word="exponent",
        more=_methods,
    )  # fmt: skip


def _methods(one: Explanation, name: str, called: str, redact: bool) -> tuple[Section, ...]:
    title = "How theory was tested"
    heading = f"{title}: {called}" if called else title
    return (Section(f"{name}-methods", heading, (Facts(_METHODS),), PLACES["methods"] + 2),)


def explanation_blocks(one: Explanation, prefix: str, redact: bool = False) -> tuple[Block, ...]:
    """Conclusion, figure, hypotheses, experiments, premises, every number.

    Nothing in an explanation tells of single runs, so a redacted one is the same.
    """
    left = {Standing.SURVIVES, Standing.UNDECIDED}
    reasons = tuple(
        (row.name, premise, basis, source)
        for row in one.rows
        if row.outcome in left
        for premise, basis, source in zip(row.premises, row.basis, row.source, strict=True)
    )
    blocks: list[Block] = [
        Text(printable(one.conclusion), strong=True),
        Facts(safe(one.measured_card().rows)),
    ]
    blocks += [Plot(explanation_picture(one), prefix), Grid(one.table)]
    if one.experiments:
        rows = tuple(
            (x.between, x.kind, x.text, x.cost, x.separation) for x in one.experiments[:12]
        )
        head = ("between", "what", "how", "runs, of those made", "standard errors apart")
        blocks.append(Grid(Table(head, rows, "What would decide")))
    if reasons:
        columns = ("line", "premises", "basis", "source")
        blocks.append(Grid(Table(columns, reasons), "What each line that is left stands on"))
    aside = tuple((r.name, r.note) for r in one.rows if r.outcome is Standing.NOT_TESTED)
    if aside:
        blocks.append(Grid(Table(("line", "why"), aside), "What was not tested"))
    blocks.append(Grid(one.full_table, "Every number"))
    versions = f"lawcast {__version__}, numpy {np.__version__}, Python {platform.python_version()}"
    blocks.append(Facts((("Versions", versions), ("Seed", "none; there is no chance in it"))))
    return tuple(blocks)


def explanation_answer(one: Explanation) -> str:
    """One sentence: what survives, and of what numbers."""
    said = survivors_words(one)
    lead = "Of the hypotheses about the exponent, "
    if said.startswith("undecided"):
        lead = "Which hypothesis explains the exponent is "
    return f"{lead}{printable(said)}. {printable(one.conclusion)}"
