"""``lawcast predict``: the same numbers as ``fit.predict``, from every way of asking."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome, as_csv, sweep_rows
from lawcast import Prediction, read_fit

Run = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--params", "70B", "--tokens", "1.4T"], [{"params": "70B", "tokens": "1.4T"}]),
        (["--set", "params=70B", "--set", "tokens=4x"], [{"params": "70B", "tokens": "4x"}]),
        (["--at", "params=1,000M,tokens=2e10"], [{"params": 1e9, "tokens": 2e10}]),
        (["--at", "samples=2e10,params=1e9"], [{"params": 1e9, "tokens": 2e10}]),
        (["--compute", "10x"], [{"compute": "10x"}]),
        (["--compute", "10x", "--compute", "12 PF-days"],
         [{"compute": "10x"}, {"compute": "12 PF-days"}]),
        (["--compute", "1e23", "--along", "fixed-ratio"],
         [{"compute": 1e23, "along": "fixed-ratio"}]),
        (["--compute", "1e23", "--ratio", "20"],
         [{"compute": 1e23, "along": "fixed-ratio", "ratio": 20}]),
        (["--compute", "10x", "--level", "0.5"], [{"compute": "10x", "level": 0.5}]),
    ],
)  # fmt: skip
def test_asks_the_fit(words: list[str], given: list[dict], run: Run, saved_fit: str) -> None:
    fit = read_fit(saved_fit)
    expected = [fit.predict(**where) for where in given]
    code, out, err = run("predict", saved_fit, *words)
    assert (code, err) == (0, "")
    assert out == "\n\n".join(prediction.summary() for prediction in expected) + "\n"
    data = json.loads(run("predict", saved_fit, *words, "--json").out)
    assert data["schema"] == "lawcast/predictions/1"
    assert [Prediction.from_dict(p) for p in data["predictions"]] == expected


def test_a_law_of_one_variable_takes_a_bare_value_as_its_own(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv([row for row in sweep_rows() if row[1] == 4e9] * 2))
    words = ("--law", "power", "--variable", "params", "--bootstrap", "0", "--quick")
    out = run("fit", "t.csv", "--duplicates", "all", *words).out
    assert out.splitlines()[-1] == "       lawcast predict fit.json --params 10x"
    by_name = run("predict", "fit.json", "--params", "10x")
    assert by_name.code == 0
    assert run("predict", "fit.json", "--at", "10x") == by_name


def test_strict_minds_how_far_it_reaches(run: Run, saved_fit: str) -> None:
    assert run("predict", saved_fit, "--compute", "10x", "--strict").code == 0
    assert run("predict", saved_fit, "--compute", "1000x").code == 0
    far = run("predict", saved_fit, "--compute", "1000x", "--strict")
    assert far.code == 1
    assert "F005" in far.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "say where to predict"),
        (["--params", "70B"], "missing: tokens; add --tokens"),
        (["--set", "width=3"], "not read: width"),
        (["--set", "params"], "not NAME=VALUE"),
        (["--set", "params=1", "--params", "2"], "given twice"),
        (["--at", "tokens=1,samples=2,params=1"], "given twice"),
        (["--at", "params=1e9,params=2e9"], "given twice"),
        (["--params", "many", "--tokens", "1B"], "'many' is not a count"),
        (["--compute", "much"], "'much' is not an amount of compute"),
        (["--compute", "-1"], "must be positive"),
        (["--compute", "0x"], "must be positive"),
        (["--compute", "10x", "--params", "1B"], "not both"),
        (["--params", "1B", "--tokens", "1B", "--along", "optimal"], "amount of compute"),
        (["--compute", "10x", "--along", "sideways"], "'sideways'"),
        (["--compute", "10x", "--along", "optimal", "--ratio", "20"], "--ratio"),
        (["--compute", "10x", "--ratio", "0"], "'--ratio'"),
        (["--compute", "10x", "--level", "90"], "'--level'"),
    ],
)
def test_bad_usage(words: list[str], message: str, run: Run, saved_fit: str) -> None:
    code, out, err = run("predict", saved_fit, *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


@pytest.mark.parametrize("text", [as_csv(sweep_rows()), '{"params": 1}\n{"params": 2}\n', "a note"])
def test_a_table_is_not_a_fit(text: str, run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(text)
    code, out, err = run("predict", "t.csv", "--compute", "10x")
    assert (code, out) == (1, "")
    words = " ".join(err.split())
    assert "is a table or another text, not a saved fit; make one first: lawcast fit t.csv" in words


def test_a_missing_fit_says_how_to_make_one(run: Run, folder: Path) -> None:
    code, _, err = run("predict", "fit.json", "--compute", "10x")
    assert code == 1
    assert "no file fit.json; make one with lawcast fit TABLE" in " ".join(err.split())
