"""``lawcast explain``: which hypotheses a measured exponent and dimension leave alive."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._curves import require_image
from lawcast.cli._points import FRACTION
from lawcast.cli._progress import waiting
from lawcast.cli._shared import (
    OnceCommand,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    printable,
    strict_option,
)
from lawcast.cli._writing import all_or_nothing, digest, require_free, require_place

if TYPE_CHECKING:
    from lawcast.theory.explanation import Explanation

_WORDS = {
    "leave interval and se out": "leave --interval and --se out",
    "exponent names a parameter of a fit": "--exponent names a parameter of a fit",
    "fit with bootstrap=1000": "fit with --bootstrap 1000",
    "say q, or name": "say --q, or name",
    ".experiments and in the JSON": "the JSON (--json)",
}
"""Texts of the library -> the same with options of this command."""
_EXPONENT = re.compile(r'exponent="([^"]*)"')


def _ends(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """The two ends behind 0.30,0.38; the library judges the values."""
    if value is None:
        return None
    words = value.split(",")
    try:
        low, high = (float(word) for word in words)
    except ValueError as error:
        raise click.BadParameter(
            f"{printable(value)} is no interval; write its two ends, for instance 0.30,0.38"
        ) from error
    return low, high


@click.command(cls=OnceCommand)
@click.argument("files", nargs=-1, metavar="[FIT] [DIMENSION]")
@click.option("--alpha", type=float, metavar="NUMBER", help="The exponent, in place of FIT.")
@click.option("--interval", callback=_ends, metavar="LOW,HIGH", help="Interval of --alpha.")
@click.option("--se", type=float, metavar="NUMBER", help="Its standard error, instead.")
@click.option("--dimension", type=float, metavar="NUMBER",
              help="The dimension, in place of DIMENSION.")  # fmt: skip
@click.option("--dimension-interval", callback=_ends, metavar="LOW,HIGH",
              help="Interval of --dimension; HIGH inf says that it is at least LOW.")  # fmt: skip
@click.option("--exponent", metavar="NAME", help="Exponent of the fit: alpha, beta, c ...")
@click.option(
    "--loss", metavar="NAME", help="l1, l2, l4, lq (with --q), kl, cross-entropy, huber, zero-one."
)
@click.option("--variable", metavar="NAME", help="What alpha is about: data, parameters, width.")
@click.option("--q", type=float, metavar="NUMBER", help="Power of the loss.")
@click.option("--p", type=float, metavar="NUMBER", help="Degree of the approximator.")
@click.option("--s", type=float, metavar="NUMBER", help="Smoothness of the target.")
@click.option("--c", type=float, metavar="NUMBER", help="Codimension of its singular set.")
@click.option("--nu", type=float, metavar="NUMBER", help="Smoothness of a Matérn kernel.")
@click.option("--a", type=float, metavar="NUMBER",
              help="Decay of a spectrum or of the frequency of skills.")  # fmt: skip
@click.option("--ambient", type=float, metavar="NUMBER",
              help="Dimension of the space around the data (noisy input).")  # fmt: skip
@click.option("--factor", type=float, metavar="NUMBER",
              help="Dimension of the largest factor (additive target).")  # fmt: skip
@click.option("--level", type=FRACTION, metavar="NUMBER",
              help="Level of intervals given here, and of the test (default: 0.9, or that of the "
              "fit).")  # fmt: skip
@click.option("--figure", metavar="FILE", help="Draw alpha against d: a .png, .svg or .pdf file.")
@click.option("--out", metavar="FILE", help="Save the result as JSON.")
@json_option
@strict_option
@click.pass_context
def explain(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    alpha: float | None,
    interval: tuple[float, float] | None,
    se: float | None,
    dimension: float | None,
    dimension_interval: tuple[float, float] | None,
    figure: str | None,
    out: str | None,
    as_json: bool,
    strict: bool,
    **options: Any,
) -> None:
    """Say which hypotheses an exponent and a dimension leave alive.

    FIT is a file of lawcast fit --out, DIMENSION one of lawcast dimension --out. Each may be given
    as a number instead: lawcast explain --alpha 0.34 --interval 0.30,0.38 --dimension 12
    """
    from lawcast._errors import ArgumentError

    target, drawn = _place(out, files), require_image(figure)
    if target and drawn and target.resolve() == drawn.resolve():
        raise click.UsageError("--out and --figure name the same file; give each its own")
    if dimension_interval is not None and dimension is None:
        raise click.UsageError("--dimension-interval belongs to --dimension, which is missing")
    opened = _opened(files)
    first = _one("fit", opened, alpha, "--alpha")
    second: Any = _one("dimension", opened, dimension, "--dimension")
    if dimension_interval is not None:
        second = (dimension, *dimension_interval)
    from lawcast.theory.explain import explain as explained

    try:
        made = explained(first, second, interval=interval, se=se, **options)
    except ArgumentError as error:
        raise type(error)(_in_options(str(error))) from error
    saved = _save(made, target, drawn, files)
    if as_json:
        emit_json(made.to_dict() | saved)
    else:
        _show(made, saved)
    ctx.exit(exit_code(made.findings, strict))


def _opened(files: tuple[str, ...]) -> Mapping[str, Any]:
    """Kind -> what the files hold, in whichever order they were named.

    Raises:
        click.UsageError: two of a kind, or something else.
    """
    from lawcast.fitting.result import Fit
    from lawcast.geometry.collection import Dimensions
    from lawcast.geometry.result import Dimension
    from lawcast.reporting.saved import read_saved

    found: dict[str, tuple[str, Any]] = {}
    for file in files:
        if file == "-":
            raise click.UsageError("a saved result is read from a file, not from standard input")
        for one in read_saved(file):
            kind = "fit" if isinstance(one, Fit) else "dimension"
            if isinstance(one, Dimensions):
                raise click.UsageError(
                    f"{printable(file)} holds the dimensions of {one.counted(len(one))}; measure "
                    "the one that is meant alone and name that file"
                )
            if not isinstance(one, (Fit, Dimension)):
                raise click.UsageError(
                    f"{printable(file)} holds no fit and no dimension but a "
                    f"{type(one).__name__}; name files of lawcast fit and lawcast dimension"
                )
            if kind in found:
                other = printable(found[kind][0])
                raise click.UsageError(
                    f"{other} and {printable(file)} each hold a {kind}; name one fit and one "
                    "dimension"
                )
            found[kind] = (file, one)
    return {kind: one for kind, (_, one) in found.items()}


def _one(kind: str, opened: Mapping[str, Any], number: float | None, option: str) -> Any:
    """A fit or a dimension, from its file or its option.

    Raises:
        click.UsageError: neither, or both.
    """
    if kind in opened and number is not None:
        raise click.UsageError(
            f"a file holds a {kind}, and {option} is given too; give one of them"
        )
    if kind not in opened and number is None:
        raise click.UsageError(
            f"there is no {kind}: name a file of lawcast {kind} --out, or give {option} NUMBER"
        )
    return opened.get(kind, number)


def _place(text: str | None, inputs: tuple[str, ...]) -> Path | None:
    """Where to save; checked before the work, not after it."""
    if text is None:
        return None
    if text == "-":
        raise click.UsageError("--out needs a file name; --json prints the result instead")
    target = Path(text)
    require_place(target)
    if not _is_earlier(target):
        require_free(target, inputs, "explanation")
    if target.suffix.lower() != ".json":
        raise click.UsageError(
            f"--out {printable(text)}: the result is saved as JSON, so the name must end in .json; "
            "--figure draws it"
        )
    return target


def _is_earlier(target: Path) -> bool:
    """Whether a file is an earlier result of this command."""
    if not target.is_file():
        return False
    with target.open("rb") as stream:
        return b'"schema": "lawcast/explanation' in stream.read(200)


def _save(
    made: Explanation, target: Path | None, drawn: Path | None, inputs: tuple[str, ...]
) -> dict[str, Any]:
    """Write the result and the figure, or nothing."""
    from lawcast._files import write_atomically
    from lawcast.cli.extrapolate import write_picture

    with all_or_nothing(inputs) as staged:
        if drawn is not None:
            from lawcast.reporting.figures_explain import explanation_picture

            with waiting("drawing the figure"):
                write_picture(explanation_picture(made), staged, drawn)
        if target is not None:
            content = json.dumps(made.to_dict(), allow_nan=False) + "\n"
            write_atomically(staged.file(target), content)
    place = None if target is None else {"path": str(target), "sha256": digest(target)}
    return {"saved": place, "figure": None if drawn is None else str(drawn)}


def _show(made: Explanation, saved: dict[str, Any]) -> None:
    """Print the result and where it went."""
    from lawcast._tables import Card

    texts = []
    for part in made.parts():
        if isinstance(part, Card):
            rows = tuple((label, _in_options(line)) for label, line in part.rows)
            part = options_card(Card(rows))
        texts.append(part.text())
    lines = "\n\n".join(texts).splitlines()
    if saved["figure"] or saved["saved"]:
        lines.append("")
    if saved["figure"]:
        lines.append(f"Drawn  {printable(saved['figure'])}")
    if saved["saved"]:
        path, sha256 = saved["saved"]["path"], saved["saved"]["sha256"]
        lines.append(f"Saved  {printable(path)}" + (f" ({sha256[:8]})" if sha256 else ""))
    emit("\n".join(printable(line) for line in lines))


def _in_options(text: str) -> str:
    """Arguments of the library that only this command has, written as its options."""
    for words, shown in _WORDS.items():
        text = text.replace(words, shown)
    return _EXPONENT.sub(r"--exponent \1", text)
