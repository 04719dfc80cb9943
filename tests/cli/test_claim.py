"""``lawcast claim``: statements and registered claims, their premises, verdicts and refusals."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome
from lawcast.theory.claims import CLAIMS
from lawcast.theory.entry import check_claim
from lawcast.theory.verdict import Verdict

Run = Callable[..., Outcome]
CONSTANT = ("--loss", "l2", "--approximator", "piecewise-constant")


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_a_statement_that_fails(run: Run) -> None:
    code, out, err = run("claim", "alpha >= 4/d", *CONSTANT)
    assert (code, err) == (0, "")
    for words in (
        "FAILS",
        "alpha = 2/d = 0.6667 and 4/d = 1.333, at d = 3",
        "True if approximator is piecewise-linear",
        "Defaults regime resolution",
    ):
        assert words in words_of(out)


def test_the_last_line_runs_the_same_claim(run: Run) -> None:
    out = run("claim", "alpha >= 4/d", *CONSTANT, "--set", "dimension=2,3").out
    last = out.splitlines()[-1]
    assert last.startswith("To run it: ")
    words = shlex.split(last.removeprefix("To run it: "))
    assert words == ["lawcast", "claim", "alpha >= 4/d", *CONSTANT, "--set", "dimension=2,3",
                     "--run"]  # fmt: skip


def test_values_between_commas_are_run_over(run: Run) -> None:
    words = ("--loss", "l2", "--approximator", "constant,linear", "--dimension", "2,3", "--json")
    data = json.loads(run("claim", "alpha >= 4/d", *words).out)
    assert data["outcome"] == "conditional"
    assert data["repair"] == "approximator is linear; or the claim is alpha >= 2/d, in every case"
    assert ["dimension", "2 and 3 tried"] in data["premises"]


def test_options_and_set_are_the_same(run: Run) -> None:
    by_option = run("claim", "alpha > 1", *CONSTANT, "--dimension", "3", "--json").out
    setting = ("loss=l2", "approximator=piecewise-constant", "dimension=3")
    words = [word for text in setting for word in ("--set", text)]
    by_set = run("claim", "alpha > 1", *words, "--json").out
    assert by_option == by_set
    assert Verdict.from_dict(json.loads(by_set)).outcome == "fails"


def test_the_text_of_a_claim_stays_as_it_was_written(run: Run) -> None:
    text = "alpha(nu=1.5) > alpha(nu=0.5)"
    code, out, _ = run("claim", text, "--loss", "l2", "--approximator", "kernel")
    assert code == 0
    assert f"Claim {text} Verdict HOLDS" in words_of(out)
    assert "alpha(nu=1.5) = 2(3 + d)/d = 4.000 and alpha(nu=0.5) = " in words_of(out)
    assert "--nu" not in out
    err = run("claim", "alpha(nu=1.5) > nonsense").err
    assert "the statement 'alpha(nu=1.5) > nonsense' cannot" in words_of(err)
    err = run("claim", "alpha > 0 at nu=1.5").err
    assert "'alpha > 0 at nu=1.5' cannot" in words_of(err)


def test_a_number_of_a_claim_of_its_own(run: Run) -> None:
    code, out, _ = run("claim", "34", "--set", "most=20")
    assert code == 0
    assert "HOLDS" in out


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_registered_claim_is_shown(claim: object, run: Run) -> None:
    number = claim.id  # type: ignore[attr-defined]
    code, out, err = run("claim", number)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert str(check_claim(number).outcome).upper() in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("alpha = 2/d", *CONSTANT), 0),
        (("alpha = 4/d", *CONSTANT), 1),
        (("alpha = 2/d", "--approximator", "constant"), 1),
        (("alpha = 4/d", "--loss", "l2", "--approximator", "network"), 1),
    ],
)
def test_strict_wants_a_claim_that_holds(words: tuple[str, ...], code: int, run: Run) -> None:
    assert run("claim", *words).code == 0
    strict = run("claim", *words, "--strict")
    assert strict.code == code
    assert strict.out == run("claim", *words).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alpha >= (4/d",), "read so far: ( 4 / d"),
        (("alpha >= 4/d and nonsense",), "Understood before that: alpha >= 4/d"),
        (("",), "there is no statement to check"),
        (("__import__('os')",), "cannot be parsed"),
        (("36",), "there is no claim '36'"),
        (("alpha > 0", "--loss", "l3"), "there is no loss 'l3'"),
        (("alpha > 0", "--loss", "l1,,l2"), "has an empty value"),
        (("alpha > 0", "--dimension", "2,x"), "--dimension is a number, not 'x'"),
        (("alpha > 0", "--set", "loss"), "--set 'loss' is no premise with its value"),
        (("alpha > 0", "--set", "nosuch=1"), "there is no premise 'nosuch'"),
        (("alpha > 0", "--loss", "l1", "--set", "loss=l2"), "loss is given twice"),
        (("31", "--loss", "l2"), "loss plays no part in this claim"),
        (("alpha > 0", "--preset", "full"), "--preset belongs to an experiment: add --run"),
        (("alpha > 0", "--no-store"), "--no-store belongs to an experiment: add --run"),
        (("alpha > 0", "--seed", "0"), "--seed belongs to an experiment: add --run"),
        (("alpha > 0", "--run", "--store", "s.db", "--no-store"), "exclude each other"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, run: Run, folder: Path) -> None:
    code, out, err = run("claim", *words)
    assert (code, out) == (2, "")
    assert said in words_of(err)
    assert max(map(len, err.splitlines())) <= 80
    assert list(folder.iterdir()) == []


def test_a_parse_error_shows_the_grammar(run: Run) -> None:
    err = run("claim", "alpha").err
    assert "Grammar: a statement compares expressions: 'alpha >= 4/d'" in words_of(err)
    assert "Symbols: d, D, m, q" in words_of(err)


def test_the_help_says_how_to_write_a_statement(run: Run) -> None:
    code, out, _ = run("claim", "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for words in ('"alpha(l1) = alpha(l2)"', '"alpha increases with nu"', "in general",
                  "exit code 0", "Exit with 1 unless the claim holds"):  # fmt: skip
        assert words in words_of(out)


@pytest.mark.slow
def test_a_run_decides_and_keeps_its_cells(run: Run, folder: Path) -> None:
    words = ("alpha >= 4/d", *CONSTANT, "--dimension", "1", "--run", "--workers", "1")
    code, out, _ = run("claim", *words, "--store", "cells.db")
    assert code == 0
    assert "FAILS" in out
    assert "The rules agree" in words_of(out)
    assert "Measured" in out
    assert "To run it" not in out
    assert (folder / "cells.db").stat().st_size > 0
    again = run("claim", *words, "--store", "cells.db", "--json", "--strict")
    assert again.code == 1
    assert Verdict.from_dict(json.loads(again.out)).evidence
