"""The summary: 80 columns whatever the law and the names, and the sentences it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import TRUTHS, law_table, line_columns, line_law, sweep_columns


def widest(text: str) -> int:
    return max(len(line) for line in text.splitlines())


@pytest.mark.parametrize("name", TRUTHS)
def test_every_law_fits_into_80_columns(name: str) -> None:
    law, table = law_table(name, 0.004, np.random.default_rng(0), count=40)
    if len(law.variables) == 1:
        table["params"] = np.full(40, 1e9)
    variable = {"variable": "tokens"} if len(law.variables) == 1 else {}
    fit = lc.fit(
        lc.read_runs(table, params_kind="total"), law=name, bootstrap=50, starts=16,
        diagnosis=name in ("chinchilla", "power-floor"), **variable,
    )  # fmt: skip
    text = fit.summary()
    assert widest(text) <= 80
    for parameter in law.parameters:
        assert f"  {parameter.symbol} " in text
    assert "90 % intervals: bca, bootstrap of " in text
    assert "nan" not in text


ODD = [
    "a" * 300,
    "name with    spaces",
    "line\nbreak\ttab",
    "\x1b[31mred",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "",
    "漢字",
]


@pytest.mark.parametrize("name", ODD)
def test_odd_names(name: str) -> None:
    table: dict[str, Any] = sweep_columns(40)
    table["family"] = [f"{name}{k % 4}" for k in range(40)]
    table["loss"][3] = np.nan
    fit = lc.fit(
        table, law="chinchilla", cluster="family", bootstrap=50, starts=16, diagnosis=False
    )
    assert widest(fit.summary()) <= 80
    law = line_law(name=name or "x y")
    line = lc.fit(line_columns(), law=law, loss="l2", bootstrap=50, diagnosis=False)
    text = line.summary()
    assert widest(text) <= 80
    assert "\x1b" not in text
    assert "<script>" not in line._repr_html_()


def test_odd_column_names() -> None:
    table = line_columns()
    odd = "x\n\x1b[2J" + "y" * 100
    table[odd] = table.pop("x")
    fit = lc.fit(table, law=line_law(variables=[odd]), loss="l2", bootstrap=50)
    assert widest(fit.summary()) <= 80
    assert "\x1b" not in fit.summary()
    assert widest(fit.predict(**{odd: 1.0}).summary()) <= 80


def test_what_it_says() -> None:
    table = sweep_columns(120, seed=1)
    fit = lc.fit(lc.read_runs(table, params_kind="total"), law="chinchilla", bootstrap=100)
    text = " ".join(fit.summary().split())
    for sentence in (
        "Runs 120 read, 120 used, 0 set aside",
        "additive law of parameters and tokens: L = E + A/N^alpha + B/D^beta",
        "nats/token, C = 6·N·D",
        "100 of 100 resamples converged",
        "Fit The fit converged.",
        "starts reached the best",
        "Test fitted without the largest runs, then tested on them",
        "in 90 % interval",
        "Floor E is bounded by these runs: [1.",
        "(90 %, profile likelihood)",
    ):
        assert sentence in text, sentence


def test_levels_are_printed_as_given() -> None:
    fit = lc.fit(sweep_columns(60, seed=1), law="chinchilla", bootstrap=800, level=0.995, starts=16)
    assert "99.5 % intervals" in fit.summary()
    assert "99.5 %, profile likelihood" in fit.summary()
