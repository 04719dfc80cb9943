"""The premises of an exponent as options of a command, with the values each may take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.cli._shared import Command, OnceCommand, printable
from lawcast.theory.premises import NUMBERS, PREMISES, Premise

if TYPE_CHECKING:
    from lawcast._tables import Card
    from lawcast._values import Estimate

LEVEL = 0.9
"""Level of ``--dimension-interval``."""

_NAMES = tuple(premise.name for premise in PREMISES) + tuple(number.name for number in NUMBERS)
_LONGEST_FIRST = "|".join(sorted(_NAMES, key=len, reverse=True))
_WORD = re.compile(rf"""(?<![\w."'-])({_LONGEST_FIRST})=(?:"([^"]*)"|([\w.+-]+))?""")

_TERM = re.compile(r"(?:alpha|α|floor|ratio)(?:_\w+)?\([^()]*\)?")
"""A term of a claim, whose brackets hold premises in the grammar of claims."""


def flag(name: str) -> str:
    """The option of a premise."""
    return "--" + name.replace("_", "-")


class PremiseCommand(OnceCommand):
    """A command whose help ends with every value that a premise may take."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The values of each premise with their meaning and aliases, the default first."""
        for premise in PREMISES:
            with formatter.section(f"Values of {flag(premise.name)}, the first by default"):
                formatter.write_dl([(option.name, _told(premise, k))
                                    for k, option in enumerate(premise.options)])  # fmt: skip
        super().format_epilog(ctx, formatter)


def _told(premise: Premise, at: int) -> str:
    option = premise.options[at]
    aliases = f" [also: {', '.join(option.aliases)}]" if option.aliases else ""
    return in_options(f"{option.meaning}{aliases}")


def premise_options(command: Command) -> Command:
    """Add an option for each premise; see :func:`premises_of`."""
    options = [
        click.option(flag(premise.name), premise.name, metavar="VALUE", help=f"{premise.meaning}.")
        for premise in PREMISES
    ]
    options.append(
        click.option(
            "--dimension", metavar="NUMBER|FILE",
            help="d: a number, or a file of lawcast dimension --out.",
        )
    )  # fmt: skip
    options.append(
        click.option("--dimension-interval", metavar="LOW,HIGH", help=f"Its {LEVEL:.0%} interval.")
    )
    options += [
        click.option(
            flag(number.name), number.name, metavar="NUMBER",
            help=f"{number.symbol + ': ' if number.in_formulas else ''}{number.meaning}.",
        )
        for number in NUMBERS
        if number.name != "dimension"
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def premises_of(options: dict[str, Any], *, several: bool = False) -> dict[str, Any]:
    """Take the premises out of a command's keywords, as arguments of the library.

    Args:
        options: keywords of the command; the premises are removed from it.
        several: whether values between commas are run over.

    Returns:
        Only those that were given; the library judges the values.

    Raises:
        click.UsageError: not a number where one is needed.
        ReadError, SavedFileError: the file of a dimension cannot be used.
    """
    given: dict[str, Any] = {}
    interval = options.pop("dimension_interval")
    for name in _NAMES:
        text = options.pop(name)
        if text is not None:
            given[name] = read_premise(name, text, several=several)
    if interval is not None:
        given["dimension"] = _with_interval(given.get("dimension"), interval)
    return given


def read_premise(name: str, text: str, *, several: bool = False) -> Any:
    """One premise from text; a name that is none stands for a number of the claim's own.

    Args:
        name: with dashes or underscores.
        text: its value.
        several: whether values between commas are run over.

    Raises:
        click.UsageError: empty, or not a number where one is needed.
    """
    name = name.replace("-", "_")
    words = [word.strip() for word in text.split(",")]
    if "" in words:
        raise click.UsageError(f"{flag(name)} {printable(text)!r} has an empty value")
    if any(premise.name == name for premise in PREMISES):
        return words if several and len(words) > 1 and name != "noise" else text
    if name == "dimension" and not several and not _is_number(text):
        return _saved_dimension(text)
    if len(words) > 1 and not several:
        raise click.UsageError(f"{flag(name)} takes one number, not {printable(text)!r}")
    if name == "dimension" and len(words) == 1 and not _is_number(text):
        return _saved_dimension(text)
    values = [_number(name, word) for word in words]
    return values if len(values) > 1 else values[0]


@contextmanager
def options_in_errors(claim: str = "") -> Iterator[None]:
    """Errors of the library inside name options and not arguments of Python.

    Args:
        claim: the text of a claim, which is repeated as it was written.
    """
    try:
        yield
    except ArgumentError as error:
        raise ArgumentError(in_options(str(error), claim)) from error
    except UnknownNameError as error:
        raise ArgumentError(in_options(str(error), claim)) from error


def card_in_options(card: Card, claim: str = "") -> str:
    """The text of a card, with premises written as options, but for the text of a claim."""
    rows = tuple((label, in_options(line, claim)) for label, line in card.rows)
    return type(card)(rows).text()


def in_options(text: str, claim: str = "") -> str:
    """Text of the library with premises written as options: ``loss="lq"`` as ``--loss lq``.

    The text of a claim stays as it is, and so do the brackets of its terms: ``alpha(nu=1.5)``.
    """
    if claim in text and _WORD.search(claim):
        return claim.join(in_options(part) for part in text.split(claim))
    kept = [match.span() for match in _TERM.finditer(text)]

    def option(match: re.Match[str]) -> str:
        if any(start <= match.start() < end for start, end in kept):
            return match[0]
        name, quoted, bare = match.groups()
        value = quoted if quoted is not None else bare
        return flag(name) if not value else f"{flag(name)} {value}"

    return _WORD.sub(option, text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise click.UsageError(f"{flag(name)} is a number, not {printable(text)!r}") from error


def _with_interval(dimension: Any, text: str) -> Estimate:
    from lawcast._values import Estimate, Interval

    if not isinstance(dimension, float):
        raise click.UsageError(
            "--dimension-interval belongs to one number in --dimension; a file brings its own"
        )
    words = text.split(",")
    if len(words) != 2 or not all(map(_is_number, words)):
        raise click.UsageError(
            f"--dimension-interval {printable(text)!r} is no interval; write its two ends, for "
            "instance 2.8,3.3"
        )
    low, high = map(float, words)
    if not 0 < low <= dimension <= high < float("inf"):
        raise click.UsageError(
            f"--dimension-interval {printable(text)} must hold --dimension {dimension:g}, above 0"
        )
    return Estimate(dimension, Interval(low, high, LEVEL, "given"))


def _saved_dimension(file: str) -> Any:
    """The dimension in a file of ``lawcast dimension --out``.

    Raises:
        click.UsageError: it holds something else.
        ReadError, SavedFileError: it cannot be read.
    """
    from pathlib import Path

    if file == "-":
        raise click.UsageError("a saved dimension is read from a file, not from standard input")
    if not Path(file).exists():
        raise click.UsageError(
            f"--dimension {printable(file)} is neither a number nor a file that is there; "
            "lawcast dimension POINTS --out dim.json makes one"
        )
    from lawcast.geometry.result import Dimension
    from lawcast.reporting.saved import read_saved

    found = read_saved(file)
    if len(found) != 1 or not isinstance(found[0], Dimension):
        raise click.UsageError(
            f"{printable(file)} holds no single dimension; name a file that lawcast dimension "
            "--out wrote for one set of points"
        )
    if found[0].value == float("inf"):
        raise click.UsageError(
            f"{printable(file)} holds a bound and no number ({found[0].status.text}); measure more "
            "points, or give a number"
        )
    return found[0]


def say_dimension(given: Mapping[str, Any]) -> list[str]:
    """What to know of a measured dimension, as sentences; empty where it can be relied on."""
    found = given.get("dimension")
    status = getattr(found, "status", None)
    return [] if status is None or status.ok else [f"the dimension: {status.text}"]
