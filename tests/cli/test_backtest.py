"""``lawcast backtest``: which law would have been right, in every form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Outcome, as_csv, files_in
from cli.test_extrapolate import HOSTILE, curves, points
from lawcast.fitting.extrapolation.comparison import CONTESTANTS, LawComparison
from lawcast.fitting.extrapolation.entry import compare

Run = Callable[..., Outcome]
NAMES = ["b", "a", "d", "c", "e", "f"]


@pytest.fixture
def six(folder: Path) -> str:
    (folder / "six.csv").write_text(curves(NAMES, n=20, noise=0.003))
    return "six.csv"


def test_every_law_stands_beside_the_average(run: Run, six: str, folder: Path) -> None:
    code, out, err = run("backtest", six, "--by", "Domain")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    laws = [line.split()[0] for line in out.splitlines()[1 : len(CONTESTANTS) + 1]]
    assert laws[0] == "average"
    assert sorted(laws) == sorted(CONTESTANTS)
    assert "Over 6 curves the average is off by" in " ".join(out.split())
    assert files_in(folder) == {"six.csv"}


def test_json_is_the_comparison_with_its_details(run: Run, six: str) -> None:
    code, out, err = run("backtest", six, "--by", "Domain", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    made = LawComparison.from_dict(data)
    assert sorted(made.curves) == sorted(NAMES)
    assert [row["curve"] for row in data["details"]] == list(made.curves)
    for row in data["details"]:
        assert made.curves[row["curve"]] == row["best"]
        assert 0.0 < row["error"] <= row["average"]
    average = next(r for r in made.records if r.law == "average")
    assert average.mean == pytest.approx(np.mean([row["average"] for row in data["details"]]))
    for k, name in enumerate(NAMES):
        x, y = np.array(points(k, n=20, noise=0.003)).T
        (alone,) = compare(x, y).curves.values()
        assert alone == made.curves[name]


def test_details_name_the_winner_of_every_curve(run: Run, six: str) -> None:
    code, out, _ = run("backtest", six, "--by", "Domain", "--details")
    assert code == 0
    lines = out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("curve  "))
    rows = [line.split() for line in lines[start + 1 : start + 7]]
    assert sorted(row[0] for row in rows) == sorted(NAMES)
    assert all(row[1] in CONTESTANTS and float(row[2]) <= float(row[3]) for row in rows)
    assert max(map(len, lines)) <= 80


def test_one_curve(run: Run, folder: Path) -> None:
    (folder / "one.csv").write_text(as_csv(points(), "tokens,loss"))
    code, out, err = run("backtest", "one.csv", "--details")
    assert (code, err) == (0, "")
    assert "cannot tell them apart" in " ".join(out.split())
    assert re.search(r"^curve 1 ", out, re.MULTILINE)


def test_accuracy(run: Run, folder: Path) -> None:
    x = np.geomspace(100, 20000, 24)
    rows = list(zip(x.round(), 0.9 - 3 / x**0.5, strict=True))
    (folder / "t.csv").write_text(as_csv(rows, "step,acc"))
    words = ("backtest", "t.csv", "--y", "acc", "--metric", "accuracy", "--chance", "0.1")
    assert run(*words, "--ceiling", "1").code == 0
    assert run(*words, "--ceiling", "0.5").code == 1


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figure(ending: str, run: Run, six: str, folder: Path) -> None:
    code, out, err = run("backtest", six, "--by", "Domain", "--figure", f"f.{ending}")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"Drawn  f.{ending}"
    assert files_in(folder) == {"six.csv", f"f.{ending}"}


def test_curves_too_short_to_cut_are_no_answer(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(points(n=4), "tokens,loss"))
    code, out, _ = run("backtest", "t.csv", "--figure", "f.png")
    assert code == 1
    assert "No curve is long enough for a backtest" in out
    assert not (folder / "f.png").exists()
    data = json.loads(run("backtest", "t.csv", "--json").out)
    assert (data["curves"], data["details"], data["figure"]) == ({}, [], None)


def test_a_refused_curve_is_named(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(curves(["good", HOSTILE]) + "short,1e9,2.5\n")
    code, out, err = run("backtest", "t.csv", "--by", "Domain")
    assert (code, err) == (1, "")
    assert re.search(r"^Refused +short: .*at least 4", out, re.MULTILINE)
    assert "\x1b" not in out
    data = json.loads(run("backtest", "t.csv", "--by", "Domain", "--json").out)
    assert [one["name"] for one in data["refused"]] == ["short"]


def test_strict_counts_warnings_about_the_points(run: Run, folder: Path) -> None:
    rows: list[tuple[object, object]] = [*points(), (5e9, "")]
    (folder / "t.csv").write_text(as_csv(rows, "tokens,loss"))
    assert run("backtest", "t.csv").code == 0
    assert run("backtest", "t.csv", "--strict").code == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "add --by Domain"),
        (("--by", "domain"), 2, "did you mean 'Domain'"),
        (("--by", "Domain", "--y", "Los"), 1, "fix: --y 'Loss'"),
        (("--by", "Domain", "--figure", "f.txt"), 2, "must end in"),
        (("--by", "Domain", "--at", "2x"), 2, "--at"),
        (("--by", "Domain", "--metric", "accuracy"), 1, "none of the 6 curves"),
    ],
)
def test_refusals(words: tuple[str, ...], code: int, message: str, run: Run, six: str) -> None:
    done = run("backtest", six, *words)
    assert (done.code, done.out) == (code, "")
    assert message in " ".join(done.err.split())
