"""Texts of the library, printed by a command, name options and not arguments of Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome, as_csv, sweep_rows
from lawcast.cli._shared import as_options

Run = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('name it: loss="..."', "name it: --loss COLUMN"),
        ("that column: loss=...", "that column: --loss COLUMN"),
        ("pass the right loss_unit=", "pass the right --loss-unit"),
        ("params='my size'", "--params 'my size'"),
        ('decimal="," or decimal="." (--decimal), or', "--decimal , or --decimal ., or"),
        ('params_unit="M" or "B" (--params-unit)', "--params-unit M or B"),
        ('drop=("diverged",) (--drop diverged) sets', "--drop diverged sets"),
        ('law="power-floor", variable="params"', "--law power-floor, --variable params"),
        ('finished runs (checkpoints="final")', "finished runs (--checkpoints final)"),
        ("give compute= or params and tokens=, not both",
         "give --compute or --params and --tokens, not both"),
        ('runs.split("eval_set"), or by="eval_set" in the fit', "--by eval_set in the fit"),
        ("--without ROWS, or runs.drop(rows, reason=...), fits", "--without ROWS fits"),
        ("or drop them: runs.drop([2, 3])", "or drop them: --without 2,3"),
        ("starts=1000 searches longer", "--starts 1000 searches longer"),
        ("params=70B,tokens=1.4T", "params=70B,tokens=1.4T"),
        ("law=lawcast.law(fn, variables=[1])", "law=lawcast.law(fn, variables=[1])"),
        ("C = 6ND, width=3 of 'lr=0.1'", "C = 6ND, --width 3 of 'lr=0.1'"),
    ],
)  # fmt: skip
def test_arguments_become_options(text: str, shown: str) -> None:
    assert as_options(text) == shown


PYTHON = re.compile(r"\b[a-z_]+=[\"'(\[]|runs\.(?:drop|split)|\b[a-z_]+= ")


@pytest.mark.parametrize(
    "words",
    [
        ("check", "t.csv"),
        ("check", "bad.csv"),
        ("check", "ppl.csv"),
        ("fit", "t.csv", "--bootstrap", "60"),
        ("fit", "bad.csv"),
        ("fit", "t.csv", "--law", "chinchilla", "--variable", "params"),
        ("predict", "fit.json", "--compute", "1e26"),
        ("predict", "fit.json", "--compute", "10x", "--params", "1B"),
    ],
)
def test_no_command_prints_python(words: tuple[str, ...], run: Run, saved_fit: str) -> None:
    rows = [(n / 20, d, loss) for n, d, loss in sweep_rows()]
    Path("t.csv").write_text(as_csv([*rows, rows[0]]))
    Path("bad.csv").write_text(as_csv([*rows, (0, 1e9, 3.0), (1e9, 1e9, -1)]))
    Path("ppl.csv").write_text(as_csv(rows, "params,tokens,val_ppl"))
    _, out, err = run(*words)
    assert not PYTHON.findall(out + err)
    assert max(map(len, (out + err).splitlines())) <= 80
