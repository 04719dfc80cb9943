"""Studies of a millisecond a cell, in a module that spawned workers can import.

What a cell shall do beside its work (wait, fail, die) is told by files in a folder that the
environment names, because workers share nothing else with a test.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lawcast._errors import ArgumentError
from lawcast.lab.reading import Reading
from lawcast.lab.slopes import Expected, read_slopes
from lawcast.lab.study import Axis, Columns, Config, Streams, Study

FOLDER = "LAWCAST_TINY"
"""Environment variable: a folder in which every measured cell leaves a file, and finds orders."""


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"a whole number of 1 or more is needed, not {value!r}")
    return value


def measure(config: Config, streams: Streams) -> Mapping[str, float]:
    """Losses that fall as samples^(-q/d), with 1 % noise."""
    leave_mark(config)
    d, samples = float(config["dimension"]), float(config["samples"])
    noise = streams.rng("noise").normal(0.0, 0.01, 2)
    scale = 1.0 + streams.rng("target", "dimension", "seed").random()
    return {
        "l1": scale * samples ** (-1 / d) * (1 + noise[0]),
        "l2": scale**2 * samples ** (-2 / d) * (1 + noise[1]),
        "spread": float("nan") if samples < 100 else 0.1 + 0.2 * noise[0],
    }


def leave_mark(config: Config) -> None:
    """Obey the folder: ``slow`` holds seconds to wait, ``fail`` and ``die`` a number of samples."""
    name = os.environ.get(FOLDER)
    if not name:
        return
    folder = Path(name)
    words = "-".join(str(value) for value in config.values())
    (folder / f"cell-{words}-{os.getpid()}-{time.monotonic_ns()}").touch()
    if (folder / "slow").exists():
        time.sleep(float((folder / "slow").read_text()))
    if said(folder / "fail") == config["samples"]:
        raise ValueError("the cell was told to fail")
    if said(folder / "die") == config["samples"]:
        if not (folder / "always").exists():
            (folder / "die").unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def said(path: Path) -> int | None:
    return int(path.read_text()) if path.exists() else None


def read(columns: Columns) -> list[Reading]:
    def expect(place: Mapping[str, Any]) -> Expected:
        q = {"l1": 1, "l2": 2}[place["loss"]]
        return Expected(q / place["dimension"], f"{q}/d", "section 1.1")

    return read_slopes(
        columns, size="samples", losses=("l1", "l2"), by=("dimension",), expect=expect
    )


TINY = Study(
    name="tiny",
    title="power laws with known exponents",
    question="Does the exponent fall as one over the dimension?",
    source="declared for tests",
    axes=(
        Axis("dimensions", "dimension", "dimension of the data", (1, 2), (1, 2, 3), (1, 2, 3, 4),
             whole),
        Axis("samples", "samples", "number of points", (64, 128, 256), (64, 128, 256, 512),
             (64, 128, 256, 512, 1024), whole),
        Axis("seeds", "seed", "random seeds", (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3)),
    ),
    size="samples",
    losses=("l1", "l2"),
    measured=("spread",),
    measure=measure,
    read=read,
    curve=("dimension",),
    notes=("The losses are made up.",),
    seconds={"quick": 0.01},
)  # fmt: skip


def broken(config: Config, streams: Streams) -> Mapping[str, float]:
    """Forgets a column."""
    return {"l1": 1.0, "l2": 1.0}


def endless(config: Config, streams: Streams) -> Mapping[str, float]:
    return {"l1": float("inf"), "l2": 1.0, "spread": 0.0}


def wordy(config: Config, streams: Streams) -> Any:
    return {"l1": "small", "l2": 1.0, "spread": 0.0}


def listed(config: Config, streams: Streams) -> Any:
    return [1.0, 2.0]


FORGETFUL = replace(TINY, name="forgetful", measure=broken)
ENDLESS = replace(TINY, name="endless", measure=endless)
WORDY = replace(TINY, name="wordy", measure=wordy)
LISTED = replace(TINY, name="listed", measure=listed)
