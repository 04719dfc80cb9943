"""The findings about a fit, declared once."""

from __future__ import annotations

from lawcast._errors import FindingKind, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

F001 = FindingKind(
    "F001", _W, "parameter at a bound",
    "A parameter ended at the edge of its domain: the data pull it out of the law's range, or do "
    "not need the term at all. Its interval and those of its partners are not trustworthy.",
)  # fmt: skip
F002 = FindingKind(
    "F002", _W, "several basins",
    "Searches from different starts ended in different optima of similar quality. Both are "
    "reported; where their forecasts differ, the data do not decide.",
)  # fmt: skip
F003 = FindingKind(
    "F003", _W, "resamples failed",
    "More than 5 % of the resamples did not converge; intervals made from the rest would be too "
    "narrow, so they are withheld.",
)  # fmt: skip
F004 = FindingKind(
    "F004", _E, "too few runs for this law",
    "There are too few runs, or too few different sizes, for the parameters of the law. The fit "
    "is refused; the estimate stays attached to the refusal.",
)  # fmt: skip
F005 = FindingKind(
    "F005", _W, "far beyond the data",
    "The prediction lies more than 1.5 decades outside the data. Its interval assumes that the "
    "same law goes on.",
)  # fmt: skip
F006 = FindingKind(
    "F006", _W, "exponents not separately identified",
    "The variables of the law move together in these runs (tokens per parameter hardly vary), so "
    "their exponents cannot be told apart. Only the exponent along the data is supported.",
)  # fmt: skip
F007 = FindingKind(
    "F007", _N, "strong correlation",
    "Two parameters move together over the resamples; quote the one that travels (the exponent), "
    "not its coefficient.",
)  # fmt: skip
F008 = FindingKind(
    "F008", _W, "best loss at the floor",
    "The lowest loss is at or below the fitted floor, or closer to it than the noise. What is "
    "left to improve is not measured; the exponent of the reducible loss is fragile.",
)  # fmt: skip
F009 = FindingKind(
    "F009", _N, "a rival law fits as well",
    "A law of another form predicts left-out runs as well as this one. The spread between their "
    "forecasts is uncertainty that no interval of a single law contains.",
)  # fmt: skip
F010 = FindingKind(
    "F010", _W, "structure in the residuals",
    "The residuals follow a variable instead of scattering around zero: the law misses something "
    "that grows or bends, and extrapolation carries it further.",
)  # fmt: skip
F011 = FindingKind(
    "F011", _W, "floor not bounded",
    "The runs do not bound the irreducible loss from one side: a range of floors fits equally "
    "well. Statements about the limit of scaling are not supported.",
)  # fmt: skip
F012 = FindingKind(
    "F012", _N, "runs set aside or thinned",
    "Some rows were not used: they lack a column the law needs, or the table is larger than the "
    "law can use and was thinned evenly.",
)  # fmt: skip
F013 = FindingKind(
    "F013", _W, "search did not settle",
    "Less than half of the starts reached the best optimum, or the final polish did not converge. "
    "A better optimum may exist.",
)  # fmt: skip

F014 = FindingKind(
    "F014", _N, "outlying runs",
    "Some runs lie far from the law. The fit without them is reported beside it: where an exponent "
    "moves by more than its standard error, whether they belong decides the result.",
)  # fmt: skip

F015 = FindingKind(
    "F015", _W, "a varying column left out",
    "Model size or data vary in these runs, and the law does not read them: what they do to the "
    "loss is taken for noise or for the effect of the law's variable.",
)  # fmt: skip
F016 = FindingKind(
    "F016", _W, "groups differ",
    "The residuals differ between families or evaluation sets by more than the scatter inside "
    "them. One law does not describe all; its exponents are bent by how the groups are spread.",
)  # fmt: skip
F017 = FindingKind(
    "F017", _W, "few clusters",
    "With fewer than six clusters no resampling keeps its level; the intervals are too narrow.",
)  # fmt: skip

F018 = FindingKind(
    "F018", _W, "backtest misses too often",
    "Fitted without the largest runs, the law missed them more often than its intervals allow. "
    "Intervals assume the law's form; here the form does not carry that far, so a prediction of a "
    "larger run is less certain than its interval says.",
)  # fmt: skip

KINDS = (
    F001,
    F002,
    F003,
    F004,
    F005,
    F006,
    F007,
    F008,
    F009,
    F010,
    F011,
    F012,
    F013,
    F014,
    F015,
    F016,
    F017,
    F018,
)
"""Every finding about a fit, in order of code."""
