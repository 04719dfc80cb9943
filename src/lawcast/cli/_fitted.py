"""What ``lawcast fit`` says: a fit with its predictions, or why there is none."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._rows import row_words
from lawcast.cli._shared import (
    as_command_line,
    as_options,
    count_findings,
    emit,
    emit_json,
    options_card,
    print_findings,
    printable,
)

_MOST_LISTED = 50
"""Bad rows up to which a message offers to leave them out."""

if TYPE_CHECKING:
    from lawcast._errors import Finding, FitRefused, TableError
    from lawcast._tables import Card
    from lawcast.fitting.prediction import Prediction
    from lawcast.fitting.result import Fit


@dataclass(frozen=True)
class Fitted:
    """One fit of the command: the whole table's, or a group's."""

    group: str
    fit: Fit
    findings: tuple[Finding, ...]
    predictions: tuple[Prediction, ...]
    unpredicted: tuple[tuple[str, str], ...] = ()
    target: Path | None = None
    sha256: str = ""
    replaced: bool = False
    figures: Path | None = None
    figure_count: int = 0

    def findings_that_count(self, accepted: Collection[str]) -> list[Finding]:
        """Of the table, the fit and its predictions; an error that the fit got past is accepted."""
        from lawcast._errors import Severity

        table = [f for f in self.findings if f.severity is not Severity.ERROR]
        about = [finding for p in self.predictions for finding in p.findings]
        return [f for f in (*table, *self.fit.findings, *about) if f.code not in accepted]


def show_fit(file: str, kwargs: dict[str, Any], result: Fitted, predicted: bool) -> None:
    """Print a fit: its summary, the table's findings, predictions, files and the next commands."""
    from lawcast._tables import Card
    from lawcast.fitting.summary import fit_card

    rows = list(fit_card(result.fit).rows)
    if result.findings:
        codes = ", ".join(dict.fromkeys(finding.code for finding in result.findings))
        rows.append(("Table", f"{count_findings(result.findings)}: {codes}"))
        if file != "-":
            rows.append(("", _command("check", file, kwargs)))
    for prediction in result.predictions:
        rows += [("", ""), *prediction.card().rows]
    for where, reason in result.unpredicted:
        advice = "" if "fixed-ratio" in reason else "; try --along fixed-ratio"
        text = reason.replace('along="fixed-ratio"', "--along fixed-ratio")
        rows += [("", ""), ("!", f"no prediction at {where}: {text}{advice}")]
    lines = [_plain_text(options_card(Card(tuple(rows))))]
    if result.figures is not None or result.target is not None:
        lines.append("")
    if result.figures is not None:
        lines.append(f"Drawn  {result.figure_count} files in {printable(str(result.figures))}")
    if result.target is not None:
        mark = f" ({result.sha256[:8]})" if result.sha256 else ""
        again = ", in place of an earlier one" if result.replaced else ""
        lines.append(f"Saved  {printable(str(result.target))}{mark}{again}")
        where = printable(shlex.quote(str(result.target)))
        lines.append(f"Next   lawcast report {where}")
        if not predicted:
            lines.append(f"       lawcast predict {where} {_example(result.fit)}")
    emit("\n".join(lines))


def group_text(by: str, name: str) -> str:
    """How a group is called: ``"family = small"``."""
    return f"{printable(_cut(by))} = {printable(_cut(name)) or '(none)'}"


def _cut(name: str, most: int = 60) -> str:
    return name if len(name) <= most else name[: most - 3] + "..."


def _example(fit: Fit) -> str:
    """Options of a prediction that this fit can make."""
    variables = fit.law.variables
    if variables == ("compute",) or set(variables) == {"params", "tokens"}:
        return "--compute 10x"
    return " ".join(
        f"--{v} 10x" if v in ("params", "tokens") else f"--set {shlex.quote(f'{v}=10x')}"
        for v in variables
    )


def fits_as_dict(results: list[Fitted], by: str | None) -> dict[str, Any]:
    """One fit's document, or those of all groups in one."""
    from lawcast._values import document

    if by is None:
        return _one_dict(results[0])
    groups = {result.group: _one_dict(result) for result in results}
    return document("fits", 1, {"by": by, "groups": groups})


def _one_dict(result: Fitted) -> dict[str, Any]:
    """The document of the fit, which opens again, with what a reader of JSON asks for first."""
    return result.fit.to_dict() | {
        "parameters": {n: e.to_dict() for n, e in result.fit.parameters.items()},
        "table_findings": [finding.to_dict() for finding in result.findings],
        "predictions": [prediction.to_dict() for prediction in result.predictions],
        "unpredicted": [{"at": at, "reason": reason} for at, reason in result.unpredicted],
        "saved": None
        if result.target is None
        else {"path": str(result.target), "sha256": result.sha256},
    }


def _command(name: str, file: str, kwargs: dict[str, Any]) -> str:
    return printable(f"lawcast {name} {shlex.join([file])} {as_command_line(kwargs)}".rstrip())


def _plain_text(card: Card) -> str:
    return "\n".join(printable(line) for line in card.text().splitlines())


def say_bad_table(file: str, kwargs: dict[str, Any], error: TableError, as_json: bool) -> int:
    """Print why a table cannot be fitted; returns the exit code."""
    from lawcast._errors import Severity

    message = f"{printable(file)} cannot be fitted as it is; nothing was written."
    if as_json:
        emit_json(_refusal_dict(message, error.findings, None))
        return 1
    click.echo(f"Error: {message}", err=True)
    print_findings(error.findings, to_stderr=True)
    errors = [f for f in error.findings if f.severity is Severity.ERROR]
    codes = sorted({finding.code for finding in errors})
    rows = sorted({row for finding in errors for row in finding.rows})
    if file != "-":
        click.echo(f"All findings: {_command('check', file, kwargs)}", err=True)
    if rows and len(rows) <= _MOST_LISTED:
        click.echo(f"To leave those rows out: --without {row_words(rows)}", err=True)
    if "R001" not in codes:
        accept = " ".join(f"--accept {code}" for code in codes)
        click.echo(f"To fit all the same, at your own risk: {accept}", err=True)
    return 1


def say_refused(error: FitRefused, as_json: bool) -> int:
    """Print why a fit is refused, and the estimate as what it is; returns the exit code."""
    from lawcast._tables import Card, wrap

    if as_json:
        emit_json(_refusal_dict(str(error), error.findings, error.fit))
        return 1
    if error.findings:
        click.echo("Error: the fit is refused; nothing was written.", err=True)
        print_findings(error.findings, to_stderr=True)
    else:
        click.echo(wrap(f"Error: {printable(as_options(str(error)))}", indent="  "), err=True)
    if error.fit is not None:
        from lawcast.fitting.summary import law_rows

        click.echo("The estimate, not supported by these runs; do not quote it:", err=True)
        click.echo(_plain_text(Card(tuple(law_rows(error.fit)))), err=True)
    return 1


def _refusal_dict(message: str, findings: tuple[Finding, ...], fit: Fit | None) -> dict[str, Any]:
    from lawcast._values import document

    return document(
        "error",
        1,
        {
            "error": message,
            "findings": [finding.to_dict() for finding in findings],
            "estimate": None
            if fit is None
            else {
                "supported": False,
                "law": fit.law.name,
                "parameters": {n: e.to_dict() for n, e in fit.parameters.items()},
            },
        },
    )
