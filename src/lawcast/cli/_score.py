"""A score beside the loss, for ``lawcast extrapolate``: its options, its forecast, its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._points import Finite
from lawcast.cli._progress import waiting
from lawcast.cli._shared import Command, printable

if TYPE_CHECKING:
    from lawcast._errors import Finding
    from lawcast._tables import Card
    from lawcast.cli._curves import CurveTable
    from lawcast.fitting.extrapolation.joint import ScoreExtrapolation

_FEWEST_DRAWS = 400
_FLAGS = {"chance": "--score-chance", "ceiling": "--score-ceiling", "n_items": "--items"}
_ARGUMENT = re.compile(r"(?<![\w-])(chance|ceiling|n_items)=(-?\d[\w.]*)?")


@dataclass(frozen=True)
class ScoreAsked:
    """What ``--score`` and its options say.

    Args:
        column: the column of the score.
        chance: score of a guess.
        ceiling: best score possible; None to estimate it.
        items: questions in the test; None where unknown.
    """

    column: str
    chance: float
    ceiling: float | None
    items: int | None


def score_options(command: Command) -> Command:
    """Add ``--score``, ``--score-chance``, ``--score-ceiling`` and ``--items``."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--score", metavar="COLUMN",
            help="Forecast this score (0 to 1) through the loss; one curve.",
        ),
        click.option(
            "--score-chance", type=Finite(0, 1), metavar="NUMBER",
            help="The score of a random guess (default: 0).",
        ),
        click.option(
            "--score-ceiling", type=Finite(0, 1), metavar="NUMBER",
            help="Best score possible (default: estimated).",
        ),
        click.option(
            "--items", type=click.IntRange(min=1), metavar="COUNT",
            help="Questions in the test behind the score.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def score_arguments(
    options: dict[str, Any], metric: dict[str, Any], curve: str | None, calibration: str | None
) -> ScoreAsked | None:
    """Take the options of :func:`score_options` out of a command's keywords.

    Args:
        options: keywords of the command; those of the score are removed from it.
        metric: ``metric``, ``chance`` and ``ceiling`` of y.
        curve, calibration: as given.

    Returns:
        None without ``--score``.

    Raises:
        click.UsageError: an option that would do nothing.
    """
    names = ("score", "score_chance", "score_ceiling", "items")
    score, chance, ceiling, items = (options.pop(name) for name in names)
    if score is None:
        given = {"--score-chance": chance, "--score-ceiling": ceiling, "--items": items}
        for flag, value in given.items():
            if value is not None:
                raise click.UsageError(f"{flag} is about a score; add --score COLUMN")
        return None
    if metric["metric"] != "loss":
        raise click.UsageError(
            "--score is forecast through a loss, so y is one; leave --metric out"
        )
    for name in ("chance", "ceiling"):
        if metric[name] is not None:
            raise click.UsageError(
                f"--{name} is about y; with --score give that of the score: --score-{name}"
            )
    if calibration == "auto":
        raise click.UsageError(
            "--score works on one curve, and its intervals have the packaged constants; leave "
            "--calibration auto out"
        )
    if options["by"] is not None and curve is None:
        raise click.UsageError("--score works on one curve; with --by choose it: --curve NAME")
    if chance is not None and chance >= (1.0 if ceiling is None else ceiling):
        top = "1" if ceiling is None else f"--score-ceiling {ceiling:g}"
        raise click.UsageError(f"--score-chance {chance:g} leaves no room below {top}")
    return ScoreAsked(score, 0.0 if chance is None else chance, ceiling, items)


def forecast_score(
    table: CurveTable, asked: ScoreAsked, name: str, at: Sequence[str], level: float
) -> ScoreExtrapolation:
    """The forecast of the score of the one curve of a table.

    Raises:
        ArgumentError: scores outside [0, 1], or text.
        FitRefused: the curve or the link cannot be fitted.
    """
    import numpy as np

    from lawcast._errors import ArgumentError, FitRefused
    from lawcast.fitting.extrapolation.entry import extrapolate
    from lawcast.fitting.extrapolation.joint import score_through
    from lawcast.fitting.intervals import fewest_draws

    runs = table.runs
    assert table.score is not None
    score = runs[table.score]
    if score.dtype.kind not in "fiub":
        raise ArgumentError(f"the column {printable(table.score)!r} holds text, not scores")
    loss: Any = runs[table.y]
    with waiting("forecasting the loss and the score"):
        # refuses what is no curve with the rows of the table
        curve = extrapolate(
            runs, table.y, variable=table.x, name=name, at=at, level=level, calibration="shipped"
        )
        try:
            return score_through(
                curve,
                np.asarray(loss, dtype=float),
                np.asarray(score, dtype=float),
                chance=asked.chance,
                ceiling=asked.ceiling,
                n_items=asked.items,
                bootstrap=max(_FEWEST_DRAWS, fewest_draws(level)),
            )
        except FitRefused as error:
            found = tuple(_in_words(finding) for finding in error.findings)
            raise FitRefused(_words(error.message), found, error.fit) from error
        except ArgumentError as error:
            raise ArgumentError(_words(str(error))) from error


def score_findings(made: ScoreExtrapolation) -> list[Finding]:
    """The findings about the loss, and those about the link with the options of the command."""
    return [*made.loss.findings, *(_in_words(finding) for finding in made.link.findings)]


def in_score_words(card: Card) -> Card:
    """A card about a link with the options of the command."""
    return type(card)(tuple((label, _words(line)) for label, line in card.rows))


def _in_words(finding: Finding) -> Finding:
    return replace(finding, message=_words(finding.message), fix=_words(finding.fix))


def _words(text: str) -> str:
    """``chance=0.25`` as ``--score-chance 0.25``: of the link, not of the metric."""
    return _ARGUMENT.sub(lambda m: _FLAGS[m[1]] + (f" {m[2]}" if m[2] else ""), text)
