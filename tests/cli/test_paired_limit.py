"""``lawcast paired-limit``: limits given, measured and fitted, the price, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lawcast as lc
from cli.conftest import Outcome, as_csv, files_in
from lawcast.theory.paired_result import PairedLimit

Run = Callable[..., Outcome]
LIMITS = {1e4: 0.8, 1e5: 0.5}
BOTH = ("--variable", "tokens", "--same", "params", "--draws", "60")


@pytest.fixture
def pairs(folder: Path) -> str:
    """Two model sizes whose losses fall to limits of their own as 1/D."""
    rng = np.random.default_rng(0)
    rows = [
        (n, d, limit + 60.0 / d * (1.0 + 0.03 * rng.normal()), limit)
        for n, limit in LIMITS.items()
        for d in np.geomspace(512, 65536, 8)
    ]
    (folder / "t.csv").write_text(as_csv(rows, "params,tokens,loss,at_infinity"))
    return "t.csv"


@pytest.fixture
def repeated(pairs: str, folder: Path) -> str:
    rng = np.random.default_rng(1)
    rows = [(n, limit * (1 + 5e-4 * rng.normal())) for n, limit in LIMITS.items() for _ in range(5)]
    (folder / "limits.csv").write_text(as_csv(rows, "params,loss"))
    return "limits.csv"


def opened(outcome: Outcome) -> PairedLimit:
    assert outcome.code == 0, outcome.err
    return PairedLimit.from_dict(json.loads(outcome.out))


def test_a_fitted_limit_and_its_price(run: Run, pairs: str, folder: Path) -> None:
    code, out, err = run("paired-limit", pairs, *BOTH)
    assert (code, err) == (0, "")
    made = lc.paired_limit(lc.read_runs(pairs), variable="tokens", same="params", draws=60)
    assert out.startswith(made.table.text())
    assert made.price is not None
    assert made.price.table.text() in out
    assert "8 sizes from 512 to 6.554e+04" in out
    assert max(map(len, out.splitlines())) <= 80
    assert files_in(folder) == {pairs}
    assert opened(run("paired-limit", pairs, *BOTH, "--json")).to_dict() == made.to_dict()


def test_an_exact_limit_as_a_column_and_as_a_number(run: Run, pairs: str) -> None:
    words = ("--variable", "tokens", "--draws", "0", "--json")
    column = opened(run("paired-limit", pairs, *words, "--same", "params", "--limit",
                        "at_infinity"))  # fmt: skip
    assert (column.way, column.price) == ("exact", None)
    assert [one.limit.value for one in column.curves] == [0.8, 0.5]
    number = opened(run("paired-limit", pairs, *words, "--without", "2-9", "--limit", "0.5"))
    assert number.exponent.value == pytest.approx(1.0, abs=0.02)


def test_repeats_from_a_table_and_as_numbers(run: Run, pairs: str, repeated: str) -> None:
    table = opened(run("paired-limit", pairs, *BOTH, "--repeats", repeated, "--json"))
    assert table.way == "repeated"
    assert [round(one.limit.value, 2) for one in table.curves] == [0.8, 0.5]
    assert all(one.limit.interval is not None for one in table.curves)
    words = ("--variable", "tokens", "--draws", "0", "--without", "2-9", "--json")
    numbers = opened(run("paired-limit", pairs, *words, "--repeats", "0.4999,0.5001,0.5"))
    assert numbers.curves[0].limit.value == pytest.approx(0.5)


def test_bits_are_converted_everywhere(run: Run, pairs: str, folder: Path) -> None:
    runs = lc.read_runs(pairs)
    bits = runs["loss"] / np.log(2.0)
    rows = list(zip(runs["params"], runs["tokens"], bits, strict=True))
    (folder / "b.csv").write_text(as_csv(rows, "params,tokens,loss"))
    words = ("--variable", "tokens", "--draws", "0", "--without", "2-9", "--loss-unit", "bits")
    limit = ("--limit", str(0.5 / np.log(2.0)))
    made = opened(run("paired-limit", "b.csv", *words, *limit, "--json"))
    assert made.curves[0].limit.value == pytest.approx(0.5)
    assert made.exponent.value == pytest.approx(1.0, abs=0.02)


def test_nothing_subtracted_is_no_exponent(run: Run, pairs: str, folder: Path) -> None:
    words = ("--variable", "tokens", "--draws", "0", "--without", "2-9", "--limit", "0")
    code, out, _ = run("paired-limit", pairs, *words, "--out", "p.json")
    assert code == 1
    assert "T021" in out
    assert "--limit or --repeats at the same other resource" in " ".join(out.split())
    assert "Not saved" in out
    assert files_in(folder) == {pairs}


def test_a_second_resource_that_varies_is_told(run: Run, pairs: str) -> None:
    words = ("--variable", "tokens", "--draws", "0", "--limit", "0")
    assert "params varies as well" in run("paired-limit", pairs, *words).out


def test_the_price_is_said_once(run: Run, pairs: str) -> None:
    out = " ".join(run("paired-limit", pairs, *BOTH).out.split())
    assert out.count("times as wide") == 1
    assert "Simulated with exponent" in out


def test_saved_documents_open_in_a_report(run: Run, pairs: str, folder: Path) -> None:
    code, out, _ = run("paired-limit", pairs, *BOTH, "--out", "p.json", "--figure", "p.svg")
    assert code == 0
    assert out.splitlines()[-1] == "Next   lawcast report p.json"
    assert (folder / "p.svg").read_text().startswith("<?xml")
    assert run("report", "p.json", "--out", "r.html").code == 0
    assert "limit" in (folder / "r.html").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("t.csv",), 2, "--variable"),
        (("t.csv", *BOTH, "--limit", "0.5", "--repeats", "0.5,0.6"), 2, "give one of them"),
        (("t.csv", *BOTH, "--limit", "floor"), 1, "floor"),
        (("t.csv", *BOTH, "--limit", "tokens"), 2, "--limit differs within one curve"),
        (("t.csv", *BOTH, "--repeats", "0.5,0.6"), 2, "name a table"),
        (("t.csv", *BOTH, "--repeats", "none.csv"), 2, "neither losses nor a table"),
        (("t.csv", *BOTH, "--repeats", "small.csv"), 2, "has nothing for"),
        (("t.csv", "--variable", "tokens", "--repeats", "0.5"), 2, "two or more"),
        (("t.csv", *BOTH, "--groups", "params"), 2, "three at least"),
        (("t.csv", "--variable", "tokens", "--draws", "10"), 2, "--draws is a whole number of 50"),
        (("t.csv", *BOTH, "--without", "2-6,10-14"), 1, "2 of 2 groups have fewer than 4"),
        (("t.csv", *BOTH, "--same", "size"), 2, "--same"),
        (("t.csv", *BOTH, "--out", "p.txt"), 2, "must end in .json"),
    ],
)
def test_bad_input(
    words: tuple[str, ...], code: int, said: str, run: Run, pairs: str, folder: Path
) -> None:
    (folder / "small.csv").write_text(as_csv([(1e4, 0.8), (1e4, 0.81)], "params,loss"))
    made = run("paired-limit", *words)
    assert made.code == code
    assert said in " ".join(made.err.split())
    assert made.out == ""
    assert files_in(folder) == {pairs, "small.csv"}
