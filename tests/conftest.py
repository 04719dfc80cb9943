"""What every test shares: one BLAS thread, no window, no cache folders, and a few fixtures."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

# Before numpy is imported: tests run in parallel, so threads inside one only get in the way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run and machine, nothing kept between runs, no clock on a busy machine.
settings.register_profile("lawcast", database=None, deadline=None, derandomize=True)
settings.load_profile("lawcast")
HYPOTHESIS_HOME = tempfile.mkdtemp(prefix="lawcast-hypothesis-")
set_hypothesis_home_dir(HYPOTHESIS_HOME)


def pytest_unconfigure() -> None:
    """Remove what hypothesis kept; each worker of a parallel run has its own."""
    shutil.rmtree(HYPOTHESIS_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder beside the repository; the test is skipped where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The Chromium program; without it the test fails in CI and is skipped elsewhere."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and CI must open the report in it")
        pytest.skip("chromium is not installed: apt-get install chromium")
    return program


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Load a module of scripts/, which is no package, by its name."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
