"""The findings of local exponents and of losses less their limit."""

from __future__ import annotations

from lawcast._errors import FindingKind, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

MISSING = FindingKind(
    "T010", _E, "Missing or infinite",
    "A size, a loss or a limit is missing or infinite. A slope of logarithms needs them all.",
)  # fmt: skip
NOT_POSITIVE = FindingKind(
    "T011", _E, "Size not positive",
    "A size is zero or negative, and a power law takes its logarithm.",
)  # fmt: skip
AT_FLOOR = FindingKind(
    "T012", _E, "Loss at or below the floor",
    "A loss less the floor is zero or negative, and has no logarithm. The floor is too high for "
    "that row, or the row is noise.",
)  # fmt: skip
FEW_SIZES = FindingKind(
    "T013", _E, "Too few sizes",
    "A slope that may change needs six different sizes, and an exponent three.",
)  # fmt: skip
NARROW = FindingKind(
    "T014", _W, "Narrow range",
    "The sizes span a decade or less. A change of regime is rarely seen in so little, and a slope "
    "there says little of larger sizes.",
)  # fmt: skip
FEW_GROUPS = FindingKind(
    "T015", _W, "Few groups",
    "Whole groups are resampled together. Fewer than three tell nothing of how groups differ, and "
    "fewer than six tell little.",
)  # fmt: skip
ENDS_BIASED = FindingKind(
    "T016", _N, "Bent at the ends",
    "At an end only one side has data. A straight line in the window would miss the slope there by "
    "more than half the band; the parabola that is used instead misses less.",
)  # fmt: skip
NEAR_FLOOR = FindingKind(
    "T017", _W, "Noise beside the difference",
    "For some rows the noise is more than a fifth of the loss less the floor. Logarithms of such "
    "differences are lopsided, and they say little.",
)  # fmt: skip
UNDECIDED = FindingKind(
    "T018", _N, "Change undecided",
    "No change of slope is shown, and the data could not show one of moderate size either.",
)  # fmt: skip

INEXACT_LIMIT = FindingKind(
    "T020", _W, "Inexact limit",
    "The limit is known to an error that is not small beside the smallest difference. An error of "
    "the limit bends the slope at the largest sizes; the interval contains it.",
)  # fmt: skip
NOT_TO_LIMIT = FindingKind(
    "T021", _E, "No power law to this limit",
    "The loss less this limit bends on logarithmic axes, so its slope is no exponent. Most often "
    "nothing was subtracted, or the limit of another model.",
)  # fmt: skip
SIGNS_DIFFER = FindingKind(
    "T022", _W, "Both signs",
    "Differences of one group have both signs: the smaller ones are noise, or the limit is wrong.",
)  # fmt: skip
UNBOUNDED = FindingKind(
    "T023", _W, "Exponent not bounded",
    "Every exponent up to the end of the search fits these runs: an end of the interval is open.",
)  # fmt: skip
LIMIT_FITTED = FindingKind(
    "T024", _N, "Limit fitted",
    "The limit was fitted together with the exponent. That widens the interval, by as much as the "
    "simulated price says.",
)  # fmt: skip
FLAT_AND_FEW = FindingKind(
    "T025", _W, "Not shown to be a power law",
    "Almost all of the loss stays at every size, and no limit was subtracted. The slope is then "
    "that of the limit and no exponent, even where no bend can be shown.",
)  # fmt: skip
MIXED = FindingKind(
    "T026", _W, "Another resource varies",
    "A second resource varies along with the size, or at one size. A slope then mixes the two, and "
    "its changes may be those of the choice of runs.",
)  # fmt: skip
MAYBE_FLOOR = FindingKind(
    "T027", _W, "A floor would do",
    "One power law above a constant floor explains the runs as well as changes of slope, and "
    "nothing was subtracted. The runs do not tell the two apart.",
)  # fmt: skip
SET_ASIDE = FindingKind(
    "T028", _W, "Groups left out",
    "Some groups have too few different sizes for an exponent. The result rests on the others.",
)  # fmt: skip

LOCAL_FINDINGS: tuple[FindingKind, ...] = (
    MISSING, NOT_POSITIVE, AT_FLOOR, FEW_SIZES, NARROW, FEW_GROUPS, ENDS_BIASED, NEAR_FLOOR,
    UNDECIDED, INEXACT_LIMIT, NOT_TO_LIMIT, SIGNS_DIFFER, UNBOUNDED, LIMIT_FITTED, FLAT_AND_FEW,
    MIXED, MAYBE_FLOOR, SET_ASIDE,
)  # fmt: skip
"""Every kind of finding about local exponents and limits, by code."""
