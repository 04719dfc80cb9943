"""``lawcast claim``: a claim put to the rules, or to the experiment that decides it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lawcast.cli._premises import (
    PremiseCommand,
    card_in_options,
    flag,
    options_in_errors,
    premise_options,
    premises_of,
    read_premise,
)
from lawcast.cli._shared import emit, emit_json, json_option, printable
from lawcast.cli.study import DEFAULT_STORE

if TYPE_CHECKING:
    from lawcast.theory.verdict import Verdict

_OF_A_RUN = ("preset", "store", "no_store", "workers", "rng")


@click.command(
    cls=PremiseCommand,
    epilog='Example: lawcast claim "alpha >= 4/d" --loss l2 --approximator piecewise-constant',
)
@click.argument("claim", metavar="CLAIM", nargs=1)
@click.option("--set", "own", multiple=True, metavar="NAME=VALUES",
              help="Set a premise, or a number of a claim (repeat for more).")  # fmt: skip
@click.option("--run", is_flag=True, help="Decide by experiment: run the study of the claim.")
@click.option("--preset", type=click.Choice(("quick", "standard", "full")), default="quick",
              show_default=True, help="How much to run.")  # fmt: skip
@click.option("--store", metavar="FILE",
              help=f"Where finished cells are kept (default: {DEFAULT_STORE}).")  # fmt: skip
@click.option("--no-store", is_flag=True, help="Keep finished cells in memory only.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes to start.")
@click.option("--seed", "rng", type=click.IntRange(min=0), default=0, metavar="N",
              show_default=True, help="Seed of the run.")  # fmt: skip
@premise_options
@json_option
@click.option("--strict", is_flag=True, help="Exit with 1 unless the claim holds.")
@click.pass_context
def claim(
    ctx: click.Context,
    /,
    claim: str,
    own: tuple[str, ...],
    run: bool,
    as_json: bool,
    strict: bool,
    **options: Any,
) -> None:
    """Put a claim about exponents to the test.

    CLAIM is a statement in quotation marks, or the number of a registered one (lawcast claims
    lists them). A premise takes several values between commas, and the claim is checked under each
    of them; so it is under every loss, approximator and dimension where these are left out.

    \b
    A statement compares, says how alpha moves, or speaks of other premises:
      "alpha >= 4/d"   "alpha = q(p+1)/d"   "alpha_D = alpha_P"
      "alpha(l1) = alpha(l2)"   "floor = sigma^2"   "alpha < 1 and alpha > 2/d"
      "alpha(nu=1.5) > alpha(nu=0.5)"
      "alpha increases with nu"   "alpha is independent of classes"
    "in general, ..." asks for every case, "sometimes ..." for one.

    Symbols: d dimension, q power of the loss, p degree of the pieces, s smoothness of the target,
    c codimension of its singular set, m order of the loss, r order of the residual, nu, a (a_K), b,
    D the ambient dimension, sigma the noise.

    The verdict is holds, fails, conditional or undecided; each is an answer, with exit code 0.
    """
    again = _again(claim, own, options)
    given = _premises(ctx, own, options)
    with options_in_errors(claim):
        if run:
            verdict = _run(claim, given, options)
        else:
            _refuse_run_options(ctx)
            from lawcast.theory.entry import check_claim

            verdict = check_claim(claim, **given)
    if as_json:
        emit_json(verdict.to_dict())
    else:
        _show(verdict, claim, "" if run else again)
    ctx.exit(int(strict and verdict.outcome != "holds"))


def _premises(ctx: click.Context, own: Sequence[str], options: dict[str, Any]) -> dict[str, Any]:
    """The premises of the options and of ``--set``.

    Raises:
        click.UsageError: no such form, or a premise given twice.
    """
    given = premises_of(options, several=True)
    for text in own:
        name, sign, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or not name.isidentifier():
            raise click.UsageError(
                f"--set {printable(text)!r} is no premise with its value; write for instance "
                "--set loss=l1"
            )
        if name in given:
            raise click.UsageError(f"{name} is given twice; give it once")
        given[name] = read_premise(name, values.strip(), several=True)
    return given


def _refuse_run_options(ctx: click.Context) -> None:
    """Refuse options of an experiment that is not asked for.

    Raises:
        click.UsageError: there is one.
    """
    for parameter in ctx.command.params:
        source = ctx.get_parameter_source(parameter.name or "")
        if parameter.name in _OF_A_RUN and source is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{parameter.opts[0]} belongs to an experiment: add --run")


def _run(claim: str, given: dict[str, Any], options: dict[str, Any]) -> Verdict:
    """The verdict of the study that decides the claim."""
    from lawcast.cli.study import _resumable
    from lawcast.lab.verify import verify_claim

    if options["no_store"] and options["store"] is not None:
        raise click.UsageError("--store and --no-store exclude each other; give one of them")
    kept_in = None if options["no_store"] else (options["store"] or DEFAULT_STORE)
    with _resumable(kept_in) as tell:
        return verify_claim(
            claim,
            preset=options["preset"],
            rng=options["rng"],
            store=kept_in,
            workers=options["workers"],
            progress=tell,
            **given,
        )


def _again(claim: str, own: Sequence[str], options: dict[str, Any]) -> str:
    """The command that puts the same claim, with the same premises, to the experiment."""
    words = ["lawcast", "claim", claim]
    for name, value in options.items():
        if name not in _OF_A_RUN and value is not None:
            words += [flag(name), value]
    for text in own:
        words += ["--set", text]
    return printable(shlex.join([*words, "--run"]))


def _show(verdict: Verdict, claim: str, again: str) -> None:
    """Print the verdict, and how to put it to the experiment."""
    lines = [card_in_options(verdict.card(), claim)]
    if verdict.study and again:
        lines += ["", f"To run it: {again}"]
    emit("\n".join(lines))
