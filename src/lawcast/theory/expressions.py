"""Arithmetic in named symbols: parsed from text, evaluated on intervals, simplified.

Exponents are written as people write them: ``4/d``, ``q(p+1)/d``, ``2s/(2s+d)``, ``3/(d-1)``.
A product without a sign binds more tightly than ``/``, so ``1/2d`` is 1/(2·d); the text of a
parsed expression shows how it was understood. Nothing is ever passed to ``eval``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lawcast._errors import ArgumentError

SYMBOLS: dict[str, str] = {
    "d": "intrinsic dimension of the data",
    "D": "dimension of the space that the data lies in (ambient)",
    "m": "order of the loss in a small residual: 1 for L1, 2 for L2",
    "q": "power of the loss |f - F|^q",
    "p": "degree of the local polynomial: 0 constant, 1 linear",
    "r": "order of the residual in the distance between points, min(p + 1, s)",
    "s": "smoothness of the target",
    "c": "codimension of the set where the target is singular",
    "nu": "smoothness of a Matérn kernel",
    "a": "exponent of the frequencies of discrete skills, or of a kernel's spectrum (a_K)",
    "b": "exponent at which one skill is learned",
    "sigma": "standard deviation of the noise in the labels",
}
"""The symbols that an expression may hold."""

_ALIASES = {"ν": "nu", "a_k": "a", "a_K": "a", "σ": "sigma", "D_ambient": "D", "ambient": "D"}
_SIGNS = {"−": "-", "–": "-", "·": "*", "×": "*", "÷": "/", "½": "(1/2)", "¼": "(1/4)",
          "²": "^2", "³": "^3", "**": "^"}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<word>[A-Za-zνσα]+(?:_[A-Za-z]+)*)"
    r"|(?P<sign>[-+*/^(),=<>≥≤≈]))"
)
_MIXED = re.compile(r"[\d.]\s*[½¼]")  # 1½ is one and a half to a reader, and no product
_DEEPEST = 60
_MOST_LETTERS = 6  # of a product written without signs

Range = tuple[float, float]
"""The least and the greatest value that something may have."""


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    Args:
        kind: ``number``, ``symbol``, ``term`` (what only a caller can value, such as an
            exponent), or the operation ``+ - * / ^ min max``.
        value: of a number.
        name: of a symbol or term.
        parts: what an operation works on.
    """

    kind: str
    value: float = 0.0
    name: str = ""
    parts: tuple[Node, ...] = ()

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the symbols in it."""
        own = frozenset({self.name}) if self.kind == "symbol" else frozenset()
        return own.union(*(part.symbols for part in self.parts))

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms in it, each once, from left to right."""
        own = [self.name] if self.kind == "term" else []
        return tuple(dict.fromkeys(own + [name for part in self.parts for name in part.terms]))

    @property
    def text(self) -> str:
        """The expression as it was understood, with its products written out."""
        return _write(self, 0)

    def range(
        self, symbols: Mapping[str, float], terms: Mapping[str, Range] | None = None
    ) -> Range:
        """The values it may have, given numbers for symbols and ranges for terms.

        Raises:
            ArgumentError: a symbol or term has no value here.
        """
        if self.kind == "number":
            return self.value, self.value
        if self.kind == "symbol":
            if self.name not in symbols:
                raise ArgumentError(
                    f"{self.text} needs {self.name}, the {SYMBOLS.get(self.name, 'symbol')}"
                )
            return symbols[self.name], symbols[self.name]
        if self.kind == "term":
            return (terms or {})[self.name]
        return _apply(self.kind, [part.range(symbols, terms) for part in self.parts])

    def number(self, symbols: Mapping[str, float]) -> float:
        """Its value, NaN where it is not defined (a division by zero).

        Raises:
            ArgumentError: a symbol has no value here.
        """
        low, high = self.range(symbols)
        return low if low == high else math.nan

    def substitute(self, symbols: Mapping[str, float | Node]) -> Node:
        """The same with numbers or expressions for some symbols, and what follows worked out."""
        if self.kind == "symbol" and self.name in symbols:
            found = symbols[self.name]
            return found if isinstance(found, Node) else Node("number", value=found)
        if not self.parts:
            return self
        parts = tuple(part.substitute(symbols) for part in self.parts)
        folded = Node(self.kind, parts=parts)
        if all(part.kind == "number" for part in parts):
            low, high = _apply(self.kind, [(part.value, part.value) for part in parts])
            return Node("number", value=low) if low == high else folded
        return _tidy(folded)


