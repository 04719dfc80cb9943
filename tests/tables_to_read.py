"""Tables and texts that the tests of reading share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lawcast._errors import (
    Severity,
)
from lawcast.runs.table import Runs

ROWS = [(1e7 * 2**i, 3e8 * 2.5**i, round(4.0 - 0.21 * i, 3)) for i in range(8)]
RECORDS = [{"params": n, "tokens": d, "loss": x} for n, d, x in ROWS]
PARAMS, TOKENS, LOSS = (np.array(column) for column in zip(*ROWS, strict=True))


def csv_text(rows: Any = ROWS, header: str = "params,tokens,loss", sep: str = ",") -> str:
    lines = [
        sep.join(repr(cell) if not isinstance(cell, str) else cell for cell in row) for row in rows
    ]
    return "\n".join([header.replace(",", sep), *lines]) + "\n"


def written(folder: Path, content: str | bytes, name: str = "sweep.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def codes(runs: Runs, *severities: Severity) -> list[str]:
    return [f.code for f in runs.check() if not severities or f.severity in severities]


def assert_same_values(runs: Runs) -> None:
    np.testing.assert_array_equal(runs["params"], PARAMS)
    np.testing.assert_array_equal(runs["tokens"], TOKENS)
    np.testing.assert_array_equal(runs["loss"], LOSS)
    np.testing.assert_allclose(runs["compute"], 6 * PARAMS * TOKENS, rtol=1e-15)
