"""``lawcast exponent``: the exponent that follows from premises, with all that it stands on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._premises import (
    PremiseCommand,
    card_in_options,
    options_in_errors,
    premise_options,
    premises_of,
    say_dimension,
)
from lawcast.cli._shared import emit, emit_json, json_option, printable, strict_option
from lawcast.cli._writing import digest, require_free, require_place

if TYPE_CHECKING:
    from lawcast.theory.exponent import Exponent


@click.command(
    cls=PremiseCommand,
    epilog="Example: lawcast exponent --loss l2 --approximator piecewise-linear --dimension 3",
)
@premise_options
@click.option("--out", "--save", "out", metavar="FILE", help="Save the result as JSON.")
@json_option
@strict_option
@click.pass_context
def exponent(
    ctx: click.Context, /, out: str | None, as_json: bool, strict: bool, **options: Any
) -> None:
    """Say which exponent theory gives, from its premises.

    L ~ n^-alpha as the size n of the data or the model grows. A premise that is left out takes
    its default, which the answer prints. With --strict a dimension that is not to be relied on
    ends in exit code 1.
    """
    from lawcast.theory.exponent import exponent as exponent_of

    target = None if out is None else _place(out, options["dimension"])
    given = premises_of(options)
    with options_in_errors():
        found = exponent_of(**given)
    warnings = say_dimension(given)
    if target is not None:
        found.save(target)
    if as_json:
        saved = None if target is None else {"path": str(target), "sha256": digest(target)}
        emit_json(found.to_dict() | {"warnings": warnings, "saved": saved})
    else:
        _show(found, target)
        for warning in warnings:
            click.echo(f"Warning: {printable(warning)}", err=True)
    ctx.exit(int(strict and bool(warnings)))


def _show(found: Exponent, target: Path | None) -> None:
    lines = [card_in_options(found.card())]
    if target is not None:
        lines += ["", f"Saved  {printable(str(target))} ({digest(target)[:8]})"]
    emit("\n".join(lines))


def _place(text: str, dimension: str | None) -> Path:
    """Where to save; checked before the work, not after it."""
    if text == "-":
        raise click.UsageError("--out needs a file name; --json prints the result instead")
    target = Path(text)
    require_place(target)
    if not _is_earlier(target):
        require_free(target, [] if dimension is None else [dimension], "exponent")
    return target


def _is_earlier(target: Path) -> bool:
    """Whether a file is an earlier result of this command."""
    if not target.is_file():
        return False
    with target.open("rb") as stream:
        try:
            return bool(json.loads(stream.read(2**20))["schema"].startswith("lawcast/exponent/"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
