"""Programs that start a study at their top: they run once, and say what to change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tiny_studies
from lawcast.lab.guard import _guarded

TESTS = Path(tiny_studies.__file__).parent

OWN = """
import dataclasses
from tiny_studies import TINY, measure

def slow(config, streams):
    import time
    time.sleep(0.06)
    return measure(config, streams)

OWN = dataclasses.replace(TINY, name="own", measure=slow)
"""


def run(folder: Path, text: str, *, piped: bool = False) -> subprocess.CompletedProcess[str]:
    program = folder / "program.py"
    program.write_text(text)
    return subprocess.run(
        [sys.executable, "-" if piped else str(program)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        input=text if piped else None,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


CALL = "from lawcast import run_study\nprint('start')\nprint(len(run_study(OWN{}).runs))\n"


@pytest.mark.parametrize("piped", [False, True])
def test_a_program_without_its_guard_runs_once_in_one_process(tmp_path: Path, piped: bool) -> None:
    done = run(tmp_path, OWN + CALL.format(""), piped=piped)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "start\n24\n"
    assert done.stderr.count("UserWarning") == 1
    assert 'UserWarning: put the call of run_study under if __name__ == "__main__":' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("piped", [False, True])
def test_several_workers_without_the_guard_are_refused_at_once(tmp_path: Path, piped: bool) -> None:
    done = run(tmp_path, OWN + CALL.format(", workers=2"), piped=piped)
    assert done.returncode == 1
    assert done.stdout == "start\n"
    assert done.stderr.count("Traceback") == 1
    said = done.stderr.splitlines()[-1]
    assert 'ArgumentError: put the call of run_study under if __name__ == "__main__":' in said
    assert ("program.py again from its top, where line 13" in said) != piped


def test_a_guarded_program_uses_processes_and_says_nothing(tmp_path: Path) -> None:
    guarded = "def main():\n    print(len(run_study(OWN, workers=2).runs))\n"
    text = f"{OWN}from lawcast import run_study\nprint('again')\n{guarded}"
    done = run(tmp_path, f"{text}if __name__ == '__main__':\n    main()\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("24") == 1
    assert done.stdout.count("again") == 3  # the program and two processes


@pytest.mark.parametrize(
    ("text", "line", "guarded"),
    [
        ("study()", 1, False),
        ("x = 1\nif __name__ == '__main__':\n    x = 2\n    study()", 4, True),
        ("try:\n  if '__main__' == __name__:\n    study()\nfinally:\n  pass", 3, True),
        ("if x:\n    study()", 2, False),
        ("if __name__ == '__main__':\n    x = 1\nstudy()", 3, False),
        ("study(log(__name__))", 1, False),
        ("# if __name__ == '__main__':\nstudy()", 2, False),
        ("__name__ == '__main__' and study()", 1, True),
        ("match __name__:\n  case '__main__':\n    study()", 3, True),
        ("if __name__ != '__main__':\n    raise SystemExit\nstudy()", 3, False),
        ("study(", 1, True),
    ],
)
def test_which_lines_run_in_the_first_process_alone(text: str, line: int, guarded: bool) -> None:
    assert _guarded(text, line) == guarded
