"""The two papers that most rules and hypotheses rest on, named once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper.

    Args:
        mark: how the table of rules writes it.
        name: how a sentence names it.
        title: its title.
        arxiv: its number there.
    """

    mark: str
    name: str
    title: str
    arxiv: str


PAPERS = (
    Paper("[B]", "Bahri et al. 2021", "Explaining Neural Scaling Laws", "2102.06701"),
    Paper("[S]", "Sharma & Kaplan 2020", "Scaling Laws from the Data Manifold Dimension",
          "2004.10802"),
)  # fmt: skip
"""Papers that are cited often."""

BAHRI, SHARMA = (paper.name for paper in PAPERS)
OWN = "derived here"
"""Stands where Lawcast itself is the source."""


def named(source: str) -> str:
    """A source with papers named in place of their marks."""
    for paper in PAPERS:
        source = source.replace(paper.mark, paper.name)
    return source


def papers_in(sources: Iterable[str]) -> tuple[str, ...]:
    """``"Bahri et al. 2021: arXiv 2102.06701"`` for each paper that these sources cite."""
    text = "\n".join(sources)
    return tuple(
        f"{paper.name}: arXiv {paper.arxiv}"
        for paper in PAPERS
        if paper.name in text or paper.mark in text
    )
