"""The small scripts that CI leans on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
Script = Callable[[str], ModuleType]


READY = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/lawcast demo"
TESTED = 'python3 -m venv .venv && .venv/bin/pip install ".[test]" && .venv/bin/python -m pytest'


def test_the_readme_has_the_two_lines_that_ci_runs(script: Script) -> None:
    lines = script("readme_lines").setup_lines((ROOT / "README.md").read_text(encoding="utf-8"))
    assert lines == [READY, TESTED]


def test_only_fenced_lines_count(script: Script) -> None:
    text = f"{READY}\n\n```sh\n# set up\n  {TESTED}\n```\n{READY}\n"
    assert script("readme_lines").setup_lines(text) == [TESTED]


def junit(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


PASSED = '<testcase classname="a" name="b"/>'


def skipped(reason: str) -> str:
    return f'<testcase classname="a" name="c"><skipped message="{reason}"/></testcase>'


def test_a_skip_needs_the_one_good_reason(script: Script) -> None:
    bad_skips = script("no_skips").bad_skips
    assert bad_skips(junit(PASSED)) == []
    assert bad_skips(junit(PASSED, skipped("../shared is absent"))) == []
    (complaint,) = bad_skips(junit(PASSED, skipped("no polars")))
    assert "a::c" in complaint
    assert "no polars" in complaint


def test_a_run_without_tests_is_no_success(script: Script) -> None:
    assert script("no_skips").bad_skips(junit()) == ["no test ran at all"]


def test_a_long_module_is_found(script: Script, tmp_path: Path) -> None:
    too_long = script("module_sizes").too_long
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "short.py").write_text("x = 1\n" * 600, encoding="utf-8")
    assert too_long(tmp_path) == []
    (tmp_path / "src" / "long.py").write_text("x = 1\n" * 601, encoding="utf-8")
    (complaint,) = too_long(tmp_path)
    assert "long.py: 601 lines, at most 600" in complaint


@pytest.mark.parametrize("name", ["scripts/check", ".ci/run"])
def test_the_shell_scripts_stop_at_the_first_failure(name: str) -> None:
    path = ROOT / name
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
