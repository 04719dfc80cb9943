"""``lawcast check``: what is in a table, what is wrong with it, and what fixes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._shared import (
    OnceCommand,
    as_command_line,
    count_findings,
    emit,
    emit_json,
    exit_code,
    json_option,
    options_card,
    print_findings,
    printable,
    reading_kwargs,
    reading_options,
    strict_option,
)

if TYPE_CHECKING:
    from lawcast._errors import Finding
    from lawcast.runs.table import Runs


@click.command(cls=OnceCommand)
@click.argument("file", metavar="FILE")
@reading_options
@json_option
@strict_option
@click.pass_context
def check(ctx: click.Context, /, file: str, as_json: bool, strict: bool, **options: Any) -> None:
    """Say what is wrong with a table of runs, all at once.

    FILE is CSV, TSV, JSON, JSON lines or Parquet, a chart export of a tracker, or - for standard
    input. Columns are found by common names; what was guessed is printed.
    """
    from lawcast._errors import TableError
    from lawcast.runs.read import read_runs

    kwargs = reading_kwargs(options)
    runs: Runs | None = None
    try:
        runs = read_runs(file, **kwargs)
        findings = runs.check()
    except TableError as error:
        findings = error.findings
    if as_json:
        emit_json(_as_dict(file, runs, findings))
    else:
        _print(file, kwargs, runs, findings)
    ctx.exit(exit_code(findings, strict))


def _print(
    file: str, kwargs: dict[str, Any], runs: Runs | None, findings: tuple[Finding, ...]
) -> None:
    emit(f"Table  {printable(file if runs is None else runs.source)}")
    if runs is None:
        emit("       cannot be used as a table of runs")
    else:
        emit("\n".join(map(printable, options_card(runs.card()).text().splitlines())))
    emit("")
    print_findings(findings)
    if findings:
        emit("")
    emit(f"{count_findings(findings)} in {printable(file)}")
    if findings:
        emit(f"What a code means: lawcast findings {findings[0].code}")
    if runs is not None and file != "-" and exit_code(findings, strict=False) == 0:
        import shlex

        command = f"lawcast fit {shlex.join([file])} {as_command_line(kwargs)}".rstrip()
        emit(f"Next   {printable(command)}")


def _as_dict(file: str, runs: Runs | None, findings: tuple[Finding, ...]) -> dict[str, Any]:
    from lawcast._values import document

    table: dict[str, Any] | None = None
    if runs is not None:
        table = {
            "source": runs.source,
            "sha256": runs.sha256,
            "rows_read": runs.n_read,
            "rows_used": len(runs),
            "row_label": runs.row_label,
            "set_aside": [
                {"rows": list(aside.rows), "reason": aside.reason, "code": aside.code}
                for aside in runs.set_aside
            ],
            "columns": list(runs.columns),
            "names": dict(runs.names),
            "accounting": runs.accounting,
            "derived": list(runs.derived),
            "notes": list(runs.notes),
        }
    return document(
        "check",
        1,
        {
            "file": file,
            "table": table,
            "findings": [finding.to_dict() for finding in findings],
        },
    )
