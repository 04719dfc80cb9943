"""What must not happen: lost files, lost interrupts, tracebacks, and results nobody asked for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Outcome, as_csv, files_in, sweep_rows
from lawcast import ReadError, read_fit
from lawcast._data import packaged_path
from lawcast._errors import ArgumentError, WriteError
from lawcast._files import read_text, write_atomically
from lawcast.cli import _signals
from lawcast.cli._writing import all_or_nothing, require_free, require_same_or_none

Run = Callable[..., Outcome]
QUICK = ("--bootstrap", "60", "--quick")
COMMAND = (sys.executable, "-m", "lawcast")


def process(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as a shell runs it; ``lawcast`` is written as $L."""
    environment = os.environ | {"L": f"{sys.executable} -m lawcast"}
    return subprocess.run(
        ["sh", "-c", words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_table_itself_is_never_replaced(run: Run, sweep: str, folder: Path) -> None:
    before = (folder / sweep).read_bytes()
    (folder / "link.json").symlink_to(sweep)
    os.link(sweep, "hard.json")
    for out in (sweep, "./" + sweep, "link.json", "hard.json"):
        code, text, err = run("fit", sweep, "--bootstrap", "1000000", "--out", out)
        assert (code, text) == (2, "")
        assert "is the input itself" in err
    assert (folder / sweep).read_bytes() == before


def test_a_figure_never_replaces_the_table(folder: Path) -> None:
    (folder / "loss.csv").write_text("mine")

    def save() -> None:
        with all_or_nothing(["loss.csv"]) as staged:
            place = staged.folder(folder)
            (place / "loss.csv").write_text("figure")
            (place / "a.csv").write_text("figure")

    with pytest.raises(ArgumentError, match="input itself"):
        save()
    assert files_in(folder) == {"loss.csv"}
    assert (folder / "loss.csv").read_text() == "mine"


def test_only_a_fit_is_replaced_by_a_fit(run: Run, sweep: str, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    code, out, err = run("fit", sweep, "--bootstrap", "1000000", "--out", "notes.txt")
    assert (code, out) == (1, "")
    assert "is no fit of Lawcast" in err
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_files_of_groups_are_not_replaced_either(run: Run, folder: Path) -> None:
    rows = [(*row, "a") for row in sweep_rows()]
    (folder / "t.csv").write_text(as_csv(rows, "params,tokens,loss,family"))
    (folder / "fit-a.json").write_text("mine")
    code, out, _ = run("fit", "t.csv", "--by", "family", "--bootstrap", "1000000")
    assert (code, out) == (1, "")
    assert (folder / "fit-a.json").read_text() == "mine"


def test_only_a_report_is_replaced_by_a_report(run: Run, saved_fit: str, folder: Path) -> None:
    (folder / "page.html").write_text("<p>mine</p>")
    code, out, err = run("report", saved_fit, "--out", "page.html")
    assert (code, out) == (1, "")
    assert "is no report of Lawcast" in err
    for words in ([], ["--redact"], []):
        assert run("report", saved_fit, "--out", "new.html", *words).code == 0
    with pytest.raises(ArgumentError):
        require_free(folder / saved_fit, [saved_fit])


def test_demo_keeps_what_is_there(run: Run, folder: Path) -> None:
    (folder / "chinchilla.csv").write_text("mine")
    code, out, err = run("demo", "--keep")
    assert (code, out) == (1, "")
    assert "chinchilla.csv is there already" in err
    (folder / "chinchilla.csv").unlink()
    (folder / "fit.json").write_text("mine")
    assert run("demo", "--keep").code == 1
    assert files_in(folder) == {"fit.json"}
    (folder / "same.csv").write_bytes(packaged_path("chinchilla.csv").read_bytes())
    require_same_or_none(folder / "same.csv", (folder / "same.csv").read_bytes())
    with pytest.raises(WriteError):
        require_same_or_none(folder / "same.csv", b"other")


def test_a_link_stays_a_link_and_its_target_is_written(
    run: Run, sweep: str, folder: Path, fit_text: str
) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "fit.json").write_text(fit_text)
    (folder / "link.json").symlink_to("real/fit.json")
    assert run("fit", sweep, *QUICK, "--level", "0.8", "--out", "link.json").code == 0
    assert (folder / "link.json").is_symlink()
    assert read_fit(folder / "real" / "fit.json").level == 0.8
    assert files_in(folder / "real") == {"fit.json"}


@pytest.mark.parametrize("leads_to", ["nowhere.json", "link.json"])
def test_a_link_that_leads_nowhere_is_refused(
    leads_to: str, run: Run, sweep: str, folder: Path
) -> None:
    (folder / "link.json").symlink_to(leads_to)
    code, out, err = run("fit", sweep, "--bootstrap", "1000000", "--out", "link.json")
    assert (code, out) == (1, "")
    assert "leads nowhere" in err
    with pytest.raises(WriteError, match="leads nowhere"):
        write_atomically("link.json", "text")
    assert files_in(folder) == {"sweep.csv", "link.json"}


def test_a_law_without_a_best_split_is_shown_and_saved(run: Run, folder: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.008, 20)  # the fit takes the data term alone
    rows = [
        (n, 20 * n, (1.8 + 480 / n**0.35 + 2100 / (20 * n) ** 0.37) * np.exp(e))
        for n, e in zip(np.geomspace(1e7, 1e10, 20), noise, strict=True)
    ]
    (folder / "t.csv").write_text(as_csv(rows))
    words = ["fit", "t.csv", "--law", "chinchilla", "--bootstrap", "0", "--quick", "--at", "10x"]
    code, out, err = run(*words)
    assert (code, err) == (1, "")
    assert "no prediction at 10x:" in " ".join(out.split())
    assert "--along fixed-ratio" in " ".join(out.split())
    assert read_fit("fit.json").law.name == "chinchilla"
    document = json.loads(run(*words, "--json").out)
    assert [entry["at"] for entry in document["unpredicted"]] == ["10x"]
    assert run(*words, "--along", "fixed-ratio").code == 0


def test_without_every_row_there_is_nothing_to_fit(run: Run, sweep: str) -> None:
    code, _, err = run("fit", sweep, "--without", "2-21")
    assert code == 2
    assert "no rows are left" in " ".join(err.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predict", "fit.json", "--params", "70B", "--params", "60B"], "--params is given twice"),
        (["fit", "t.csv", "--law", "kaplan", "--law", "chinchilla"], "--law is given twice"),
        (["check", "t.csv", "--tokens", "a", "--tokens", "a"], "--tokens is given twice"),
        (["predict", "-", "--compute", "10x"], "not from standard input"),
        (["report", "-"], "not from standard input"),
        (["check", "sweep.csv", "--loss", "params"], "named for both"),
    ],
)
def test_bad_usage(words: list[str], message: str, run: Run, sweep: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_options_of_many_values_may_be_repeated(run: Run, saved_fit: str) -> None:
    code, out, _ = run("predict", saved_fit, "--compute", "2x", "--compute", "4x", "--json")
    assert code == 0
    assert len(json.loads(out)["predictions"]) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_device_is_no_saved_fit() -> None:
    with pytest.raises(ReadError, match="is a device"):
        read_text("/dev/full")
    with pytest.raises(ReadError, match="download it first"):
        read_text("https://example.org/fit.json")


def test_words_of_a_stranger_cannot_steer_a_terminal(
    run: Run, folder: Path, saved_fit: str
) -> None:
    odd = "na\u202eme\x1b[31m"
    rows = [(*row, "y" * 3000) for row in sweep_rows()]
    (folder / "t.csv").write_text(as_csv(rows, f"params,tokens,{odd},family"))
    outcome = run("check", "t.csv", "--loss", odd)
    assert outcome.code == 0
    assert "Next   lawcast fit" in outcome.out
    assert not {"\x1b", "\u202e"} & set(outcome.out)
    grouped = run("fit", "t.csv", "--loss", odd, "--by", "family", *QUICK, "--no-save")
    assert grouped.code == 0
    assert max(map(len, grouped.out.splitlines())) < 120
    assert not {"\x1b", "\u202e"} & set(grouped.out)
    assert run("report", saved_fit, "--title", "a\x1b[31m\u202eb").code == 0
    assert not {"\x1b", "\u202e"} & set((folder / "report.html").read_text())


def test_closed_streams(sweep: str, folder: Path) -> None:
    closed = process(f"$L check {sweep} >&-", folder)
    assert closed.returncode == 1
    assert "standard output is closed" in closed.stderr
    nothing = process("$L check - <&-", folder)
    assert nothing.returncode == 1
    assert "standard input is closed" in nothing.stderr
    assert process(f"$L check {sweep} 2>&-", folder).returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_output_says_that_the_fit_was_saved(sweep: str, folder: Path) -> None:
    done = process(f"$L fit {sweep} {' '.join(QUICK)} >/dev/full", folder)
    assert done.returncode == 1
    assert "already written: fit.json" in done.stderr
    assert read_fit(folder / "fit.json").law.name == "chinchilla"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
@pytest.mark.parametrize("stage", ["loading", "drawing"])
def test_a_stopped_command_says_so_and_leaves_nothing(
    stage: str, number: int, code: int, sweep: str, folder: Path
) -> None:
    words = [*COMMAND, "fit", sweep, *QUICK, "--figures", "figures"]
    if stage == "loading":  # inside the first import after the package itself
        start = (
            "import os, sys, runpy\n"
            "class Stop:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            f"        if name == 'click': os.kill(os.getpid(), {int(number)})\n"
            "sys.meta_path.insert(0, Stop())\n"
            "runpy.run_module('lawcast', run_name='__main__')\n"
        )
        words = [sys.executable, "-c", start, "fit", sweep]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        if stage == "drawing":
            deadline = time.monotonic() + 60
            while not any(name.startswith(".figures.") for name in files_in(folder)):
                assert child.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            child.send_signal(number)
        _, err = child.communicate(timeout=60)
    assert child.returncode == code
    assert err == "Interrupted: nothing was written.\n"
    assert files_in(folder) == {"sweep.csv"}


def test_an_interrupt_that_a_destructor_drops_is_raised_again(tmp_path: Path) -> None:
    code = (
        "import signal, time\n"
        "from lawcast.cli import _signals\n"
        "_signals.install()\n"
        "class Deaf:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "try:\n"
        "    Deaf()\n"
        "    time.sleep(20)\n"
        "except KeyboardInterrupt:\n"
        "    print('heard')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_an_interrupt_that_was_cleared_still_keeps_files_from_being_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_signals, "_asked", [_signals.Terminated])
    with pytest.raises(_signals.Terminated), all_or_nothing() as staged:
        staged.file(folder / "x.json").write_text("{}")
    assert files_in(folder) == set()