def _tidy(node: Node) -> Node:
    """Products with one and with numbers gathered at the front: 2 * (2 * s) is 4 * s."""
    left, right = node.parts[0], node.parts[-1]
    if node.kind == "*":
        if right.kind == "number":
            left, right = right, left
        if left.kind == "number" and left.value == 1:
            return right
        if left.kind == "number" and right.kind == "*" and right.parts[0].kind == "number":
            product = Node("number", value=left.value * right.parts[0].value)
            return Node("*", parts=(product, right.parts[1]))
        return Node("*", parts=(left, right))
    if node.kind == "/" and right.kind == "number" and right.value == 1:
        return left
    if node.kind in "+-" and right.kind == "number" and right.value == 0:
        return left
    return node


def parse(text: str, terms: Callable[[str, str], str | None] | None = None) -> Node:
    """An expression from text.

    Args:
        text: such as ``"q(p+1)/d"``.
        terms: tells which words are terms: called with a word and the text in brackets right
            after it (or ""), it returns the name of the term, or None.

    Raises:
        ArgumentError: it cannot be understood; the message shows how far it could.
    """
    if len(text) > 400:
        raise ArgumentError("an expression of more than 400 characters is no exponent")
    reader = _Reader(text, terms)
    node = reader.sum(0)
    reader.end()
    return node


