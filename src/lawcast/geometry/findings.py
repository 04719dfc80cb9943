"""The findings about an estimate of dimension; those about the points are in ``hygiene.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from lawcast._errors import Finding, FindingKind, FitRefused, Severity, worst_first
from lawcast.geometry import hygiene

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

NOT_ADEQUATE = FindingKind(
    "D020", _W, "The sample does not carry it",
    "The sample cannot carry the answer: it bends between neighbours, is too uneven, discrete, or "
    "leaves too wide an interval. The number is a bound or a guess, as its text says.",
)  # fmt: skip
NOISY = FindingKind(
    "D021", _W, "Noise at small scales",
    "The dimension falls from small scales to a plateau, as noise makes it. The answer is that of "
    "the plateau.",
)  # fmt: skip
NO_PLATEAU = FindingKind(
    "D022", _N, "No plateau",
    "The dimension is nowhere the same over three doublings of the neighbour's rank, so it depends "
    "on the scale that is looked at.",
)  # fmt: skip
COINCIDING = FindingKind(
    "D023", _W, "Coinciding points",
    "Different rows are at distance zero in this metric. Points whose nearest neighbour coincides "
    "with them are left out of the means.",
)  # fmt: skip
TIED = FindingKind(
    "D024", _W, "Tied distances",
    "Many points have several neighbours at exactly the same distance, as discrete data has. "
    "Ratios of distances mean little then; the estimators assume continuous data.",
)  # fmt: skip
RISING = FindingKind(
    "D025", _N, "Higher at larger scales",
    "The dimension grows with the radius: the manifold folds or bends, and a larger neighbourhood "
    "sees several of its sheets.",
)  # fmt: skip
SAMPLED = FindingKind(
    "D026", _N, "A sample of the points asked",
    "Neighbours were looked for among all points, for a random part of them. That adds sampling "
    "error, which the interval contains, and no bias.",
)  # fmt: skip
CANCELLATION = FindingKind(
    "D027", _N, "Distances recomputed",
    "Points lie so far from the centre beside their distances that products in single precision "
    "could not tell neighbours apart; those distances were recomputed by subtraction.",
)  # fmt: skip
NOTHING = FindingKind(
    "D028", _E, "No dimension",
    "Distances to neighbours show no scale from which a dimension could be read.",
)  # fmt: skip

MERGED = FindingKind(
    "D029", _N, "Columns that say the same",
    "Columns of bits that equal another or are its opposite count once, and distances that are all "
    "multiples of a number are counted in steps of it.",
)  # fmt: skip
DEPENDENT = FindingKind(
    "D030", _W, "Bits depend on each other",
    "The number of bits that describes the distances changes much with the distance. The answer is "
    "the one at distance zero, drawn along a line from larger distances: an index, and no count.",
)  # fmt: skip
BY_DISTANCE = FindingKind(
    "D031", _N, "Bits by largest distance",
    "The binary intrinsic dimension reads distances up to a largest one. Where its answer moves "
    "with that choice, the data is no set of independent bits.",
)  # fmt: skip

NEAR_COPIES = FindingKind(
    "D032", _W, "Near-copies",
    "Some points have a neighbour far closer than the rest of their neighbourhood: two versions of "
    "one item. They pull the dimension at the nearest scale down, and the answer leaves them out.",
)  # fmt: skip

HELD = FindingKind(
    "D033", _N, "Held to the flat of the data",
    "The estimate was above the dimension of the flat, or for angles of the sphere, that holds all "
    "points. No data has more dimensions than that, so the answer is its dimension.",
)  # fmt: skip

KINDS: tuple[FindingKind, ...] = (
    *hygiene.KINDS, NOT_ADEQUATE, NOISY, NO_PLATEAU, COINCIDING, TIED, RISING, SAMPLED,
    CANCELLATION, NOTHING, MERGED, DEPENDENT, BY_DISTANCE, NEAR_COPIES, HELD,
)  # fmt: skip
"""Every kind of finding about points and their dimension, by code."""


def refuse(why: str, found: Sequence[Finding], fix: str = "") -> NoReturn:
    """Say that no dimension can be read.

    Args:
        why: what is in the way.
        found: what was found until then.
        fix: what to do about it.

    Raises:
        FitRefused: always; it carries the findings.
    """
    text = f"no dimension can be read: {why}"
    message = f"{text}; {fix}" if fix else text
    raise FitRefused(message, worst_first([*found, NOTHING.found(text, fix=fix)]))
