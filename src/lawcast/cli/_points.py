"""Where to predict, as it is written on the command line: ``10x`` or ``params=70B,tokens=1.4T``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._shared import Command

if TYPE_CHECKING:
    from lawcast.fitting.prediction import Prediction
    from lawcast.fitting.result import Fit

Point = dict[str, str]
"""Column name -> value as text; a bare value has the name ``""``."""


class Finite(click.FloatRange):
    """A number in a range; NaN and infinity are none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, or a usage error."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


class Fraction(Finite):
    """A number between 0 and 1; a percentage is refused with the number that it stands for."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, or a usage error."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            hint = _as_fraction(str(value))
            if hint is None:
                raise
            self.fail(f"{error.message.rstrip('.')}; did you mean {hint:g}?", param, ctx)


def _as_fraction(text: str) -> float | None:
    """0.95 for ``"95"`` and ``"95%"``; None where the text is no percentage."""
    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        return None
    return number / 100 if 1 < number < 100 or (text.strip()[-1:] == "%" and number > 0) else None


POSITIVE = Finite(min=0, min_open=True)
FRACTION = Fraction(0, 1, min_open=True, max_open=True)

_HELP = (
    'Predict there: "10x" or "1e24FLOP" of compute, or "params=70B,tokens=1.4T" (repeat for more).'
)


def where_options(command: Command) -> Command:
    """Add ``--at``, ``--along`` and ``--ratio``."""
    for option in (
        click.option(
            "--ratio",
            type=POSITIVE,
            metavar="NUMBER",
            help="Tokens per parameter for --along fixed-ratio.",
        ),
        click.option(
            "--along", metavar="HOW", help="Split compute: optimal (default) or fixed-ratio."
        ),
        click.option("--at", multiple=True, metavar="WHERE", help=_HELP),
    ):
        command = option(command)
    return command


def parse_points(texts: Sequence[str]) -> list[Point]:
    """The points behind ``--at``; what cannot be a quantity is refused before any work.

    Raises:
        click.UsageError: a point cannot be understood.
        UnitError: a value is not a quantity.
    """
    return [_parse_point(text) for text in texts]


def parse_settings(texts: Sequence[str]) -> Point:
    """``name=value`` words as one point."""
    point: Point = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            raise click.UsageError(f"{text!r} is not NAME=VALUE, for instance params=70B")
        if name in point:
            raise click.UsageError(f"{name} is given twice: {point[name]} and {value}")
        point[name] = value
    return point


def predict_points(
    fit: Fit,
    points: Sequence[Point],
    *,
    along: str | None = None,
    ratio: float | None = None,
    level: float | None = None,
) -> list[Prediction]:
    """A prediction for every point.

    Raises:
        UnitError: a point does not fit the law.
    """
    return [_predict(fit, point, along, ratio, level) for point in points]


def predict_what_can_be(
    fit: Fit, points: Sequence[Point], *, along: str | None = None, ratio: float | None = None
) -> tuple[list[Prediction], list[tuple[str, str]]]:
    """A prediction for every point that has one, and the others with the reason.

    A fitted law may have no best split of compute: that says something about the runs, not about
    how the point was written, and must not cost the fit.

    Raises:
        UnitError: a point does not fit the law.
    """
    from lawcast._errors import UnitError

    made: list[Prediction] = []
    none: list[tuple[str, str]] = []
    for point in points:
        try:
            made.append(_predict(fit, point, along, ratio, None))
        except UnitError as error:
            if along not in (None, "optimal") or ratio is not None:
                raise
            if not {"", "compute"} & set(point) or "compute" in fit.law.variables:
                raise
            try:
                _predict(fit, point, "fixed-ratio", None, None)
            except UnitError:
                raise error from None
            none.append((point_text(point), str(error)))
    return made, none


def point_text(point: Point) -> str:
    """A point as it was written."""
    return ",".join(f"{name}={value}" if name else value for name, value in point.items())


def check_along(points: Sequence[Point], along: str | None, ratio: float | None) -> None:
    """``--along`` and ``--ratio`` need a prediction along compute to act on.

    Raises:
        click.UsageError: there is none.
    """
    if (along or ratio) and not any({"", "compute"} & set(point) for point in points):
        raise click.UsageError("--along and --ratio go with an amount of compute, for instance 10x")
    from lawcast._errors import UnknownNameError
    from lawcast.fitting.frontier import ALONG

    if along is not None and along not in ALONG:
        raise UnknownNameError("way along compute", along, ALONG)
    if ratio is not None and along == "optimal":
        raise click.UsageError("--ratio goes with --along fixed-ratio, not with optimal")


def _parse_point(text: str) -> Point:
    if "=" in text:
        point = parse_settings(re.split(r",(?=[^,=]+=)", text))
    else:
        point = {"": text.strip()}
    for name, value in point.items():
        _require_quantity(name, value)
    return point


def _require_quantity(name: str, value: str) -> None:
    from lawcast._errors import UnitError
    from lawcast._units import parse_compute, parse_count, parse_multiple

    if parse_multiple(value) is not None:
        return
    readers = {"": (parse_compute, parse_count), "compute": (parse_compute,)}
    problems = []
    for read in readers.get(name, (parse_count,)):
        try:
            read(value)
        except UnitError as error:
            problems.append(error)
        else:
            return
    raise problems[0]


def _predict(
    fit: Fit, point: Point, along: str | None, ratio: float | None, level: float | None
) -> Prediction:
    variables = fit.law.variables
    # a bare value is compute, but a law of one variable can only mean its own
    bare = variables[0] if len(variables) == 1 else "compute"
    given: dict[str, Any] = {}
    for name, value in point.items():
        name = "tokens" if name == "samples" else fit.runs.resolve(name) if name else bare
        if name in given:
            raise click.UsageError(f"{name} is given twice: {given[name]} and {value}")
        given[name] = value
    if "compute" in given and "compute" not in variables:
        if along is None and ratio is not None:
            along = "fixed-ratio"
        given.update(along=along, ratio=ratio)
    prediction: Prediction = fit.predict(**given, level=level)
    return prediction
