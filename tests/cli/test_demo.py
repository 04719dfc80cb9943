"""``lawcast demo``: the whole job on published runs, with commands that give the same again."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Outcome, files_in
from lawcast import read_fit

Run = Callable[..., Outcome]


def test_the_demo_and_its_commands_agree(run: Run, folder: Path) -> None:
    code, out, err = run("demo", "--keep")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert files_in(folder) == {"lawcast-demo.html", "chinchilla.csv", "fit.json"}
    shown = read_fit("fit.json")
    # Besiroglu et al. 2024, table 1: the fit of their 240 runs
    assert shown.parameters["alpha"].value == pytest.approx(0.3473, abs=5e-5)
    assert shown.parameters["beta"].value == pytest.approx(0.3672, abs=5e-5)
    commands = re.findall(r"^\$ lawcast (.*)$", out, flags=re.MULTILINE)
    assert [command.split()[0] for command in commands] == [
        "check", "fit", "predict", "predict", "report",
    ]  # fmt: skip
    for command in commands:
        typed = run(*shlex.split(command))
        assert typed.code == 0, typed.err
        if command.startswith("predict"):
            assert typed.out in out
    assert read_fit("fit.json").estimate.tolist() == shown.estimate.tolist()
    assert read_fit("fit.json").draws.tolist() == shown.draws.tolist()


def test_the_demo_as_json_writes_one_file(run: Run, folder: Path) -> None:
    code, out, err = run("demo", "--json", "--out", "d.html")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["schema"] == "lawcast/demo/1"
    assert data["left_out"]["rows"] == [2, 3, 4, 5, 6]
    assert data["parameters"]["beta"]["interval"]["level"] == 0.9
    assert data["parameters_of_all_runs"]["beta"]["value"] > data["parameters"]["beta"]["value"]
    assert len(data["predictions"]) == 2
    assert files_in(folder) == {"d.html"}


def test_a_demo_that_cannot_write_fails_before_it_works(run: Run, folder: Path) -> None:
    code, out, err = run("demo", "--out", "no/such.html")
    assert (code, out) == (1, "")
    assert "no folder no" in err
    assert files_in(folder) == set()


@pytest.mark.slow
def test_the_demo_takes_less_than_fifteen_seconds(tmp_path: Path) -> None:
    # the least of two runs: the rest is other work on the machine
    assert min(_seconds(tmp_path), _seconds(tmp_path)) < 15.0


def _seconds(folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "lawcast", "demo"], cwd=folder, capture_output=True, check=True
    )
    return time.perf_counter() - start
