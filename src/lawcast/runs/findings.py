"""The findings about tables, each declared once; docs, legends and checks read them from here."""

from __future__ import annotations

from lawcast._errors import FindingKind, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

MISSING_COLUMN = FindingKind(
    "R001", _E, "Missing column",
    "A column that a law needs is not in the table, or the name given for it is not.",
)  # fmt: skip
NOT_NUMERIC = FindingKind(
    "R002", _E, "Not numeric",
    "A numeric column holds text. Suffixes such as 70M and words such as n/a are understood "
    "(then it is a note); any other text leaves the row without a value.",
)  # fmt: skip
MISSING_VALUE = FindingKind(
    "R003", _W, "Missing or infinite",
    "A row lacks a value that a law needs, or it is infinite; a fit sets such rows aside. "
    "An error when too few rows remain.",
)  # fmt: skip
LOSS_NOT_POSITIVE = FindingKind(
    "R004", _E, "Loss at or below zero",
    "A cross-entropy is above zero: this may be a log-likelihood with its sign flipped, an "
    "accuracy, or a crashed run.",
)  # fmt: skip
LOOKS_LIKE_PERPLEXITY = FindingKind(
    "R005", _W, "Looks like perplexity",
    "So large a loss would be worse than guessing a word at random; it is probably a perplexity, "
    "and its exponent would mean something else.",
)  # fmt: skip
BITS_AND_NATS = FindingKind(
    "R006", _W, "Bits and nats mixed",
    "Two groups differ by the factor 1.44 = 1/ln 2 at matched size and data: one of them seems to "
    "log bits, which bends every parameter.",
)  # fmt: skip
MIXED_SCALE = FindingKind(
    "R007", _E, "Mixed or wrong scale",
    "Some rows give N (or D) in another unit than the rest: 70 for 70 million. The exponents would "
    "be nonsense.",
)  # fmt: skip
COMPUTE_DIFFERS = FindingKind(
    "R008", _W, "Compute is not 6ND",
    "The compute column differs from 6ND: attention or embedding FLOP may be counted, or only the "
    "forward pass. Laws of compute depend on which is used.",
)  # fmt: skip
EMBEDDINGS_UNSAID = FindingKind(
    "R009", _N, "Embeddings unsaid",
    "Nothing says whether N counts embedding parameters. Among models below 100M this moves the "
    "exponent.",
)  # fmt: skip
NOT_POSITIVE = FindingKind(
    "R010", _E, "N, D or C not positive",
    "A power law takes logarithms; zero tokens is an untrained model, a negative count a fault.",
)  # fmt: skip
TOO_FEW = FindingKind(
    "R011", _E, "Too few runs",
    "With fewer than five usable runs nothing can be said about a law.",
)  # fmt: skip
DUPLICATES = FindingKind(
    "R012", _W, "Exact duplicates",
    "Rows equal in every column are usually one run exported twice; counted twice they make "
    "intervals too narrow.",
)  # fmt: skip
REPEATS = FindingKind(
    "R013", _N, "Repeated runs",
    "Runs with the same N and D that differ in seed or loss: they show the noise of one run.",
)  # fmt: skip
CHECKPOINTS = FindingKind(
    "R014", _W, "Checkpoints of one run",
    "Points along one training curve are dependent, and losses in mid-schedule are high; taken as "
    "separate runs they make intervals too narrow and bend the law.",
)  # fmt: skip
DIVERGED = FindingKind(
    "R015", _W, "Diverged or not monotone",
    "A run is clearly worse than several runs that had no more parameters and no more data: "
    "divergence, or an untuned learning rate.",
)  # fmt: skip
REPEATED_DATA = FindingKind(
    "R018", _W, "Repeated data",
    "More tokens were trained on than there are unique tokens; the plain laws do not describe "
    "epochs.",
)  # fmt: skip
NOT_COMPARABLE = FindingKind(
    "R019", _E, "Not comparable",
    "Losses on different evaluation sets or tokenisers are in one table; they have no common law.",
)  # fmt: skip
FILE_TROUBLE = FindingKind(
    "R020", _E, "File trouble",
    "The file is damaged or ambiguous: ragged rows, repeated headers, unclear decimal commas, "
    "smoothed values. A warning or a note where the rest could be read.",
)  # fmt: skip

KINDS: tuple[FindingKind, ...] = (
    MISSING_COLUMN, NOT_NUMERIC, MISSING_VALUE, LOSS_NOT_POSITIVE, LOOKS_LIKE_PERPLEXITY,
    BITS_AND_NATS, MIXED_SCALE, COMPUTE_DIFFERS, EMBEDDINGS_UNSAID, NOT_POSITIVE, TOO_FEW,
    DUPLICATES, REPEATS, CHECKPOINTS, DIVERGED, REPEATED_DATA, NOT_COMPARABLE, FILE_TROUBLE,
)  # fmt: skip
"""Every kind of finding about a table, by code."""


def counted(number: int, noun: str = "row") -> str:
    """``"1 row"``, ``"1,200 rows"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
