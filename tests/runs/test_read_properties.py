"""Reading does not depend on order, units or further columns, and survives any bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawcast._errors import (
    LawcastError,
)
from lawcast.runs.read import read_runs

# --- properties -----------------------------------------------------------------------------------

messy = st.lists(
    st.tuples(
        st.sampled_from([1e6, 1e7, 1e8, 1e9, 70.0, 0.0, -1.0, float("nan")]),
        st.sampled_from([1e8, 1e9, 2e10, float("inf")]),
        st.floats(-1, 20, allow_nan=False) | st.sampled_from([3.0, 2.9, float("nan")]),
        st.sampled_from(["a", "b", ""]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


def _table(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("params", "tokens", "loss", "family", "step")
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


@given(messy, st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_rows(rows: list[Any], random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    first = read_runs(_table(rows), duplicates="all")
    second = read_runs(_table([rows[i] for i in order]), duplicates="all")
    there = {f.code: f for f in first.check() if f.code != "R012"}
    here = {f.code: f for f in second.check() if f.code != "R012"}
    assert there.keys() == here.keys()
    for code, finding in there.items():
        back = sorted(order[i] for i in here[code].rows)
        assert (sorted(finding.rows), finding.severity) == (back, here[code].severity)


@given(messy)
def test_findings_do_not_depend_on_further_columns(rows: list[Any]) -> None:
    table = _table(rows)
    plain = read_runs(table, duplicates="all").check()
    more = read_runs(
        {"zzz": list(range(len(rows))), **table, "note": ["x"] * len(rows)}, duplicates="all"
    )
    strip = [f for f in plain if f.code != "R012"]
    assert [f for f in more.check() if f.code != "R012"] == strip


@given(st.lists(st.floats(1e-3, 1e4), min_size=1, max_size=10), st.sampled_from("KMBT"))
def test_the_unit_of_a_count_does_not_matter(values: list[float], unit: str) -> None:
    factor = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[unit]
    size = len(values)
    rest: dict[str, Any] = {"tokens": [1e9] * size, "loss": [3.0] * size}
    plain = read_runs({"params": [v * factor for v in values], **rest}, duplicates="all")
    scaled = read_runs({"params": values, **rest}, params_unit=unit, duplicates="all")
    text = read_runs({"params": [f"{v!r}{unit}" for v in values], **rest}, duplicates="all")
    np.testing.assert_allclose(scaled["params"], plain["params"], rtol=1e-14)
    np.testing.assert_allclose(text["params"], plain["params"], rtol=1e-14)


def survives(source: str) -> bool:
    """Whether a source is read and checked, or refused with a message."""
    try:
        return isinstance(read_runs(source).check(), tuple)
    except LawcastError as error:
        return bool(str(error))


@given(st.binary(max_size=400))
def test_no_bytes_cause_anything_but_a_clear_error(data: bytes) -> None:
    from unittest import mock

    from lawcast.runs.sources import opened

    with mock.patch.object(opened, "_spool", return_value=data):
        assert survives("-")


@given(st.text(alphabet='1234567890.,;\n"\t -naxMB{}[]', max_size=200))
def test_no_text_below_a_good_header_causes_anything_but_a_clear_error(text: str) -> None:
    from unittest import mock

    from lawcast.runs.sources import opened

    with mock.patch.object(opened, "_spool", return_value=f"params,tokens,loss\n{text}".encode()):
        assert survives("-")


@pytest.mark.slow
def test_a_million_rows_in_ten_seconds_and_a_gigabyte(tmp_path: Path) -> None:
    program = """
import resource, sys, time
import numpy as np
rng = np.random.default_rng(0)
n = 1_000_000
N, D = 10 ** rng.uniform(7, 10, n), 10 ** rng.uniform(9, 12, n)
L = (1.8 + 480 / N**.35 + 2100 / D**.37) * np.exp(rng.normal(0, .004, n))
with open(sys.argv[1], "w") as stream:
    stream.write("run,step,family,params,tokens,compute,loss,lr\\n")
    for i, (a, b, c) in enumerate(zip(N.tolist(), D.tolist(), L.tolist())):
        run = f"run-{i // 10},{i % 10},{'abcde'[i // 10 % 5]}"
        stream.write(f"{run},{a!r},{b!r},{6*a*b!r},{c!r},0.001\\n")
del N, D, L
"""
    read = """
import resource, sys, time
start = time.process_time()
from lawcast.runs.read import read_runs
runs = read_runs(sys.argv[1])
runs.check()
print(len(runs), time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    path = str(tmp_path / "big.csv")
    subprocess.run([sys.executable, "-c", program, path], check=True)
    done = subprocess.run(
        [sys.executable, "-c", read, path], capture_output=True, text=True, check=True
    )
    rows, seconds, kib = done.stdout.split()
    assert int(rows) == 100_000
    assert float(seconds) < 10
    assert float(kib) < 1e6
