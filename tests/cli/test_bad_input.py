"""Bad input on the command line: one clear message, the right exit code, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.conftest import Outcome, as_csv, files_in, sweep_rows

Run = Callable[..., Outcome]
QUICK = ("--bootstrap", "50", "--quick")
GOOD = sweep_rows()


def changed(row: int, column: int, value: object) -> str:
    """The good table with one cell replaced."""
    rows = [list(r) for r in GOOD]
    rows[row][column] = value
    return as_csv(rows)


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "only blank lines": (b"\n\n\n", ""),
    "binary": (bytes(range(256)) * 8, "binary"),
    "zero bytes in a cell": (as_csv(GOOD).replace("e", "\0").encode(), "binary"),
    "one endless line": (b"params,tokens,loss\n" + b"1" * 9_000_000, "longer than"),
    "a pdf": (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 20, ""),
    "half a gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", ""),
    "json cut off": (b'[{"params": 1e9, "tokens": 1e10, "lo', ""),
    "html error page": (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", ""),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_table(name: str, run: Run, folder: Path) -> None:
    content, message = UNREADABLE[name]
    (folder / "t.csv").write_bytes(content)
    code, out, err = run("fit", "t.csv")
    assert (code, out) == (1, "")
    assert "Error: " in err
    assert message in err
    assert files_in(folder) == {"t.csv"}


def test_no_file_a_folder_and_a_file_that_may_not_be_read(run: Run, folder: Path) -> None:
    code, _, err = run("fit", "sweeep.csv")
    assert code == 1
    assert "no file 'sweeep.csv'" in err
    (folder / "runs").mkdir()
    code, _, err = run("fit", "runs")
    assert code == 1
    assert "is a folder" in err
    (folder / "loop.csv").symlink_to("loop.csv")
    code, _, err = run("fit", "loop.csv")
    assert code == 1
    assert files_in(folder) == {"runs", "loop.csv"}


def test_two_gigabytes_without_a_line_break(run: Run, folder: Path) -> None:
    for name, start in (("zeros.csv", b""), ("tail.csv", b"params,tokens,loss\n1e8,1e9,3\n")):
        path = folder / name
        path.write_bytes(start)
        os.truncate(path, 2 * 2**30)  # a sparse file: it takes no room
        begun = time.monotonic()
        code, _, err = run("fit", name)
        assert code == 1
        assert "binary" in err
        assert time.monotonic() - begun < 5.0


REFUSED = {
    "header only": (as_csv([]), "varies"),
    "one row": (as_csv(GOOD[:1]), "varies"),
    "two rows": (as_csv(GOOD[:2]), "F004"),
    "a flat loss": (as_csv([(n, d, 3.0) for n, d, _ in GOOD]), "F004"),
    "zero tokens": (changed(5, 1, 0), "R010"),
    "negative params": (changed(5, 0, -1e9), "R010"),
    "negative loss": (changed(5, 2, -2.0), "R004"),
    "zero loss": (changed(5, 2, 0.0), "R004"),
    "mixed units": (
        as_csv([(n / 1e6 if k > 14 else n, d, y) for k, (n, d, y) in enumerate(GOOD)]),
        "R007",
    ),
    "all runs alike": (as_csv([(1e8, 1e9, 3 + k / 1000) for k in range(20)]), "varies"),
    "no loss column": (as_csv(GOOD, "params,tokens,colour"), "R001"),
    "no numbers": ("params,tokens,loss\n" + "a,b,c\n" * 20, ""),
    "all losses missing": (as_csv([(n, d, "") for n, d, _ in GOOD]), ""),
    "two tokenisers": (
        as_csv([(*row, "ab"[k % 2]) for k, row in enumerate(GOOD)], "params,tokens,loss,eval_set"),
        "R019",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_tables_that_stop_a_fit(name: str, form: tuple[str, ...], run: Run, folder: Path) -> None:
    text, message = REFUSED[name]
    (folder / "t.csv").write_text(text)
    code, out, err = run("fit", "t.csv", *QUICK, *form)
    assert code == 1
    if form and out:
        data = json.loads(out)
        assert data["schema"] == "lawcast/error/1"
        assert message in json.dumps(data)
    else:
        assert out == ""
        assert message in err
        assert "This is a bug" not in err
        assert max(map(len, err.splitlines())) <= 80
    assert files_in(folder) == {"t.csv"}


USABLE = {
    "utf-16": (as_csv(GOOD).encode("utf-16"), ""),
    "utf-8 with a mark": (as_csv(GOOD).encode("utf-8-sig"), ""),
    "windows line ends": (as_csv(GOOD).replace("\n", "\r\n").encode(), ""),
    "decimal commas": (
        as_csv(GOOD).replace(",", ";").replace(".", ",").encode(),
        "R020",
    ),
    "a short row": (as_csv([*GOOD[:5], GOOD[5][:2], *GOOD[6:]]).encode(), "R020"),
    "a long row": (as_csv([*GOOD[:5], (*GOOD[5], 1, 2), *GOOD[6:]]).encode(), "R020"),
    "a repeated header": (
        as_csv([*GOOD[:5], ("params", "tokens", "loss"), *GOOD[5:]]).encode(),
        "R020",
    ),
    "nan": (changed(5, 2, "nan").encode(), "R003"),
    "infinity": (changed(5, 2, "inf").encode(), "R003"),
    "one size": (
        as_csv([(1e8, d, float(2 + 2100 / d**0.37)) for d in np.geomspace(1e9, 1e12, 12)]).encode(),
        "",
    ),
    "every run twice": (as_csv([*GOOD, *GOOD]).encode(), "R012"),
    "markup and formulas": (
        as_csv(
            [(*row, "<script>alert(1)</script>", "=1+1") for row in GOOD],
            'params,tokens,loss,"=cmd|calc!A1","<b>x</b>"',
        ).encode(),
        "",
    ),
    "terminal codes": (
        as_csv([(*row, "\x1b[2J") for row in GOOD], "params,tokens,loss,fam\x1b[31m").encode(),
        "",
    ),
    "ten thousand columns": (
        as_csv(
            [(*row, *([k] * 9_997)) for k, row in enumerate(GOOD)],
            ",".join(["params", "tokens", "loss", *(f"c{k}" for k in range(9_997))]),
        ).encode(),
        "",
    ),
    "two columns of one name": (as_csv(GOOD, "params,params,loss").encode(), "R020"),
}


@pytest.mark.parametrize("name", USABLE)
def test_tables_that_are_used_and_what_is_said(name: str, run: Run, folder: Path) -> None:
    content, message = USABLE[name]
    (folder / "t.csv").write_bytes(content)
    code, out, err = run("fit", "t.csv", *QUICK)
    assert (code, err) == (0, "")
    assert message in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert files_in(folder) == {"t.csv", "fit.json"}


USAGE: list[tuple[list[str], str]] = [
    (["--law", "chinchila"], "did you mean 'chinchilla'?"),
    (["--law", "../x"], "there is no law"),
    (["--law", "power", "--variable", "nope"], "there is no column 'nope'"),
    (["--law", "chinchilla", "--variable", "params"], "--variable is for laws of one variable"),
    (["--cluster", "nope"], "there is no column 'nope'"),
    (["--by", "nope"], "there is no column 'nope'"),
    (["--cluster", "same"], "nothing is left to resample"),
    (["--cluster", "params", "--resample", "residual"], "use --resample wild"),
    (["--loss", "l2", "--loss-scale", "0.1"], "has no scale"),
    (["--loss", "log-hubr"], "did you mean 'log-huber'?"),
    (["--loss", "l2", "--loss", "log-l2"], "given twice"),
    (["--seed", "-1"], "--seed takes a number"),
    (["--seed", "9" * 30], "--seed takes a number"),
    (["--resample", "jackknife"], "'jackknife'"),
    (["--interval", "magic"], "'magic'"),
    (["--level", "95"], "did you mean 0.95?"),
    (["--level", "0"], "'--level'"),
    (["--level", "nan"], "'--level'"),
    (["--bootstrap", "-1"], "'--bootstrap'"),
    (["--bootstrap", "many"], "'--bootstrap'"),
    (["--starts", "0"], "'--starts'"),
    (["--loss-scale", "0"], "'--loss-scale'"),
    (["--accept", "R999"], "'R999'"),
    (["--without", "999"], "--without 999: t.csv has no such lines; its runs are in lines 2 to 21"),
    (["--by", "loss"], "makes 20 groups of 1 run, and a law needs 5"),
    (["--at", "10y"], "not an amount of compute"),
    (["--at", "params=70B"], "missing: tokens"),
    (["--at", "params=,tokens=1"], "NAME=VALUE"),
    (["--along", "optimal"], "amount of compute"),
    (["--out", "-"], "--out needs a file name"),
    (["--out", "x.json", "--no-save"], "contradict"),
    (["--tokens", "tokens", "--samples", "tokens"], "same column"),
    (["--zorg"], "No such option"),
    (["--drop", "everything"], "'--drop'"),
]


@pytest.mark.parametrize(("words", "message"), USAGE, ids=[" ".join(w)[:40] for w, _ in USAGE])
def test_bad_usage(words: list[str], message: str, run: Run, folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv([(*row, "x") for row in GOOD], "params,tokens,loss,same"))
    quick = QUICK[2:] if "--bootstrap" in words else QUICK  # an option is given once
    code, out, err = run("fit", "t.csv", *quick, *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert files_in(folder) == {"t.csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "no/such/fit.json"], "no folder no/such"),
        (["--out", "folder"], "is a folder"),
        (["--figures", "t.csv"], "is a file"),
        (["--figures", "no/such"], "no folder no"),
    ],
)
def test_places_that_cannot_be_written_are_found_out_first(
    words: list[str], message: str, run: Run, folder: Path
) -> None:
    (folder / "t.csv").write_text(as_csv(GOOD))
    (folder / "folder").mkdir()
    code, out, err = run("fit", "t.csv", "--bootstrap", "1000000", *words)
    assert (code, out) == (1, "")
    assert message in err
    assert files_in(folder) == {"t.csv", "folder"}


def test_a_read_only_folder(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "t.csv").write_text(as_csv(GOOD))
    # root may write anywhere, so what the system would answer is given here
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    code, _, err = run("fit", "t.csv", *QUICK)
    assert code == 1
    assert "read-only" in err
    assert files_in(folder) == {"t.csv"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", ["fit", "report"])
def test_a_full_disk(command: str, run: Run, folder: Path, fit_text: str) -> None:
    (folder / "t.csv").write_text(as_csv(GOOD))
    (folder / "fit.json").write_text(fit_text)
    words = ["t.csv", *QUICK] if command == "fit" else ["fit.json"]
    code, out, err = run(command, *words, "--out", "/dev/full")
    assert (code, out) == (1, "")
    assert "No space left" in err
    assert files_in(folder) == {"t.csv", "fit.json"}


def _damaged(text: str) -> Iterator[tuple[str, str]]:
    whole: dict[str, Any] = json.loads(text)
    yield "cut off", text[: len(text) // 2]
    yield "empty", ""
    yield "not json", "hello"
    yield "a table", as_csv(GOOD)
    yield "a list", "[]"
    yield "nested too deep", "[" * 100_000
    yield "newer", json.dumps(whole | {"schema": "lawcast/fit/99"})
    yield "another kind", json.dumps(whole | {"schema": "lawcast/runs/1"})
    yield "html without a fit", "<html></html>"
    for key in ("law", "runs", "estimate", "draws", "plan", "certificate", "status"):
        yield f"without {key}", json.dumps({k: v for k, v in whole.items() if k != key})
        yield f"garbled {key}", json.dumps(whole | {key: "x"})
    packed = whole["draws"]
    for name, change in (
        ("draws cut", {"zlib": packed["zlib"][:80]}),
        ("draws of another type", {"dtype": "<O8"}),
        ("draws that claim too much", {"shape": [10**9, 5]}),
        ("draws of another shape", {"shape": packed["shape"][::-1]}),
    ):
        yield name, json.dumps(whole | {"draws": packed | change})
    yield "another law", json.dumps(whole | {"law": whole["law"] | {"name": "kaplan"}})


@pytest.mark.parametrize("command", [("predict", "--compute", "10x"), ("report",)])
def test_saved_fits_that_are_damaged(
    command: tuple[str, ...], run: Run, folder: Path, fit_text: str
) -> None:
    for name, text in _damaged(fit_text):
        (folder / "bad.json").write_text(text)
        code, out, err = run(command[0], "bad.json", *command[1:])
        assert (code, out) == (1, ""), name
        assert err.startswith("Error: "), name
        assert "This is a bug" not in err, (name, err)
        assert files_in(folder) == {"bad.json"}, name


def test_a_newer_fit_says_what_to_type(run: Run, folder: Path) -> None:
    (folder / "fit.json").write_text('{"schema": "lawcast/fit/99", "lawcast": "9.0"}')
    code, _, err = run("predict", "fit.json", "--compute", "10x")
    assert code == 1
    assert "newer Lawcast (9.0" in err
    assert "pip install --upgrade lawcast" in err


INTERRUPTED = """
import sys
import lawcast.fitting.result as result
draw = result.draw
def tell(*words, **named):
    print("drawing", file=sys.stderr, flush=True)
    return draw(*words, **named)
