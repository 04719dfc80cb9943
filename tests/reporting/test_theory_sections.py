"""The sections of a report about theory, and one report of everything that theory says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lawcast as lc
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from lawcast.reporting.saved import read_saved
from lawcast.reporting.theory_sections import verdict_answer
from lawcast.theory.explain import explain
from lawcast.theory.explanation import Explanation
from lawcast.theory.exponent import Exponent
from lawcast.theory.local_exponent import local_exponent
from lawcast.theory.local_result import LocalExponent
from lawcast.theory.paired_limit import paired_limit
from lawcast.theory.paired_result import PairedLimit
from lawcast.theory.verdict import Outcome, Verdict
from reporting.conftest import HOSTILE
from reporting.pages import read_page
from tiny_studies import TINY

HOLDS = Verdict("alpha = 2/d", Outcome.HOLDS, "It does.")
FAILS = Verdict("alpha = 3/d", Outcome.FAILS, "It does not.", id="7", study="interpolation")
OPEN = replace(HOLDS, outcome=Outcome.UNDECIDED)
IF = replace(HOLDS, outcome=Outcome.CONDITIONAL)


@pytest.fixture(scope="module")
def told() -> Exponent:
    return lc.exponent(variable="data", loss="l2", approximator="piecewise-linear", dimension=3)


@pytest.fixture(scope="module")
def local() -> LocalExponent:
    x = np.geomspace(1e6, 1e9, 14)
    noise = np.random.default_rng(0).normal(size=14)
    return local_exponent(x, 1.7 + (x / 3e7) ** -0.3 * (1 + 0.02 * noise), floor=1.7)


@pytest.fixture(scope="module")
def paired() -> PairedLimit:
    sizes = 2.0 ** np.arange(9, 16)
    return paired_limit(sizes, 0.05 + 3.0 / sizes, limit=0.05)


@pytest.fixture(scope="module")
def everything(told: Exponent, local: LocalExponent, paired: PairedLimit) -> list[object]:
    why = explain(1.34, (3.0, 2.9, 3.1), se=0.05, loss="l2", variable="data")
    study = run_study(TINY, workers=1)
    checked = lc.check_claim("alpha >= 4/d", loss="l2", approximator="piecewise-constant")
    return [told, checked, FAILS, why, local, paired, study]


def test_a_report_of_everything(everything: list[object], tmp_path: Path) -> None:
    report = lc.report(*everything)
    page = report.html()
    read_page(page)
    assert len(page) < 1_000_000
    names = [section.name for section in report.sections]
    for name in ("explanation", "exponent", "local-exponent", "paired-limit", "verdicts", "study"):
        assert name in names
    assert names.index("explanation") < names.index("verdicts") < names.index("study")
    report.save(tmp_path / "all.html")
    opened = read_saved(tmp_path / "all.html")
    kinds = [Explanation, Exponent, LocalExponent, PairedLimit, Verdict, Verdict, StudyResult]
    assert [type(one) for one in opened] == kinds
    given = {type(one): one for one in everything if not isinstance(one, Verdict)}
    for one in opened:
        if not isinstance(one, Verdict):
            assert one.to_dict() == given[type(one)].to_dict()
    assert [one.claim for one in opened if isinstance(one, Verdict)] == [
        "alpha >= 4/d",
        "alpha = 3/d",
    ]
    assert lc.report(*everything).html() == page


def test_every_answer_is_a_sentence(everything: list[object]) -> None:
    answer = lc.report(*everything).answer
    assert len(answer) == 6
    assert all(sentence.endswith((".", "?")) for sentence in answer), answer
    assert "Theory says alpha = 4/d = 1.333 (theorem)." in answer
    assert any(sentence.startswith("The exponent at every size: ") for sentence in answer)
    assert any(sentence.startswith("The loss less its limit: ") for sentence in answer)


def test_an_exponent_is_shown_with_all_it_stands_on(told: Exponent) -> None:
    page = lc.report(told).html()
    assert "<h1>Theory report: theory</h1>" in page
    for label, line in told.card().rows:
        assert label in page
        assert line.split()[0].replace("<", "&lt;") in page
    two = lc.report(told, replace(told, source="another"))
    assert [section.name for section in two.sections] == ["findings", "exponent", "exponent-2"]
    assert two.title == "Theory report: theory"


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([HOLDS], "The claim “alpha = 2/d” holds."),
        ([OPEN], "The claim “alpha = 2/d” is undecided."),
        ([FAILS, FAILS], "All 2 claims fail."),
        ([IF, IF], "All 2 claims are conditional."),
        ([HOLDS, FAILS, FAILS, OPEN], "Of 4 claims 1 holds, 2 fail and 1 is undecided."),
    ],
)
def test_claims_in_one_sentence(verdicts: list[Verdict], sentence: str) -> None:
    assert verdict_answer(verdicts) == sentence
    assert lc.report(*verdicts).answer == (sentence,)


def test_claims_have_one_section_with_a_table() -> None:
    root = read_page(lc.report(HOLDS, FAILS).html())
    (section,) = [one for one in root.all("section") if one.attributes["id"] == "verdicts"]
    rows = [[cell.words.strip() for cell in row.children] for row in section.all("tr")][1:3]
    assert rows == [
        ["–", "alpha = 2/d", "holds", "–"],
        ["7", "alpha = 3/d", "fails", "interpolation"],
    ]
    assert "It does not." in section.words


def test_a_redacted_report_holds_no_point(local: LocalExponent, paired: PairedLimit) -> None:
    whole = lc.report(local, paired).html()
    page = lc.report(local, paired, redact=True).html()
    assert "lawcast/local-exponent/" in whole
    assert "lawcast/local-exponent/" not in page
    assert "lawcast/paired-limit/" not in page
    read_page(page)


def test_hostile_names_are_escaped(told: Exponent, local: LocalExponent) -> None:
    claim = Verdict(
        f"{HOSTILE}\x00", Outcome.FAILS, f"{HOSTILE}\x1b", source=HOSTILE, study=HOSTILE
    )
    page = lc.report({HOSTILE: [told, local, claim], "x\x1b": replace(told, source=HOSTILE)}).html()
    read_page(page)
    assert HOSTILE not in page
    assert "\x1b" not in page
    assert "\x00" not in page


@pytest.mark.parametrize("width", [1200, 500])
def test_the_page_opens_and_nothing_is_blank(
    chromium: str, everything: list[object], tmp_path: Path, width: int
) -> None:
    from matplotlib.image import imread

    from reporting.test_browser import _chromium

    page = lc.report(*everything).save(tmp_path / "all.html")
    shot = tmp_path / "shot.png"
    _chromium(
        chromium, tmp_path / "profile", f"--screenshot={shot}", f"--window-size={width},3200",
        page.as_uri(),
    )  # fmt: skip
    image = imread(shot)[..., :3]
    ink = (image.max(axis=-1) < 0.5).reshape(8, 400, width).mean(axis=(1, 2))
    assert (ink > 0.001).all()


def test_theory_needs_no_script(everything: list[object]) -> None:
    root = read_page(lc.report(*everything).html())
    assert {script.attributes.get("type") for script in root.all("script")} == {"application/json"}
