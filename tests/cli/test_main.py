"""The command line as a program: help, exit codes, closed pipes, interrupts, bugs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from lawcast import __version__
from lawcast._errors import (
    FitRefused,
    LawcastError,
    MissingExtraError,
    UnitError,
    UnknownNameError,
)
from lawcast.cli import main as program

TABLE = "params,tokens,loss\n" + "".join(
    f"{2e8 * 2**i!r},{1e9 * 3**i!r},{4 - 0.2 * i!r}\n" for i in range(7)
)


def lawcast(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lawcast", *words], capture_output=True, text=True, **options
    )


def test_help_lists_every_command_without_importing_them() -> None:
    code = (
        "import sys; from lawcast.cli.main import main; code = main(['--help'])\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy), 'code:', code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: [] code: 0"
    for name, declared in program.COMMANDS.items():
        assert name in done.stdout
        assert declared.help in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_version_and_module_entry() -> None:
    done = lawcast("--version")
    assert (done.returncode, done.stdout) == (0, f"lawcast, version {__version__}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["chekc"], "did you mean 'check'"),
        (["--zorg"], "No such option"),
        (["check"], "Missing argument 'FILE'"),
        (["check", "x.csv", "--zorg"], "No such option"),
        (["check", "x.csv", "--loss-unit", "furlong"], "furlong"),
        (["check", "x.csv", "--params-unit", "furlong"], "is not a unit for params"),
        (["check", "x.csv", "--tokens", "a", "--samples", "b"], "same column"),
    ],
)
def test_bad_usage_exits_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


def test_a_file_in_place_of_a_command_gets_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text(TABLE)
    assert program.main([str(path)]) == 2
    assert f"lawcast check {path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (LawcastError("the table is odd"), 1, "Error: the table is odd"),
        (FitRefused("too few runs"), 1, "Error: too few runs"),
        (MissingExtraError("parquet", "reading it"), 1, 'pip install "lawcast[parquet]"'),
        (UnknownNameError("law", "chinchila", ["chinchilla"]), 2, "did you mean 'chinchilla'"),
        (UnitError("'x' is not a count"), 2, "Error: 'x' is not a count"),
        (KeyboardInterrupt(), 130, "Interrupted: nothing was written."),
        (click.Abort(), 130, "Interrupted: nothing was written."),
        (ZeroDivisionError("by zero"), 1, "This is a bug"),
        (MemoryError(), 1, "not enough memory"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_every_outcome_has_one_message_and_its_code(
    error: BaseException,
    code: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(program, "_invoke", fail)
    monkeypatch.setattr(program, "_forget_output", lambda: None)
    monkeypatch.delenv("LAWCAST_DEBUG", raising=False)
    assert program.main([]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert shown in err
    assert len(err.strip().splitlines()) <= 4


def test_debug_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(program, "_invoke", fail)
    monkeypatch.setenv("LAWCAST_DEBUG", "1")
    assert program.main([]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text(TABLE)
    read, write = os.pipe()
    os.close(read)  # the reader is gone before the first line
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lawcast", "check", str(path)],
            stdout=write, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text(TABLE)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lawcast", "check", str(path)],
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: cannot write the output: No space left on device\n"


def test_ctrl_c_exits_130(tmp_path: Path) -> None:
    fifo = tmp_path / "slow"
    os.mkfifo(fifo)  # reading it waits for a writer, as a long job would
    code = (
        "import sys\n"
        "from lawcast.cli.main import main\n"
        "from lawcast.cli import check\n"
        "print('ready', flush=True)\n"
        "sys.exit(main(['check', sys.argv[1]]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    # The writer's end opens only once the command waits in the reader's: no sleeping, no race.
    writer = os.open(fifo, os.O_WRONLY)
    try:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        os.close(writer)
    assert process.returncode == 130
    assert "Interrupted: nothing was written." in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [["frob"], ["predict", "fit.json"], ["check"], ["fit", "x", "--z"]]
)
def test_bad_usage_stays_within_80_columns(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(words) == 2
    err = capsys.readouterr().err
    assert "Error: " in err
    assert max(map(len, err.splitlines())) <= 80