def tokens_of(text: str) -> list[tuple[str, str, int]]:
    """(kind, token, place) of every number, word and sign.

    Raises:
        ArgumentError: a character that no expression holds.
    """
    mixed = _MIXED.search(text)
    if mixed is not None:
        raise ArgumentError(
            f"{mixed[0]!r} in {text!r} may be a sum or a product; write it as 1.5, or with a sign"
        )
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:].strip()
            raise ArgumentError(f"{rest[:1]!r} is not understood in {text!r}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind], match.start(kind)))
        place = match.end()
    return found


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str, terms: Callable[[str, str], str | None] | None) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0
        self.terms = terms

    def look(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            return "end", ""
        kind, token, _ = self.tokens[self.at]
        return kind, token

    def take(self) -> tuple[str, str]:
        seen = self.look()
        self.at += 1
        return seen

    def fail(self, what: str) -> ArgumentError:
        read = " ".join(token for _, token, _ in self.tokens[: self.at])
        return ArgumentError(f"{what} in {self.text!r}; read so far: {read or 'nothing'}")

    def end(self) -> None:
        if self.look()[0] != "end":
            raise self.fail(f"{self.look()[1]!r} is not expected")

    def sum(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.fail("too many brackets")
        node = self.product(depth)
        while self.look()[1] in ("+", "-"):
            sign = self.take()[1]
            node = Node(sign, parts=(node, self.product(depth)))
        return node

    def product(self, depth: int) -> Node:
        node = self.close(depth)
        while self.look()[1] in ("*", "/"):
            sign = self.take()[1]
            node = Node(sign, parts=(node, self.close(depth)))
        return node

    def close(self, depth: int) -> Node:
        """Factors that stand side by side, as in 2s or q(p+1)."""
        node = self.power(depth)
        while self.look()[0] in ("number", "word") or self.look()[1] == "(":
            node = Node("*", parts=(node, self.power(depth)))
        return node

    def power(self, depth: int) -> Node:
        node = self.atom(depth)
        if self.look()[1] == "^":
            self.take()
            node = Node("^", parts=(node, self.power(depth + 1)))
        return node

    def atom(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.fail("too many brackets")
        kind, token = self.take()
        if token == "-":
            return Node("-", parts=(Node("number"), self.power(depth + 1)))
        if kind == "number":
            return Node("number", value=float(token))
        if token == "(":
            node = self.sum(depth + 1)
            self.expect(")")
            return node
        if kind == "word":
            return self.word(token, depth)
        self.at -= 1
        raise self.fail("a number, a symbol or a bracket is missing")

    def word(self, word: str, depth: int) -> Node:
        apart = self.is_apart(self.at - 1)
        if word in ("min", "max"):
            self.expect("(")
            parts = [self.sum(depth + 1)]
            while self.look()[1] == ",":
                self.take()
                parts.append(self.sum(depth + 1))
            self.expect(")")
            return Node(word, parts=tuple(parts))
        if self.terms is not None:
            inside = self.bracket()
            name = self.terms(word, inside or "")
            if name is not None:
                self.at += 0 if inside is None else 2 + self.inside
                return Node("term", name=name)
        name = _ALIASES.get(word, word)
        if name in SYMBOLS:
            return Node("symbol", name=name)
        if apart and len(word) > 1:
            raise self.fail(
                f"{word!r} is no symbol, and after a blank no product either; write products with "
                f"a sign, as in {'*'.join(word[:2])}"
            )
        letters = [_ALIASES.get(letter, letter) for letter in word]
        if len(word) <= _MOST_LETTERS and all(name in SYMBOLS for name in letters):  # qs is q·s
            node = Node("symbol", name=letters[0])
            for letter in letters[1:]:
                node = Node("*", parts=(node, Node("symbol", name=letter)))
            return node
        raise self.fail(f"{word!r} is no symbol; known are {', '.join(SYMBOLS)}")

    def is_apart(self, at: int) -> bool:
        """Whether a blank parts this token from a factor in front of it."""
        if at == 0:
            return False
        kind, token, place = self.tokens[at - 1]
        return (kind != "sign" or token == ")") and self.tokens[at][2] > place + len(token)

    inside = 0

    def bracket(self) -> str | None:
        """The words within a bracket that opens here, which a term may need; else None."""
        if self.look()[1] != "(":
            return None
        depth = 0
        for k in range(self.at, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[k][1], 0)
            if depth == 0:
                inner = self.tokens[self.at + 1 : k]
                self.inside = len(inner)
                return " ".join(token for _, token, _ in inner)
        return None

    def expect(self, sign: str) -> None:
        if self.take()[1] != sign:
            self.at -= 1
            raise self.fail(f"{sign!r} is missing")


def _apply(kind: str, ranges: list[Range]) -> Range:
    if kind in ("min", "max"):
        pick = min if kind == "min" else max
        return pick(low for low, _ in ranges), pick(high for _, high in ranges)
    (a, b), (c, d) = ranges[0], ranges[1]
    if kind == "+":
        return a + c, b + d
    if kind == "-":
        return a - d, b - c
    if kind == "/":
        if c <= 0 <= d:
            return math.nan, math.nan
        c, d = 1 / d, 1 / c
    if kind == "^":
        ends = [_power(x, y) for x in (a, b) for y in (c, d)]
    else:
        ends = [_times(x, y) for x in (a, b) for y in (c, d)]
    return (math.nan, math.nan) if any(map(math.isnan, ends)) else (min(ends), max(ends))


def _times(x: float, y: float) -> float:
    return 0.0 if 0.0 in (x, y) else x * y  # the ends of ranges: 0 · ∞ stays 0


def _power(x: float, y: float) -> float:
    try:
        value = x**y
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return value if isinstance(value, float) else math.nan


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def _write(node: Node, outer: int) -> str:
    if node.kind == "number":
        return f"{node.value:.6g}"
    if node.kind in ("symbol", "term"):
        return node.name
    if node.kind in ("min", "max"):
        return f"{node.kind}({', '.join(_write(part, 0) for part in node.parts)})"
    rank = _RANK[node.kind]
    left, right = node.parts
    if node.kind == "-" and left == Node("number"):
        text = f"-{_write(right, 3)}"
    elif node.kind == "*" and left.kind == "number":
        tight = right.kind in ("symbol", "+", "-")
        text = f"{_write(left, 2)}{'' if tight else '·'}{_write(right, 2)}"
    else:
        sign = {"*": "·", "+": " + ", "-": " - "}.get(node.kind, node.kind)
        inner = rank + (1 if node.kind in "-/^" else 0)
        text = f"{_write(left, rank)}{sign}{_write(right, inner)}"
    return f"({text})" if rank < outer or (outer == 3 and rank == 2) else text
