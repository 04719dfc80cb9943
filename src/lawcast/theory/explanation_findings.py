"""The findings of an explanation: what to know before an exponent is held against theory."""

from __future__ import annotations

from lawcast._errors import FindingKind, Severity

_W, _N = Severity.WARNING, Severity.NOTE

DIMENSION_EXACT = FindingKind(
    "T030", _N, "Dimension taken as exact",
    "The dimension has no interval, so it is taken as exact. Every interval of a ratio is then too "
    "narrow by the error of the dimension.",
)  # fmt: skip
DIMENSION_BOUND = FindingKind(
    "T031", _W, "Dimension bounded below alone",
    "The sample does not carry the dimension, so it is known to be at least some number. Excluded "
    "is only what no dimension from there upwards allows.",
)  # fmt: skip
FIT_NOT_OK = FindingKind(
    "T032", _W, "Fit not to be relied on",
    "The fit says of itself that it is not to be relied on. What its exponent excludes may be the "
    "fault of the fit.",
)  # fmt: skip
AT_BOUND = FindingKind(
    "T033", _W, "Exponent at a bound",
    "The exponent ended at the edge of its domain. It is where the search stopped and no "
    "measurement.",
)  # fmt: skip
REACHES_ZERO = FindingKind(
    "T034", _W, "Exponent not told from zero",
    "The interval of the exponent reaches zero. A power law is then not shown, so nothing is "
    "excluded and nothing survives.",
)  # fmt: skip
NO_INTERVAL = FindingKind(
    "T035", _W, "Exponent without interval",
    "The exponent has no interval. How far it may be from a line is then unknown, so nothing is "
    "excluded and nothing survives.",
)  # fmt: skip
NO_FLOOR = FindingKind(
    "T036", _W, "Raw slope",
    "The law has no floor. A floor that is not subtracted bends the slope of the raw loss and "
    "makes it too small; theory speaks of the loss above its floor.",
)  # fmt: skip
OFF_CENTRE = FindingKind(
    "T037", _N, "Value outside its interval",
    "The estimate lies outside its own interval, as resampling can make it. The middle of the "
    "interval is taken in its place.",
)  # fmt: skip
NONE_FITS = FindingKind(
    "T038", _N, "No known line fits",
    "Every hypothesis that predicts a value is excluded. One with a number that was not given may "
    "fit still; else a premise fails, or the exponent or the dimension is not what theory means.",
)  # fmt: skip

PART_OF_CURVE = FindingKind(
    "T039", _W, "Exponent of a part",
    "The law bends, and this exponent holds on one side of the bend alone. Theory speaks of one "
    "regime, and of large sizes unless it says otherwise.",
)  # fmt: skip

KINDS: tuple[FindingKind, ...] = (
    DIMENSION_EXACT, DIMENSION_BOUND, FIT_NOT_OK, AT_BOUND, REACHES_ZERO, NO_INTERVAL, NO_FLOOR,
    OFF_CENTRE, NONE_FITS, PART_OF_CURVE,
)  # fmt: skip
"""Every kind of finding about an explanation, by code."""
