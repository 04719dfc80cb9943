"""Every check of a table, run at once."""

from __future__ import annotations

from collections.abc import Callable

from lawcast._errors import Finding, worst_first
from lawcast.runs import checks_design as design
from lawcast.runs import checks_values as values
from lawcast.runs.table import Runs

Check = Callable[[Runs], Finding | None]

CHECKS: tuple[Check, ...] = (
    values.missing_values,
    values.loss_not_positive,
    values.looks_like_perplexity,
    design.bits_and_nats,
    values.mixed_scale,
    values.compute_differs,
    design.embeddings_unsaid,
    values.not_positive,
    values.too_few,
    design.duplicates_kept,
    design.repeats,
    design.checkpoints,
    design.diverged,
    design.repeated_data,
    design.not_comparable,
)
"""The checks, in the order of their codes; each is a function of the table alone."""


def check_runs(runs: Runs) -> tuple[Finding, ...]:
    """All findings about a table, those of the reading included, worst first."""
    found = [finding for check in CHECKS if (finding := check(runs)) is not None]
    return worst_first([*runs.reading, *found])
