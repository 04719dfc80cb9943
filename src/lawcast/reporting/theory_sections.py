"""The sections of a report about theory: exponents, verdicts, local exponents, paired limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lawcast._tables import Table, joined
from lawcast.reporting.blocks import Block, Embedded, Facts, Grid, Plot, Section
from lawcast.reporting.figures_local import local_exponent_picture, paired_limit_picture
from lawcast.reporting.gathered import PLACES, Gathered, Shown, anchor
from lawcast.reporting.kind_sections import safe, show_each
from lawcast.reporting.look import printable, tidy
from lawcast.theory.exponent import Exponent
from lawcast.theory.local_result import LocalExponent
from lawcast.theory.paired_result import PairedLimit
from lawcast.theory.verdict import Outcome, Verdict

_WORDS = {
    Outcome.HOLDS: ("holds", "hold"),
    Outcome.FAILS: ("fails", "fail"),
    Outcome.CONDITIONAL: ("is conditional", "are conditional"),
    Outcome.UNDECIDED: ("is undecided", "are undecided"),
}


def show_exponents(gathered: Gathered) -> Shown:
    """What theory says of exponents, each with all that it stands on."""
    given = gathered.of(Exponent)
    sections, embedded = [], []
    for k, (label, one) in enumerate(given):
        name = anchor("exponent", k)
        called = tidy(label) or one.number
        title = f"What theory says of the exponent: {called}"
        blocks: tuple[Block, ...] = (Facts(safe(one.card().rows)),)
        sections.append(Section(name, printable(title), blocks, PLACES["theory"]))
        embedded.append(Embedded(f"lawcast-{name}", one.to_dict()))
    return Shown(
        tuple(sections), (), tuple(embedded),
        answer=tuple(f"Theory says {one.number} ({one.status})." for _, one in given),
        sources=tuple(dict.fromkeys(tidy(label) or "theory" for label, _ in given)),
    )  # fmt: skip


def show_verdicts(gathered: Gathered) -> Shown:
    """Claims and what became of them: one table, then each in full."""
    given = [verdict for _, verdict in gathered.of(Verdict)]
    if not given:
        return Shown()
    blocks: list[Block] = [Grid(_verdict_table(given))]
    for verdict in given:
        blocks.append(Facts(safe(verdict.card().rows)))
    embedded = [
        Embedded(f"lawcast-{anchor('verdict', k)}", verdict.to_dict())
        for k, verdict in enumerate(given)
    ]
    return Shown(
        (Section("verdicts", "Claims put to the test", tuple(blocks), PLACES["verdicts"]),),
        (),
        tuple(embedded),
        answer=(verdict_answer(given),),
        sources=("claims",),
    )


def verdict_answer(verdicts: Sequence[Verdict]) -> str:
    """One sentence: how many claims hold, and how many do not."""
    if len(verdicts) == 1:
        one = verdicts[0]
        return f"The claim “{printable(one.claim)}” {_WORDS[one.outcome][0]}."
    count = Counter(verdict.outcome for verdict in verdicts)
    if len(count) == 1:
        return f"All {len(verdicts)} claims {_WORDS[verdicts[0].outcome][1]}."
    parts = [
        f"{count[outcome]} {words[count[outcome] > 1]}"
        for outcome, words in _WORDS.items()
        if count[outcome]
    ]
    return f"Of {len(verdicts)} claims {joined(parts)}."


def show_local_exponents(gathered: Gathered) -> Shown:
    """Slopes as functions of the size."""
    return show_each(
        gathered, LocalExponent, "local-exponent", "theory",
        title=lambda one: "The exponent at every size",
        blocks=_local_blocks,
        answer=lambda label, one: _answer(label or "The exponent at every size", one.status.text),
        source=lambda label, one: tidy(label) or "local exponent",
        word="curve",
    )  # fmt: skip


def show_paired_limits(gathered: Gathered) -> Shown:
    """Differences to a limit at the same size of the other resource."""
    return show_each(
        gathered, PairedLimit, "paired-limit", "theory",
        title=lambda one: "The loss less its limit",
        blocks=_paired_blocks,
        answer=lambda label, one: _answer(label or "The loss less its limit", one.status.text),
        source=lambda label, one: tidy(label) or "paired limit",
        word="limit",
    )  # fmt: skip


def _answer(what: str, status: str) -> str:
    return printable(f"{tidy(what)}: {status.rstrip('.')}.")


def _local_blocks(one: LocalExponent, prefix: str, redact: bool) -> tuple[Block, ...]:
    picture = local_exponent_picture(one, points=not redact)
    return (
        Facts(safe(one.card().rows)), Plot(picture, prefix), Grid(one.table, "Every size"),
    )  # fmt: skip


def _paired_blocks(one: PairedLimit, prefix: str, redact: bool) -> tuple[Block, ...]:
    picture = paired_limit_picture(one, points=not redact)
    return (Facts(safe(one.card().rows)), Plot(picture, prefix), Grid(one.table))


def _verdict_table(verdicts: Sequence[Verdict]) -> Table:
    rows = tuple((one.id or None, one.claim, one.told, one.study or None)
                 for one in verdicts)  # fmt: skip
    return Table(("id", "claim", "verdict", "study"), rows)


__all__ = [
    "show_exponents", "show_local_exponents", "show_paired_limits", "show_verdicts",
    "verdict_answer",
]  # fmt: skip
