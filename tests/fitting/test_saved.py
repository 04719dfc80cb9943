"""A saved fit opens again whole, and a damaged one is never taken for a fit."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lawcast as lc
from helpers import line_columns, line_law, sweep_columns
from lawcast._errors import LawcastError, ReadError, SavedFileError, WriteError
from lawcast.fitting import saved
from lawcast.fitting.saved import fit_from_dict, fit_to_dict, read_fit


@cache
def whole() -> lc.Fit:
    table: dict[str, Any] = sweep_columns(60, seed=1)
    table["family"] = [f"f{k % 7}" for k in range(60)]
    table["loss"][3] = np.nan
    runs = lc.read_runs(table, params_kind="total")
    return lc.fit(runs, law="chinchilla", bootstrap=100, cluster="family", starts=16)


@cache
def quick() -> lc.Fit:
    runs = lc.read_runs(sweep_columns(40, seed=1), params_kind="total")
    return lc.fit(runs, law="chinchilla", bootstrap=60, diagnosis=False, starts=16)


def line_fit() -> lc.Fit:
    return lc.fit(line_columns(), law=line_law(), loss="l2", bootstrap=60)


def document(fit: lc.Fit | None = None) -> dict[str, Any]:
    """A deep copy of a fit's document, to be damaged."""
    result: dict[str, Any] = json.loads(json.dumps((fit or quick()).to_dict()))
    return result


def packed(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(zlib.compress(array.tobytes())).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "zlib": data}


# --- round trips ----------------------------------------------------------------------------------


def test_round_trip(tmp_path: Path) -> None:
    fit = whole()
    again = read_fit(fit.save(tmp_path / "fit.json"))
    assert again.summary() == fit.summary()
    assert again.to_dict() == fit.to_dict()
    assert again.parameters == fit.parameters
    assert again.findings == fit.findings
    for point in ({"compute": "10x"}, {"params": "70B", "tokens": "1.4T"}):
        assert again.predict(**point) == fit.predict(**point)  # type: ignore[arg-type]
    for name in ("draws", "left_out", "estimate", "coordinates", "residuals"):
        assert getattr(again, name).tobytes() == getattr(fit, name).tobytes()
    assert again.more_draws(80).draws.tobytes() == fit.more_draws(80).draws.tobytes()


def test_size(tmp_path: Path) -> None:
    assert whole().save(tmp_path / "fit.json").stat().st_size < 100_000


def test_user_law_needs_its_law(tmp_path: Path) -> None:
    fit = line_fit()
    path = fit.save(tmp_path / "fit.json")
    with pytest.raises(SavedFileError, match=r"your own law 'line'.*law=lawcast.law\(fn"):
        read_fit(path)
    again = read_fit(path, law=line_law())
    assert again.summary() == fit.summary()
    assert again.more_draws(20).draws.tobytes() == fit.more_draws(20).draws.tobytes()
    with pytest.raises(
        SavedFileError, match=r"y over x with parameters a and b\. The law given, 'line', is"
    ):
        read_fit(path, law=line_law(variables=["z"]))
    with pytest.raises(SavedFileError, match="is z over x"):
        read_fit(path, law=line_law(response="z"))


def test_another_function_with_the_same_names_is_refused(tmp_path: Path) -> None:
    path = line_fit().save(tmp_path / "fit.json")
    other = lc.law(
        lambda x, a, b: a + b * x**3, variables=["x"], parameters=["a", "b"],
        start={"a": 0.5, "b": 0.5}, response="y", name="line",
    )  # fmt: skip
    with pytest.raises(SavedFileError, match="fitted with another function"):
        read_fit(path, law=other)


def test_wrong_declared_law(tmp_path: Path) -> None:
    path = quick().save(tmp_path / "fit.json")
    with pytest.raises(SavedFileError, match="is a fit of the law 'chinchilla'"):
        read_fit(path, law=lc.get_law("skaling"))


