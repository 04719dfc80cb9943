"""Papers are named once."""

from __future__ import annotations

from pathlib import Path

import lawcast.theory.explain as theory
from lawcast.theory.hypotheses import HYPOTHESES
from lawcast.theory.rules import RULES
from lawcast.theory.sources import PAPERS, named, papers_in


def test_marks_become_names() -> None:
    assert named("[B] Theorem 2; [S] section 2") == (
        "Bahri et al. 2021 Theorem 2; Sharma & Kaplan 2020 section 2"
    )
    assert papers_in(["[B] section 2", "Bahri et al. 2021"]) == (
        "Bahri et al. 2021: arXiv 2102.06701",
    )
    assert papers_in(["Stone 1982"]) == ()


def test_rules_and_hypotheses_cite_the_same_papers() -> None:
    cited = [{paper.name for paper in PAPERS if paper.name in named(source)} for source in (
        "\n".join(rule.source for rule in RULES),
        "\n".join(g.source for h in HYPOTHESES for g in h.grounds),
    )]  # fmt: skip
    assert cited[0] == cited[1] == {paper.name for paper in PAPERS}


def test_numbers_of_papers_stand_in_one_place() -> None:
    room = Path(theory.__file__).parent
    numbers = {f"arXiv {paper.arxiv}" for paper in PAPERS}
    found = {path.name for path in room.glob("*.py") if any(n in path.read_text() for n in numbers)}
    assert found <= {"sources.py"}


def test_an_explanation_names_a_paper_once() -> None:
    text = theory.explain(0.5, 4.0, se=0.01, loss="l2", variable="data").summary()
    assert text.count("2102.06701") == text.count("2004.10802") == 1
    assert "Papers" in text
