"""``lawcast claims``: the registered claims, each with the verdict that the rules give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lawcast.cli._shared import OnceCommand, emit, emit_json, json_option

if TYPE_CHECKING:
    from lawcast.theory.verdict import Verdict


@click.command(cls=OnceCommand)
@click.argument("id", required=False)
@json_option
def claims(id: str | None, as_json: bool) -> None:
    """List the registered claims with their verdicts, or show one in full.

    The verdicts are worked out from the rules as you ask; none is kept.
    """
    from lawcast._values import document
    from lawcast.theory.claims import CLAIMS, claim_named
    from lawcast.theory.entry import check_claim

    chosen = CLAIMS if id is None else (claim_named(id),)
    verdicts = [check_claim(claim.id) for claim in chosen]
    if as_json:
        rows = [
            {"statement": claim.statement, **verdict.to_dict()}
            for claim, verdict in zip(chosen, verdicts, strict=True)
        ]
        emit_json(document("claims", 1, {"claims": rows}))
    elif id is None:
        emit(_list([claim.statement for claim in chosen], verdicts))
    else:
        emit(_one(verdicts[0]))


def _list(statements: list[str], verdicts: list[Verdict]) -> str:
    from lawcast._tables import Table

    rows = tuple(
        (verdict.id, str(verdict.outcome), statement)
        for statement, verdict in zip(statements, verdicts, strict=True)
    )
    notes = (
        "Verdicts of the rules; undecided means that only a run can tell.",
        "In full, with the reason:   lawcast claim 22",
        "Under another premise:      lawcast claim 22 --target smooth",
        "By experiment:              lawcast claim 22 --run",
    )
    return "\n".join([Table(("id", "verdict", "claim"), rows).text(), "", *notes])


def _one(verdict: Verdict) -> str:
    lines = [verdict.summary()]
    if verdict.study:
        lines += ["", f"To run it: lawcast claim {verdict.id} --run"]
    return "\n".join(lines)