def test_law_of_one_variable(tmp_path: Path) -> None:
    runs = lc.read_runs(sweep_columns(40), params_kind="total")
    fit = lc.fit(runs, law="power-floor", variable="tokens", bootstrap=50, diagnosis=False)
    assert read_fit(fit.save(tmp_path / "a.json")).law.variables == ("tokens",)


def test_partial_fit_of_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(lc.FitRefused) as refusal:
        lc.fit(sweep_columns(7), law="chinchilla")
    fit = refusal.value.fit
    assert read_fit(fit.save(tmp_path / "fit.json")).summary() == fit.summary()


@pytest.mark.parametrize("scale", [None, 0.01])
def test_loss_and_its_scale(scale: float | None) -> None:
    fit = lc.fit(
        sweep_columns(40), law="chinchilla", loss="student-t", loss_scale=scale, bootstrap=30,
        diagnosis=False, starts=16,
    )  # fmt: skip
    again = lc.Fit.from_dict(json.loads(json.dumps(fit.to_dict())))
    assert again.loss.scale == fit.loss.scale
    assert again.more_draws(30).draws.tobytes() == fit.more_draws(30).draws.tobytes()


# --- more draws than a file holds -----------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.004, 0.02])
def test_first_draws_are_kept_and_the_rest_made_again(
    noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = lc.read_runs(sweep_columns(11, noise=noise), params_kind="total")
    fit = lc.fit(table, law="chinchilla", bootstrap=300, diagnosis=False, starts=16)
    if noise > 0.01:
        assert fit.failed > 0
    monkeypatch.setattr(saved, "MOST_SAVED", 5 * 120)
    opened = lc.Fit.from_dict(json.loads(json.dumps(fit.to_dict())))
    assert opened.draws.tobytes() == fit.draws[:120].tobytes()
    assert opened.requested == 120 + opened.failed
    assert opened.lost == tuple(k for k in fit.lost if k < opened.requested)
    completed = opened.more_draws(fit.requested - opened.requested)
    assert completed.draws.tobytes() == fit.draws.tobytes()
    assert completed.lost == fit.lost
    assert len(np.unique(completed.draws[:, 3])) == len(completed.draws)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "stops being JSON"),
        ("{", "stops being JSON"),
        ("[1, 2]", "no 'schema'"),
        ('"fit"', "no 'schema'"),
        ('{"schema": "lawcast/fit"}', "not lawcast/fit/"),
        ('{"schema": "other/fit/1"}', "not lawcast/fit/"),
        ('{"schema": "lawcast/runs/1"}', "holds a runs, not a fit"),
        ('{"schema": "lawcast/fit/99", "lawcast": "9.0"}', r"newer Lawcast \(9.0"),
        ('{"schema": "lawcast/fit/1"}', "damaged: KeyError 'law'"),
        ("<html><p>no fit here</p></html>", "HTML file without a Lawcast fit"),
        ("[" * 100_000, "damaged"),
        ('{"schema": ' + "9" * 5000 + "}", "damaged"),
    ],
)
def test_not_a_fit(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(text)
    with pytest.raises(SavedFileError, match=message):
        read_fit(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no file"):
        read_fit(tmp_path / "none.json")
    with pytest.raises(ReadError, match="is a folder"):
        read_fit(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\x00\x9c")
    with pytest.raises(ReadError, match="not UTF-8"):
        read_fit(tmp_path / "binary")
    with pytest.raises(WriteError, match="Nothing was left behind"):
        quick().save(tmp_path / "no" / "folder.json")
    assert [p.name for p in tmp_path.iterdir()] == ["binary"]


def test_cut_off_anywhere(tmp_path: Path) -> None:
    text = quick().save(tmp_path / "fit.json").read_text()
    for share in np.linspace(0.01, 0.99, 25):
        (tmp_path / "cut.json").write_text(text[: int(share * len(text))])
        with pytest.raises(SavedFileError, match="copy it again"):
            read_fit(tmp_path / "cut.json")


DAMAGE: dict[str, Any] = {
    "estimate": packed(np.array([1.8, 400.0, np.nan, 0.3, 0.3])),
    "coordinates": packed(np.zeros(4)),
    "draws": packed(np.zeros((60, 4))),
    "left_out": packed(np.zeros((40, 5), dtype=np.int64)),
    "requested": 61,
    "lost": [3, 3],
    "level": 1.0,
    "interval_method": "magic",
    "plan": {"method": "case", "units": packed(np.arange(40) + 1), "seed": 0, "cluster": None},
    "status": {"code": "converged"},
    "law": {"name": "chinchila", "variables": [], "parameters": [], "response": "", "user": False},
    "loss": {"name": "log-huber", "scale": -1},
    "findings": [{"code": "F001", "severity": "fatal"}],
    "certificate": {"starts": 1e999},
}


@pytest.mark.parametrize("part", DAMAGE)
def test_damaged_parts(part: str) -> None:
    data = document()
    data[part] = DAMAGE[part]
    with pytest.raises(SavedFileError, match="damaged"):
        fit_from_dict(data)
    del data[part]
    with pytest.raises(SavedFileError, match="damaged: KeyError"):
        fit_from_dict(data)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [10**12]},
        {"shape": [10**5, 5]},
        {"shape": [-60, 5]},
        {"shape": [2, 2]},
        {"dtype": "|O"},
        {"dtype": "<c16"},
        {"dtype": "<f8,<f8"},
        {"zlib": "!!!"},
        {"zlib": base64.b64encode(zlib.compress(b"\0" * 10**8)).decode()},
        {"zlib": base64.b64encode(zlib.compress(b"\0" * 2400)[:-3]).decode()},
    ],
)
def test_packed_arrays_are_checked(change: dict[str, Any]) -> None:
    data = document()
    data["draws"] |= change
    with pytest.raises(SavedFileError, match=r"packed array|damaged"):
        fit_from_dict(data)


