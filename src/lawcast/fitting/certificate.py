"""What the search for the optimum found, so that an early stop cannot pass for a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawcast._values import Array, number, pack_array, plain, unpack_array
from lawcast.fitting.problem import Problem
from lawcast.fitting.solve import Search


@dataclass(frozen=True, eq=False)
class Basin:
    """Another optimum that some starts ended in.

    Args:
        parameters: (p,) in the user's units.
        value: its objective.
        share: share of the starts that ended there.
    """

    parameters: Array
    value: float
    share: float


@dataclass(frozen=True, eq=False)
class Certificate:
    """How well the optimum is established.

    Args:
        starts: number of starts.
        reached: share of the starts that ended within 0.01 % of the best objective.
        value: best objective (the loss summed over runs).
        gradient: largest derivative of log objective with respect to a search coordinate (the
            logarithm of a coefficient, an exponent), zero for parameters held at a bound.
        converged: whether the final polish converged.
        basins: other optima, best first; at most three.
    """

    starts: int
    reached: float
    value: float
    gradient: float
    converged: bool
    basins: tuple[Basin, ...] = ()

    def describe(self) -> str:
        """One line for summaries."""
        text = (
            f"{'' if self.converged else 'NOT converged · '}{100 * self.reached:.0f} % of "
            f"{self.starts} starts reached the best optimum · gradient {self.gradient:.0e}"
        )
        if self.basins and self.value > 0:
            ratio = self.basins[0].value / self.value
            times = f"{100 * (ratio - 1.0):.2g} % worse" if ratio < 2 else f"{ratio:.3g} x as bad"
            text += f" · the next best is {times}"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "starts": self.starts,
            "reached": self.reached,
            "value": plain(self.value),
            "gradient": plain(self.gradient),
            "converged": self.converged,
            "basins": [
                {"parameters": pack_array(b.parameters), "value": plain(b.value), "share": b.share}
                for b in self.basins
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Certificate:
        """The certificate that :meth:`to_dict` described."""
        return cls(
            starts=int(data["starts"]),
            reached=float(data["reached"]),
            value=number(data["value"]),
            gradient=number(data["gradient"]),
            converged=bool(data["converged"]),
            basins=tuple(
                Basin(unpack_array(b["parameters"]), number(b["value"]), float(b["share"]))
                for b in data["basins"]
            ),
        )


def certify(problem: Problem, found: Search) -> Certificate:
    """The certificate of a search."""
    scale = found.value if found.value > 0 else 1.0
    return Certificate(
        starts=found.starts,
        reached=found.reached,
        value=found.value,
        gradient=float(np.max(np.abs(found.gradient), initial=0.0)) / scale,
        converged=found.converged,
        basins=tuple(
            Basin(problem.parameters(u), float(value), float(share))
            for u, value, share in zip(
                found.others, found.other_values, found.other_shares, strict=True
            )
        ),
    )
