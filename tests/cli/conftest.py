"""Tables, saved fits and a way to run a command, for the tests of the command line."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from lawcast.cli.main import main

SIZES = (5e7, 1e8, 3e8, 1e9, 3e9)
TOKENS = (1e9, 4e9, 1.6e10, 6.4e10)


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def sweep_rows(seed: int = 0, noise: float = 0.004) -> list[tuple[float, float, float]]:
    """(params, tokens, loss) of 20 runs of a Chinchilla law with E 1.8, alpha .35, beta .37."""
    rng = np.random.default_rng(seed)
    return [
        (n, d, float((1.8 + 480 / n**0.35 + 2100 / d**0.37) * np.exp(rng.normal(0, noise))))
        for n, d in itertools.product(SIZES, TOKENS)
    ]


def as_csv(rows: Sequence[Sequence[object]], head: str = "params,tokens,loss") -> str:
    """Rows as the text of a CSV file."""
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sweep(folder: Path) -> str:
    """A good table in the current folder."""
    (folder / "sweep.csv").write_text(as_csv(sweep_rows()))
    return "sweep.csv"


@pytest.fixture
def run() -> Callable[..., Outcome]:
    """Run a command in this process and hand back its exit code and both streams."""

    def call(*words: str) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
        text = Outcome(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in text.out + text.err
        return text

    return call


@pytest.fixture(scope="session")
def fit_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The JSON of a quick fit of the good table."""
    place = tmp_path_factory.mktemp("fit")
    (place / "sweep.csv").write_text(as_csv(sweep_rows()))
    words = ["fit", str(place / "sweep.csv"), "--bootstrap", "60", "--quick"]
    with contextlib.redirect_stdout(io.StringIO()):
        assert main([*words, "--out", str(place / "fit.json")]) == 0
    return (place / "fit.json").read_text()


@pytest.fixture
def saved_fit(folder: Path, fit_text: str) -> str:
    """A saved fit in the current folder."""
    (folder / "fit.json").write_text(fit_text)
    return "fit.json"


def files_in(folder: Path) -> set[str]:
    """Every file and folder below, hidden ones too."""
    return {
        os.path.relpath(os.path.join(root, name), folder)
        for root, folders, names in os.walk(folder)
        for name in (*folders, *names)
    }
