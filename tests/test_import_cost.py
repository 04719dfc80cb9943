"""`import lawcast` and `lawcast --help` load nothing heavy and stay under a quarter of a second."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

HEAVY = {"matplotlib", "numpy", "pandas", "scipy", "polars", "pyarrow", "narwhals"}
REPORT = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
HELP = """
import runpy, sys
sys.argv = ["lawcast", "--help"]
try:
    runpy.run_module("lawcast", run_name="__main__")
except SystemExit as leave:
    assert leave.code in (0, None), leave.code
"""
MOST_SECONDS = 0.25


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def seconds(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("code", ["import lawcast", HELP], ids=["import", "help"])
def test_loads_nothing_heavy(code: str) -> None:
    loaded = modules_after(code)
    assert "lawcast" in loaded
    assert not loaded & HEAVY


def test_importing_loads_no_terminal_library_either() -> None:
    assert not modules_after("import lawcast") & {"click", "rich", "jinja2"}


@pytest.mark.parametrize(
    "arguments",
    [("-c", "import lawcast"), ("-m", "lawcast", "--help")],
    ids=["import", "help"],
)
def test_starts_fast(arguments: tuple[str, ...]) -> None:
    # The least of several runs is what the work takes; the rest is other work on the machine.
    bare = ours = float("inf")
    for _ in range(20):
        bare = min(bare, seconds("-c", "pass"))
        ours = min(ours, seconds(*arguments))
        if ours - bare < MOST_SECONDS * 0.6:
            break
    assert ours - bare < MOST_SECONDS
