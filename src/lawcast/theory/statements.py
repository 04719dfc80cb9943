"""Statements about exponents, parsed from text.

The grammar, in words: one or more comparisons joined by ``and``; a comparison is two or more
expressions with ``>= <= > < = ~ !=`` between them, or ``alpha increases with nu``, ``alpha
decreases with d``, ``alpha changes with ambient``, ``alpha is independent of classes``. Expressions
hold numbers, the symbols of :mod:`lawcast.theory.expressions`, ``alpha`` (also ``alpha_D``,
``alpha_P``, ``alpha_W``, and ``alpha(l1)`` or ``alpha(noise=input)`` for alpha under another
premise), ``floor``, what the loss tends to, and ``ratio``, an estimate over the truth.
``in general`` or ``always`` in front asks for every case, ``sometimes`` or ``can`` for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lawcast._errors import ArgumentError
from lawcast.theory.expressions import SYMBOLS, Node, parse
from lawcast.theory.premises import NUMBERS, PREMISE, PREMISES

GRAMMAR = (
    "a statement compares expressions: 'alpha >= 4/d', 'alpha_D = alpha_P', "
    "'alpha(l1) = alpha(l2)', 'floor = sigma^2'; or says 'alpha increases with nu', "
    "'alpha is independent of classes'; several are joined by 'and'; 'in general' or 'sometimes' "
    f"may stand in front. Symbols: {', '.join(SYMBOLS)}"
)


class Quantifier(StrEnum):
    """Of which cases a statement speaks."""

    STATED = "as stated"
    EVERY = "in every case"
    SOME = "in some case"


@dataclass(frozen=True)
class Term:
    """An exponent or a floor that a statement names.

    Args:
        what: ``"alpha"``, ``"floor"`` (what the loss tends to) or ``"ratio"`` (estimate over
            truth).
        changes: premise -> the value it takes in this term alone.
    """

    what: str
    changes: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """``left relation right``.

    Args:
        left: an expression.
        relation: ``>=``, ``<=``, ``>``, ``<``, ``=``, ``~`` or ``!=``.
        right: an expression.
    """

    left: Node
    relation: str
    right: Node

    @property
    def text(self) -> str:
        """The comparison as it was understood."""
        return f"{self.left.text} {self.relation} {self.right.text}"

    @property
    def symbols(self) -> frozenset[str]:
        """Symbols on both sides."""
        return self.left.symbols | self.right.symbols


@dataclass(frozen=True)
class Trend:
    """``alpha`` as a number among the premises grows.

    Args:
        left: the term.
        how: ``increases``, ``decreases``, ``changes`` or ``independent``.
        number: name of the premise.
    """

    left: Node
    how: str
    number: str

    @property
    def text(self) -> str:
        """The trend as it was understood."""
        name = self.number.replace("_", " ")
        if self.how == "independent":
            return f"{self.left.text} is independent of {name}"
        return f"{self.left.text} {self.how} with {name}"

    @property
    def symbols(self) -> frozenset[str]:
        """None: the number takes several values."""
        return frozenset()


@dataclass(frozen=True)
class Statement:
    """A parsed statement.

    Args:
        parts: what it says; all of it must hold.
        quantifier: of which cases.
        terms: name of a term -> what it is.
    """

    parts: tuple[Comparison | Trend, ...]
    quantifier: Quantifier
    terms: Mapping[str, Term]

    @property
    def text(self) -> str:
        """The statement as it was understood."""
        said = " and ".join(part.text for part in self.parts)
        return said if self.quantifier is Quantifier.STATED else f"{self.quantifier}, {said}"

    @property
    def moved(self) -> tuple[str, ...]:
        """The numbers that its trends run over, where it holds nothing but trends.

        A comparison beside a trend needs a value of the number, so that it is tried on its own.
        """
        if any(isinstance(part, Comparison) for part in self.parts):
            return ()
        return tuple(dict.fromkeys(part.number for part in self.parts if isinstance(part, Trend)))

    @property
    def symbols(self) -> frozenset[str]:
        """Every symbol in it."""
        return frozenset().union(*(part.symbols for part in self.parts))


_QUANTIFIERS = (
    (re.compile(r"^\s*(in general|always|in every case|for every \w+|for all \w+|every)\b[,:]?",
                re.IGNORECASE), Quantifier.EVERY),
    (re.compile(r"^\s*(sometimes|can|in some case|for some \w+)\b[,:]?", re.IGNORECASE),
     Quantifier.SOME),
)  # fmt: skip
_TREND = re.compile(
    r"^(?P<left>.+?)\s+(?P<how>increases|decreases|changes|rises|falls|depends|is independent|"
    r"does not change|does not depend)\s+(?:with|of|on)\s+(?:the\s+)?(?P<number>[\w -]+?)\s*$",
    re.IGNORECASE,
)
_HOW = {
    "increases": "increases", "rises": "increases", "decreases": "decreases", "falls": "decreases",
    "changes": "changes", "depends": "changes", "is independent": "independent",
    "does not change": "independent", "does not depend": "independent",
}  # fmt: skip
_RELATION = re.compile(r">=|<=|!=|==|≥|≤|≠|≈|~|=|>|<")
_PLAIN = {"≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "==": "="}
_VARIABLES = {"D": "data", "P": "parameters", "N": "parameters", "W": "width", "w": "width"}
_MOST = 500


def parse_statement(text: str) -> Statement:
    """A statement from text.

    Raises:
        ArgumentError: it cannot be understood; what was understood and the grammar are shown.
    """
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(f"there is no statement to check: {GRAMMAR}")
    if len(text) > _MOST:
        raise ArgumentError(f"a statement has at most {_MOST} characters: {GRAMMAR}")
    shown = text.strip()
    rest, quantifier = text.strip().rstrip("."), Quantifier.STATED
    for pattern, meaning in _QUANTIFIERS:
        match = pattern.match(rest)
        if match:
            rest, quantifier = rest[match.end() :].strip(), meaning
    terms: dict[str, Term] = {}
    parts: list[Comparison | Trend] = []
    for piece in re.split(r"\s+and\s+|;", rest):
        try:
            parts.extend(_piece(piece.strip(), terms))
        except ArgumentError as error:
            done = " and ".join(part.text for part in parts)
            understood = f"\nUnderstood before that: {done}." if done else ""
            raise ArgumentError(
                f"the statement {shown!r} cannot be parsed: {error}.{understood}\n"
                f"Grammar: {GRAMMAR}"
            ) from error
    if not terms:
        raise ArgumentError(
            f"the statement {shown!r} names no alpha and no floor.\nUnderstood: "
            f"{' and '.join(part.text for part in parts)}.\nGrammar: {GRAMMAR}"
        )
    return Statement(tuple(parts), quantifier, terms)


def _piece(text: str, terms: dict[str, Term]) -> list[Comparison | Trend]:
    def term(word: str, inside: str) -> str | None:
        return _term(word, inside, terms)

    match = _TREND.match(text)
    if match:
        left = parse(match["left"], term)
        how = _HOW[" ".join(match["how"].lower().split())]
        return [Trend(left, how, _number(match["number"]))]
    sides, relations = _split(text)
    if not relations:
        raise ArgumentError(f"{text!r} compares nothing: a sign such as >= is missing")
    nodes = [parse(side, term) for side in sides]
    return [
        Comparison(left, relation, right)
        for left, relation, right in zip(nodes[:-1], relations, nodes[1:], strict=True)
    ]


def _split(text: str) -> tuple[list[str], list[str]]:
    """Sides and relations between them, outside brackets."""
    sides, relations, start = [], [], 0
    for match in _RELATION.finditer(text):
        before = text[: match.start()]
        if before.count("(") > before.count(")"):
            continue
        sides.append(text[start : match.start()])
        relations.append(_PLAIN.get(match[0], match[0]))
        start = match.end()
    return [*sides, text[start:]], relations


def _term(word: str, inside: str, terms: dict[str, Term]) -> str | None:
    """Name of the term behind a word and what stands in brackets after it."""
    head, _, tail = word.partition("_")
    if head not in ("alpha", "α", "floor", "ratio"):
        return None
    changes: dict[str, str | float] = {}
    if tail:
        if head in ("floor", "ratio") or tail not in _VARIABLES:
            raise ArgumentError(
                f"{word} is not known; write alpha_D (along the points), alpha_P or alpha_N (the "
                "parameters) or alpha_W (the width), with a capital letter"
            )
        changes["variable"] = _VARIABLES[tail]
    for part in filter(None, inside.replace(" ", "").split(",")):
        name, sign, value = part.partition("=")
        if sign:
            found = _known_number(name)
            changes[found or name] = value if found is None else _value(name, value)
        else:
            changes[_premise_of(part)] = part
    what = head if head in ("floor", "ratio") else "alpha"
    name = f"{what}{_mark(changes)}"
    terms[name] = Term(what, changes)
    return name


def _value(name: str, text: str) -> float:
    """A number in the brackets of a term."""
    try:
        return float(text)
    except ValueError as error:
        raise ArgumentError(f"{name} in brackets is a number, not {text!r}") from error


def _mark(changes: Mapping[str, str | float]) -> str:
    """What a term changes, as short as it can be read again: ``_D`` or ``(l1)``."""
    letters = {"data": "_D", "parameters": "_P", "width": "_W"}
    told = []
    for name, value in changes.items():
        if isinstance(value, float):
            told.append(f"{name}={value:.12g}")
            continue
        if name == "variable" and PREMISE[name].option(value).name in letters:
            continue
        own = name in PREMISE and len(_premises_of(value)) == 1
        told.append(value if own else f"{name}={value}")
    variable = changes.get("variable")
    letter = "" if variable is None else letters[PREMISE["variable"].option(variable).name]
    return f"{letter}({', '.join(told)})" if told else letter


def _premises_of(value: str) -> list[str]:
    """The premises that have a value of this name."""
    return [
        premise.name
        for premise in PREMISES
        if any(value.lower() in (option.name, *option.aliases) for option in premise.options)
    ]


def _premise_of(value: str) -> str:
    """The one premise that has a value of this name."""
    known = _premises_of(value)
    if not known:
        raise ArgumentError(f"{value!r} is no value of any premise; write for instance alpha(l1)")
    if len(known) > 1:
        names = " or ".join(f"{name}={value}" for name in known)
        raise ArgumentError(f"{value!r} may mean {names}; write which")
    return known[0]


def _known_number(word: str) -> str | None:
    """Name of the number among the premises of that name or symbol; case matters in symbols."""
    for number in NUMBERS:
        if word in (number.name, number.symbol):
            return number.name
    return None


def _number(words: str) -> str:
    plain = words.strip()
    found = _known_number(plain)
    if found is not None:
        return found
    wanted = "_".join(plain.lower().replace("-", " ").split())
    for number in NUMBERS:
        if wanted in (number.name, f"{number.name}_dimension", f"number_of_{number.name}"):
            return number.name
    raise ArgumentError(
        f"{words!r} is no number among the premises; known are "
        f"{', '.join(number.name.replace('_', ' ') for number in NUMBERS)}"
    )
