"""The sections of a report about studies: what was measured beside what theory says."""

from __future__ import annotations

from collections import Counter

from lawcast._tables import joined
from lawcast.lab.result import StudyResult
from lawcast.reporting.blocks import Block, Embedded, Facts, Grid, Plot, Section, Text
from lawcast.reporting.figures_study import costs_picture, exponents_picture, losses_picture
from lawcast.reporting.gathered import PLACES, Gathered, Shown, anchor
from lawcast.reporting.kind_sections import safe
from lawcast.reporting.look import printable, tidy


def show_studies(gathered: Gathered) -> Shown:
    """Studies, each in a section of its own."""
    given = gathered.of(StudyResult)
    sections, embedded = [], []
    for k, (label, one) in enumerate(given):
        name = anchor("study", k)
        title = printable(f"{tidy(label) or one.study}: {one.title}")
        blocks = study_blocks(one, name)
        sections.append(Section(name, f"The study {title}", blocks, PLACES["studies"]))
        if not gathered.redact:
            embedded.append(Embedded(f"lawcast-{name}", one.to_dict()))
    return Shown(
        tuple(sections), (), tuple(embedded),
        answer=tuple(study_answer(one) for _, one in given),
        sources=tuple(tidy(label) or one.study for label, one in given),
    )  # fmt: skip


def study_blocks(one: StudyResult, prefix: str) -> tuple[Block, ...]:
    """Question, card, figures of losses, exponents and cost, readings."""
    blocks: list[Block] = [Text(printable(one.question), strong=True)]
    blocks += [Facts(safe(one.card().rows)), Plot(losses_picture(one), f"{prefix}-losses")]
    exponents = exponents_picture(one)
    if exponents is not None:
        blocks.append(Plot(exponents, f"{prefix}-exponents"))
    blocks.append(Grid(one.table))
    if one.seconds is not None:
        blocks.append(Plot(costs_picture(one), f"{prefix}-costs"))
    return tuple(blocks)


def study_answer(one: StudyResult) -> str:
    """One sentence: at how many places theory holds."""
    count = Counter(str(verdict.outcome) for verdict in one.verdicts)
    parts = [f"{word} at {number}" for word, number in sorted(count.items(), reverse=True)]
    told = f"theory {joined(parts)} of {len(one.verdicts)} places" if parts else "nothing to test"
    return f"In the study {printable(one.study)} {told}."
