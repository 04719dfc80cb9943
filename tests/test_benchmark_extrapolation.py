"""The benchmark of extrapolations: its layouts, its scores, its records."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
KEYS = {
    "method", "domain", "curves", "rmsle", "coverage90", "halfwidth", "under_half", "seconds",
}  # fmt: skip
MODULES = ("extrapolation", "extrapolation_peers")


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    """The script as a module; what it changes in the process is put back."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            patch.setenv(name, "1")
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("extrapolation")
        for name in MODULES:
            sys.modules.pop(name, None)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def law(x: np.ndarray, seed: int) -> np.ndarray:
    """A power law with a floor, and a little noise."""
    noise = 0.002 * np.random.default_rng(seed).normal(size=x.size)
    return (0.3 + 5.0 * x**-0.3) * np.exp(noise)


@pytest.fixture
def tasks_file(bench: ModuleType, tmp_path: Path) -> Path:
    """Two domains with a curve each, fitted up to half of x, rows shuffled."""
    x = np.geomspace(1e5, 1e7, 24)
    rows = []
    for seed, domain in enumerate(("IC", "LM")):
        fitted = (x <= 5e6).astype(int)
        rows += [(domain, "t", "m", *row) for row in zip(x, law(x, seed), fitted, strict=True)]
    shuffled = [rows[i] for i in np.random.default_rng(5).permutation(len(rows))]
    return write(tmp_path / "tasks.csv", bench.TASKS, shuffled)


@pytest.fixture
def curves_file(bench: ModuleType, tmp_path: Path) -> Path:
    """Two curves of 21 rows in time order."""
    x = np.linspace(1e8, 2e9, 21)
    rows = [(name, *row) for name in "ab" for row in zip(x, law(x, ord(name)), strict=True)]
    return write(tmp_path / "llm.csv", bench.CURVES, rows)


