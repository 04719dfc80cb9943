"""Another resource that varies along with the size, so that one slope mixes two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lawcast._errors import Finding
from lawcast._values import Array, Status
from lawcast.theory import local_findings as kinds
from lawcast.theory.columns import Columns, Index

VARIES = 1.5
"""Ratio of the largest to the smallest from which a resource is said to vary."""

SCATTERED = 2.0
"""Ratio either way from which a resource is said to vary at one size. About the best size a loss
is flat: models within a factor of two of it lose about a percent, as the best runs found do."""

_OTHER = {"params": "tokens", "tokens": "params", "unique_tokens": "params", "width": "tokens"}
_ADVICE = "hold it fixed: --by in lawcast local-exponent, --same in lawcast paired-limit"


@runtime_checkable
class _Resources(Protocol):
    """What a table of runs says of its columns beside their values."""

    @property
    def derived(self) -> Any:
        """Names of columns that were computed from others."""

    def resolve(self, name: str) -> str:
        """The fixed name of a column."""

    def __contains__(self, name: object) -> bool:
        """Whether there is such a column."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """(n,) the column of that name."""


@dataclass(frozen=True)
class Mixture:
    """How another resource varies.

    Args:
        finding: what to know of it.
        short: the same in a few words.
        scattered: whether it varies at one size too, so that no slope can be told from the choice
            of runs; else it is tied to the size, and the slope is that along their path.
    """

    finding: Finding
    short: str
    scattered: bool

    @property
    def status(self) -> Status:
        """The verdict that takes the place of one on the slope."""
        return Status("mixed", f"cannot be told from these runs: {self.short}", False)


def find_mixture(
    x: object, variable: str, *, apart: object = None, curve: Index | None = None
) -> Mixture | None:
    """Whether a second resource varies in a table; None where not, or where there is no table.

    Args:
        x: sizes, or a table of runs.
        variable: name of the size.
        apart: a column whose values are kept apart already.
        curve: (n,) number of the curve of each row; only what varies within one counts.
    """
    if not isinstance(x, Columns) or not isinstance(x, _Resources):
        return None
    variable = x.resolve(variable)
    name = "params" if variable == "compute" else _OTHER.get(variable, "")
    if name not in x or name in x.derived or x[name].dtype.kind != "f":
        return None
    if isinstance(apart, str) and x.resolve(apart) == name:
        return None
    both = np.stack([x[variable], x[name]])
    usable = np.all(np.isfinite(both) & (both > 0.0), axis=0)
    if np.count_nonzero(usable) < 3:
        return None
    size, other = np.log(both[:, usable])
    if curve is not None:
        size, other = (_less_middle(v, curve[usable]) for v in (size, other))
    # sizes of models grow along a frontier; what matters most is their spread at one size
    slope = float(size @ other / (size @ size)) if curve is not None and size @ size > 0 else 0.0
    level = 0.0
    if curve is None and np.ptp(size) > 0.0:
        slope, level = (float(v) for v in np.polyfit(size, other, 1))
    elif curve is None:
        level = float(other.mean())
    either_way = float(np.exp(2.0 * np.std(other - slope * size - level)))
    scattered = either_way >= SCATTERED
    if variable == "compute":
        if not scattered:
            return None
        short = f"runs of one compute differ in {name}, by about {either_way:.2g} times either way"
        return Mixture(kinds.MIXED.found(
            f"{short}: their scatter is no noise, and a slope or a change may be that of the "
            "choice of models", fix="keep the best run at each compute",
        ), short, True)  # fmt: skip
    ratio = float(np.exp(np.ptp(other)))
    if ratio < VARIES:
        return None
    short = f"{name} varies as well, by {ratio:.3g} times"
    found = kinds.MIXED.found(f"{short}, so this slope mixes two", fix=_ADVICE)
    return Mixture(found, short, scattered)


def _less_middle(values: Array, curve: Index) -> Array:
    """Values less the mean of their curve."""
    count = np.maximum(np.bincount(curve), 1)
    return np.asarray(values - (np.bincount(curve, values) / count)[curve])
