"""Each finding fires on the fault it is for and stays quiet without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lawcast._errors import Finding, Severity, TableError
from lawcast.runs.findings import KINDS
from lawcast.runs.read import read_runs
from lawcast.runs.repeats import find_repeats

Table = dict[str, Any]


def clean(seed: int = 0, noise: float = 0.003) -> Table:
    """48 runs of a known surface on a grid: nothing to find in it."""
    rng = np.random.default_rng(seed)
    params = np.repeat(np.geomspace(1.2e8, 1e10, 8), 6)
    tokens = np.tile(np.geomspace(1e9, 3e11, 6), 8) * np.exp(rng.uniform(-0.2, 0.2, 48))
    loss = 1.8 + 480 / params**0.35 + 2100 / tokens**0.37
    return {
        "params": params,
        "tokens": tokens,
        "compute": 6 * params * tokens,
        "loss": loss * np.exp(rng.normal(0, noise, 48)),
    }


def edit(name: str, rows: Any, change: Callable[[Any], Any]) -> Table:
    table = clean()
    values = np.array(table[name], dtype=object if name not in table else None)
    values[rows] = change(values[rows])
    return {**table, name: values}


def found(table: Table, code: str, **options: Any) -> Finding | None:
    try:
        findings = read_runs(table, **options).check()
    except TableError as error:
        findings = error.findings
    return next((finding for finding in findings if finding.code == code), None)


def test_a_clean_table_has_no_findings() -> None:
    for seed in range(20):
        assert read_runs(clean(seed)).check() == ()


@pytest.mark.parametrize(
    ("code", "severity", "table", "rows"),
    [
        ("R001", "error", {"params": [1e8], "tokens": [1e9]}, ()),
        ("R002", "error", {**clean(), "loss": ["x", *map(str, clean()["loss"][1:])]}, (0,)),
        ("R002", "note", {**clean(), "params": ["120M", *map(str, clean()["params"][1:])]}, ()),
        ("R003", "warning", edit("loss", [3, 5], lambda x: x * np.nan), (3, 5)),
        ("R003", "warning", edit("tokens", [3], lambda x: x * np.inf), (3,)),
        ("R003", "note", edit("compute", [3], lambda x: x * np.nan), (3,)),
        ("R003", "error", edit("loss", slice(0, 45), lambda x: x * np.nan), tuple(range(45))),
        ("R004", "error", edit("loss", [7], lambda x: -x), (7,)),
        ("R004", "error", edit("loss", [7], lambda x: 0 * x), (7,)),
        ("R005", "warning", edit("loss", slice(None), np.exp), ()),
        ("R006", "warning", {**edit("loss", slice(0, 48, 2), lambda x: x / np.log(2)),
                             "lab": ["bits", "nats"] * 24}, tuple(range(0, 48, 2))),
        ("R007", "error", edit("params", slice(0, 12), lambda x: x / 1e6), tuple(range(12))),
        ("R007", "error", edit("params", [4], lambda x: x * 1e290), (4,)),
        ("R007", "error", edit("loss", [4], lambda x: x * 1e300), (4,)),
        ("R007", "error", edit("loss", [4], lambda x: x * 1e-300), (4,)),
        ("R007", "error", {k: v for k, v in edit("params", slice(0, 12), lambda x: x / 1e6).items()
                           if k != "compute"}, tuple(range(12))),
        ("R007", "error", {k: v for k, v in edit("tokens", [1, 9], lambda x: x / 1e9).items()
                           if k != "compute"}, (1, 9)),
        ("R007", "warning", {k: v / 1e6 if k == "params" else v for k, v in clean().items()
                             if k != "compute"}, ()),
        ("R007", "warning", {k: v / 1e9 if k == "tokens" else v for k, v in clean().items()
                             if k != "compute"}, ()),
        ("R008", "warning", edit("compute", slice(4, 9), lambda x: 2.2 * x), (4, 5, 6, 7, 8)),
        ("R008", "warning", edit("compute", slice(None), lambda x: x / 3), tuple(range(48))),
        ("R009", "note", edit("params", slice(0, 6), lambda x: x / 5), ()),
        ("R010", "error", edit("params", [2], lambda x: 0 * x), (2,)),
        ("R010", "error", edit("tokens", [2, 4], lambda x: -x), (2, 4)),
        ("R011", "error", {k: v[:4] for k, v in clean().items()}, ()),
        ("R012", "warning", {k: np.append(v, v[5]) for k, v in clean().items()}, (48,)),
        ("R013", "note", {k: np.append(v, v[5] * (1.004 if k == "loss" else 1))
                          for k, v in clean().items()}, (5, 48)),
        ("R014", "warning", {**clean(), "run": [f"r{i // 6}" for i in range(48)]}, ()),
        ("R014", "warning", {**clean(), "step": [i % 6 for i in range(48)]}, ()),
        ("R015", "warning", edit("loss", [40, 45], lambda x: 1.5 * x), (40, 45)),
        ("R018", "warning", {**clean(), "unique_tokens": [1e10] * 48},
         tuple(np.flatnonzero(clean()["tokens"] > 1e10).tolist())),
        ("R019", "error", {**clean(), "eval_set": ["c4", "pile"] * 24}, ()),
        ("R019", "error", {**clean(), "tokenizer": ["gpt2", "llama"] * 24}, ()),
    ],
)  # fmt: skip
def test_fires(code: str, severity: str, table: Table, rows: tuple[int, ...]) -> None:
    finding = found(table, code)
    assert finding is not None
    assert finding.severity == severity
    assert finding.rows == rows
    assert finding.fix or code in {"R002", "R013"}


@pytest.mark.parametrize(
    ("code", "table", "options"),
    [
        ("R001", {"x": [1.0] * 6, "y": [2.0] * 6}, {"columns": ("x", "y")}),
        ("R001", {"tokens": [1e9], "loss": [3.0]}, {}),
        ("R002", {**clean(), "note": ["n/a"] * 48}, {}),
        ("R003", {**clean(), "lr": [np.nan] * 48}, {}),
        ("R004", edit("loss", [7], lambda x: 0 * x + 1e-4), {}),
        ("R004", {"x": np.arange(6.0), "y": -np.arange(6.0)}, {"columns": ("x", "y")}),
        ("R005", edit("loss", slice(None), np.exp), {"loss_unit": "perplexity"}),
        ("R005", edit("loss", slice(0, 3), lambda x: 0 * x + 10.5), {}),
        ("R006", {**edit("loss", slice(0, 48, 2), lambda x: x * 1.2), "lab": ["a", "b"] * 24}, {}),
        ("R006", {**clean(), "lab": ["a", "b"] * 24}, {}),
        ("R007", {k: v / 1e4 if k == "params" else v for k, v in clean().items()
                  if k != "compute"}, {}),
        ("R007", edit("compute", slice(None), lambda x: 2.2 * x), {}),
        ("R008", edit("compute", slice(None), lambda x: 1.2 * x), {}),
        ("R008", edit("compute", slice(4, 9), lambda x: 2.2 * x), {"accounting": "column"}),
        ("R008", edit("compute", slice(4, 9), lambda x: 2.2 * x), {"accounting": "6ND"}),
        ("R009", edit("params", slice(0, 6), lambda x: x / 5), {"params_kind": "total"}),
        ("R010", {"params": [0.0, -1.0] * 4, "y": [1.0] * 8}, {"columns": ("y",)}),
        ("R011", {k: v[:5] for k, v in clean().items()}, {}),
        ("R012", {k: np.append(v, v[5] * (1.004 if k == "loss" else 1))
                  for k, v in clean().items()}, {}),
        ("R013", {**{k: np.append(v, v[5] * (1.1 if k == "loss" else 1))
                     for k, v in clean().items()}, "family": ["a"] * 48 + ["b"]}, {}),
        ("R014", {**clean(), "run": [f"r{i // 6}" for i in range(48)],
                  "step": [i % 6 for i in range(48)]}, {}),
        ("R014", {**clean(), "run": [f"r{i}" for i in range(48)]}, {}),
        ("R015", clean(noise=0.03), {}),
        ("R015", edit("loss", [40, 45], lambda x: 1.5 * x), {"drop": ("diverged",)}),
        ("R015", edit("loss", [0], lambda x: 0.8 * x), {}),  # one lucky run accuses nobody
        ("R018", {**clean(), "unique_tokens": [1e13] * 48}, {}),
        ("R019", {**clean(), "eval_set": ["c4"] * 48}, {}),
        ("R020", clean(), {}),
    ],
)  # fmt: skip
def test_stays_quiet(code: str, table: Table, options: dict[str, Any]) -> None:
    finding = found(table, code, **options)
    assert finding is None or (code == "R004" and finding.rows == ())


def test_every_kind_is_declared_once_with_a_meaning() -> None:
    codes = [kind.code for kind in KINDS]
    assert codes == sorted(set(codes))
    assert len(codes) == 18
    assert all(kind.title and kind.meaning.endswith(".") for kind in KINDS)


def test_all_faults_are_reported_at_once_worst_first() -> None:
    table = edit("loss", [1], lambda x: -x)
    table["tokens"][2] = 0.0
    table["params"][3] = np.nan
    findings = read_runs(table).check()
    assert [finding.code for finding in findings][:3] == ["R004", "R010", "R003"]


def test_noise_of_repeats_is_estimated() -> None:
    rng = np.random.default_rng(1)
    table = {k: np.repeat(v, 4) for k, v in clean(noise=0.0).items()}
    table["loss"] = table["loss"] * np.exp(rng.normal(0, 0.01, 192))
    table["seed"] = np.tile(np.arange(4), 48)
    repeats = find_repeats(read_runs(table))
    assert repeats is not None
    assert repeats.cells == 48
    assert repeats.noise == pytest.approx(0.01, rel=0.15)


def test_diverged_rows_are_set_aside_on_request() -> None:
    runs = read_runs(edit("loss", [40, 45], lambda x: 1.5 * x), drop=("diverged",))
    assert runs.set_aside[0].rows == (40, 45)
    assert runs.set_aside[0].code == "R015"
    assert len(runs) == 46


def test_diverged_rows_are_found_among_many() -> None:
    rng = np.random.default_rng(2)
    n = 20_000
    params, tokens = 10 ** rng.uniform(8.1, 10, n), 10 ** rng.uniform(9, 12, n)
    loss = (1.8 + 480 / params**0.35 + 2100 / tokens**0.37) * np.exp(rng.normal(0, 0.004, n))
    bad = np.flatnonzero((params > 1e9) & (tokens > 1e11))[:5]
    loss[bad] *= 1.6
    finding = found({"params": params, "tokens": tokens, "loss": loss}, "R015")
    assert finding is not None
    assert finding.rows == tuple(bad.tolist())


@pytest.mark.parametrize("name", ["chinchilla_245", "isoflops_dev"])
def test_published_tables_give_no_errors_and_no_warnings(shared: Path, name: str) -> None:
    runs = read_runs(shared / "data" / "fitting" / f"{name}.csv")
    for part in [runs, *(runs.split("family").values() if "family" in runs else ())]:
        assert {f.code for f in part.check()} <= {"R009"}
        assert all(f.severity is Severity.NOTE for f in part.check())


def test_training_curves_are_known_to_be_curves(shared: Path) -> None:
    runs = read_runs(shared / "data" / "fitting" / "llm_curves_dev.csv")
    assert {f.code for f in runs.check()} == {"R012", "R014"}


def test_the_loss_may_be_missing_for_runs_of_a_table_in_which_rows_were_dropped() -> None:
    table = {**clean(), "loss": ["x", *map(str, clean()["loss"][1:])]}
    runs = read_runs(table)
    assert {"R002", "R003"} <= {f.code for f in runs.check()}
    assert runs.drop([0]).check() == ()


# --- runs that did not end with a loss ------------------------------------------------------------


def checkpoints(last: int = 1000, **changes: Any) -> Table:
    """Eight runs of two checkpoints, at step 500 and at the last."""
    first = {"run": [f"r{k}" for k in range(8)], "params": [1e9 * 1.5**k for k in range(8)],
             "tokens": [2e9 * 1.4**k for k in range(8)], "step": [500] * 8,
             "loss": [3.5 - 0.1 * k for k in range(8)]}  # fmt: skip
    final = {**first, "tokens": [2 * d for d in first["tokens"]], "step": [last] * 8,
             "loss": [3.0 - 0.1 * k for k in range(8)]}  # fmt: skip
    table = {name: first[name] + final[name] for name in first}
    for row, loss in changes.items():
        table["loss"][int(row.removeprefix("row"))] = loss
    return table


def test_a_checkpoint_that_stands_for_a_last_step_without_a_loss_is_named() -> None:
    runs = read_runs(checkpoints(row11=None))
    finding = next(f for f in runs.check() if f.code == "R014")
    assert (finding.severity, finding.rows) == (Severity.WARNING, (3,))
    assert "run r3: step 1000 has no loss; step 500, in mid-schedule" in finding.message
    assert 3 in runs.row_ids
    aside = {item.reason: item.rows for item in runs.set_aside}
    assert aside["last steps without a loss"] == (11,)
    assert aside["earlier checkpoints"] == (0, 1, 2, 4, 5, 6, 7)
    (note,) = (note for note in runs.notes if note.startswith("kept"))
    assert "kept the last step of 7 of 8 runs" in note
    assert not [f for f in runs.drop(3).check() if f.code == "R014"]


def test_only_a_few_unfinished_runs_are_listed() -> None:
    gone = {f"row{8 + k}": float("nan") for k in range(6)}
    finding = next(f for f in read_runs(checkpoints(**gone)).check() if f.code == "R014")
    assert finding.rows == (0, 1, 2, 3, 4, 5)
    assert "and 3 more runs likewise" in finding.message


@pytest.mark.parametrize("table", [checkpoints(), checkpoints(last=505, row11=None)])
def test_a_loss_at_the_end_or_just_before_is_the_last(table: Table) -> None:
    runs = read_runs(table)
    assert len(runs) == 8
    assert not [f for f in runs.check() if f.code == "R014"]


# --- magnitudes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["Q", "T"])
def test_a_unit_that_is_too_large_is_an_error_and_no_matter_of_accounting(unit: str) -> None:
    codes = [f.code for f in read_runs(clean(), params_unit=unit).check()]
    assert "R007" in codes
    assert "R008" not in codes


def test_a_name_that_says_whether_embeddings_count_is_believed() -> None:
    table = {**clean(), "params": clean()["params"] / 100}
    del table["compute"]
    assert found(table, "R009") is not None
    table["model size (non-emb)"] = table.pop("params")
    assert found(table, "R009") is None