def run_json(
    bench: ModuleType, capsys: pytest.CaptureFixture[str], *arguments: object
) -> dict[tuple[str, str], dict[str, Any]]:
    assert bench.main([str(one) for one in arguments] + ["--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    records = [json.loads(line) for line in lines]
    return {(record["method"], record["domain"]): record for record in records}


def test_one_call_reads_both_layouts(
    bench: ModuleType, tasks_file: Path, curves_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(
        bench, capsys, tasks_file, curves_file, "--methods", "last value,M2,M2-late,lawcast"
    )
    assert [domain for method, domain in found if method == "lawcast"] == [
        "IC", "LM", "llm", "all",
    ]  # fmt: skip
    assert all(set(record) >= KEYS for record in found.values())
    assert [found["M2", domain]["curves"] for domain in ("IC", "LM", "llm", "all")] == [1, 1, 2, 4]
    for method in ("last value", "M2", "M2 late", "lawcast"):
        parts = [found[method, domain] for domain in ("IC", "LM", "llm")]
        mean = sum(part["rmsle"] * part["curves"] for part in parts) / 4
        assert found[method, "all"]["rmsle"] == pytest.approx(mean)
        assert found[method, "all"]["worst"] == max(part["worst"] for part in parts)
    for name in ("coverage90", "halfwidth", "under_half"):
        assert found["M2", "all"][name] is None
        assert found["lawcast", "all"][name] is not None
    mine, last = found["lawcast", "all"], found["last value", "all"]
    assert mine["rmsle"] < 0.01 < last["rmsle"]
    assert mine["coverage90"] > 0.8
    assert mine["failed"] == 0
    assert mine["seconds"] > 0.0


def test_one_domain_is_printed_twice(
    bench: ModuleType, curves_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(bench, capsys, "--format", "curves", curves_file, "--methods", "M3 late")
    assert set(found) == {("M3 late", "llm"), ("M3 late", "all")}
    one, every = found.values()
    assert {**one, "domain": "all"} == every


def test_the_table_names_what_was_run(
    bench: ModuleType, tasks_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main([str(tasks_file), "--methods", "M2,lawcast"]) == 0
    out = capsys.readouterr().out
    assert f"lawcast {bench.lawcast.__version__}, numpy {np.__version__}, scipy " in out
    assert "tasks.csv sha256 " in out
    assert "1 thread, seed 0, 2 curves, level 0.9" in out
    (line,) = [line for line in out.split("all (2)")[1].splitlines() if line.startswith("M2 ")]
    assert line.count("–") == 3
    assert max(len(line) for line in out.split("\n\n")[1].splitlines()) <= 88


def test_the_first_half_of_the_rows_is_fitted(bench: ModuleType, tmp_path: Path) -> None:
    rows = [("a", x, 1.0 + x) for x in (3, 1, 2, 5, 4)]
    (task,), notes = bench.read_tasks(write(tmp_path / "odd.csv", bench.CURVES, rows))
    assert (task.domain, task.name, notes) == ("odd", "a", [])
    assert task.x.tolist() == [3.0, 1.0]
    assert task.at.tolist() == [2.0, 5.0, 4.0]
    assert bench.last_value(task)[0].tolist() == [4.0, 4.0, 4.0]


def test_rows_without_a_logarithm_are_set_aside_with_a_note(
    bench: ModuleType, tmp_path: Path
) -> None:
    rows = [("IC", "t", "m", x, 0.5, int(x < 3)) for x in range(6)]
    rows += [("IC", "t", "whole", x, 0.5, 1) for x in range(1, 6)]
    (task,), notes = bench.read_tasks(write(tmp_path / "zero.csv", bench.TASKS, rows))
    assert task.x.tolist() == [1.0, 2.0]
    assert "1 rows without a logarithm" in notes[0]
    assert "whole: nothing to fit or to forecast" in notes[1]


def known_task(bench: ModuleType, truth: Sequence[float]) -> Any:
    x = np.arange(1.0, 5.0)
    return bench.Task(
        "d", "n", x, np.full(4, 2.0), np.arange(5.0, 5.0 + len(truth)), np.array(truth)
    )


def test_the_scores_of_a_known_forecast(bench: ModuleType) -> None:
    def run(task: Any) -> Any:
        value = np.full(task.at.size, 1.0)
        return value, value * np.exp(-0.1), value * np.exp(0.1)

    method = bench.Method("known", run)
    near = bench.measure(method, known_task(bench, [1.0, 1.05, 1.0, 0.95]))
    far = bench.measure(method, known_task(bench, [np.e, 1.0, np.e]))
    assert far.rmsle == pytest.approx(np.sqrt(2.0 / 3.0))
    assert far.covered == pytest.approx(1.0 / 3.0)
    figures = bench.summarise([near, far], np.array([near.rmsle, 0.1]))
    # every curve weighs the same, however many points it has
    assert figures["coverage90"] == pytest.approx((1.0 + 1.0 / 3.0) / 2.0)
    assert figures["rmsle"] == pytest.approx((near.rmsle + far.rmsle) / 2.0)
    assert figures["halfwidth"] == pytest.approx(0.1)
    assert figures["under_half"] == 0.5
    assert figures["wins"] == 0.5


def test_the_last_value_stands_in_where_a_method_fails(bench: ModuleType) -> None:
    def run(task: Any) -> Any:
        raise ValueError("too steep")

    one = bench.measure(bench.Method("failing", run), known_task(bench, [1.0]))
    assert one.rmsle == pytest.approx(np.log(2.0))
    assert one.failed == "ValueError: too steep"
    assert bench.summarise([one], np.array([0.0]))["failed"] == 1


def test_an_interval_that_is_not_quoted_covers_nothing(bench: ModuleType) -> None:
    def run(task: Any) -> Any:
        value = np.ones(task.at.size)
        ends = np.array([0.1, np.nan])
        return value, value * np.exp(-ends), value * np.exp(ends)

    one = bench.measure(bench.Method("shy", run), known_task(bench, [1.0, 1.0]))
    assert (one.covered, one.half_width) == (0.5, pytest.approx(0.1))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--format", "tasks"], "llm.csv has no column 'Domain'; format tasks needs it"),
        (["--methods", "M2,magic"], "no method magic; there are: last value, M2"),
    ],
)
def test_bad_usage_is_said(
    bench: ModuleType,
    curves_file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    complaint: str,
) -> None:
    with pytest.raises(SystemExit) as stop:
        bench.main([str(curves_file), *arguments])
    assert stop.value.code == 2
    assert complaint in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("header", "rows", "complaint"),
    [
        (("a", "b"), [(1, 2)], "has the columns a, b; expected Domain"),
        (("curve", "tokens", "loss"), [("a", "many", 1.0)], "line 2: not a number"),
        (("curve", "tokens", "loss"), [("a", 1.0, 1.0)], "holds no curve"),
    ],
)
def test_a_bad_file_is_said(
    bench: ModuleType,
    tmp_path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    complaint: str,
) -> None:
    with pytest.raises(bench.BadFile, match=complaint):
        bench.read_tasks(write(tmp_path / "bad.csv", header, rows))


def test_an_absent_peer_is_left_out(
    bench: ModuleType,
    curves_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lmfit.models", None)
    assert bench.main([str(curves_file), "--methods", "lmfit,last value"]) == 0
    captured = capsys.readouterr()
    assert "lmfit is left out: pip install lmfit" in captured.err
    assert "last value" in captured.out
    assert bench.main([str(curves_file), "--methods", "lmfit"]) == 1


def test_curve_fit_finds_its_own_law(bench: ModuleType) -> None:
    x = np.geomspace(1.0, 100.0, 30)
    noise = 0.001 * np.random.default_rng(2).normal(size=30)
    at = np.array([150.0, 200.0])
    (peer,) = [peer for peer in bench.PEERS if peer.name == "scipy curve_fit"]
    value, low, high = peer.run(x, 1.0 + x**-0.5 + noise, at, 0.9)
    assert value == pytest.approx(1.0 + at**-0.5, abs=0.003)
    assert (low < value).all()
    assert (high - low < 0.02).all()


def test_the_public_curves(
    bench: ModuleType, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared / "data" / "fitting"
    vision, language = folder / "curves_dev.csv", folder / "llm_curves_dev.csv"
    first = run_json(bench, capsys, vision, "--methods", "lawcast")
    assert first["lawcast", "all"]["curves"] == 47
    assert first["lawcast", "all"]["rmsle"] <= 0.0235
    assert first["lawcast", "IC"]["rmsle"] <= 0.0270
    assert first["lawcast", "LM"]["rmsle"] <= 0.0009
    second = run_json(bench, capsys, language, "--methods", "lawcast")
    assert second["lawcast", "all"]["rmsle"] <= 0.0235
    for found in (first, second):
        every = found["lawcast", "all"]
        assert 0.88 <= every["coverage90"] <= 0.93
        assert every["halfwidth"] <= 0.042
        assert every["under_half"] < 0.05
