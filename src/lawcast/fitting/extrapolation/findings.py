"""The findings about the forecast of a learning curve, declared once."""

from __future__ import annotations

from lawcast._errors import FindingKind, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

X001 = FindingKind(
    "X001", _E, "curve cannot be forecast",
    "The curve has fewer than four different places in x, or values that the metric cannot have. "
    "No forecast is made.",
)  # fmt: skip
X002 = FindingKind(
    "X002", _W, "points without a number",
    "Some points have no finite x or value; they were set aside.",
)  # fmt: skip
X003 = FindingKind(
    "X003", _N, "points at zero",
    "Points at x = 0 have no place on a logarithmic axis; they were set aside.",
)  # fmt: skip
X004 = FindingKind(
    "X004", _N, "repeated x",
    "Several points share one x; their geometric mean is used.",
)  # fmt: skip
X005 = FindingKind(
    "X005", _N, "spikes set aside",
    "Single points lie far off the curve around them, as when training diverges for a moment. "
    "They were set aside.",
)  # fmt: skip
X006 = FindingKind(
    "X006", _W, "break in the curve",
    "The level of the curve jumps between two neighbouring points: other data, another schedule, "
    "or a restart. Points before the break lose weight.",
)  # fmt: skip
X007 = FindingKind(
    "X007", _N, "warm-up",
    "The curve is flat or rises before it falls for the first time; these points lose weight.",
)  # fmt: skip
X008 = FindingKind(
    "X008", _W, "few points",
    "The curve has few different places in x: its noise is assumed rather than measured and it "
    "has hardly a backtest of its own. The interval relies on other curves.",
)  # fmt: skip
X009 = FindingKind(
    "X009", _N, "values look like a running best",
    "The values never get worse and often repeat exactly, as a running best or a smoothed curve "
    "does. The forecast is for such values; single evaluations scatter around or above them.",
)  # fmt: skip
X010 = FindingKind(
    "X010", _W, "constant curve",
    "All values are the same; the forecast is that value. That nothing changed is no law.",
)  # fmt: skip
X011 = FindingKind(
    "X011", _W, "rising at its end",
    "The loss gets worse at the end of the curve (repeated data, a learning rate too high, a bad "
    "restart). No scaling law rises: the curve's own line is carried on, which holds for a short "
    "way only.",
)  # fmt: skip
X012 = FindingKind(
    "X012", _W, "noise as large as the trend",
    "What the curve would fall over the next doubling is hardly more than its noise. The forecast "
    "leans to no change.",
)  # fmt: skip
X013 = FindingKind(
    "X013", _N, "target inside the data",
    "A target lies within the range of the curve: the value is the smoothed curve, not a forecast.",
)  # fmt: skip
X014 = FindingKind(
    "X014", _W, "too far for an interval",
    "A target lies farther beyond the data than any backtest behind the intervals; a value is "
    "given, an interval is not.",
)  # fmt: skip
X015 = FindingKind(
    "X015", _W, "farther than the curve's own backtest",
    "The curve is too short to have been tested at this reach; the interval relies on other "
    "curves alone.",
)  # fmt: skip
X016 = FindingKind(
    "X016", _N, "law bounded or dropped",
    "Much of what a law could say falls more steeply beyond the data than 1.5 times the slope at "
    "their end; that part was left out of the average.",
)  # fmt: skip
X017 = FindingKind(
    "X017", _N, "checkpoints of one run",
    "Points of one training run are correlated, and while its learning rate is high its loss lies "
    "above what a finished run of that length would reach. The noise allows for the correlation; "
    "a decay that is still to come is not forecast.",
)  # fmt: skip

X018 = FindingKind(
    "X018", _N, "no bend seen yet",
    "The curve is a straight line in log-log as far as its noise can tell. Most curves bend beyond "
    "their data, and the forecast allows for that; where this one stays straight the forecast is "
    "too pessimistic, and its interval too narrow far out.",
)  # fmt: skip
X020 = FindingKind(
    "X020", _N, "pairs set aside",
    "Some pairs of loss and score were not used: a value is missing or infinite, or there are "
    "more pairs than the link can use and they were thinned evenly.",
)  # fmt: skip
X021 = FindingKind(
    "X021", _E, "score does not leave its level",
    "Every score is at chance, or every score is at the ceiling. The data cannot tell where the "
    "score begins to move, so no link is fitted.",
)  # fmt: skip
X022 = FindingKind(
    "X022", _W, "score does not follow the loss",
    "The score falls where the link says that it rises, or its direction is not settled by the "
    "data. A forecast of the loss then says nothing about the score.",
)  # fmt: skip
X023 = FindingKind(
    "X023", _N, "ceiling not seen",
    "The scores hardly bound the ceiling: most of the values allowed beforehand fit as well. Its "
    "spread is inside the intervals, which rest on that prior far beyond the data.",
)  # fmt: skip
X024 = FindingKind(
    "X024", _W, "chance level does not fit",
    "The scores lie below the chance level, or level off above it. A wrong chance level bends "
    "the whole link.",
)  # fmt: skip

KINDS = (
    X001, X002, X003, X004, X005, X006, X007, X008, X009, X010, X011, X012, X013, X014, X015,
    X016, X017, X018, X020, X021, X022, X023, X024,
)  # fmt: skip
"""Every finding about a forecast of a curve, in order of code."""
