"""The share of a report that shows every object of one kind, each in a section of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from lawcast._errors import Finding
from lawcast.reporting.blocks import Block, Embedded, Section
from lawcast.reporting.gathered import DECLARED, PLACES, Gathered, Shown, about, anchor
from lawcast.reporting.look import printable, tidy


class Showable(Protocol):
    """A result with findings that can be saved."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""


Kind = TypeVar("Kind", bound=Showable)
Blocks = Callable[[Kind, str, bool], tuple[Block, ...]]
More = Callable[[Kind, str, str, bool], tuple[Section, ...]]


def show_each(
    gathered: Gathered,
    kind: type[Kind],
    stem: str,
    place: str,
    *,
    title: Callable[[Kind], str],
    blocks: Blocks[Kind],
    answer: Callable[[str, Kind], str],
    source: Callable[[str, Kind], str],
    named: Callable[[Kind], str] = lambda one: "",
    word: str = "",
    more: More[Kind] = lambda one, name, called, redact: (),
    kept: Callable[[Kind], Kind] = lambda one: one,
) -> Shown:
    """A section for each object of a kind, its findings, and the object itself as JSON.

    Args:
        gathered: what the report shows.
        kind: the class of the objects.
        stem: how their anchors start.
        place: their place among the sections, a key of :data:`PLACES`.
        title: heading of a section, to which the name of the object is added.
        blocks: what a section shows, from the object, its anchor and whether to redact.
        answer: the sentence about an object, from its label and the object.
        source: what it is about, for the head of the report, from the same.
        named: the name that an object has where it was given no label.
        word: what one of several is called that have no name; the stem unless said.
        more: further sections, from the object, its anchor, its name and whether to redact.
        kept: what of the object the report carries.
    """
    objects = gathered.of(kind)
    sections: list[Section] = []
    findings, embedded = [], []
    for k, (label, one) in enumerate(objects):
        name = anchor(stem, k)
        numbered = f"{word or stem} {k + 1}" if len(objects) > 1 else ""
        called = tidy(label or named(one)) or numbered
        heading = f"{title(one)}: {called}" if called else title(one)
        shown = blocks(one, name, gathered.redact)
        sections.append(Section(name, heading, shown, PLACES[place]))
        sections += more(one, name, called, gathered.redact)
        said = called if len(objects) > 1 else ""
        found = findings_shown(one.findings, gathered.redact)
        findings += [(about(said, finding), name) for finding in found]
        if not gathered.redact:
            embedded.append(Embedded(f"lawcast-{name}", kept(one).to_dict()))
    return Shown(
        tuple(sections), tuple(findings), tuple(embedded),
        answer=tuple(answer(label, one) for label, one in objects),
        sources=tuple(source(label, one) for label, one in objects),
    )  # fmt: skip


def findings_shown(findings: Iterable[Finding], redact: bool) -> list[Finding]:
    """The findings; redacted ones say what was found and nothing about where."""
    if not redact:
        return list(findings)
    return [
        replace(
            finding, rows=(), fix="",
            message=DECLARED[finding.code].title if finding.code in DECLARED else "a finding",
        )
        for finding in findings
    ]  # fmt: skip


def safe(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Lines without the control characters that a user's name may hold."""
    return tuple((label, printable(line)) for label, line in rows)
