"""``lawcast extrapolate --score``: a score forecast through its loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Outcome, as_csv, files_in
from cli.test_extrapolate import points
from lawcast.fitting.extrapolation.joint import ScoreExtrapolation, extrapolate_score

Run = Callable[..., Outcome]
HEAD = "tokens,loss,acc"
KNOWN = ("--score-chance", "0.25", "--items", "500")


def scored(seed: int = 0) -> list[tuple[float, float, float]]:
    """(tokens, loss, score) of 16 checkpoints with four choices and a ceiling of 0.9."""
    rng = np.random.default_rng(seed)
    return [
        (x, y, float(rng.binomial(500, 0.25 + 0.65 / (1 + np.exp(5 * (y - 2.5)))) / 500))
        for x, y in points(seed, n=16)
    ]


@pytest.fixture
def one(folder: Path) -> str:
    (folder / "one.csv").write_text(as_csv(scored(), HEAD))
    return "one.csv"


def expected(**options: object) -> ScoreExtrapolation:
    x, loss, score = np.array(scored()).T
    return extrapolate_score(x, loss, score, chance=0.25, n_items=500, variable="tokens", **options)


def test_the_score_is_that_of_the_library(run: Run, one: str, folder: Path) -> None:
    code, out, err = run("extrapolate", one, "--score", "acc", *KNOWN)
    assert (code, err) == (0, "")
    made = expected()
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith(made.card().text())
    assert made.loss.card().text().splitlines()[1] in out
    assert "chance   0.2500  given" in out
    data = json.loads(run("extrapolate", one, "--score", "acc", *KNOWN, "--json").out)
    again = ScoreExtrapolation.from_dict(data)
    for name in ("value", "low", "high"):
        assert getattr(again, name).tolist() == getattr(made, name).tolist()
        assert getattr(again.loss, name).tolist() == getattr(made.loss, name).tolist()
    assert files_in(folder) == {"one.csv"}


def test_its_options_reach_the_link(run: Run, one: str) -> None:
    words = ("extrapolate", one, "--score", "acc", *KNOWN, "--at", "4x", "--level", "0.8", "--json")
    data = json.loads(run(*words, "--score-ceiling", "0.9").out)
    made = expected(ceiling=0.9, at="4x", level=0.8)
    assert data["link"]["ceiling"]["value"] == 0.9
    assert (data["link"]["n_items"], data["link"]["chance"]) == (500, 0.25)
    assert data["scores"] == [score.to_dict() for score in made.scores]


def test_the_chance_level_is_nought_unless_given(run: Run, one: str) -> None:
    data = json.loads(run("extrapolate", one, "--score", "acc", "--json").out)
    assert (data["link"]["chance"], data["link"]["n_items"]) == (0.0, None)


def test_checkpoints_without_a_score_still_count_for_the_loss(run: Run, folder: Path) -> None:
    rows = [(x, y, s if k % 3 else "") for k, (x, y, s) in enumerate(scored())]
    (folder / "t.csv").write_text(as_csv(rows, HEAD))
    code, out, _ = run("extrapolate", "t.csv", "--score", "acc", *KNOWN)
    assert code == 0
    assert "loss against tokens, 16 points" in out
    assert "10 pairs, loss" in out


def test_findings_name_the_rows_of_the_table(run: Run, folder: Path) -> None:
    rows: list[tuple[object, ...]] = [*scored(), (5e9, "", 0.5)]
    (folder / "t.csv").write_text(as_csv(rows, HEAD))
    data = json.loads(run("extrapolate", "t.csv", "--score", "acc", *KNOWN, "--json").out)
    (found,) = [f for f in data["loss"]["findings"] if f["code"] == "X002"]
    assert found["rows"] == [18]


def test_one_curve_of_many(run: Run, folder: Path) -> None:
    rows = [(name, *row) for k, name in enumerate("ab") for row in scored(k)]
    (folder / "t.csv").write_text(as_csv(rows, f"model,{HEAD}"))
    words = ("extrapolate", "t.csv", "--score", "acc", *KNOWN, "--json")
    code, out, err = run(*words, "--by", "model")
    assert (code, out) == (2, "")
    assert "--score works on one curve; with --by choose it: --curve NAME" in " ".join(err.split())
    data = json.loads(run(*words, "--by", "model", "--curve", "a").out)
    assert data["loss"]["name"] == "a"
    assert ScoreExtrapolation.from_dict(data).value.tolist() == expected().value.tolist()
    assert "no curve 'c'" in run(*words, "--by", "model", "--curve", "c").err
    assert "add --by model" in " ".join(run(*words).err.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--score-chance", "0.25"), "--score-chance is about a score; add --score COLUMN"),
        (("--score-ceiling", "0.9"), "--score-ceiling is about a score"),
        (("--items", "100"), "--items is about a score"),
        (("--score", "acc", "--chance", "2"), "that of the score: --score-chance"),
        (("--score", "acc", "--ceiling", "2"), "--ceiling is"),
        (("--score", "acc", "--metric", "perplexity"), "leave --metric out"),
        (("--score", "acc", "--calibration", "auto"), "leave --calibration auto out"),
        (("--score", "acc", "--score-chance", "25"), "25"),
        (("--score", "acc", "--score-chance", "nan"), "nan"),
        (("--score", "acc", "--items", "0"), "0"),
        (("--score", "acc", "--score-chance", "0.9", "--score-ceiling", "0.5"), "no room below"),
        (("--score", "acc", "--score-chance", "1"), "no room below 1"),
        (("--score", "loss", "--y", "loss"), "the same column"),
        (("--score", "loss"), "in use already"),
        (("--score", "tokens", "--x", "tokens"), "the same column"),
        (("--score", "acc", "--score", "acc"), "given twice"),
    ],
)
def test_bad_usage(words: tuple[str, ...], message: str, run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_a_score_that_is_not_there(run: Run, one: str) -> None:
    code, out, err = run("extrapolate", one, "--score", "accu")
    assert (code, out) == (1, "")
    assert "fix: --score 'acc'" in err


def test_scores_that_cannot_be_used(run: Run, folder: Path) -> None:
    flat = [(x, y, 0.25) for x, y, _ in scored()]
    (folder / "flat.csv").write_text(as_csv(flat, HEAD))
    code, out, err = run("extrapolate", "flat.csv", "--score", "acc", "--score-chance", "0.25")
    assert (code, out) == (1, "")
    assert "every score is at chance (0.25)" in " ".join(err.split())
    err = run("extrapolate", "flat.csv", "--score", "acc").err
    assert "pass --score-chance 0.250" in " ".join(err.split())
    percent = [(x, y, 100 * s) for x, y, s in scored()]
    (folder / "percent.csv").write_text(as_csv(percent, HEAD))
    code, out, err = run("extrapolate", "percent.csv", "--score", "acc")
    assert code != 0
    assert out == ""
    assert "divide by 100" in " ".join(err.split())
    words = [(x, y, "good") for x, y, _ in scored()]
    (folder / "words.csv").write_text(as_csv(words, HEAD))
    code, out, err = run("extrapolate", "words.csv", "--score", "acc")
    assert code == 1
    assert out == ""
    assert "acc" in err


def test_advice_names_the_options_of_the_score(run: Run, one: str) -> None:
    out = run("extrapolate", one, "--score", "acc").out
    assert "chance=" not in out
    assert "ceiling=" not in out
    assert "--score-" in out


def test_figure_and_file(run: Run, one: str, folder: Path) -> None:
    words = ("extrapolate", one, "--score", "acc", *KNOWN, "--out", "x.json")
    code, out, err = run(*words, "--figure", "f.svg")
    assert (code, err) == (0, "")
    assert "Drawn  f.svg" in out
    svg = (folder / "f.svg").read_text()
    assert "chance 0.25" in svg
    assert "the score that follows it" in svg
    made = ScoreExtrapolation.from_dict(json.loads((folder / "x.json").read_text()))
    assert made.value.tolist() == expected().value.tolist()
    assert run(*words).code == 0  # an earlier result is replaced
