"""A study of one's own that is declared wrongly: every fault is told, none comes out raw."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lawcast._errors import ArgumentError, StudyStopped
from lawcast._values import Estimate
from lawcast.lab.reading import Reading
from lawcast.lab.running import run_study
from lawcast.lab.study import Axis
from tiny_studies import TINY

ESC = "\x1b[31mred\x07"


class Nasty(Exception):
    """An error that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class Unseen:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def raising(error: BaseException) -> Any:
    def raised(*arguments: Any) -> Any:
        raise error

    return raised


@pytest.mark.parametrize("preset", [None, 3, ["quick"], b"quick", Unseen()])
def test_a_preset_that_is_no_word(preset: Any) -> None:
    with pytest.raises(ArgumentError, match="a preset is one of quick, standard, full"):
        run_study(TINY, preset)


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda columns: None, "returned None, not a list of readings"),
        (lambda columns: "abc", "returned 'abc', not a list"),
        (lambda columns: 3, "returned 3, not a list"),
        (lambda columns: [1.0], "returned 1.0 among its readings"),
        (lambda columns: [Unseen()], "a Unseen among its readings"),
        (lambda columns: [Reading("alpha", {}, 1.0, None)], "whose measured is 1.0"),
        (lambda columns: [Reading("alpha", {}, Estimate(1.0), "1")], "whose expected is '1'"),
        (lambda columns: [Reading("alpha", {}, Estimate(1.0), 1.0, "<")], "whose relation is '<'"),
        (lambda columns: [Reading("alpha", None, Estimate(1.0), 1.0)], "whose at is None"),
        (lambda columns: columns["l3"], r"failed: KeyError: 'l3' \(test_hostile_studies.py, line"),
        (lambda columns: (1 / 0 for _ in "a"), "failed: ZeroDivisionError"),
        (raising(Nasty()), r"failed: Nasty: \(its text cannot be shown: RuntimeError\)"),
    ],
)
def test_what_reads_the_cells_returns_no_readings(read: Any, says: str) -> None:
    with pytest.raises(StudyStopped, match=says) as caught:
        run_study(replace(TINY, read=read), seeds=1, dimensions=1, workers=1)
    assert "the study tiny are finished, but the function that reads them" in str(caught.value)


def cell(**changed: Any) -> dict[str, Any]:
    return {"dimension": 1, "samples": 64, "seed": 0, **changed}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (lambda values: 1, "returned 1, not a list of cells"),
        (lambda values: None, "returned None, not a list of cells"),
        (lambda values: [1], "made 1, not a mapping"),
        (lambda values: [cell(dimension=float("nan"))], "dimension = nan, which is neither"),
        (lambda values: [cell(dimension=float("inf"))], "dimension = inf, which is neither"),
        (lambda values: [cell(dimension=None)], "dimension = None, which is neither"),
        (lambda values: [cell(dimension=object())], "dimension = <object object"),
        (lambda values: [cell(dimension=Unseen())], "dimension = a Unseen"),
        (lambda values: [cell(dimension=[1, 2])], r"dimension = \[1, 2\], which is neither"),
        (lambda values: [cell(dimension=10**400)], "which is neither a finite number"),
        (lambda values: [{**cell(), 3: 4}], "a column 3; a column has a name"),
        (lambda values: [cell(samples="64")], "samples of the study tiny is a number above 0"),
        (lambda values: [cell(samples=0)], "samples of the study tiny is a number above 0"),
        (lambda values: [cell(run=1)], "made a column 'run', which is measured or made later"),
        (lambda values: [cell(l1=1)], "made a column 'l1', which is measured or made later"),
        (raising(ValueError(ESC)), r"cells of the study tiny failed: ValueError: \[31mred \("),
    ],
)
def test_what_makes_the_cells_makes_none(cells: Any, says: str) -> None:
    with pytest.raises(ArgumentError, match=says) as caught:
        run_study(replace(TINY, cells=cells), workers=1)
    assert str(caught.value).isprintable()


def test_numbers_of_numpy_in_cells_are_plain() -> None:
    def cells(values: Mapping[str, Any]) -> Any:
        for n, seed in itertools.product(values["samples"], values["seeds"]):
            yield cell(samples=np.int64(n), seed=np.int32(seed), dimension=np.float64(2.0))

    found = run_study(replace(TINY, cells=cells), workers=1)
    assert len(found.runs) == 12


def test_words_where_sizes_are_needed() -> None:
    free = replace(TINY, axes=(TINY.axes[0], Axis("samples", "samples", "points", (1,), (1,), (1,)),
                               TINY.axes[2]))  # fmt: skip
    with pytest.raises(ArgumentError, match=r"number above 0, .* not 'abc'"):
        run_study(free, samples="abc")
    wild = replace(TINY, axes=(replace(TINY.axes[0], check=int), *TINY.axes[1:]))
    with pytest.raises(ArgumentError, match=r"the check of 'two' failed: ValueError: invalid lit"):
        run_study(wild, dimensions="two")
    none = replace(TINY, axes=(replace(TINY.axes[0], check=lambda v: None), *TINY.axes[1:]))  # type: ignore[arg-type, return-value]
    with pytest.raises(ArgumentError, match="dimensions = None, which is neither"):
        run_study(none, dimensions=2)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Nasty(), r"failed: Nasty: \(its text cannot be shown: RuntimeError\) \(test_hostile"),
        (ValueError(ESC), r"failed: ValueError: \[31mred \(test_hostile"),
        (ValueError("x" * 10_000), r"xxx\.\.\. \(test_hostile"),
        (SystemExit(3), r"failed: SystemExit: 3 \(test_hostile"),
        (type("Bad" + ESC, (Exception,), {})(), "failed: Bad"),
    ],
)
def test_an_error_of_a_cell_is_told_in_plain_words(error: BaseException, says: str) -> None:
    with pytest.raises(StudyStopped, match=says) as caught:
        run_study(replace(TINY, measure=raising(error)), workers=1)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_control_characters_of_a_cell_are_not_passed_on() -> None:
    def cells(values: Any) -> Any:
        return [cell(samples=n, dimension=ESC) for n in (64, 128)]

    with pytest.raises(StudyStopped, match="failed: ValueError: no") as caught:
        run_study(replace(TINY, cells=cells, measure=raising(ValueError("no"))), workers=1)
    assert str(caught.value).isprintable()
