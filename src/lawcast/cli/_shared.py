"""Options and output that the commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from lawcast._errors import Finding

Command = TypeVar("Command", bound=Callable[..., Any])

_ROLES = {
    "params": "parameters N",
    "tokens": "training tokens D",
    "samples": "training samples, the same as --tokens",
    "compute": "training compute C",
    "loss": "the loss",
    "run": "the run that a row belongs to",
    "family": "the family that a run belongs to",
    "step": "the training step",
    "seed": "the random seed",
    "unique_tokens": "distinct tokens, where data is repeated",
    "width": "the model width",
    "eval_set": "the evaluation set or tokeniser",
}
_CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "params_kind": (("total", "non-embedding"), "What N counts."),
    "loss_unit": (("nats", "bits", "perplexity"), "Unit of the loss (default: nats)."),
    "accounting": (("6ND", "2ND", "column"), "How compute is counted."),
    "checkpoints": (("final", "all"), "Rows of a run to keep (default: final)."),
    "duplicates": (("once", "all"), "How to count equal rows (default: once)."),
    "decimal": ((".", ","), "The decimal sign (default: found out)."),
}
_UNITS = {
    "params_unit": 'Unit of bare numbers: "M", "B".',
    "tokens_unit": 'Unit of bare numbers: "B", "T".',
    "compute_unit": 'Unit of bare numbers: "FLOP", "EFLOP", "PF-days".',
}


def reading_options(command: Command) -> Command:
    """Add the options of :func:`lawcast.read_runs`; see :func:`reading_kwargs`."""
    return reading_options_except()(command)


def reading_options_except(*own: str) -> Callable[[Command], Command]:
    """The same without the options that a command declares itself, with a wider meaning."""

    def add(command: Command) -> Command:
        return _add_reading_options(command, own)

    return add


def _add_reading_options(command: Command, own: Sequence[str]) -> Command:
    options: list[Callable[[Any], Any]] = [
        click.option(_flag(name), name, metavar="COLUMN", help=f"Column of {meaning}.")
        for name, meaning in _ROLES.items()
        if name not in own
    ]
    options += [
        click.option(_flag(name), name, metavar="UNIT", help=text) for name, text in _UNITS.items()
    ]
    options += [
        click.option(_flag(name), name, type=click.Choice(values), help=text)
        for name, (values, text) in _CHOICES.items()
    ]
    options.append(
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="COLUMN",
            help="A numeric column of your own law (repeat for more).",
        )
    )
    options.append(
        click.option(
            "--drop",
            multiple=True,
            type=click.Choice(["diverged"]),
            help="Set aside the rows that finding R015 names.",
        )
    )
    for option in reversed(options):
        command = option(command)
    return command


def reading_kwargs(options: dict[str, Any]) -> dict[str, Any]:
    """Take the reading options out of a command's keywords, as arguments of ``read_runs``.

    Args:
        options: keywords of the command; the reading options are removed from it.

    Returns:
        Only those that the user gave, so that the library's own defaults hold.

    Raises:
        click.UsageError: two options contradict each other.
    """
    if options.get("tokens") is not None and options.get("samples") is not None:
        raise click.UsageError("--tokens and --samples name the same column; give one of them")
    names = (*_ROLES, *_UNITS, *_CHOICES, "columns", "drop")
    taken = {name: options.pop(name) for name in names}
    return {name: value for name, value in taken.items() if value not in (None, ())}


def as_command_line(kwargs: dict[str, Any]) -> str:
    """The options that give these arguments of ``read_runs`` again, quoted for a shell."""
    import shlex

    words: list[str] = []
    for name, value in kwargs.items():
        flag = "--column" if name == "columns" else _flag(name)
        for item in value if isinstance(value, (tuple, list)) else (value,):
            words += [flag, str(item)]
    return shlex.join(words)


def json_option(command: Command) -> Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(
        command
    )


def strict_option(command: Command) -> Command:
    """Add ``--strict``."""
    return click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")(command)


def emit(text: str) -> None:
    """Print a result on standard output; characters that it cannot show become "?"."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, errors="replace").decode(encoding))


def emit_json(data: Any) -> None:
    """Print JSON on standard output; NaN and infinities as strings, because JSON has none."""
    click.echo(json.dumps(_plain(data), indent=2, ensure_ascii=True, allow_nan=False))


def print_findings(findings: Sequence[Finding], *, to_stderr: bool = False) -> None:
    """Print findings within 80 columns: code, severity, what, which rows, and the fix."""
    console = sys.stderr if to_stderr else sys.stdout
    for finding in findings:
        for i, (line, style) in enumerate(finding_lines(finding)):
            if i == 0 and wants_colour(console):
                line = click.style(line, **style)
            encoding = console.encoding or "utf-8"
            click.echo(line.encode(encoding, errors="replace").decode(encoding), file=console)


def finding_lines(finding: Finding) -> list[tuple[str, dict[str, Any]]]:
    """The lines of a finding and the style of each; the meaning is in the words, not the colour."""
    import textwrap

    from lawcast._errors import Severity, list_rows

    mark, colour = {
        Severity.ERROR: ("x", "red"),
        Severity.WARNING: ("!", "yellow"),
        Severity.NOTE: ("-", "cyan"),
    }[finding.severity]
    lead = f"{mark} {finding.code} {finding.severity}: "
    parts = textwrap.wrap(
        printable(finding.message), 80, initial_indent=lead, subsequent_indent="  "
    )
    if finding.rows:
        rows = list_rows(finding.rows, finding.row_label)
        parts += textwrap.wrap(rows, 80, initial_indent="  ", subsequent_indent="    ")
    if finding.fix:
        parts += textwrap.wrap(
            f"fix: {printable(finding.fix)}",
            80,
            initial_indent="  ",
            subsequent_indent="       ",
            break_on_hyphens=False,
        )
    return [(part, {"fg": colour} if i == 0 else {}) for i, part in enumerate(parts)]


def count_findings(findings: Iterable[Finding]) -> str:
    """``"1 error, 2 warnings, 1 note"``."""
    from lawcast._errors import Severity

    every = list(findings)
    parts = []
    for severity in Severity:
        number = sum(finding.severity is severity for finding in every)
        if number:
            parts.append(f"{number} {severity}{'s' if number != 1 else ''}")
    return ", ".join(parts) or "no findings"


def exit_code(findings: Iterable[Finding], strict: bool) -> int:
    """1 when there is an error, or, if ``strict``, a warning; else 0."""
    from lawcast._errors import Severity

    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return int(any(finding.severity in bad for finding in findings))


def wants_colour(stream: Any) -> bool:
    """Whether to colour: a terminal, and NO_COLOR is not set."""
    import os

    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def printable(text: str) -> str:
    """Text without control characters, which a hostile name could use on a terminal."""
    return "".join(ch if ch.isprintable() else " " for ch in text)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
