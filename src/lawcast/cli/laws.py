"""``lawcast laws``: the laws that can be fitted, as they are declared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from lawcast.cli._shared import OnceCommand, emit, emit_json, json_option

if TYPE_CHECKING:
    from lawcast.laws.law import Law


@click.command(cls=OnceCommand)
@click.argument("name", required=False)
@json_option
def laws(name: str | None, as_json: bool) -> None:
    """List the laws that can be fitted, or show all about one."""
    from lawcast._values import document
    from lawcast.laws.registry import get_law, list_laws

    chosen = [get_law(each) for each in (list_laws() if name is None else (name,))]
    if as_json:
        emit_json(document("laws", 1, {"laws": [_as_dict(law) for law in chosen]}))
    elif name is None:
        emit(_list(chosen))
    else:
        emit(_declaration(chosen[0]))


def _list(laws: list[Law]) -> str:
    from lawcast._tables import Table

    rows = tuple((law.name, _variables(law), law.title) for law in laws)
    notes = (
        "bnsl-2 to bnsl-9 have that many breaks.",
        "All about one:  lawcast laws chinchilla",
        "To fit it:      lawcast fit FILE --law chinchilla",
    )
    table = Table(("law", "reads", "what it is"), rows).text()
    return "\n".join([table, "", *notes])


def _declaration(law: Law) -> str:
    from lawcast._tables import Card, Table

    needs = "; all must be positive" if law.positive else ""
    names = {"params": "N params", "tokens": "D tokens", "unique_tokens": "U unique_tokens"}
    reads = (
        "x, any one column"
        if law.free_variable
        else ", ".join(names.get(v, v) for v in law.variables)
    )
    variable = " --variable COLUMN" if law.free_variable else ""
    card = [
        ("Law", f"{law.name}: {law.title}"),
        ("", law.formula),
        ("Reads", f"{reads}; describes the column {law.response}{needs}"),
        ("Source", law.source),
    ]
    if law.floor is not None:
        card.append(("Floor", f"{law.floor}: what remains when every variable grows"))
    if law.rivals:
        card.append(("Rivals", f"{', '.join(law.rivals)}: fitted beside it, to compare"))
    rows = tuple(
        (p.name, p.symbol, domain_text(*p.domain), p.unit or "1", p.meaning) for p in law.parameters
    )
    table = Table(("parameter", "symbol", "domain", "unit", "meaning"), rows)
    return "\n".join(
        [
            Card(tuple(card)).text(),
            "",
            table.text(),
            "",
            f"Fit it: lawcast fit FILE --law {law.name}{variable}",
        ]
    )


def domain_text(low: float, high: float) -> str:
    """An interval as readers write it: closed where it is finite."""
    left = "(-∞" if math.isinf(low) else f"[{low:g}"
    right = "∞)" if math.isinf(high) else f"{high:g}]"
    return f"{left}, {right}"


def _variables(law: Law) -> str:
    return "any one column" if law.free_variable else ", ".join(law.variables)


def _as_dict(law: Law) -> dict[str, Any]:
    return {
        "name": law.name,
        "title": law.title,
        "formula": law.formula,
        "variables": list(law.variables),
        "free_variable": law.free_variable,
        "response": law.response,
        "positive": law.positive,
        "floor": law.floor,
        "exponents": list(law.exponents),
        "rivals": list(law.rivals),
        "source": law.source,
        "parameters": [
            {
                "name": p.name,
                "symbol": p.symbol,
                "meaning": p.meaning,
                "unit": p.unit,
                "domain": list(p.domain),
                "start": list(p.start),
                "scale": p.scale,
            }
            for p in law.parameters
        ],
    }
