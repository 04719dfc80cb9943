"""``lawcast explain``: numbers, saved files in any order, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import lawcast.theory.explain as theory
from cli.conftest import Outcome, files_in
from geometry.dimensions_made import images, layers, sphere
from lawcast.theory.explanation import Explanation

Run = Callable[..., Outcome]
NUMBERS = ("--alpha", "0.34", "--interval", "0.30,0.38", "--dimension", "12",
           "--dimension-interval", "10,14")  # fmt: skip


@pytest.fixture
def saved_dimension(folder: Path) -> str:
    sphere(value=11.0).save(folder / "dim.json")
    return "dim.json"


def test_numbers(run: Run, folder: Path) -> None:
    code, out, err = run("explain", *NUMBERS)
    assert (code, err) == (0, "")
    made = theory.explain(0.34, (12.0, 10.0, 14.0), interval=(0.30, 0.38))
    assert out.splitlines()[0] == made.summary().splitlines()[0]
    assert made.conclusion in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert files_in(folder) == set()


def test_options_reach_the_library(run: Run) -> None:
    words = ("--loss", "lq", "--q", "3", "--p", "1", "--s", "1.5", "--c", "1", "--nu", "0.5",
             "--a", "0.4", "--ambient", "20", "--factor", "3",
             "--variable", "data", "--level", "0.8")  # fmt: skip
    out = run("explain", *NUMBERS, *words, "--json").out
    made = theory.explain(
        0.34, (12.0, 10.0, 14.0), interval=(0.30, 0.38), loss="lq", q=3.0, p=1.0, s=1.5, c=1.0,
        nu=0.5, a=0.4, ambient=20.0, factor=3.0, variable="data", level=0.8,
    )  # fmt: skip
    assert Explanation.from_dict(json.loads(out)) == made
    se = run("explain", "--alpha", "0.34", "--se", "0.02", "--dimension", "12", "--json").out
    assert Explanation.from_dict(json.loads(se)) == theory.explain(0.34, 12.0, se=0.02)


def test_saved_files_in_any_order(run: Run, saved_fit: str, saved_dimension: str) -> None:
    shown = {
        run("explain", *order, "--exponent", "beta").out
        for order in ((saved_fit, saved_dimension), (saved_dimension, saved_fit))
    }
    assert len(shown) == 1
    assert "(beta) of data" in shown.pop()


def test_a_file_and_a_number(run: Run, saved_fit: str, saved_dimension: str) -> None:
    assert run("explain", saved_fit, "--dimension", "12", "--exponent", "alpha").code == 0
    assert run("explain", saved_dimension, "--alpha", "0.3", "--se", "0.01").code == 0


def test_a_dimension_bounded_below_warns(run: Run, folder: Path) -> None:
    images().save(folder / "dim.json")
    words = ("explain", "dim.json", "--alpha", "0.1", "--se", "0.01")
    code, out, _ = run(*words)
    assert code == 0
    assert "T031" in out
    assert "at least 35.0" in out
    assert run(*words, "--strict").code == 1


def test_files_are_written(run: Run, folder: Path) -> None:
    code, out, err = run("explain", *NUMBERS, "--out", "why.json", "--figure", "why.svg")
    assert (code, err) == (0, "")
    assert files_in(folder) == {"why.json", "why.svg"}
    assert "Saved  why.json" in out
    opened = Explanation.from_dict(json.loads((folder / "why.json").read_text()))
    assert opened.alpha.value == 0.34
    assert run("explain", *NUMBERS, "--out", "why.json").code == 0  # an earlier one is replaced


def test_the_exponent_is_asked_for_in_options(run: Run, saved_fit: str) -> None:
    code, _, err = run("explain", saved_fit, "--dimension", "12")
    assert code == 2
    assert "--exponent alpha or --exponent beta" in " ".join(err.split())
    assert "exponent=" not in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "there is no fit"),
        (("--alpha", "0.3"), 2, "there is no dimension"),
        (("--alpha", "0.3", "--dimension", "0"), 2, "above 0"),
        (("--alpha", "0.3", "--dimension", "nan"), 2, "not nan"),
        (
            ("--alpha", "1e300", "--interval", "1e299,1e301", "--dimension", "1e300"),
            2,
            "alpha is 1e+300, and an exponent that can be explained lies between 1e-06 and 1000",
        ),
        (("--alpha", "1e-300", "--dimension", "3"), 2, "lies between 1e-06 and 1000"),
        (("--alpha", "0.3", "--dimension", "1e300"), 2, "lies between 0.01 and 1e+06"),
        (("--alpha", "0.3", "--dimension", "9", "--ambient", "3"), 2, "more dimensions than"),
        (("--alpha", "0.3", "--dimension", "9", "--s", "1e300"), 2, "is 1e+300"),
        (("--alpha", "-0.3", "--dimension", "3"), 2, "without its minus sign"),
        (("--alpha", "0.3", "--dimension", "3", "--level", "1.5"), 2, "--level"),
        (("--alpha", "0.3", "--dimension", "3", "--loss", "l22"), 2, "did you mean 'l2'?"),
        (("--alpha", "0.3", "--dimension", "3", "--interval", "0.2"), 2, "two ends"),
        (("--alpha", "0.3", "--dimension-interval", "2,3"), 2, "belongs to --dimension"),
        (("--alpha", "0.3", "--dimension", "3", "--dimension-interval", "4,5"), 2, "outside"),
        (("missing.json", "--dimension", "3"), 1, "no file missing.json"),
        (("broken.json", "--dimension", "3"), 1, "broken.json"),
        (("-", "--dimension", "3"), 2, "standard input"),
        (("layers.json", "--alpha", "0.3"), 2, "5 layers"),
        (("dim.json", "dim.json", "--alpha", "0.3"), 2, "each hold a dimension"),
        (("dim.json", "--dimension", "3", "--alpha", "0.3"), 2, "give one of them"),
        ((*NUMBERS, "--out", "why.txt"), 2, "must end in .json"),
        ((*NUMBERS, "--out", "dim.json"), 1, "not replaced"),
        ((*NUMBERS, "--figure", "why.gif"), 2, "--figure"),
    ],
)
def test_bad_input(
    words: tuple[str, ...], code: int, said: str, run: Run, folder: Path, saved_dimension: str
) -> None:
    (folder / "broken.json").write_text('{"schema": "lawcast/fit/1", "law"')
    layers().save(folder / "layers.json")
    before = files_in(folder)
    made = run("explain", *words)
    assert made.code == code
    assert said in " ".join(made.err.split())
    assert made.out == ""
    assert files_in(folder) == before
