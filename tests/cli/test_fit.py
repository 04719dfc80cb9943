"""``lawcast fit``: what it prints and saves, in every form, and how it exits."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome, as_csv, files_in, sweep_rows
from lawcast import Fit, read_fit
from lawcast._data import packaged_path
from lawcast._errors import WriteError
from lawcast.cli._rows import row_ids, row_words
from lawcast.cli._writing import all_or_nothing, file_name, require_folder
from lawcast.fitting.frontier import ALONG
from lawcast.fitting.intervals import INTERVALS
from lawcast.fitting.losses import LOSSES
from lawcast.fitting.resampling import METHODS

Run = Callable[..., Outcome]
QUICK = ("--bootstrap", "60", "--quick")


def families(names: tuple[str, ...]) -> str:
    rows = [(*row, name) for seed, name in enumerate(names) for row in sweep_rows(seed)]
    return as_csv(rows, "params,tokens,loss,family")


def test_the_summary_ends_with_what_was_saved_and_what_to_type(
    run: Run, sweep: str, folder: Path
) -> None:
    code, out, err = run("fit", sweep, "--bootstrap", "200")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    labels = [line[:7].strip() for line in lines if line[:7].strip()]
    assert [x for x in labels if x.isalpha()] == [
        "Runs", "Span", "Notes", "Law", "Fit", "Test", "Floor", "Table", "Saved", "Next",
    ]  # fmt: skip
    digest = hashlib.sha256((folder / "fit.json").read_bytes()).hexdigest()
    assert f"Saved  fit.json ({digest[:8]})" in lines
    assert files_in(folder) == {"sweep.csv", "fit.json"}
    fit = read_fit("fit.json")
    assert fit.summary().splitlines()[0] == lines[0]
    assert 0.30 < fit.parameters["alpha"].value < 0.40
    assert lines[-1] == "       lawcast predict fit.json --compute 10x"
    assert run(*shlex.split(lines[-1])[1:]).code == 0


def test_predictions_are_those_of_the_saved_fit(run: Run, sweep: str) -> None:
    where = ("--at", "10x", "--at", "params=70B,tokens=1,400B", "--at", "1e22FLOP")
    code, out, _ = run("fit", sweep, *QUICK, *where)
    assert code == 0
    fit = read_fit("fit.json")
    expected = [
        fit.predict(compute="10x"),
        fit.predict(params="70B", tokens="1.4T"),
        fit.predict(compute="1e22 FLOP"),
    ]
    shown = re.findall(r"^Loss +([\d.]+) nats/token$", out, flags=re.MULTILINE)
    assert shown == [f"{prediction.value:.3f}" for prediction in expected]
    assert "lawcast predict" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_json_is_the_fit_itself_and_more(run: Run, sweep: str, folder: Path) -> None:
    code, out, err = run("fit", sweep, *QUICK, "--at", "10x", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["schema"] == "lawcast/fit/1"
    fit = Fit.from_dict(data)
    assert fit.summary() == read_fit("fit.json").summary()
    assert data["parameters"]["alpha"]["value"] == fit.parameters["alpha"].value
    assert data["predictions"][0]["value"] == fit.predict(compute="10x").value
    digest = hashlib.sha256((folder / "fit.json").read_bytes()).hexdigest()
    assert data["saved"] == {"path": "fit.json", "sha256": digest}
    (folder / "printed.json").write_text(out)
    assert run("predict", "printed.json", "--compute", "10x").code == 0


def test_the_seed_decides_the_bytes(run: Run, sweep: str, folder: Path) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert run("fit", sweep, *QUICK, "--seed", seed, "--out", name).code == 0
    a, b, c = ((folder / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert read_fit("c").seed == 8


def test_loss_and_seed_name_a_column_or_say_how_to_fit(run: Run, folder: Path) -> None:
    rows = [(*row, k % 3) for k, row in enumerate(sweep_rows())]
    (folder / "t.csv").write_text(as_csv(rows, "params,tokens,ce,init"))
    words = ("--loss", "ce", "--loss", "l2", "--seed", "init", "--seed", "4")
    assert run("fit", "t.csv", *QUICK, *words).code == 0
    fit = read_fit("fit.json")
    assert fit.loss.name == "l2"
    assert fit.seed == 4
    assert fit.runs.names["loss"] == "ce"
    assert fit.runs.names["seed"] == "init"


def test_every_option_reaches_the_fit(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(families(("one", "two", "three")))
    words = [
        "fit", "t.csv", "--law", "power-floor", "--variable", "params", "--loss", "log-huber",
        "--loss-scale", "0.01", "--bootstrap", "50", "--resample", "wild", "--interval",
        "percentile", "--level", "0.8", "--starts", "16", "--quick", "--cluster", "family",
    ]  # fmt: skip
    assert run(*words).code == 0
    fit = read_fit("fit.json")
    assert fit.law.name == "power-floor"
    assert fit.law.variables == ("params",)
    assert fit.loss.scale == 0.01
    assert (fit.requested, fit.level, fit.interval_method) == (50, 0.8, "percentile")
    assert (fit.plan.method, fit.plan.cluster) == ("wild", "family")
    assert fit.certificate.starts == 16
    assert fit.history is None
    assert fit.profiles == ()


def test_the_help_names_what_the_library_knows(run: Run) -> None:
    text = " ".join(run("fit", "--help").out.replace("fixed-\n", "fixed-").split())
    for name in (*LOSSES, *METHODS, *INTERVALS):
        assert name in text
    for name in ALONG:
        assert name in text.replace("- ", "-")


def test_one_fit_for_each_group(run: Run, folder: Path) -> None:
    names = ("a/../b", "A_.._b", "<b>&", "")
    (folder / "t.csv").write_text(families(names))
    code, out, _ = run("fit", "t.csv", "--by", "family", *QUICK, "--at", "10x")
    assert code == 0
    assert files_in(folder) == {
        "t.csv", "fit-none.json", "fit-b.json", "fit-A_.._b.json", "fit-a_.._b-2.json",
    }  # fmt: skip
    groups = re.findall(r"^Group  family = (.*)$", out, flags=re.MULTILINE)
    assert groups == ["(none)", "<b>&", "A_.._b", "a/../b"]
    assert len(re.findall(r"^Loss ", out, flags=re.MULTILINE)) == 4
    data = json.loads(run("fit", "t.csv", "--by", "family", *QUICK, "--json", "--no-save").out)
    assert data["schema"] == "lawcast/fits/1"
    assert set(data["groups"]) == set(names)
    alone = read_fit("fit-b.json")
    assert Fit.from_dict(data["groups"]["<b>&"]).estimate.tolist() == alone.estimate.tolist()
    assert len(alone.runs) == 20


def test_a_group_that_cannot_be_fitted_is_named_and_nothing_is_written(
    run: Run, folder: Path
) -> None:
    (folder / "t.csv").write_text(families(("good",)) + "1e8,1e9,3.2,tiny\n1e9,1e9,3.0,tiny\n")
    code, out, err = run("fit", "t.csv", "--by", "family", *QUICK)
    assert (code, out) == (1, "")
    assert "family = tiny" in err
    assert "--without 22-23 fits the others" in " ".join(err.split())
    assert files_in(folder) == {"t.csv"}
    assert run("fit", "t.csv", "--by", "family", *QUICK, "--without", "22-23").code == 0


def test_rows_are_left_out_by_their_ids(run: Run, sweep: str) -> None:
    code, out, _ = run("fit", sweep, *QUICK, "--without", "3-4", "--without", "7")
    assert code == 0
    assert "20 read, 17 used, 3 set aside" in out
    assert "lines 3, 4, 7" in out
    assert row_ids(("2-4,9", "12")) == [2, 3, 4, 9, 12]
    assert row_words([12, 9, 4, 3, 2]) == "2-4,9,12"


@pytest.mark.parametrize("text", ["a", "4-2", "-3", "2-", "1.5", "", "1-9999999"])
def test_what_are_no_row_ids(text: str, run: Run, sweep: str) -> None:
    code, _, err = run("fit", sweep, "--without", text)
    assert code == 2
    assert "--without" in err


def test_saving_says_when_it_replaces_and_can_be_switched_off(
    run: Run, sweep: str, folder: Path
) -> None:
    assert "in place of" not in run("fit", sweep, *QUICK).out
    assert "in place of an earlier one" in run("fit", sweep, *QUICK).out
    (folder / "fit.json").unlink()
    out = run("fit", sweep, *QUICK, "--no-save").out
    assert "Saved" not in out
    assert files_in(folder) == {"sweep.csv"}


def test_strict_turns_warnings_into_a_failure_that_saves_nothing(run: Run, folder: Path) -> None:
    rows = sweep_rows()
    (folder / "t.csv").write_text(as_csv([*rows, rows[0]]))  # R012: a duplicate
    code, out, _ = run("fit", "t.csv", *QUICK, "--strict")
    assert code == 1
    assert out.splitlines()[-1].startswith("Not saved: --strict, and there are 1 warning")
    assert files_in(folder) == {"t.csv"}
    assert run("fit", "t.csv", *QUICK).code == 0


def test_figures_come_as_svg_pdf_and_csv(run: Run, sweep: str, folder: Path) -> None:
    code, out, _ = run("fit", sweep, *QUICK, "--figures", "figures")
    assert code == 0
    names = {path.name for path in (folder / "figures").iterdir()}
    stems = {name.rpartition(".")[0] for name in names}
    assert {"law", "residuals", "parameters"} <= stems
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "pdf", "csv")}
    assert f"Drawn  {len(names)} files in figures" in out
    assert {name.split(os.sep)[0] for name in files_in(folder)} == {
        "sweep.csv", "fit.json", "figures",
    }  # fmt: skip


def test_a_bad_table_prints_every_error_and_the_ways_out(run: Run, folder: Path) -> None:
    rows = sweep_rows()
    (folder / "t.csv").write_text(as_csv([*rows, (0, 1e9, 3.0), (1e9, 2e9, -1.0)]))
    code, out, err = run("fit", "t.csv", *QUICK)
    assert (code, out) == (1, "")
    assert "R004 error" in err
    assert "R010 error" in err
    assert "All findings: lawcast check t.csv" in err
    assert "--accept R004 --accept R010" in err
    assert "--without 22-23" in err
    assert max(map(len, err.splitlines())) <= 80
    data = json.loads(run("fit", "t.csv", *QUICK, "--json").out)
    assert data["schema"] == "lawcast/error/1"
    assert {finding["code"] for finding in data["findings"]} == {"R004", "R010"}
    assert data["estimate"] is None
    assert files_in(folder) == {"t.csv"}
    assert run("fit", "t.csv", *QUICK, "--without", "22-23").code == 0


def test_an_accepted_error_does_not_stop_the_fit(run: Run, folder: Path) -> None:
    rows = [(*row, "web" if k % 2 else "books") for k, row in enumerate(sweep_rows())]
    (folder / "t.csv").write_text(as_csv(rows, "params,tokens,loss,eval_set"))
    code, _, err = run("fit", "t.csv", *QUICK)
    assert code == 1
    assert "R019" in err
    code, out, _ = run("fit", "t.csv", *QUICK, "--accept", "R019")
    assert code == 0
    assert "1 error" in out  # it is still said
    assert files_in(folder) == {"t.csv", "fit.json"}


def test_a_refusal_shows_the_estimate_for_what_it_is(run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(sweep_rows()[:6]))
    words = ("fit", "t.csv", "--law", "chinchilla", *QUICK)
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert "F004 error" in err
    assert "not supported by these runs" in err
    assert "irreducible loss" in err
    data = json.loads(run(*words, "--json").out)
    assert data["estimate"]["supported"] is False
    assert set(data["estimate"]["parameters"]) == {"E", "A", "B", "alpha", "beta"}
    assert data["findings"][0]["code"] == "F004"
    assert files_in(folder) == {"t.csv"}


def test_standard_input_is_a_table_too(sweep: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lawcast", "fit", "-", *QUICK, "--no-save"],
        input=(folder / sweep).read_text(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "lawcast check" not in done.stdout  # what came in by a pipe cannot be read twice


def test_a_watcher_sees_progress_and_the_output_stays_clean(sweep: str, folder: Path) -> None:
    code = (
        "import sys; from lawcast.cli import _progress; _progress._PATIENCE = 0.0\n"
        "from lawcast.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", code, "fit", sweep, "--bootstrap", "600", "--quick"],
        stdout=subprocess.PIPE, stderr=theirs, text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(theirs)
    seen: list[bytes] = []

    def listen() -> None:
        try:
            while chunk := os.read(ours, 4096):
                seen.append(chunk)
        except OSError:  # the other end was closed
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    out, _ = child.communicate()
    listener.join()
    os.close(ours)
    assert child.returncode == 0
    assert b"fitting resamples" in b"".join(seen)
    assert "\x1b" not in out
    assert "fitting resamples" not in out


def test_all_files_are_written_or_none(folder: Path) -> None:
    (folder / "old").write_text("before")

    def write_and_fail() -> None:
        with all_or_nothing() as staged:
            staged.file(Path("old")).write_text("after")
            (staged.folder(Path("made")) / "x").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert files_in(folder) == {"old"}
    assert (folder / "old").read_text() == "before"
    with all_or_nothing() as staged:
        staged.file(Path("old")).write_text("after")
        (staged.folder(Path("made")) / "x").write_text("x")
        assert (folder / "old").read_text() == "before"
    assert files_in(folder) == {"old", "made", os.path.join("made", "x")}
    assert (folder / "old").read_text() == "after"
    with pytest.raises(WriteError, match="it is a file"):
        require_folder(Path("old"))


def test_names_from_a_table_make_safe_file_names() -> None:
    assert file_name("../../etc/passwd") == "etc_passwd"
    assert file_name("") == "none"
    assert file_name("Größe 1.5B") == "Größe_1.5B"
    assert file_name("a", ["A"]) == "a-2"
    assert len(file_name("x" * 500)) == 60


@pytest.mark.slow
def test_a_thousand_draws_on_245_runs_take_less_than_four_seconds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lawcast", "fit", str(packaged_path("chinchilla.csv"))]
    least = min(_seconds([*command, "--bootstrap", "1000"], tmp_path) for _ in range(3))
    assert least < 4.0


def _seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start
