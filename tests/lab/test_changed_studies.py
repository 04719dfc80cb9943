"""Cells of a store, when the function that measured them has another text now."""

from __future__ import annotations

import functools
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lawcast.lab import registry
from lawcast.lab.result import StudyResult
from lawcast.lab.running import run_study
from tiny_studies import TINY

SAID = "cells were measured before the text of the function"


def other(config: Any, streams: Any) -> dict[str, float]:
    """Another text that measures other numbers."""
    return {"l1": 1 / config["samples"], "l2": 1 / config["samples"], "spread": 0.0}


EDITED = replace(TINY, measure=other)


def told(result: StudyResult) -> list[str]:
    return [note for note in result.notes if SAID in note]


def test_an_edited_function_is_told_and_its_cells_are_kept(tmp_path: Path) -> None:
    store = tmp_path / "a.db"
    first = run_study(TINY, store=store, seeds=2, workers=1)
    assert not told(first)
    again = run_study(EDITED, store=store, seeds=3, workers=1)
    (note,) = told(again)
    assert note.startswith("12 of 18 cells")
    assert "version=2" in note
    assert again.runs["l1"][0] == first.runs["l1"][0]
    assert told(run_study(TINY, store=store, seeds=3, workers=1))[0].startswith("6 of 18")
    assert not told(run_study(replace(EDITED, version=2), store=store, seeds=3, workers=1))


def test_stores_of_before_and_functions_without_a_text(tmp_path: Path) -> None:
    store = tmp_path / "a.db"
    run_study(TINY, store=store, seeds=2, workers=1)
    base = sqlite3.connect(store)
    base.execute("DROP TABLE sources")
    base.commit()
    base.close()
    assert not told(run_study(EDITED, store=store, seeds=2, workers=1))
    without = replace(TINY, measure=functools.partial(other))
    assert not told(run_study(without, store=store, seeds=3))
    assert not told(run_study(TINY, store=store, seeds=3))


def test_studies_of_lawcast_keep_no_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.STUDIES, "tiny", "tiny")
    monkeypatch.setattr(registry, "_load", lambda name: TINY)
    run_study(TINY, store=tmp_path / "a.db", seeds=2, workers=1)
    base = sqlite3.connect(tmp_path / "a.db")
    names = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    base.close()
    assert names == {"meta", "cells"}
