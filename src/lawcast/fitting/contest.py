"""Several laws on one table of runs: by how much would each have missed the largest runs?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._errors import ArgumentError, FitRefused
from lawcast._tables import Card, Table, Tabled
from lawcast._values import document, number, open_document, opens, plain
from lawcast.fitting.backtest import Backtest
from lawcast.fitting.entry import fit
from lawcast.laws.law import Law
from lawcast.runs.table import Runs

if TYPE_CHECKING:
    import pandas as pd

HOLDOUTS = ("largest",)


@dataclass(frozen=True)
class Contestant:
    """One law on the table.

    Args:
        law: its name.
        inside: root mean square residual of the fit to all runs; None where it was refused.
        history: its backtest without the largest runs; None where there is none.
        reason: why the law was refused; empty otherwise.
    """

    law: str
    inside: float | None
    history: Backtest | None
    reason: str = ""

    @property
    def error(self) -> float | None:
        """Mean over the cuts of the root mean square error on the larger runs."""
        if self.history is None or not self.history.cuts:
            return None
        return float(np.mean([cut.error for cut in self.history.cuts]))


@dataclass(frozen=True)
class Contest(Tabled):
    """Laws compared on runs larger than those they were fitted to.

    Args:
        laws: best first; the refused ones last.
        runs: number of runs.
    """

    laws: tuple[Contestant, ...]
    runs: int

    @cached_property
    def table(self) -> Table:
        """One row a law, one column a cut."""
        cuts = next((c.history.cuts for c in self.laws if c.history), ())
        rows = []
        for one in self.laws:
            errors = [cut.error for cut in one.history.cuts] if one.history else [None] * len(cuts)
            rows.append((one.law, one.inside, one.error, *errors))
        reaches = [_times(cut.reach) for cut in cuts]
        notes = (
            "Root mean square errors of log predictions (0.01 is about 1 %): of the fit to all "
            "runs, and on runs larger than those fitted, on average and at each reach.",
        )
        return Table(("law", "fitted", "left out", *reaches), tuple(rows), notes=notes)

    def card(self) -> Card:
        """The labelled lines under the table."""
        tested = [one for one in self.laws if one.error is not None]
        if tested:
            line = (
                f"of {len(tested)} laws, {tested[0].law} misses the larger of these {self.runs} "
                f"runs least, by {100 * (tested[0].error or 0.0):.2g} %"
            )
        else:
            line = "no law has a backtest: there are too few runs to leave the largest out"
        rows = [("Left out", line)]
        rows.extend(("Refused", f"{one.law}: {one.reason}") for one in self.laws if one.reason)
        return Card(tuple(rows))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a law."""
        return self.table.to_dataframe()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/contest/1``."""
        return document(
            "contest",
            1,
            {
                "runs": self.runs,
                "laws": [
                    {
                        "law": one.law,
                        "inside": None if one.inside is None else plain(one.inside),
                        "history": None if one.history is None else one.history.to_dict(),
                        "reason": one.reason,
                    }
                    for one in self.laws
                ],
            },
        )

    @classmethod
    @opens("contest")
    def from_dict(cls, data: Mapping[str, Any]) -> Contest:
        """The contest that :meth:`to_dict` described."""
        content = open_document(dict(data), "contest", 1)
        return cls(
            laws=tuple(
                Contestant(
                    law=str(row["law"]),
                    inside=None if row["inside"] is None else number(row["inside"]),
                    history=None if row["history"] is None else Backtest.from_dict(row["history"]),
                    reason=str(row["reason"]),
                )
                for row in content["laws"]
            ),
            runs=int(content["runs"]),
        )


def compare_on_table(
    runs: Runs,
    laws: Sequence[str | Law],
    *,
    holdout: str = "largest",
    variable: str | None = None,
    rng: int | np.random.Generator = 0,
) -> Contest:
    """Fit every law to the table and to the table without its largest runs.

    Args:
        runs: the table.
        laws: names or declared laws, two or more for a comparison.
        holdout: ``"largest"``, the only way that tests an extrapolation.
        variable: for laws of one variable.
        rng: seed or generator of the starts.

    Raises:
        ArgumentError: no law, or another way to hold out.
        UnknownNameError: no such law.
        TableError: the table cannot be used.
    """
    if holdout not in HOLDOUTS:
        raise ArgumentError(
            f"holdout= is 'largest', not {holdout!r}: leaving out runs at random tests no forecast"
        )
    if not laws:
        raise ArgumentError('name the laws to compare, for instance ["chinchilla", "kaplan"]')
    made = []
    for law in laws:
        name = law if isinstance(law, str) else law.name
        try:
            one = fit(runs, law=law, variable=variable, bootstrap=0, rng=rng)
        except FitRefused as error:
            made.append(Contestant(name, None, None, error.message))
            continue
        inside = float(np.sqrt(np.mean(one.residuals**2)))
        made.append(Contestant(name, inside, one.history))
    order = sorted(made, key=lambda c: (c.error is None, c.error or 0.0, bool(c.reason)))
    return Contest(tuple(order), len(runs))


def _times(reach: float) -> str:
    """A reach as a short column heading."""
    if not np.isfinite(reach):
        return "larger"
    return f"{reach:.0f}x" if reach >= 10.0 else f"{reach:.2g}x"
