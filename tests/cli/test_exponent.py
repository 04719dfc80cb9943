"""``lawcast exponent``: premises as options, the answer, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Outcome
from lawcast import intrinsic_dimension
from lawcast.theory.exponent import Exponent, exponent
from lawcast.theory.premises import NUMBERS, PREMISES

Run = Callable[..., Outcome]
LINEAR = ("--loss", "l2", "--approximator", "piecewise-linear")


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_the_example_of_the_help(run: Run) -> None:
    code, out, err = run("exponent", *LINEAR, "--dimension", "3")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for words in ("alpha = 4/d = 1.333", "theorem (rule pieces)", "1. resolution", "Subtract",
                  "loss: l2", "noise none", "Sharma & Kaplan 2020 section 2"):  # fmt: skip
        assert words in words_of(out)


def test_the_help_lists_every_value_and_alias(run: Run) -> None:
    code, out, _ = run("exponent", "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    joined = out.replace("-\n", "-")
    for premise in PREMISES:
        assert f"Values of --{premise.name.replace('_', '-')}, the first by default" in out
        for option in premise.options:
            assert option.name in out
            for alias in option.aliases:
                assert alias.replace("-", "") in "".join(joined.split()).replace("-", "")
    for number in NUMBERS:
        assert f"--{number.name.replace('_', '-')}" in out


def test_aliases_and_numbers_reach_the_library(run: Run) -> None:
    words = ("--loss", "CE", "--approximator", "1-NN", "--dimension", "2.5", "--json")
    data = json.loads(run("exponent", *words).out)
    assert data["schema"] == "lawcast/exponent/1"
    assert data["value"]["value"] == pytest.approx(2 / 2.5)
    assert data["saved"] is None
    same = exponent(loss="cross-entropy", approximator="piecewise-constant", dimension=2.5)
    assert Exponent.from_dict(data) == same
    noisy = run("exponent", *LINEAR, "--noise", "test,train", "--dimension", "2", "--json")
    assert json.loads(noisy.out)["rule"] == "interpolated-noise"


def test_an_interval_of_the_dimension(run: Run) -> None:
    words = (*LINEAR, "--dimension", "4", "--dimension-interval", "3.2,5")
    assert "alpha = 4/d = 1.000 [0.800, 1.25] (90%, from d)" in words_of(
        run("exponent", *words).out
    )


@pytest.fixture
def measured(folder: Path) -> str:
    points = np.random.default_rng(0).random((600, 2)) @ np.random.default_rng(1).random((2, 5))
    text = json.dumps(intrinsic_dimension(points, rng=0).to_dict(), allow_nan=False)
    (folder / "dim.json").write_text(text)
    return "dim.json"


def test_a_saved_dimension(run: Run, measured: str) -> None:
    code, out, _ = run("exponent", *LINEAR, "--dimension", measured, "--json")
    assert code == 0
    data = json.loads(out)["value"]
    assert data["interval"]["low"] < data["value"] < data["interval"]["high"]
    assert 4 / data["value"] == pytest.approx(2, abs=0.3)
    code, _, err = run("exponent", "--dimension", measured, "--dimension-interval", "1,3")
    assert code == 2
    assert "a file brings its own" in words_of(err)


def test_the_result_is_saved_and_may_be_replaced(run: Run, folder: Path) -> None:
    for option in ("--out", "--save", "--out"):
        code, out, _ = run("exponent", *LINEAR, "--dimension", "3", option, "alpha.json")
        assert code == 0
        assert "Saved  alpha.json" in out
    saved = Exponent.from_dict(json.loads((folder / "alpha.json").read_text(encoding="utf-8")))
    assert saved == exponent(loss="l2", approximator="piecewise-linear", dimension=3)
    data = json.loads(run("exponent", "--save", "alpha.json", "--json").out)
    assert data["saved"]["path"] == "alpha.json"
    (folder / "notes.txt").write_text("mine")
    code, _, err = run("exponent", "--save", "notes.txt")
    assert code == 1
    assert "is not replaced" in words_of(err)
    assert (folder / "notes.txt").read_text() == "mine"
    assert run("exponent", "--save", "-").code == 2
    assert run("exponent", "--save", "nowhere/alpha.json").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--loss", "l3"), "there is no loss 'l3'"),
        (("--loss", "lq"), "--loss lq needs its power: --power 3"),
        (("--dimension", "0"), "--dimension 0 makes no sense"),
        (("--dimension", "nan"), "--dimension nan makes no sense"),
        (("--dimension", "inf"), "--dimension inf makes no sense"),
        (("--dimension", "three"), "neither a number nor a file that is there"),
        (("--dimension", "1,2"), "neither a number nor a file that is there"),
        (("--power", "1,2"), "--power takes one number"),
        (("--dimension", "-"), "not from standard input"),
        (("--power", "two"), "--power is a number, not 'two'"),
        (("--nu", ""), "--nu '' has an empty value"),
        (("--dimension-interval", "1,2"), "belongs to one number in --dimension"),
        (("--dimension", "3", "--dimension-interval", "1"), "write its two ends"),
        (("--dimension", "3", "--dimension-interval", "4,5"), "must hold --dimension 3"),
        (("--approximator", "kernel"), "a kernel needs --nu"),
        (("--noise", "none", "--residual", "small"), "--noise none contradicts"),
        (("--approximator", "kernel", "--nu", "1", "--noise", "labels"), "no rule is known for"),
        (("--structure", "additive", "--largest-factor", "1"), "another --structure none"),
        (("--loss", "l2", "--sampling", "gaussian"), "or --sampling quasi-uniform"),
        (("--nosuch", "1"), "No such option"),
        (("--loss", "l1", "--loss", "l2"), "--loss is given twice"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, run: Run, folder: Path) -> None:
    code, out, err = run("exponent", *words)
    assert (code, out) == (2, "")
    assert said in words_of(err)
    assert max(map(len, err.splitlines())) <= 80


def test_a_file_that_holds_no_dimension(run: Run, folder: Path) -> None:
    exponent(loss="l2").save("alpha.json")
    code, _, err = run("exponent", "--dimension", "alpha.json")
    assert code in (1, 2)
    assert "alpha.json holds" in words_of(err)
    (folder / "broken.json").write_text('{"schema": "lawcast/dimension/1"')
    assert run("exponent", "--dimension", "broken.json").code == 1


def test_a_dimension_that_is_not_to_be_relied_on(run: Run, folder: Path) -> None:
    few = np.random.default_rng(0).normal(size=(100, 500))
    made = intrinsic_dimension(few, rng=0)
    assert not made.status.ok
    (folder / "dim.json").write_text(json.dumps(made.to_dict(), allow_nan=False))
    words = ("exponent", *LINEAR, "--dimension", "dim.json")
    code, out, err = run(*words)
    assert code == 0
    assert "Warning: the dimension: " in err
    assert run(*words, "--strict").code == 1
    assert json.loads(run(*words, "--json").out)["warnings"]
    assert "alpha = 4/d" in out
    fewer = np.random.default_rng(0).normal(size=(25, 2000))
    (folder / "dim.json").write_text(json.dumps(intrinsic_dimension(fewer, rng=0).to_dict()))
    code, _, err = run(*words)
    assert code == 2
    assert "holds a bound and no number" in words_of(err)
