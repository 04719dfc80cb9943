"""A declared study: its axes, its cells, their hashes and their random numbers."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, UnknownNameError
from lawcast.lab import studies
from lawcast.lab.registry import STUDIES, get_study, list_studies
from lawcast.lab.study import PRESETS, Axis, Streams, Study, cell_key
from tiny_studies import TINY


def test_axes_replace_those_of_the_preset() -> None:
    values = TINY.values("quick", {"dimensions": [3, 2, 3], "samples": 64, "seeds": 2})
    assert values == {"dimensions": (3, 2), "samples": (64,), "seeds": (0, 1)}
    assert TINY.values("quick", {"seeds": [5]})["seeds"] == (5,)
    assert TINY.values("standard")["dimensions"] == (1, 2, 3)


def test_numbers_of_numpy_become_plain_ones() -> None:
    values = TINY.values("quick", {"dimensions": np.array([1, 2]), "samples": np.int64(64)})
    assert [type(v) for v in (*values["dimensions"], *values["samples"])] == [int] * 3
    assert cell_key(TINY, TINY.grid(values)[0], 0)


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"dimensions": []}, "the axis dimensions is empty"),
        ({"dimensions": 0}, "1 or more"),
        ({"dimensions": 2.5}, "whole number"),
        ({"dimensions": float("nan")}, "neither a finite number"),
        ({"dimensions": None}, "neither a finite number"),
        ({"dimensions": [[1, 2]]}, "neither a finite number"),
        ({"dimensions": b"1"}, "neither a finite number"),
        ({"seeds": 0}, "1 or more, or a list"),
        ({"seeds": -3}, "1 or more, or a list"),
        ({"seeds": True}, "1 or more, or a list"),
        ({"seeds": 2.0}, "1 or more, or a list"),
    ],
)
def test_values_that_make_no_sense_are_refused(axes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        TINY.values("quick", axes)


def test_unknown_axes_and_presets_are_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'dimensions'"):
        TINY.values("quick", {"dimension": 2})
    with pytest.raises(UnknownNameError, match="quick, standard, full"):
        TINY.values("slow")


def test_equal_cells_count_once_and_all_have_the_same_columns() -> None:
    def twice(values: Any) -> list[dict[str, int]]:
        return [{"dimension": 1, "samples": n, "seed": 0} for n in (1, 2, 1)]

    study = replace(TINY, cells=twice)
    assert len(study.grid(study.values("quick"))) == 2
    odd = {"dimension": 1, "samples": 2, "seed": 0, "more": 1}
    for cells in ([], [{"dimension": 1, "samples": 2}], [*twice(None), odd]):
        with pytest.raises(ArgumentError, match=r"no cell|needs the columns"):
            replace(TINY, cells=lambda values, cells=cells: cells).grid({})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Two Words"}, "lower-case"),
        ({"name": "../x"}, "lower-case"),
        ({"size": "dimension"}, "samples, params, width"),
        ({"losses": ()}, "declares no loss"),
        ({"losses": ("l1", "l1")}, "'l1' twice"),
        ({"measured": ("samples",)}, "'samples' twice"),
        ({"measured": ("run",)}, "the table of runs makes itself"),
        ({"losses": ("l1", "loss")}, "the table of runs makes itself"),
        ({"axes": (*TINY.axes, Axis("store", "place", "f", (1,), (1,), (1,)))}, "rename it"),
        ({"axes": (*TINY.axes, Axis("family", "family", "f", (1,), (1,), (1,)))}, "'family'"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(ArgumentError, match=says):
        replace(TINY, **change)


def test_the_hash_of_a_cell_covers_all_that_its_numbers_depend_on() -> None:
    config = {"dimension": 1, "samples": 64, "seed": 0}
    keys = [
        cell_key(TINY, config, 0),
        cell_key(TINY, config, 1),
        cell_key(TINY, config | {"samples": 65}, 0),
        cell_key(replace(TINY, version=2), config, 0),
        cell_key(replace(TINY, name="other"), config, 0),
    ]
    assert len(set(keys)) == 5
    assert cell_key(TINY, dict(reversed(config.items())), 0) == keys[0]
    # changes when the hash does, which would make every stored cell a stranger
    assert keys[0].startswith("65ad5e8954ac")


def test_random_numbers_depend_on_the_named_columns_alone() -> None:
    def draw(root: int, purpose: str, samples: int, *columns: str) -> float:
        config = {"dimension": 1, "samples": samples, "seed": 0}
        return float(Streams(root, "tiny", config).rng(purpose, *columns).random())

    same = {draw(0, "target", n, "dimension", "seed") for n in (1, 2, 3)}
    assert len(same) == 1
    others = {draw(0, "target", n) for n in (1, 2, 3)}
    others |= {draw(1, "target", 1, "dimension", "seed"), draw(0, "noise", 1, "dimension", "seed")}
    assert len(others | same) == 6


def test_the_registered_names_agree_with_the_studies() -> None:
    folder = Path(next(iter(studies.__path__)))
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(STUDIES.values()) <= modules
    declared = {
        name
        for name in modules
        if hasattr(importlib.import_module(f"lawcast.lab.studies.{name}"), "STUDY")
    }
    assert declared == set(STUDIES.values())
    for name in list_studies():
        study = get_study(name)
        assert study.name == name
        sizes = [len(study.grid(study.values(preset))) for preset in PRESETS]
        assert sizes == sorted(sizes)


def test_names_of_studies_need_no_heavy_import() -> None:
    code = (
        "import sys; from lawcast.lab.registry import list_studies; list_studies(); "
        "bad = {'scipy', 'pandas', 'matplotlib', 'sqlalchemy', 'distributed'} & set(sys.modules); "
        "assert not bad, bad; "
        "assert not [m for m in sys.modules if m.startswith('lawcast.lab.studies')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_studies_and_other_things_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no study 'nothing'"):
        get_study("nothing")
    with pytest.raises(ArgumentError, match="by its name"):
        get_study(3)  # type: ignore[arg-type]
    assert get_study(TINY) is TINY


def test_your_own_study_cannot_take_the_name_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STUDIES, "tiny", "tiny")
    monkeypatch.setattr("lawcast.lab.registry._load", lambda name: TINY)
    assert get_study(TINY) is TINY
    assert get_study("tiny") is TINY
    with pytest.raises(ArgumentError, match="needs another name than 'tiny'"):
        get_study(replace(TINY, title="mine"))
    assert isinstance(TINY, Study)