def test_mutations_are_refused_or_harmless(tmp_path: Path) -> None:
    """Random bytes changed: either the file is refused, or what opens still works."""
    good = whole().save(tmp_path / "fit.json").read_bytes()
    # most bytes are packed draws; half of the changes go to the rest
    start, end = (good.index(mark) for mark in (b'"draws"', b'"draws_made"'))
    rest = np.concatenate([np.arange(start), np.arange(end, len(good))])
    rng = np.random.default_rng(0)
    path = tmp_path / "bad.json"
    opened = 0
    for k in range(200):
        data = bytearray(good)
        for place in rng.choice(rest if k % 2 else len(good), 3):
            data[place] = rng.integers(32, 127)
        path.write_bytes(data)
        try:
            fit = read_fit(path)
        except (SavedFileError, ReadError):
            continue
        opened += 1
        try:
            fit.summary()
            fit.predict(compute="10x")
            fit.to_dict()
        except LawcastError:
            continue  # a clear message, a little later
    assert opened < 100


def test_changed_scalars_are_refused_or_harmless() -> None:
    """Every scalar of the document replaced by values that do not belong there."""
    good = document(whole())

    def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        if isinstance(node, dict):
            return [p for key, value in node.items() for p in places(value, (*path, key))]
        if isinstance(node, list):
            return [p for k, value in enumerate(node[:2]) for p in places(value, (*path, k))]
        return [path]

    tried = 0
    for path in places(good):
        for value in (None, -1, 1e400, "x", [], {}):
            data = json.loads(json.dumps(good))
            node = data
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            tried += 1
            try:
                fit = fit_from_dict(data)
                fit.summary()
            except LawcastError:
                continue
    assert tried > 500


def test_redacted_holds_no_rows() -> None:
    fit = whole()
    data = fit_to_dict(fit, runs=False)
    assert data["redacted"]
    assert data["runs"]["columns"]["loss"]["numbers"]["shape"] == [0]
    assert data["runs"]["columns"]["family"]["words"] == []
    with pytest.raises(SavedFileError, match="--redact"):
        fit_from_dict(data)
