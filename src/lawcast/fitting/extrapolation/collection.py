"""The forecasts of many curves at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lawcast._errors import Finding, UnknownNameError
from lawcast._tables import Card, Table, Tabled
from lawcast._units import format_variable
from lawcast._values import document, open_document, opens
from lawcast.fitting.extrapolation.comparison import LawComparison, compare_laws
from lawcast.fitting.extrapolation.result import Extrapolation

if TYPE_CHECKING:
    import pandas as pd


_SEVERAL = 2


@dataclass(frozen=True)
class Refused:
    """A curve that cannot be forecast, and why."""

    name: str
    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, repr=False, eq=False)
class Extrapolations(Tabled):
    """The forecasts of the curves of one table.

    Args:
        curves: one a curve, in the order of the table.
        refused: the curves that cannot be forecast.
    """

    curves: tuple[Extrapolation, ...]
    refused: tuple[Refused, ...] = ()

    def __repr__(self) -> str:
        refused = f", {len(self.refused)} refused" if self.refused else ""
        return f"<Extrapolations of {len(self.curves)} curves{refused}>"

    def __len__(self) -> int:
        return len(self.curves)

    def __iter__(self) -> Iterator[Extrapolation]:
        return iter(self.curves)

    def __getitem__(self, name: str) -> Extrapolation:
        for curve in self.curves:
            if curve.name == name:
                return curve
        raise UnknownNameError("forecast curve", name, [curve.name for curve in self.curves])

    @cached_property
    def comparison(self) -> LawComparison:
        """Which law would have been right on these curves."""
        return compare_laws([(curve.name, curve.rolling) for curve in self.curves])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all curves."""
        every = [finding for curve in self.curves for finding in curve.findings]
        return tuple(every + [finding for one in self.refused for finding in one.findings])

    @cached_property
    def _common(self) -> dict[str, str]:
        """Code and message of the findings that every curve has in the same words."""
        if len(self.curves) < _SEVERAL:
            return {}
        every = [{(f.code, f.message) for f in curve.findings} for curve in self.curves]
        return dict(sorted(set.intersection(*every)))

    @cached_property
    def table(self) -> Table:
        """One row a curve and target."""
        common = set(self._common)
        rows = []
        for curve in self.curves:
            for made in curve.forecasts:
                interval = made.value.interval
                rows.append(
                    (
                        curve.name,
                        format_variable(curve.variable, made.x),
                        f"{made.reach:.3g}x",
                        made.value.value,
                        None if interval is None else interval.low,
                        None if interval is None else interval.high,
                        " ".join(sorted({f.code for f in curve.findings} - common)) or None,
                    )
                )
        first = self.curves[0] if self.curves else None
        variable, response = (first.variable, first.response) if first else ("x", "y")
        columns = ("curve", variable, "reach", response, "low", "high", "findings")
        return Table(columns, tuple(rows))

    def card(self) -> Card:
        """The labelled lines under the table."""
        rows = [("Backtest", self.comparison.verdict())]
        if self.curves:
            first = self.curves[0]
            rows.append(
                (
                    "Intervals",
                    f"{100 * first.level:.0f} %, calibrated on {first.calibration.curves} curves "
                    f"({first.calibration.source})",
                )
            )
        rows.extend(("All curves", f"{code} {text}") for code, text in self._common.items())
        rows.extend(("Refused", f"{one.name or '(no name)'}: {one.reason}") for one in self.refused)
        return Card(tuple(rows))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a curve and target, as :meth:`Extrapolation.to_dataframe`."""
        import pandas as pd

        frames = []
        for curve in self.curves:
            frame = curve.to_dataframe()
            frame.insert(0, "curve", curve.name)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def to_dict(self) -> dict[str, Any]:
        """A document ``lawcast/extrapolations/1``."""
        return document(
            "extrapolations",
            1,
            {
                "constants": self.curves[0].calibration.to_dict() if self.curves else None,
                "curves": [
                    {key: value for key, value in curve.to_dict().items() if key != "constants"}
                    for curve in self.curves
                ],
                "refused": [
                    {
                        "name": one.name,
                        "reason": one.reason,
                        "findings": [finding.to_dict() for finding in one.findings],
                    }
                    for one in self.refused
                ],
            },
        )

    @classmethod
    @opens("set of extrapolations")
    def from_dict(cls, data: Mapping[str, Any]) -> Extrapolations:
        """The forecasts that :meth:`to_dict` described."""
        content = open_document(dict(data), "extrapolations", 1)
        return cls(
            curves=tuple(
                Extrapolation.from_dict({**row, "constants": content["constants"]})
                for row in content["curves"]
            ),
            refused=tuple(
                Refused(
                    str(row["name"]),
                    str(row["reason"]),
                    tuple(Finding.from_dict(f) for f in row["findings"]),
                )
                for row in content["refused"]
            ),
        )
