"""``lawcast report``: one file from saved fits, that opens again as a fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome, as_csv, files_in, sweep_rows
from lawcast import read_fit

Run = Callable[..., Outcome]


def test_writes_one_file_that_opens_again(run: Run, saved_fit: str, folder: Path) -> None:
    code, out, err = run("report", saved_fit, "--at", "10x", "--title", "A <b>title</b>")
    assert (code, err) == (0, "")
    assert files_in(folder) == {"fit.json", "report.html"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert hashlib.sha256(page.encode()).hexdigest()[:8] in out
    assert "A &lt;b&gt;title&lt;/b&gt;" in page
    assert "<b>title" not in page
    assert max(map(len, out.splitlines())) <= 80
    assert read_fit("report.html").summary() == read_fit(saved_fit).summary()
    asked = run("predict", "report.html", "--compute", "10x")
    assert asked == run("predict", saved_fit, "--compute", "10x")
    assert asked.code == 0


def test_json_says_what_was_written(run: Run, saved_fit: str, folder: Path) -> None:
    code, out, _ = run("report", saved_fit, "--out", "r.html", "--json")
    assert code == 0
    data = json.loads(out)
    page = (folder / "r.html").read_bytes()
    assert data["schema"] == "lawcast/report-file/1"
    assert data["path"] == "r.html"
    assert data["bytes"] == len(page)
    assert data["sha256"] == hashlib.sha256(page).hexdigest()


def test_a_redacted_report_says_why_it_is_no_fit(run: Run, saved_fit: str) -> None:
    assert "without the raw rows" in run("report", saved_fit, "--redact").out
    code, _, err = run("predict", "report.html", "--compute", "10x")
    assert code == 1
    assert "--redact" in err


def test_groups_go_into_one_report(run: Run, folder: Path) -> None:
    rows = [(*row, name) for name in ("one", "two") for row in sweep_rows(len(name))]
    (folder / "t.csv").write_text(as_csv(rows, "params,tokens,loss,family"))
    quick = ("--bootstrap", "50", "--quick")
    assert run("fit", "t.csv", "--by", "family", "--duplicates", "all", *quick).code == 0
    assert run("report", "fit-one.json", "fit-two.json").code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "fit-one.json" in page
    assert "fit-two.json" in page


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nothing.json"], 1, "no file nothing.json"),
        (["fit.json", "--out", "no/such.html"], 1, "no folder no"),
        (["fit.json", "--out", "fit.json"], 2, "the input itself"),
        (["fit.json", "--at", "ten"], 2, "not an amount of compute"),
        (["fit.json", "--at", "params=1B"], 2, "missing: tokens"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done(
    words: list[str], code: int, message: str, run: Run, saved_fit: str, folder: Path
) -> None:
    outcome = run("report", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err
    assert files_in(folder) == {saved_fit}
