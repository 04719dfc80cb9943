"""Which law would have been right: backtests of every law beside the average, over many curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lawcast._tables import Card, Table, Tabled, joined
from lawcast._values import document, number, open_document, opens, plain
from lawcast.fitting.extrapolation.families import LAWS, NO_CHANGE
from lawcast.fitting.extrapolation.rolling import AVERAGE, REACHES, Rolling

if TYPE_CHECKING:
    import pandas as pd

CONTESTANTS = (AVERAGE, *LAWS, NO_CHANGE)

_ENOUGH = 5
_Z = 1.645  # one-sided 5 %: below it, a difference between laws is not established


@dataclass(frozen=True)
class LawRecord:
    """The backtest of one law over the curves of a table.

    Args:
        law: registry name, ``"average"`` for Lawcast's own forecast, ``"constant"`` for no change.
        errors: mean over curves of the root mean square log error in each band of reach; None
            where no curve reaches that far.
        mean: mean over curves of the RMSLE up to twice the data.
        wins: share of the curves on which it has the lowest such error.
        excess: mean difference to the average's RMSLE in units of its standard error over curves;
            positive where the law is worse; None for the average and for fewer than five curves.
    """

    law: str
    errors: tuple[float | None, ...]
    mean: float
    wins: float
    excess: float | None

    def against(self) -> str | None:
        """Whether it is better or worse than the average, in words."""
        if self.excess is None:
            return None
        if abs(self.excess) < _Z:
            return "no clear difference"
        return "worse" if self.excess > 0.0 else "better"


def _percent(error: float | None) -> str | None:
    return None if error is None else f"{100.0 * error:.2f}"


@dataclass(frozen=True)
class LawComparison(Tabled):
    """Every law's backtest beside the average.

    Args:
        records: the average first, then the laws, best first.
        curves: name of each curve -> the law with the lowest error there.
        too_short: names of the curves that have no backtest.
    """

    records: tuple[LawRecord, ...]
    curves: Mapping[str, str]
    too_short: tuple[str, ...]

    @cached_property
    def table(self) -> Table:
        """One row a law."""
        bands = [f"{low:g}-{high:g}x" for low, high in REACHES]
        rows = [
            (r.law, *map(_percent, (r.mean, *r.errors)), f"{100 * r.wins:.0f} %", r.against())
            for r in self.records
        ]
        notes = (
            "By how much forecasts from the start of each curve missed its end, in percent (root "
            "mean square log error, averaged over curves), by reach: x over the largest x used.",
        )
        return Table(
            ("law", "to 2x", *bands, "wins", "against the average"), tuple(rows), "", notes
        )

    def verdict(self) -> str:
        """One sentence: which law would have been right, or that the curves do not tell."""
        if not self.curves:
            return "No curve is long enough for a backtest: each needs about ten places in x."
        single = [r for r in self.records if r.law != AVERAGE]
        best = min(single, key=lambda r: r.mean)
        average = next(r for r in self.records if r.law == AVERAGE)
        text = (
            f"Over {_curves(len(self.curves))} the average is off by {100 * average.mean:.2g} % up "
            f"to 2x, the best single law ({best.law}) by {100 * best.mean:.2g} %."
        )
        if best.excess is None:
            return f"{text} Fewer than {_ENOUGH} curves cannot tell them apart."
        near = [r.law for r in single if r.excess is not None and abs(r.excess) < _Z]
        if best.excess < -_Z:
            return f"{text} On these curves {best.law} alone was better; lc.fit fits it alone."
        if near:
            return f"{text} Not established to differ from the average: {joined(near)}."
        return f"{text} Every single law is established to be worse."

    def card(self) -> Card:
        """The labelled lines behind the summary."""
        rows = [("Verdict", self.verdict())]
        if self.too_short:
            shown = joined([name or "(no name)" for name in self.too_short[:5]])
            more = f" and {len(self.too_short) - 5} more" if len(self.too_short) > 5 else ""
            rows.append(("Too short", f"{shown}{more}"))
        return Card(tuple(rows))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a law; errors are root mean square errors of the log, not percent."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "law": r.law,
                    "mean": r.mean,
                    **{
                        f"{low:g}-{high:g}x": error
                        for (low, high), error in zip(REACHES, r.errors, strict=True)
                    },
                    "wins": r.wins,
                    "excess": r.excess,
                }
                for r in self.records
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/law-comparison/1``."""
        return document(
            "law-comparison",
            1,
            {
                "reaches": [list(band) for band in REACHES],
                "laws": [
                    {
                        "law": r.law,
                        "mean": plain(r.mean),
                        "errors": [None if e is None else plain(e) for e in r.errors],
                        "wins": plain(r.wins),
                        "excess": None if r.excess is None else plain(r.excess),
                    }
                    for r in self.records
                ],
                "curves": dict(self.curves),
                "too_short": list(self.too_short),
                "verdict": self.verdict(),
            },
        )

    @classmethod
    @opens("law comparison")
    def from_dict(cls, data: Mapping[str, Any]) -> LawComparison:
        """The comparison that :meth:`to_dict` described."""
        content = open_document(dict(data), "law-comparison", 1)
        return cls(
            records=tuple(
                LawRecord(
                    law=str(row["law"]),
                    errors=tuple(None if e is None else number(e) for e in row["errors"]),
                    mean=number(row["mean"]),
                    wins=number(row["wins"]),
                    excess=None if row["excess"] is None else number(row["excess"]),
                )
                for row in content["laws"]
            ),
            curves={str(name): str(law) for name, law in content["curves"].items()},
            too_short=tuple(str(name) for name in content["too_short"]),
        )


def _curves(count: int) -> str:
    return "one curve" if count == 1 else f"{count} curves"


def compare_laws(rollings: Sequence[tuple[str, Rolling]]) -> LawComparison:
    """Pool the backtests of curves.

    Args:
        rollings: name and backtest of each curve.
    """
    scored: dict[str, dict[str, float]] = {}
    too_short = []
    for i, (name, rolling) in enumerate(rollings):
        errors = {law: rolling.error((1.0, 2.0), law) for law in CONTESTANTS}
        known = {law: error for law, error in errors.items() if error is not None}
        if AVERAGE in known:
            scored[name or f"curve {i + 1}"] = known
        else:
            too_short.append(name)
    records = []
    for law in CONTESTANTS:
        mine = {name: known[law] for name, known in scored.items() if law in known}
        if not mine:
            continue
        differences = np.array([mine[name] - scored[name][AVERAGE] for name in mine])
        excess = None
        if law != AVERAGE and differences.size >= _ENOUGH:
            error = float(differences.std(ddof=1) / np.sqrt(differences.size))
            excess = float(differences.mean() / error) if error > 0.0 else 0.0
        bands = []
        for band in REACHES:
            found = [rolling.error(band, law) for _, rolling in rollings]
            usable = [error for error in found if error is not None]
            bands.append(float(np.mean(usable)) if usable else None)
        wins = [min(known, key=lambda n: known[n]) == law for known in scored.values()]
        records.append(
            LawRecord(
                law, tuple(bands), float(np.mean(list(mine.values()))), float(np.mean(wins)), excess
            )
        )
    average, rest = records[:1], sorted(records[1:], key=lambda r: r.mean)
    winners = {name: min(known, key=lambda n: known[n]) for name, known in scored.items()}
    return LawComparison((*average, *rest), winners, tuple(too_short))