result.draw = tell
from lawcast.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_in_a_long_bootstrap(folder: Path) -> None:
    (folder / "t.csv").write_text(as_csv(GOOD))
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, "fit", "t.csv", "--bootstrap", "5000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stderr is not None
    assert child.stderr.readline() == "drawing\n"
    time.sleep(0.2)  # in the middle of it
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert out == ""
    assert err == "Interrupted: nothing was written.\n"
    assert files_in(folder) == {"t.csv"}


@pytest.mark.parametrize("target", ["pipe", "full"])
def test_output_that_nobody_can_read(target: str, folder: Path, fit_text: str) -> None:
    (folder / "fit.json").write_text(fit_text)
    command = [sys.executable, "-m", "lawcast", "predict", "fit.json", "--compute", "10x"]
    if target == "full":
        if not os.path.exists("/dev/full"):
            pytest.skip("there is no /dev/full here")
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1
        assert "No space left" in done.stderr
    else:
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
        os.close(writing)
        assert done.returncode == 141
        assert done.stderr == ""
    assert "Traceback" not in done.stderr
    assert files_in(folder) == {"fit.json"}


def test_a_terminal_without_unicode_still_gets_the_answer(folder: Path, fit_text: str) -> None:
    (folder / "fit.json").write_text(fit_text)
    done = subprocess.run(
        [sys.executable, "-m", "lawcast", "predict", "fit.json", "--compute", "10x"],
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"Loss" in done.stdout
