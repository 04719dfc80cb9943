"""The sections of a report about scores, the links behind them, and laws compared on a table."""

from __future__ import annotations

from lawcast._tables import bracket, significant
from lawcast._units import format_variable
from lawcast.fitting.contest import Contest
from lawcast.fitting.extrapolation.joint import ScoreExtrapolation
from lawcast.fitting.extrapolation.link_result import Link
from lawcast.reporting.blocks import Block, Embedded, Facts, Grid, Plot, Section
from lawcast.reporting.figures_score import link_picture, score_picture
from lawcast.reporting.gathered import PLACES, Gathered, Shown, anchor
from lawcast.reporting.kind_sections import safe, show_each
from lawcast.reporting.look import printable, tidy


def show_scores(gathered: Gathered) -> Shown:
    """Scores forecast through their losses."""
    return show_each(
        gathered,
        ScoreExtrapolation,
        "score",
        "scores",
        title=lambda made: "Where the score goes",
        blocks=score_blocks,
        answer=lambda label, made: score_answer(made),
        source=lambda label, made: tidy(label or made.loss.name or "score"),
        named=lambda made: made.loss.name,
    )


def show_links(gathered: Gathered) -> Shown:
    """Links from a loss, or from compute, to a score."""
    return show_each(
        gathered,
        Link,
        "link",
        "links",
        title=lambda link: f"How the score follows {link.on}",
        blocks=link_blocks,
        answer=lambda label, link: _sentence(link.status.text),
        source=lambda label, link: tidy(label) or f"score over {link.on}",
    )


def show_contests(gathered: Gathered) -> Shown:
    """Laws compared on the largest runs of tables."""
    contests = gathered.of(Contest)
    sections, embedded = [], []
    for k, (label, contest) in enumerate(contests):
        name = anchor("contest", k)
        title = "Which law would have foreseen the largest runs"
        sections.append(
            Section(
                name,
                f"{title}: {tidy(label)}" if label else title,
                (Grid(contest.table), Facts(safe(contest.card().rows))),
                PLACES["contests"],
            )
        )
        embedded.append(Embedded(f"lawcast-{name}", contest.to_dict()))
    return Shown(
        tuple(sections), embedded=tuple(embedded),
        answer=tuple(_sentence(contest.card().rows[0][1]) for _, contest in contests),
        sources=tuple(tidy(label) or f"laws on {c.runs} runs" for label, c in contests),
    )  # fmt: skip


def score_blocks(made: ScoreExtrapolation, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure, values and facts of the forecast of a score: of the loss and of the link."""
    # findings have a section of their own
    rows = [*made.card().rows, *made.loss.card().rows, *made.link.card().rows]
    return (
        Plot(score_picture(made, points=not redact), prefix),
        Grid(made.table),
        Facts(tuple(row for row in safe(rows) if row[0] != "!")),
        Grid(made.link.table(), "Parameters of the link"),
    )


def link_blocks(link: Link, prefix: str, redact: bool) -> tuple[Block, ...]:
    """Figure, parameters and facts of a link; no figure for one that was refused."""
    picture = link_picture(link, points=not redact)
    blocks: list[Block] = [] if picture is None else [Plot(picture, prefix)]
    rows = safe(link.card().rows) if link.x.size else (("Status", printable(link.status.text)),)
    facts = Facts(tuple(row for row in rows if row[0] != "!"))
    return (*blocks, Grid(link.table()), facts)


def score_answer(made: ScoreExtrapolation) -> str:
    """The farthest score in a sentence, and whether to rely on it."""
    loss = made.loss
    i = max(range(len(loss.forecasts)), key=lambda k: loss.forecasts[k].reach)
    there, score = loss.forecasts[i], made.scores[i]
    name = f" of {tidy(loss.name)}" if loss.name else ""
    ends = "no interval can be vouched for"
    if score.interval is not None:
        ends = f"{100 * made.level:.0f} % {bracket(score.interval.low, score.interval.high)}"
    text = (
        f"The score{name} is forecast as {significant(score.value, 3)} ({ends}) at "
        f"{format_variable(loss.variable, there.x)}, {there.reach:.3g} times the data, from "
        f"a {tidy(loss.response)} of {significant(there.value.value)}."
    )
    return text if made.status.ok else f"{text} {_sentence(made.status.text)}"


def _sentence(text: str) -> str:
    text = printable(text)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
