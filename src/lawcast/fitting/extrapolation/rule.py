"""The few numbers that the forecasting rule has, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lawcast._values import number, plain
from lawcast.fitting.extrapolation.families import LAWS


@dataclass(frozen=True)
class Rule:
    """How points are weighted and laws are averaged: one rule for every curve.

    Args:
        power: p of the late weighting (x / x_max)^p, per unit of log x.
        misfit: relative error of any law over one unit of log x at the end of the data; further
            back it grows as (x_max / x)^(p/2).
        bend: how much of its slope a curve keeps over one doubling beyond the data, on average.
        bend_spread: standard deviation of that share over curves.
        lean: signal-to-noise ratio at which the forecast is halfway to no change.
        temper: the evidence of a law counts as a 1/temper power in the average.
        noise_floor: relative noise that is assumed where a curve has too few points to show it.
        noise_points: how many independent residuals that assumption is worth.
        law_weights: weight of each law before its evidence on the curve at hand.
    """

    power: float = 3.0
    misfit: float = 0.003
    bend: float = 0.75
    bend_spread: float = 0.15
    lean: float = 1.0
    temper: float = 5.0
    noise_floor: float = 0.002
    noise_points: float = 2.0
    law_weights: Mapping[str, float] = field(
        default_factory=lambda: dict.fromkeys(LAWS, 1.0 / len(LAWS))
    )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        content: dict[str, Any] = {name: plain(getattr(self, name)) for name in _NUMBERS}
        content["law_weights"] = {name: plain(w) for name, w in self.law_weights.items()}
        return content

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rule:
        """The rule that :meth:`to_dict` described."""
        weights = {str(name): number(w) for name, w in data["law_weights"].items()}
        return cls(law_weights=weights, **{name: number(data[name]) for name in _NUMBERS})


_NUMBERS = (
    "power",
    "misfit",
    "bend",
    "bend_spread",
    "lean",
    "temper",
    "noise_floor",
    "noise_points",
)
